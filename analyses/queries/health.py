"""Whether this process can do its work now: database, migrations, cache. Never raises, answers within a second."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock, Thread
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.utils import timezone

from analyses.queries import migrations, shared_cache

# Whoever asks gives up after a second or two; both in turn stay below one.
DATABASE_SECONDS = 0.4
MIGRATIONS_SECONDS = 0.5
MIGRATIONS_LOOKED_AT_SECONDS = 30.0
CHECKS_REMEMBERED = 100


@dataclass(frozen=True)
class HealthStatus:
    """How this process fares; times in milliseconds, the error rate a share (0..1) of the last hundred checks.

    `connection_count` is the number of connections open in this process's pool, and 0 where there is no pool, as is
    `pool_size`, the most that there may be. `details` says in a sentence what is wrong, by part.
    """

    is_healthy: bool
    connection_count: int
    pool_size: int
    avg_query_time: float
    error_rate: float
    last_check: datetime
    details: dict[str, str] = field(default_factory=dict)


class Probe:
    """A question that may hang: it is asked in a thread, and while one still hangs no other is begun.

    The threads are daemons: a database that hangs must not keep the process from ending.
    """

    def __init__(self, ask: Callable[[], Any]) -> None:
        self._ask = ask
        self._lock = Lock()
        self._pending: Future[Any] | None = None

    def answer(self, seconds: float) -> Any:
        """Give the answer; raises TimeoutError when it takes longer, and whatever the question raises."""
        with self._lock:
            if self._pending is None or self._pending.done():
                self._pending = Future()
                Thread(target=self._settle, args=(self._pending,), name="probe", daemon=True).start()
            pending = self._pending
        return pending.result(seconds)

    def _settle(self, pending: Future[Any]) -> None:
        try:
            answer = self._ask_and_give_back()
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
            pending.set_exception(error)
        else:
            pending.set_result(answer)

    def _ask_and_give_back(self) -> Any:
        try:
            return self._ask()
        finally:
            connections.close_all()


def _ask_database() -> float:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return (time.perf_counter() - started) * 1000.0


def _ask_migrations() -> bool:
    return migrations.are_applied(DEFAULT_DB_ALIAS)


_database = Probe(_ask_database)
_migrations = Probe(_ask_migrations)
_times_ms: deque[float | None] = deque(maxlen=CHECKS_REMEMBERED)
_migrated_at = float("-inf")


def has_database() -> bool:
    """Say whether the database answers at once."""
    try:
        _times_ms.append(_database.answer(DATABASE_SECONDS))
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it does not answer; the log has each driver's words
        _times_ms.append(None)
        return False
    return True


def is_migrated() -> bool:
    """Say whether every migration is applied; looked at every half a minute once it was so."""
    global _migrated_at  # noqa: PLW0603 - one moment a process
    if time.monotonic() - _migrated_at < MIGRATIONS_LOOKED_AT_SECONDS:
        return True
    try:
        is_up_to_date = bool(_migrations.answer(MIGRATIONS_SECONDS))
    except Exception:  # noqa: BLE001 - not known is not migrated
        return False
    if is_up_to_date:
        _migrated_at = time.monotonic()
    return is_up_to_date


def missing() -> list[str]:
    """Name what is missing before this process can serve: `database`, `migrations`; nothing: it is ready."""
    if not has_database():
        return ["database"]
    return [] if is_migrated() else ["migrations"]


def status() -> HealthStatus:
    """Look at everything; never raises."""
    absent = missing()
    known = [one for one in _times_ms if one is not None]
    pool = _pool_stats()
    return HealthStatus(
        is_healthy=not absent,
        connection_count=pool.get("pool_size", 0),
        pool_size=pool.get("pool_max", 0),
        avg_query_time=sum(known) / len(known) if known else 0.0,
        error_rate=1.0 - len(known) / len(_times_ms) if _times_ms else 0.0,
        last_check=timezone.now(),
        details={name: DETAILS[name] for name in (*absent, *_degraded())},
    )


DETAILS = {
    "database": "The database does not answer.",
    "migrations": "Migrations are pending: run `manage.py migrate`.",
    "cache": "Redis does not answer; everything works, reads are slower.",
}


def _degraded() -> list[str]:
    return ["cache"] if shared_cache.is_enabled() and not shared_cache.is_reachable() else []


def _pool_stats() -> dict[str, int]:
    pool = getattr(connections[DEFAULT_DB_ALIAS], "pool", None)
    return dict(pool.get_stats()) if pool is not None else {}
