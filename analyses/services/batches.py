"""Batches: their counters, and cancel, resume, retry, trash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses.choices import (
    CHUNK_ROWS,
    WAITING_STATUSES,
    AnalysisStatus,
    ImportState,
    JobKind,
)
from analyses.exceptions import LeaseLostError, ValidationError
from analyses.models import BatchAnalysis, Job, TextAnalysis
from analyses.services import audit, caching, jobs, rollups, topic_groups, transactions

READING_STATES = (ImportState.QUEUED, ImportState.READING)


def get_for_update(batch_id: int) -> BatchAnalysis:
    """Lock and give a live batch; raise ValidationError when there is none."""
    batch = BatchAnalysis.objects.live().select_for_update().filter(pk=batch_id).first()
    if batch is None:
        raise ValidationError("batch", _("There is no batch %(id)s.") % {"id": batch_id})
    return batch


def chunk_jobs(batch_id: int, line_numbers: Iterable[int]) -> Iterator[Job]:
    """Cut ascending line numbers into jobs of about 500 rows."""
    lines = iter(line_numbers)
    while chunk := list(islice(lines, CHUNK_ROWS)):
        arguments = {"first_line": chunk[0], "last_line": chunk[-1], "rows": len(chunk)}
        yield jobs.new_job(JobKind.ANALYSE_CHUNK, arguments, batch_id=batch_id)


def enqueue_waiting(batch_id: int) -> None:
    """Cut all that waits in a batch into jobs, in the caller's transaction; a row in two jobs is analysed once."""
    waiting = TextAnalysis.objects.live().waiting().filter(batch_analysis_id=batch_id)
    lines = waiting.order_by("line_number").values_list("line_number", flat=True)
    jobs.enqueue(chunk_jobs(batch_id, (line or 0 for line in lines.iterator(chunk_size=5000))))


def count_results(
    batch_id: int, *, done: int = 0, failed: int = 0, removed: int = 0, time_ms: float = 0.0
) -> None:
    """Move the counters of a batch by what the caller's transaction did, and settle its status.

    Numbers may be negative (an edit sends a row back). MySQL computes assignments from left to right with the new
    values, so the mean is a statement of its own.
    """
    now = timezone.now()
    batch = BatchAnalysis.objects.filter(pk=batch_id)
    batch.update(
        completed_count=F("completed_count") + done,
        error_count=F("error_count") + failed,
        batch_size=F("batch_size") - removed,
        total_processing_time_ms=Coalesce(F("total_processing_time_ms"), Value(0.0)) + time_ms,
        started_at=Coalesce(F("started_at"), Value(now)),
        updated_at=now,
    )
    batch.update(
        avg_processing_time_ms=F("total_processing_time_ms") / NullIf(F("completed_count"), Value(0))
    )
    settle(batch_id)


def settle(batch_id: int) -> None:
    """Set the status that the counters mean; call it after the batch's row was written in this transaction."""
    now = timezone.now()
    batch = BatchAnalysis.objects.filter(pk=batch_id)
    over = batch.filter(batch_size=F("completed_count") + F("error_count"))
    ids = list(over.exclude(source_import__state__in=READING_STATES).values_list("pk", flat=True))
    if ids:
        batch.update(
            status=Case(
                When(completed_count=0, error_count__gt=0, then=Value(AnalysisStatus.ERROR)),
                default=Value(AnalysisStatus.COMPLETED),
            ),
            completed_at=Coalesce(F("completed_at"), Value(now)),
        )
        return
    batch.update(
        status=Case(
            When(completed_count=0, error_count=0, then=Value(AnalysisStatus.PENDING)),
            default=Value(AnalysisStatus.PROCESSING),
        ),
        completed_at=None,
    )


@transaction.atomic
def cancel(batch_id: int, *, user: Any) -> None:
    """Stop a batch at once: no result is stored after this commits; what waits stays waiting. Safe to repeat."""
    _stop_work(batch_id)
    batch = get_for_update(batch_id)
    if batch.status not in WAITING_STATUSES or batch.cancelled_at:
        return
    BatchAnalysis.objects.filter(pk=batch_id).update(cancelled_at=timezone.now(), updated_at=timezone.now())
    audit.record(user, batch, _("Cancelled."))


def _stop_work(batch_id: int) -> None:
    """Cancel a batch's open jobs; call it before the batch is locked.

    A worker that stores results locks its job, the rows and then the batch: the other way round is a deadlock.
    """
    jobs.cancel(Job.objects.filter(batch_id=batch_id))


def refuse_cancelled(batch_id: int) -> None:
    """Raise LeaseLostError when the batch was cancelled; call it with the batch's row written in this transaction.

    Guards the job that an import enqueued while the batch was being cancelled and that the cancelling did not see.
    """
    if BatchAnalysis.objects.filter(pk=batch_id, cancelled_at__isnull=False).exists():
        raise LeaseLostError(f"Batch {batch_id} was cancelled.")


@transactions.managed("resume batch")
def resume(batch_id: int, *, user: Any) -> None:
    """Go on with a cancelled batch where it stopped. Safe to repeat."""
    batch = get_for_update(batch_id)
    if not batch.cancelled_at:
        return
    BatchAnalysis.objects.filter(pk=batch_id).update(cancelled_at=None, updated_at=timezone.now())
    if not topic_groups.wait_for_the_file(batch):
        enqueue_waiting(batch_id)
    settle(batch_id)
    audit.record(user, batch, _("Resumed."))


@transactions.managed("retry batch")
def retry_failed(batch_id: int, *, reason: str | None = None, user: Any) -> int:
    """Send the failed rows (of one reason) back to wait, and give their number; other rows are not touched."""
    batch = get_for_update(batch_id)
    failed = TextAnalysis.objects.live().filter(batch_analysis_id=batch_id, status=AnalysisStatus.ERROR)
    if reason is not None:
        failed = failed.filter(error_message=reason)
    # Locked: what another writer makes of a row meanwhile is no failure to be counted, or sent back.
    locked = failed.select_for_update().order_by("line_number")
    found = list(locked.values_list("pk", "line_number"))
    deltas = rollups.Deltas()
    for ids in _slices([pk for pk, _line in found]):
        _back_to_waiting(ids, deltas)
    deltas.write()
    if not found:
        return 0
    BatchAnalysis.objects.filter(pk=batch_id).update(cancelled_at=None)
    jobs.enqueue(chunk_jobs(batch_id, [line or 0 for _pk, line in found]))
    count_results(batch_id, failed=-len(found))
    audit.record(user, batch, _("Retried %(count)s failed rows.") % {"count": len(found)})
    return len(found)


def _slices(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK_ROWS):
        yield ids[start : start + CHUNK_ROWS]


def _back_to_waiting(ids: list[int], deltas: rollups.Deltas) -> None:
    rows = TextAnalysis.objects.filter(pk__in=ids)
    rollups.add_rows(deltas, rows, sign=-1)
    rows.update(
        status=AnalysisStatus.PENDING,
        error_message=None,
        model_used=None,
        processed_at=None,
        retry_count=F("retry_count") + 1,
        updated_at=timezone.now(),
    )
    caching.forget(ids)
    rollups.add_rows(deltas, rows, sign=1)


@transactions.managed("trash batch")
def trash(batch_id: int, *, user: Any) -> None:
    """Move a batch and its rows to the trash; its work stops. Safe to repeat."""
    _stop_work(batch_id)
    batch = get_for_update(batch_id)
    now = timezone.now()
    # One moment for the batch and the rows that go with it: `restore` brings back exactly these.
    went_along = TextAnalysis.objects.filter(batch_analysis_id=batch_id, deleted_at=now)
    TextAnalysis.objects.live().filter(batch_analysis_id=batch_id).update(deleted_at=now, dedupe_key=None)
    # Counted once they are ours: before, a correction may be on its way.
    deltas = rollups.Deltas()
    rollups.add_rows(deltas, went_along, sign=-1)
    deltas.write()
    BatchAnalysis.objects.filter(pk=batch_id).update(deleted_at=now, cancelled_at=now, updated_at=now)
    caching.forget(went_along.order_by().values_list("pk", flat=True).iterator())
    audit.record(user, batch, _("Moved to the trash."))


@transactions.managed("restore batch")
def restore(batch_id: int, *, user: Any) -> None:
    """Take a batch and the rows that went with it out of the trash; work left waits for `resume`."""
    batch = BatchAnalysis.objects.select_for_update().filter(pk=batch_id, deleted_at__isnull=False).first()
    if batch is None:
        return
    went_along = TextAnalysis.objects.filter(batch_analysis_id=batch_id, deleted_at=batch.deleted_at)
    deltas = rollups.Deltas()
    rollups.add_rows(deltas, went_along, sign=1)
    deltas.write()
    # Rows that lay in the trash before the batch did were not live then and are not now.
    went_along.update(deleted_at=None)
    left = Value(None) if batch.status not in WAITING_STATUSES else F("cancelled_at")
    BatchAnalysis.objects.filter(pk=batch_id).update(
        deleted_at=None, cancelled_at=left, updated_at=timezone.now()
    )
    audit.record(user, batch, _("Taken out of the trash."))


@transaction.atomic
def rename(batch_id: int, *, batch_name: str, user: Any) -> None:
    """Give a batch another name; raise ValidationError when it is empty or too long."""
    batch = get_for_update(batch_id)
    name = clean_name(batch_name)
    BatchAnalysis.objects.filter(pk=batch_id).update(batch_name=name, updated_at=timezone.now())
    audit.record(user, batch, _("Renamed to “%(name)s”.") % {"name": name})


def clean_name(name: str) -> str:
    """Give a batch's name without spaces around it; raise ValidationError when it cannot be kept."""
    limit = BatchAnalysis._meta.get_field("batch_name").max_length or 0
    cleaned = name.strip()
    if not cleaned or "\x00" in cleaned:
        raise ValidationError("name", _("Give the batch a name."))
    if len(cleaned) > limit:
        raise ValidationError("name", _("A name has at most %(limit)s characters.") % {"limit": limit})
    return cleaned


def created(
    *,
    name: str,
    analysis_type: str,
    optimization_tier: str,
    import_id: int | None,
    user: Any,
    created_at: datetime,
) -> BatchAnalysis:
    """Create an empty batch in the caller's transaction."""
    return BatchAnalysis.objects.create(
        batch_name=name,
        analysis_type=analysis_type,
        optimization_tier=optimization_tier,
        source_import_id=import_id,
        created_by=user,
        created_at=created_at,
    )
