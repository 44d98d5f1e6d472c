"""What is kept in Redis for all processes, so that nothing read from it is older than the last commit.

A key holds one of three things, told apart by its first letter:

L + token           a lease: one reader is fetching the value; the others wait for it a moment
W + token           a writer is about to commit: nobody may keep what is read now
V + epoch + ":" + value   a value, valid while its epoch is the present one

A reader may only replace the lease that it got itself. A writer that begins to write takes that lease away, so what
was read before its commit is never kept after it (the leases of Nishtala et al., "Scaling Memcache at Facebook", 2013;
the writer's mark is ours: it also holds when the writer dies between its commit and its last word to Redis).
`IGNORE_EXCEPTIONS` of django-redis is no help here: who writes must know whether Redis heard it.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar, cast

from django.core.cache import caches
from django_redis import get_redis_connection
from django_redis.cache import RedisCache
from redis.exceptions import RedisError

from analyses.engines.breaker import Breaker

logger = logging.getLogger(__name__)
R = TypeVar("R")
S = TypeVar("S")

LEASE_SECONDS = 2
WAIT_SECONDS = 0.5
ASK_AGAIN_SECONDS = 0.01
# Longer than any transaction that writes single rows; what a worker or a person stores in bulk ends well before it.
WRITING_SECONDS = 60
BREAKER_SECONDS = 10.0
KEYS_AT_ONCE = 1000
# Counting more keys would keep Redis from its work.
SIZE_COUNTED_MAX = 100_000

_TAKE = """
local found = redis.pcall('GET', KEYS[1])
if type(found) == 'string' then
  local kind = string.sub(found, 1, 1)
  if kind == 'V' and string.sub(found, 1, #ARGV[1] + 2) == 'V' .. ARGV[1] .. ':' then
    redis.call('HINCRBY', KEYS[2], 'hits', 1)
    return found
  end
  if kind == 'L' then return found end
  if kind == 'W' then
    redis.call('HINCRBY', KEYS[2], 'misses', 1)
    return found
  end
end
redis.call('SET', KEYS[1], 'L' .. ARGV[2], 'EX', ARGV[3])
redis.call('HINCRBY', KEYS[2], 'misses', 1)
return false
"""
_FILL = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
  return 1
end
return 0
"""
_BEGIN = "for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1], 'EX', ARGV[2]) end"
# Another writer's mark stays; it goes with that writer.
_END = """
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key)['ok']
  local found = kind == 'string' and redis.call('GET', key) or ''
  if found == ARGV[1] or string.sub(found, 1, 1) ~= 'W' then redis.call('UNLINK', key) end
end
"""


@dataclass(frozen=True)
class Lease:
    """The right to keep what is read now under a key; `is_held` False: read, and keep nothing."""

    key: str
    token: str
    is_held: bool


@dataclass(frozen=True)
class Traffic:
    """What Redis counted since it was last emptied, over all processes; None: it could not be asked."""

    hits: int
    misses: int
    size: int

    @property
    def hit_rate(self) -> float:
        """Give the share of reads that found their value, 0..1; 0 when there were none."""
        return self.hits / max(self.hits + self.misses, 1)


_breaker = Breaker(open_seconds=BREAKER_SECONDS, open_seconds_max=BREAKER_SECONDS)


def is_enabled() -> bool:
    """Say whether there is a cache at all: a Redis is set and caching is not switched off."""
    return isinstance(caches["default"], RedisCache)


def is_reachable() -> bool:
    """Say whether Redis answered when it was last asked."""
    return is_enabled() and _breaker.seconds_left() == 0.0


def take(key: str, epoch: str) -> bytes | Lease:
    """Give the value of a key, or a lease; waits up to half a second for one who reads the same already."""
    token = secrets.token_hex(8)
    until = time.monotonic() + WAIT_SECONDS
    while True:
        found: bytes | None = _ask(lambda redis: _take(redis, key, epoch, token), b"W")
        if found is None:
            return Lease(key, token, is_held=True)
        if found[:1] == b"V":
            return found[len(epoch) + 2 :]
        if found[:1] == b"W" or time.monotonic() > until:
            return Lease(key, token, is_held=False)
        time.sleep(ASK_AGAIN_SECONDS)


def _take(redis: Any, key: str, epoch: str, token: str) -> bytes | None:
    script = redis.register_script(_TAKE)
    found = script(keys=(_full(key), _full("traffic")), args=(epoch, token, LEASE_SECONDS))
    return cast("bytes | None", found)


def fill(lease: Lease, value: bytes, epoch: str, *, seconds: int) -> None:
    """Keep a value for whoever reads next, unless the lease is no longer ours."""
    if not lease.is_held:
        return
    kept = b"V" + epoch.encode() + b":" + value
    _ask(
        lambda redis: redis.register_script(_FILL)(
            keys=(_full(lease.key),), args=(b"L" + lease.token.encode(), kept, seconds)
        ),
        None,
    )


def release(lease: Lease) -> None:
    """Give a lease back when there is nothing to keep, so that nobody waits for it."""
    if lease.is_held:
        fill(lease, b"", "released", seconds=1)


def begin_writing(keys: Sequence[str], token: str) -> bool:
    """Let nobody keep what these keys stand for until `end_writing`; False when Redis could not be told."""
    names = [_full(key) for key in keys]
    mark = b"W" + token.encode()
    told = _ask(lambda redis: [redis.register_script(_BEGIN)(keys=names, args=(mark, WRITING_SECONDS))], None)
    return told is not None


def end_writing(keys: Sequence[str], token: str) -> None:
    """Open the keys again after the commit; if this is not heard, they open by themselves."""
    names = [_full(key) for key in keys]
    _ask(lambda redis: redis.register_script(_END)(keys=names, args=(b"W" + token.encode(),)), None)


def drop(key: str) -> None:
    """Drop a value that nobody can read."""
    end_writing([key], "")


def traffic() -> Traffic | None:
    """Give hits, misses and the number of keys (counted up to 100,000); None when Redis does not answer."""
    return _ask(_traffic, None)


def _traffic(redis: Any) -> Traffic:
    counted = redis.hgetall(_full("traffic"))
    size = 0
    for size, _key in enumerate(_every_key(redis), start=1):
        if size == SIZE_COUNTED_MAX:
            break
    return Traffic(int(counted.get(b"hits", 0)), int(counted.get(b"misses", 0)), size)


def empty() -> int | None:
    """Drop every value (marks of writers stay), and give the number looked at; None when Redis does not answer."""
    return _ask(_empty, None)


def _empty(redis: Any) -> int:
    script, number = redis.register_script(_END), 0
    names = iter(_every_key(redis))
    while piece := list(islice(names, KEYS_AT_ONCE)):
        script(keys=piece, args=(b"",))
        number += len(piece)
    redis.delete(_full("traffic"))
    return number


def _every_key(redis: Any) -> Any:
    prefix = _full("row:").replace("\\", r"\\")
    for letter in "*?[":
        prefix = prefix.replace(letter, "\\" + letter)
    return redis.scan_iter(match=prefix + "*", count=1000)


def _full(key: str) -> str:
    return str(caches["default"].make_key(key))


def _ask(call: Callable[[Any], R], instead: S) -> R | S:
    """Ask Redis; `instead` when there is none, when it is away, frozen or refuses, and for a while after it did so."""
    if not is_enabled() or not _breaker.admits():
        return instead
    try:
        answer = call(get_redis_connection("default"))
    except (RedisError, OSError) as error:
        if _breaker.failed():
            logger.warning(
                "The cache does not answer and is left alone for a while: %s.", type(error).__name__
            )
        return instead
    if _breaker.succeeded():
        logger.info("The cache answers again.")
    return answer
