"""What all processes measured together: the documented fourteen figures, the last hour by minute, the slowest."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from analyses import measuring
from analyses.exceptions import DatabaseError
from analyses.measuring import Kind, Measured, StatementRecord, recorder
from analyses.models import Measurement
from analyses.queries import driver_errors, health, shared_cache

MINUTES_SHOWN = 60
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Minute:
    """What was measured within a minute, which begins at `starts_at`."""

    starts_at: datetime
    measured: Measured


def last_statements() -> list[StatementRecord]:
    """Give this process's last thousand statements, the oldest first."""
    return list(recorder.statements)


def totals() -> Measured:
    """Sum up what every process measured, and what this one did not write yet; one query.

    Where the database does not answer it is what this process did not write yet.
    """
    total = recorder.look()
    try:
        for _taken_at, measured in _rows():
            total.merge(measured)
    except DatabaseError:
        return recorder.look()
    return total


def last_hour(*, now: datetime | None = None) -> list[Minute]:
    """Give the last sixty minutes, the oldest first, the present one last; one query."""
    now = now or timezone.now()
    this_minute = now.replace(second=0, microsecond=0)
    starts = [this_minute - number * MINUTE for number in reversed(range(MINUTES_SHOWN))]
    found: defaultdict[datetime, Measured] = defaultdict(Measured)
    for taken_at, measured in _rows(since=starts[0]):
        found[taken_at.replace(second=0, microsecond=0)].merge(measured)
    found[this_minute].merge(recorder.look())
    return [Minute(starts_at, found[starts_at]) for starts_at in starts]


def performance_metrics() -> dict[str, dict[str, Any]]:
    """Give the fourteen documented figures: `database` (six), `cache` (four), `health` (four).

    Statements of all processes since they are measured; `avg_query_time` in milliseconds; `success_rate` and `hit_rate`
    are shares (0..1); `uptime_seconds` of this process; `last_check` as ISO 8601 with offset. Never raises.
    """
    statements = totals().of(Kind.STATEMENT)
    traffic = shared_cache.traffic() or shared_cache.Traffic(0, 0, 0)
    status = health.status()
    return {
        "database": {
            "total_queries": statements.count,
            "successful_queries": statements.succeeded,
            "failed_queries": statements.failed,
            "success_rate": statements.succeeded / statements.count if statements.count else 1.0,
            "avg_query_time": statements.mean_ms,
            "uptime_seconds": time.monotonic() - measuring.STARTED,
        },
        "cache": {
            "size": traffic.size,
            "hits": traffic.hits,
            "misses": traffic.misses,
            "hit_rate": traffic.hit_rate,
        },
        "health": {
            "is_healthy": status.is_healthy,
            "connection_count": status.connection_count,
            "pool_size": status.pool_size,
            "last_check": status.last_check.isoformat(),
        },
    }


@driver_errors.reading("read measurements")
def _read(since: datetime | None) -> list[tuple[datetime, dict[str, Any]]]:
    rows = Measurement.objects.order_by()
    return list((rows.filter(taken_at__gte=since) if since else rows).values_list("taken_at", "measured"))


def _rows(since: datetime | None = None) -> Iterator[tuple[datetime, Measured]]:
    with measuring.source(None):
        rows = _read(since)
    for taken_at, measured in rows:
        yield taken_at, Measured.from_json(measured)
