"""What operators watch beside the database: queue, workers, disk and memory; each in a query or two."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from django.conf import settings
from django.db.models import Count, Min, Q
from django.utils import timezone

from analyses.choices import WAITING_STATUSES, AnalysisStatus, JobState
from analyses.models import Job, TextAnalysis, Worker
from analyses.queries import rollup_totals, workers

WORKERS_KEPT = timedelta(days=1)
WORKERS_MAX = 50
NO_JOB: tuple[int | None, str] = (None, "")
BYTES_A_MB = 1024 * 1024


@dataclass(frozen=True)
class QueueState:
    """Jobs that wait or run, rows without an answer, since when the oldest waits, and the latest error of a job."""

    queued: int
    running: int
    waiting_rows: int
    waiting_since: datetime | None
    last_error: str
    last_error_job: int | None


@dataclass(frozen=True)
class WorkerState:
    """A worker that did not stop in good order, what it does, and the error of the job that it had last."""

    name: str
    is_alive: bool
    started_at: datetime
    heartbeat_at: datetime
    job_id: int | None
    job_kind: str
    last_error: str


@dataclass(frozen=True)
class DiskState:
    """Bytes of the disk that holds our files, and those of uploaded files that still lie there."""

    free: int
    total: int
    spool: int


@dataclass(frozen=True)
class MemoryState:
    """Bytes of this process, and of the whole machine."""

    process: int
    available: int
    total: int


def queue() -> QueueState:
    """Ask the ledger and the rollup, in four queries."""
    counted = Job.objects.aggregate(
        queued=Count("pk", filter=Q(state=JobState.QUEUED)),
        running=Count("pk", filter=Q(state=JobState.RUNNING)),
        oldest=Min("created_at", filter=Q(state=JobState.QUEUED, run_after__lte=timezone.now())),
    )
    failed = Job.objects.exclude(error="").order_by("-pk").values_list("pk", "error").first()
    job_id, error = failed or (None, "")
    since = [moment for moment in (counted["oldest"], _oldest_single_row()) if moment]
    return QueueState(
        queued=counted["queued"],
        running=counted["running"],
        waiting_rows=rollup_totals.count(status__in=WAITING_STATUSES),
        waiting_since=min(since, default=None),
        last_error=error,
        last_error_job=job_id,
    )


def _oldest_single_row() -> datetime | None:
    """Find since when the oldest row posted singly waits: no job knows it yet."""
    waiting = TextAnalysis.objects.live().filter(status=AnalysisStatus.PENDING, batch_analysis__isnull=True)
    oldest: datetime | None = waiting.order_by("created_at").values_list("created_at", flat=True).first()
    return oldest


def worker_states(*, now: datetime | None = None) -> list[WorkerState]:
    """Give each worker that was heard of within a day and did not stop in good order; three queries."""
    now = now or timezone.now()
    found = Worker.objects.filter(stopped_at__isnull=True, heartbeat_at__gt=now - WORKERS_KEPT)
    rows = list(found.order_by("-heartbeat_at", "-pk")[:WORKERS_MAX])
    alive_since = now - timedelta(seconds=workers.ALIVE_SECONDS)
    theirs = Job.objects.filter(claimed_by__in=[row.name for row in rows]).order_by("pk")
    running = {
        name: (job_id, kind)
        for name, job_id, kind in theirs.filter(state=JobState.RUNNING).values_list(
            "claimed_by", "pk", "kind"
        )
    }
    errors = dict(theirs.exclude(error="").values_list("claimed_by", "error"))
    return [
        WorkerState(
            name=row.name,
            is_alive=row.heartbeat_at >= alive_since,
            started_at=row.started_at,
            heartbeat_at=row.heartbeat_at,
            job_id=running.get(row.name, NO_JOB)[0],
            job_kind=running.get(row.name, NO_JOB)[1],
            last_error=errors.get(row.name, ""),
        )
        for row in rows
    ]


def disk() -> DiskState:
    """Look at the disk; asks no database."""
    usage = shutil.disk_usage(settings.VAR_DIR)
    spool = Path(settings.SPOOL_DIR)
    size = sum(path.stat().st_size for path in spool.iterdir() if path.is_file()) if spool.is_dir() else 0
    return DiskState(free=usage.free, total=usage.total, spool=size)


def memory() -> MemoryState:
    """Look at the memory of this process and the machine; asks no database."""
    machine = psutil.virtual_memory()
    return MemoryState(psutil.Process().memory_info().rss, machine.available, machine.total)
