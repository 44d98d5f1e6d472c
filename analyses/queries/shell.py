"""What the shell says on every page: how much there is, what runs, what was finished lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from django.db.models import Q
from django.utils import timezone

from analyses import choices
from analyses.models import BatchAnalysis
from analyses.queries import rollup_totals

FRESH_FOR = timedelta(seconds=2)
REMEMBERED_FOR = timedelta(hours=1)
FINISHED_MAX = 50


@dataclass(frozen=True, slots=True)
class FinishedBatch:
    """A batch whose last text was answered, and with what result."""

    batch_id: int
    name: str
    done: int
    failed: int
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """The state of the console at one moment; `finished` holds the last hour, oldest first."""

    taken_at: datetime
    total: int
    running: int
    finished: tuple[FinishedBatch, ...]


_latest: News | None = None
_lock = Lock()


def news(*, now: datetime | None = None) -> News:
    """Give what this process learned within the last two seconds, or ask again in two database queries."""
    global _latest  # noqa: PLW0603 - one snapshot a process, so that a hundred polling tabs ask once
    now = now or timezone.now()
    with _lock:
        if _latest is None or not timedelta(0) <= now - _latest.taken_at < FRESH_FOR:
            _latest = take(now)
        return _latest


def forget() -> None:
    """Drop the snapshot, so that the next page asks the database."""
    global _latest  # noqa: PLW0603 - see news()
    with _lock:
        _latest = None


def take(now: datetime) -> News:
    """Ask the database in two queries: the rollup's total, and the batches that run or finished lately."""
    recent = Q(completed_at__gt=now - REMEMBERED_FOR, cancelled_at__isnull=True)
    waiting = Q(status__in=choices.WAITING_STATUSES, cancelled_at__isnull=True)
    batches = list(
        BatchAnalysis.objects.live()
        .filter(recent | waiting)
        .order_by("completed_at", "id")
        .values_list("pk", "batch_name", "completed_count", "error_count", "completed_at", "status")
    )
    finished = [FinishedBatch(*row[:4], row[4]) for row in batches if row[4] and not _waits(row[5])]
    return News(
        taken_at=now,
        total=rollup_totals.count(),
        running=sum(_waits(row[5]) for row in batches),
        finished=tuple(finished[-FINISHED_MAX:]),
    )


def _waits(status: str) -> bool:
    return status in choices.WAITING_STATUSES
