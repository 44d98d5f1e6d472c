"""Batches: where each stands, how fast it goes, what failed and what came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from django.db.models import Count, IntegerField, Max, Min, Q, Sum, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from analyses import choices
from analyses.choices import AnalysisStatus, AnalysisType, BatchState, ImportState, JobKind, JobState
from analyses.models import BatchAnalysis, Job, Rollup, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import workers

RATE_WINDOW_SECONDS = 15
# A rate over less time than this is mostly chance.
RATE_SPAN_SECONDS_MIN = 1.0
# A finish further away says nothing that a person could plan with, and may lie beyond the last date.
FINISH_DAYS_MAX = 30
REASONS_MAX = 50
LANGUAGES_MAX = 12

_REASON = Coalesce("error_message", Value(""), output_field=TextField())
_IMPORT_GOES_ON = (ImportState.QUEUED, ImportState.READING)
FINISHED_STATES = (
    BatchState.CANCELLED,
    BatchState.COMPLETED,
    BatchState.COMPLETED_WITH_ERRORS,
    BatchState.FAILED,
)


@dataclass(frozen=True)
class BatchProgress:
    """Where a batch stands now; rows are counted, the rate is rows a second over the recent past."""

    batch_id: int
    size: int
    done: int
    failed: int
    waiting: int
    state: BatchState
    rows_per_second: float | None
    finish_at: datetime | None
    mean_time_ms: float | None
    importing: bool
    worker_alive: bool
    last_worker_at: datetime | None

    @property
    def finished(self) -> bool:
        """Tell whether nothing will change any more by itself."""
        return self.state in FINISHED_STATES and not self.importing

    @property
    def stalled(self) -> bool:
        """Tell whether rows wait and no worker is there to take them."""
        return not self.finished and not self.worker_alive

    @property
    def version(self) -> str:
        """Give a short text that differs whenever the page should show something else."""
        rate = round(self.rows_per_second or 0)
        counts = (self.size, self.done, self.failed, rate)
        flags = f"{self.state.name.lower()}{int(self.importing)}{int(self.worker_alive)}"
        return "-".join((*map(str, counts), flags))


@dataclass(frozen=True)
class EngineWait:
    """Why a batch waits for its engine, in a sentence, and when it is asked again: None while it is being asked."""

    reason: str
    again_at: datetime | None

    @property
    def version(self) -> str:
        """Give a short text that differs whenever the page should show something else."""
        return f"{crc32(self.reason.encode()):x}-{self.again_at.timestamp():.0f}" if self.again_at else "now"


@dataclass(frozen=True)
class BatchListPage:
    """A page of batches, newest first, and the ids to page on from."""

    rows: Sequence[BatchAnalysis]
    newer_than: int | None
    older_than: int | None


@dataclass(frozen=True)
class _Recent:
    rows: int
    largest_chunk: int
    first_at: datetime


def get(batch_id: int) -> BatchAnalysis:
    """Get a live batch with its import and owner in one query, or raise BatchAnalysis.DoesNotExist."""
    return BatchAnalysis.objects.live().select_related("source_import", "created_by").get(pk=batch_id)


def progress(batch_id: int, *, now: datetime | None = None) -> BatchProgress:
    """Tell where a live batch stands, in three queries; raise BatchAnalysis.DoesNotExist."""
    batch = get(batch_id)
    return progress_of([batch], now=now)[batch.pk]


def progress_of(batches: Sequence[BatchAnalysis], *, now: datetime | None = None) -> dict[int, BatchProgress]:
    """Tell where each given batch stands, in two queries however many there are (none for none)."""
    if not batches:
        return {}
    moment = now or timezone.now()
    state = workers.state(moment)
    recent = _recent_chunks([batch.pk for batch in batches], moment)
    return {batch.pk: _progress(batch, recent.get(batch.pk), state, moment) for batch in batches}


def engine_wait(batch_id: int, *, now: datetime | None = None) -> EngineWait | None:
    """Say why a batch's rows wait for an engine that does not answer, in one query; None when they do not.

    Such jobs have an error and no run that counts (`jobs.wait`): the one in hand is the first.
    """
    waits = Q(state=JobState.QUEUED, attempts=0) | Q(state=JobState.RUNNING, attempts=1)
    jobs = Job.objects.filter(waits, batch=batch_id, kind=JobKind.ANALYSE_CHUNK).exclude(error="")
    found = jobs.order_by("run_after", "pk").values_list("error", "run_after").first()
    if found is None:
        return None
    reason, again_at = found
    return EngineWait(reason, again_at if again_at > (now or timezone.now()) else None)


def state_of(batch: BatchAnalysis) -> BatchState:
    """Name the state of a batch from its own counters and its import (no query when that is loaded)."""
    if batch.cancelled_at is not None:
        return BatchState.CANCELLED
    answered = batch.completed_count + batch.error_count
    if is_importing(batch) or batch.waiting_count > 0 or _was_never_filled(batch):
        return _open_state(batch, answered)
    if _import_broke(batch) or (batch.error_count and batch.error_count == batch.batch_size):
        return BatchState.FAILED
    return BatchState.COMPLETED_WITH_ERRORS if batch.error_count else BatchState.COMPLETED


def is_importing(batch: BatchAnalysis) -> bool:
    """Tell whether rows may still be added from the batch's file."""
    return batch.source_import is not None and batch.source_import.state in _IMPORT_GOES_ON


def newest(*, older_than: int | None = None, newer_than: int | None = None) -> BatchListPage:
    """List live batches, newest first, in one query; both arguments are ids to go on from."""
    batches = BatchAnalysis.objects.live().select_related("source_import", "created_by")
    if newer_than is not None:
        found = list(batches.filter(pk__gt=newer_than).order_by("pk")[: choices.PAGE_ROWS + 1])
        rows = found[: choices.PAGE_ROWS][::-1]
        more_newer, more_older = len(found) > choices.PAGE_ROWS, True
    else:
        if older_than is not None:
            batches = batches.filter(pk__lt=older_than)
        found = list(batches.order_by("-pk")[: choices.PAGE_ROWS + 1])
        rows = found[: choices.PAGE_ROWS]
        more_newer, more_older = older_than is not None, len(found) > choices.PAGE_ROWS
    return BatchListPage(
        rows=rows,
        newer_than=rows[0].pk if rows and more_newer else None,
        older_than=rows[-1].pk if rows and more_older else None,
    )


def running(*, limit: int) -> list[BatchAnalysis]:
    """List the newest batches that have work left, in one query."""
    batches = BatchAnalysis.objects.running().select_related("source_import", "created_by")
    return list(batches.order_by("-pk")[:limit])


def count() -> int:
    """Count the live batches, in one query."""
    return BatchAnalysis.objects.live().count()


def failures_by_reason(batch_id: int) -> list[tuple[str, int]]:
    """Count the batch's failed rows by reason, most frequent first, in one query; at most 50 reasons."""
    reasons = _failed(batch_id).values_list(_REASON).annotate(rows=Count("pk")).order_by("-rows", _REASON)
    return list(reasons[:REASONS_MAX])


def latest_failures_by_reason(*, limit: int) -> list[tuple[str, int]]:
    """Count the newest 10,000 failed rows of all batches by reason, most frequent first, in one query."""
    failed = TextAnalysis.objects.live().filter(status=AnalysisStatus.ERROR).order_by("-created_at", "-id")
    reasons = failed.values_list("error_message", flat=True)[: choices.LIST_MATCHES_MAX]
    return Counter(reason or "" for reason in reasons).most_common(limit)


def iterate_failures(batch_id: int) -> Iterator[tuple[int | None, str, str, str]]:
    """Walk the batch's failed rows as line, external id, reason and text, in one streamed query."""
    rows = _failed(batch_id).order_by("line_number", "pk")
    fields = ("line_number", "external_id", _REASON, "text_content")
    yield from rows.values_list(*fields).iterator(chunk_size=choices.CHUNK_ROWS)


def score_bins(batch: BatchAnalysis) -> list[int]:
    """Count the batch's results by score bin from the rollup, in one query; all zero when there are none."""
    found = dict(
        Rollup.objects.filter(batch=batch, status__in=choices.DONE_STATUSES, score_bin__gte=0)
        .values_list("score_bin")
        .annotate(rows=Sum("count"))
        .order_by("score_bin")
    )
    return [found.get(score_bin, 0) for score_bin in range(choices.SCORE_BINS)]


def languages(batch_id: int) -> list[tuple[str, int]]:
    """Count the batch's results by language, most frequent first, in one query; at most twelve languages."""
    found = (
        TextAnalysis.objects.live()
        .done()
        .filter(batch_analysis=batch_id, language_detected__isnull=False)
        .values_list("language_detected")
        .annotate(rows=Count("pk"))
        .order_by("-rows", "language_detected")
    )
    return list(found[:LANGUAGES_MAX])


def rows_of(batch_id: int) -> TextAnalysisQuerySet:
    """Give the batch's live rows; runs no query."""
    return TextAnalysis.objects.live().filter(batch_analysis=batch_id)


def has_score(batch: BatchAnalysis) -> bool:
    """Tell whether results of this batch's type have a histogram."""
    return AnalysisType(batch.analysis_type) in choices.SCORE_BY_TYPE


def _failed(batch_id: int) -> TextAnalysisQuerySet:
    return TextAnalysis.objects.live().filter(batch_analysis=batch_id, status=AnalysisStatus.ERROR)


def _open_state(batch: BatchAnalysis, answered: int) -> BatchState:
    if answered or batch.status == AnalysisStatus.PROCESSING:
        return BatchState.RUNNING
    reading = batch.source_import is not None and batch.source_import.state == ImportState.READING
    return BatchState.READING if reading else BatchState.WAITING


def _was_never_filled(batch: BatchAnalysis) -> bool:
    waits = batch.batch_size == 0 and batch.status in choices.WAITING_STATUSES
    return waits and not _import_broke(batch)


def _import_broke(batch: BatchAnalysis) -> bool:
    return batch.source_import is not None and batch.source_import.state == ImportState.FAILED


def _recent_chunks(batch_ids: Iterable[int], now: datetime) -> dict[int, _Recent]:
    """Sum the rows of chunks stored in the recent past, by batch, in one query."""
    rows = Cast(KeyTextTransform("rows", "arguments"), IntegerField())
    chunks = Job.objects.filter(
        batch__in=list(batch_ids),
        kind=JobKind.ANALYSE_CHUNK,
        state=JobState.DONE,
        finished_at__gt=now - timedelta(seconds=RATE_WINDOW_SECONDS),
    )
    found = (
        chunks.values_list("batch")
        .annotate(rows=Sum(rows), largest=Max(rows), first=Min("finished_at"))
        .order_by("batch")
    )
    return {batch_id: _Recent(total or 0, largest or 0, first) for batch_id, total, largest, first in found}


def _progress(
    batch: BatchAnalysis, recent: _Recent | None, state: workers.WorkersState, now: datetime
) -> BatchProgress:
    batch_state = state_of(batch)
    rate = _rate(batch, recent, now) if batch_state == BatchState.RUNNING and state.alive else None
    importing = is_importing(batch) and batch_state != BatchState.CANCELLED
    return BatchProgress(
        batch_id=batch.pk,
        size=batch.batch_size,
        done=batch.completed_count,
        failed=batch.error_count,
        waiting=batch.waiting_count,
        state=batch_state,
        rows_per_second=rate,
        finish_at=None if importing else _finish_at(batch.waiting_count, rate, now),
        mean_time_ms=batch.avg_processing_time_ms,
        importing=importing,
        worker_alive=state.alive,
        last_worker_at=state.last_heard_of,
    )


def _rate(batch: BatchAnalysis, recent: _Recent | None, now: datetime) -> float | None:
    """Give rows a second since the oldest recent chunk, else since the first result, else nothing.

    The oldest chunk only marks the start: its rows were computed before the span begins. Taking the
    largest for it errs on the slow side.
    """
    if recent is not None:
        rows, span = recent.rows - recent.largest_chunk, (now - recent.first_at).total_seconds()
        if rows > 0 and span >= RATE_SPAN_SECONDS_MIN:
            return rows / span
    if batch.started_at is None:
        return None
    span = (now - batch.started_at).total_seconds()
    answered = batch.completed_count + batch.error_count
    return answered / span if answered and span >= RATE_SPAN_SECONDS_MIN else None


def _finish_at(waiting: int, rate: float | None, now: datetime) -> datetime | None:
    if not waiting or not rate:
        return None
    left = timedelta(seconds=min(waiting / rate, FINISH_DAYS_MAX * 86_400 + 1))
    return now + left if left <= timedelta(days=FINISH_DAYS_MAX) else None
