"""The job ledger's writer: enqueue, claim, hold, finish. At least one run, exactly one effect.

A claim is a conditional UPDATE whose row count is checked. Whoever stores a job's effect calls `finish` or `hold`
in the same transaction; a run whose lease went to another worker gets LeaseLostError there and changes nothing.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet, Value
from django.db.models.functions import Now

from analyses.choices import JobKind, JobState
from analyses.engines.base import EngineFacts, Outcome
from analyses.exceptions import LeaseLostError
from analyses.models import Job

BACK_OFF_SECONDS_MAX = 60.0


def _never() -> bool:
    return False


def _count_nothing(facts: EngineFacts, outcomes: Iterable[Outcome]) -> None:
    """Count for nobody: only a worker keeps statistics."""


@dataclass(frozen=True)
class Claim:
    """A job that this process holds until its lease ends.

    `attempts` counts the runs since the last progress, this one included; `error` says why the run before gave up
    (empty: it did not, or its worker died). `is_stopping` tells whether the worker was asked to end;
    `count` takes what an engine said, for the statistics of models.
    """

    job_id: int
    kind: str
    arguments: Mapping[str, Any]
    token: str
    attempts: int
    batch_id: int | None
    import_id: int | None
    error: str = ""
    is_stopping: Callable[[], bool] = field(default=_never, compare=False)
    count: Callable[[EngineFacts, Iterable[Outcome]], None] = field(default=_count_nothing, compare=False)


def in_future(seconds: float) -> ExpressionWrapper[Any]:
    """Give the database's own time plus some seconds: workers' clocks may be wrong."""
    return ExpressionWrapper(Now() + Value(timedelta(seconds=seconds)), output_field=DateTimeField())


def new_job(
    kind: JobKind,
    arguments: Mapping[str, Any],
    *,
    batch_id: int | None = None,
    import_id: int | None = None,
    priority: int = 0,
) -> Job:
    """Make a job to be given to `enqueue`."""
    return Job(
        kind=kind,
        arguments=dict(arguments),
        batch_id=batch_id,
        source_import_id=import_id,
        priority=priority,
        run_after=Now(),  # the database's clock decides what is due
    )


def enqueue(jobs: Iterable[Job]) -> None:
    """Put jobs into the ledger, in the caller's transaction."""
    Job.objects.bulk_create(jobs, batch_size=500)


def enqueue_one(job: Job) -> Job:
    """Put a job into the ledger, in the caller's transaction, and give it with its number."""
    job.save()
    return job


def requeue_expired() -> int:
    """Hand back the jobs whose lease ended without a word, and give their number."""
    expired = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=Now())
    return expired.update(state=JobState.QUEUED, claim_token="", lease_until=None, run_after=Now())


def claim(worker_name: str) -> Claim | None:
    """Take the next job that is due, or give None; several workers never get the same one."""
    return claim_job(Job.objects.all(), worker_name)


def claim_job(candidates: QuerySet[Job], worker_name: str) -> Claim | None:
    """Take the next due job of some, or give None."""
    return claim_early(candidates.filter(run_after__lte=Now()), worker_name)


def claim_early(candidates: QuerySet[Job], worker_name: str) -> Claim | None:
    """Take the next job of some, also one that waits for a later moment, or give None."""
    with transaction.atomic():
        due = candidates.filter(state=JobState.QUEUED).order_by("-priority", "id")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        job = due.first()
        if job is None:
            return None
        token = secrets.token_hex(16)
        taken = Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(
            state=JobState.RUNNING,
            claim_token=token,
            claimed_by=worker_name,
            attempts=job.attempts + 1,
            lease_until=in_future(settings.LEASE_SECONDS),
        )
    if not taken:
        return None
    job.claim_token, job.attempts = token, job.attempts + 1
    return _as_claim(job)


def held_claim(job_id: int, token: str) -> Claim:
    """Give the claim that a token holds, or raise LeaseLostError; one query."""
    job = Job.objects.filter(pk=job_id, state=JobState.RUNNING, claim_token=token).first() if token else None
    if job is None:
        raise LeaseLostError(_gone(job_id))
    return _as_claim(job)


def _as_claim(job: Job) -> Claim:
    return Claim(
        job_id=job.pk,
        kind=job.kind,
        arguments=job.arguments,
        token=job.claim_token,
        attempts=job.attempts,
        batch_id=job.batch_id,
        import_id=job.source_import_id,
        error=job.error,
    )


def _gone(job_id: int) -> str:
    return f"Job {job_id} belongs to another worker now, or was cancelled."


def _held(claim: Claim) -> QuerySet[Job]:
    return Job.objects.filter(pk=claim.job_id, state=JobState.RUNNING, claim_token=claim.token)


def _require(rows: int, claim: Claim) -> None:
    if not rows:
        raise LeaseLostError(_gone(claim.job_id))


def hold(claim: Claim) -> None:
    """Renew the lease; raise LeaseLostError when the job is no longer ours."""
    _require(_held(claim).update(lease_until=in_future(settings.LEASE_SECONDS)), claim)


def progress(claim: Claim) -> None:
    """Renew the lease of a job part of whose effect is stored: runs before do not count against it any more."""
    changes = {"lease_until": in_future(settings.LEASE_SECONDS), "attempts": 1, "error": ""}
    _require(_held(claim).update(**changes), claim)


def checkpoint(claim: Claim, arguments: Mapping[str, Any]) -> None:
    """Do as `progress` does, and keep where the next run goes on."""
    changes = {"lease_until": in_future(settings.LEASE_SECONDS), "attempts": 1, "error": ""}
    _require(_held(claim).update(arguments=dict(arguments), **changes), claim)


def finish(claim: Claim) -> None:
    """Mark the job done; raise LeaseLostError when it is no longer ours."""
    _require(_held(claim).update(state=JobState.DONE, lease_until=None, finished_at=Now(), error=""), claim)


def fail(claim: Claim, error: str) -> None:
    """Give the job up for good, with a sentence; raise LeaseLostError when it is no longer ours."""
    changes = {"state": JobState.FAILED, "lease_until": None, "finished_at": Now(), "error": error}
    _require(_held(claim).update(**changes), claim)


def release(claim: Claim) -> None:
    """Hand the job back unharmed, as when the worker is told to stop; raise LeaseLostError when it is not ours."""
    changes = {"claim_token": "", "lease_until": None, "attempts": F("attempts") - 1}
    _require(_held(claim).update(state=JobState.QUEUED, **changes), claim)


def postpone(claim: Claim, error: str) -> None:
    """Hand the job back to be tried again later: 1, 2, 4 ... seconds, with jitter, at most a minute."""
    seconds = min(2.0 ** (claim.attempts - 1), BACK_OFF_SECONDS_MAX) * random.uniform(0.8, 1.2)  # noqa: S311
    _held(claim).update(
        state=JobState.QUEUED, claim_token="", lease_until=None, run_after=in_future(seconds), error=error
    )


def wait(claim: Claim, *, reason: str, seconds: float) -> None:
    """Hand the job back unharmed until later, with a sentence; raise LeaseLostError when it is not ours.

    The run is not counted: a job without attempts and with an error waits for somebody else's service.
    """
    changes = {"claim_token": "", "lease_until": None, "attempts": F("attempts") - 1, "error": reason}
    later = in_future(seconds)
    _require(_held(claim).update(state=JobState.QUEUED, run_after=later, **changes), claim)


def cancel(jobs: QuerySet[Job]) -> int:
    """Cancel the jobs that are not over; a worker that holds one can store nothing any more."""
    open_jobs = jobs.filter(state__in=(JobState.QUEUED, JobState.RUNNING))
    return open_jobs.update(state=JobState.CANCELLED, claim_token="", lease_until=None, finished_at=Now())


def unfinished() -> bool:
    """Say whether any job waits or runs. One query."""
    return Job.objects.filter(state__in=(JobState.QUEUED, JobState.RUNNING)).exists()
