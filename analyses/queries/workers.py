"""Whether a worker is alive, and when one was last heard of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q

from analyses.models import Worker

ALIVE_SECONDS = 15


@dataclass(frozen=True)
class WorkersState:
    """Whether any worker is alive, and the latest heartbeat of all workers that ever ran."""

    alive: bool
    last_heard_of: datetime | None


def state(now: datetime) -> WorkersState:
    """Tell at once whether a worker is alive and when one was last heard of, in one query."""
    latest = Worker.objects.aggregate(
        any=Max("heartbeat_at"), unstopped=Max("heartbeat_at", filter=Q(stopped_at__isnull=True))
    )
    return WorkersState(alive=_is_recent(latest["unstopped"], now), last_heard_of=latest["any"])


def alive(now: datetime) -> bool:
    """Tell whether a worker that was not stopped gave a heartbeat in the last 15 seconds, in one query."""
    return state(now).alive


def last_heard_of() -> datetime | None:
    """Give the latest heartbeat of any worker, stopped ones too, in one query; None when none ever ran."""
    latest: datetime | None = Worker.objects.aggregate(latest=Max("heartbeat_at"))["latest"]
    return latest


def _is_recent(heartbeat_at: datetime | None, now: datetime) -> bool:
    return heartbeat_at is not None and now - heartbeat_at <= timedelta(seconds=ALIVE_SECONDS)
