"""Single analyses, read through the cache: by id, and by the hash of a text.

Inside a transaction nothing comes from the cache or goes into it: it may see what others must not see yet.
Without Redis every call reads the database.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings
from django.db import connection
from django.db.models import Count, Max
from django.utils import timezone

from analyses.models import CacheReset, TextAnalysis
from analyses.queries import shared_cache

# How long a process may not know that another could not tell Redis of a change. Only when Redis fails this matters.
STATE_SECONDS = 1.0

_FIELDS = tuple(TextAnalysis._meta.concrete_fields)
# What the database computes is read as the kind that it computes.
_KINDS = tuple(getattr(field, "output_field", field) for field in _FIELDS)
_NAMES = tuple(field.attname for field in _FIELDS)
# A release with other columns reads nothing of an older one's rows.
_LAYOUT = hashlib.sha256(
    repr([(field.column, field.get_internal_type()) for field in _FIELDS]).encode()
).hexdigest()[:8]

Load = Callable[[], TextAnalysis | None]


def key_of_row(analysis_id: int) -> str:
    """Name what is kept of a row."""
    return f"row:{_LAYOUT}:id:{analysis_id}"


def key_of_text(text_hash: str, analysis_type: str) -> str:
    """Name what is kept of a text under a type: the id of the analysis created singly."""
    return f"row:{_LAYOUT}:text:{analysis_type}:{text_hash}"


def by_id(analysis_id: int, load: Load) -> TextAnalysis | None:
    """Give the live analysis from the cache, or load and keep it; what does not exist is not kept."""
    epoch = _epoch()
    if epoch is None:
        return load()
    found = shared_cache.take(key_of_row(analysis_id), epoch)
    if isinstance(found, bytes):
        row = _row(found, analysis_id)
        if row is not None:
            return row
        shared_cache.drop(key_of_row(analysis_id))
        return load()
    return _load_and_keep(found, epoch, load, _packed)


def by_text(
    text_hash: str, analysis_type: str, *, load: Load, get: Callable[[int], TextAnalysis | None]
) -> TextAnalysis | None:
    """Give the analysis of a text by the id kept for it, checked against the row, or load it.

    Only the id of one created singly is kept: which of an import's rows is the newest changes with every import.
    """
    epoch = _epoch()
    if epoch is None:
        return load()
    found = shared_cache.take(key_of_text(text_hash, analysis_type), epoch)
    if not isinstance(found, bytes):
        return _load_and_keep(
            found, epoch, load, lambda row: str(row.pk).encode() if row.dedupe_key else None
        )
    row = get(int(found)) if found.isdigit() else None
    if row and row.dedupe_key and (row.text_hash, row.analysis_type) == (text_hash, analysis_type):
        return row
    return load()


def _load_and_keep(
    lease: shared_cache.Lease,
    epoch: str,
    load: Load,
    pack: Callable[[TextAnalysis], bytes | None],
) -> TextAnalysis | None:
    packed: bytes | None = None
    try:
        row = load()
        packed = pack(row) if row is not None else None
    finally:
        if packed is None:
            shared_cache.release(lease)
    if packed is not None:
        shared_cache.fill(lease, packed, epoch, seconds=settings.CACHE_TTL)
    return row


def _packed(row: TextAnalysis) -> bytes | None:
    """Give the columns as JSON; None for what JSON cannot hold exactly, such as very large numbers."""
    try:
        return orjson.dumps([getattr(row, name) for name in _NAMES], option=orjson.OPT_UTC_Z)
    except TypeError:
        return None


def _row(packed: bytes, analysis_id: int) -> TextAnalysis | None:
    """Make the row again; None when these bytes are not ours."""
    try:
        columns = [_value(field, value) for field, value in zip(_KINDS, orjson.loads(packed), strict=True)]
    except (ValueError, TypeError):
        return None
    row = TextAnalysis.from_db(connection.alias, _NAMES, columns)
    return row if row.pk == analysis_id else None


def _value(field: Any, value: Any) -> Any:
    return value if field.get_internal_type() == "JSONField" else field.to_python(value)


@dataclass(frozen=True)
class _State:
    epoch: str
    is_closed: bool
    known_at: float


_state = _State("", is_closed=True, known_at=float("-inf"))


def forget_state() -> None:
    """Read the state of the cache anew at the next read: this process has just changed it."""
    global _state  # noqa: PLW0603 - one value a process, replaced whole
    _state = _State("", is_closed=True, known_at=float("-inf"))


def _epoch() -> str | None:
    """Give the present epoch, asked of the database once a second; None: do without the cache."""
    global _state  # noqa: PLW0603
    if not shared_cache.is_enabled() or connection.in_atomic_block:
        return None
    now = time.monotonic()
    if now - _state.known_at > STATE_SECONDS:
        resets = CacheReset.objects.aggregate(
            last=Max("pk"), number=Count("pk"), closed_until=Max("closed_until")
        )
        closed_until = resets["closed_until"]
        # Number and last one: one that commits late, with a smaller id than the last, makes another epoch too.
        _state = _State(
            f"{resets['last'] or 0}-{resets['number']}",
            is_closed=closed_until is not None and closed_until > timezone.now(),
            known_at=now,
        )
    return None if _state.is_closed else _state.epoch
