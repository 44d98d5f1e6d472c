"""Batches that programs make: created empty, filled with texts, or counted by whoever works on them elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses import texts
from analyses.choices import CHUNK_ROWS, AnalysisType, OptimizationTier
from analyses.engines import registry
from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis, TextAnalysis
from analyses.queries import analyses as reads
from analyses.services import (
    audit,
    batches,
    bulk_load,
    jobs,
    model_configs,
    rollups,
    search_documents,
    transactions,
)
from analyses.services.bulk_load import BatchTarget, StagedRow

SIZE_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class RefusedText:
    """A text that was not taken: its place in what was given, from 0, the field and the reason."""

    position: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Added:
    """How many texts a batch took, and those that it did not."""

    count: int
    refused: tuple[RefusedText, ...]


@transactions.managed("create batch")
def create(
    *,
    batch_name: str,
    analysis_type: str,
    optimization_tier: str = OptimizationTier.STANDARD,
    model_config: dict[str, Any] | None = None,
    batch_size: int = 0,
    user: Any = None,
) -> BatchAnalysis:
    """Create a batch, pending; repeating makes another one. Raises ValidationError naming the field.

    `batch_size` is for a batch whose texts are elsewhere: `update_progress` then counts it. `add_texts` fills one of 0.
    """
    reads.check_choice("analysis_type", analysis_type, AnalysisType.values)
    reads.check_choice("optimization_tier", optimization_tier, OptimizationTier.values)
    if batch_size == 0:
        registry.require(analysis_type, optimization_tier)
    batch = BatchAnalysis.objects.create(
        batch_name=_checked_name(batch_name),
        batch_size=_checked_count("batch_size", batch_size, most=SIZE_MAX),
        analysis_type=str(AnalysisType(analysis_type).value),
        optimization_tier=str(OptimizationTier(optimization_tier).value),
        model_config=model_configs.checked(model_config),
        created_by=user if user is not None and user.pk is not None else None,
    )
    audit.record(user, batch, _("Created."))
    return batch


def _checked_name(name: Any) -> str:
    if not isinstance(name, str):
        raise ValidationError("batch_name", _("Give the batch a name."))
    try:
        return batches.clean_name(name)
    except ValidationError as error:
        raise ValidationError("batch_name", error.reason) from error


def _checked_count(field: str, number: Any, *, most: int) -> int:
    if type(number) is not int or not 0 <= number <= most:
        reason = _("Give a whole number from 0 to %(most)s.") % {"most": f"{most:,}"}
        raise ValidationError(field, reason)
    return number


def add_texts(batch_id: int, given: Iterable[str], *, user: Any = None) -> Added:
    """Add texts to a batch, in pieces of 500 that stand by themselves; memory grows with the refused ones alone.

    A text that cannot be kept is refused with its reason and stops no other. Lines are numbered on from the last one.
    Raises ValidationError for a batch that is gone, cancelled, read from a file or counted elsewhere.
    """
    count, refused = 0, list[RefusedText]()
    numbered = enumerate(given)
    while piece := list(islice(numbered, CHUNK_ROWS)):
        problems = [_problem_of(position, text) for position, text in piece]
        refused += filter(None, problems)
        kept = [text for (_position, text), problem in zip(piece, problems, strict=True) if not problem]
        if kept:
            _add(batch_id, kept)
        count += len(kept)
    if count:
        _note(batch_id, count, user)
    return Added(count, tuple(refused))


def _problem_of(position: int, text: Any) -> RefusedText | None:
    if not isinstance(text, str):
        return RefusedText(position, "text_content", _("Give a text."))
    problem = texts.text_problem(text)
    return RefusedText(position, "text_content", problem) if problem else None


@transactions.managed("add texts")
def _add(batch_id: int, kept: Sequence[str]) -> None:
    """Insert texts, their work and their counts; the batch's row is locked first, as an import does."""
    batch = batches.get_for_update(batch_id)
    _refuse_unfit(batch)
    last = TextAnalysis.objects.filter(batch_analysis=batch).aggregate(last=Max("line_number"))["last"] or 0
    now = timezone.now()
    rows = list(_staged(kept, first_line=last + 1))
    BatchAnalysis.objects.filter(pk=batch.pk).update(batch_size=F("batch_size") + len(rows), updated_at=now)
    target = BatchTarget(batch.pk, batch.analysis_type, batch.optimization_tier)
    bulk_load.insert_rows(rows, targets=[target], import_id=None, created_at=now)
    deltas = rollups.Deltas()
    deltas.add(_waiting_key(batch, now), count=len(rows))
    deltas.write()
    lines = [row.line_number or 0 for row in rows]
    jobs.enqueue(batches.chunk_jobs(batch.pk, lines))
    search_documents.enqueue_lines(batch.pk, lines)
    batches.settle(batch.pk)


def _staged(kept: Sequence[str], *, first_line: int) -> Iterator[StagedRow]:
    for line, text in enumerate(kept, start=first_line):
        yield StagedRow(line, text, texts.text_hash(text), len(text))


def _waiting_key(batch: BatchAnalysis, now: datetime) -> rollups.Key:
    return rollups.waiting_key(
        dated_at=now,
        batch_id=batch.pk,
        analysis_type=batch.analysis_type,
        optimization_tier=batch.optimization_tier,
    )


def _refuse_unfit(batch: BatchAnalysis) -> None:
    if batch.source_import_id is not None:
        raise ValidationError("batch", _("This batch has the texts of a file; import another file instead."))
    if batch.cancelled_at is not None:
        raise ValidationError("batch", _("This batch was cancelled; resume it first."))
    if _is_counted_elsewhere(batch):
        raise ValidationError(
            "batch", _("The texts of this batch are elsewhere: it was created with a size.")
        )


def _is_counted_elsewhere(batch: BatchAnalysis) -> bool:
    return not BatchAnalysis.objects.with_rows_here().filter(pk=batch.pk).exists()


@transactions.managed("add texts")
def _note(batch_id: int, count: int, user: Any) -> None:
    batch = BatchAnalysis.objects.filter(pk=batch_id).first()
    if batch is not None:
        audit.record(user, batch, _("Added %(count)s texts.") % {"count": f"{count:,}"})


@transactions.managed("update batch progress")
def update_progress(
    batch_id: int, *, completed_count: int, error_count: int, user: Any = None
) -> BatchAnalysis | None:
    """Set how many texts of a batch are done and failed, absolutely; None when there is no such live batch.

    For a batch whose texts are elsewhere; done and failed together reaching its size completes it. A batch with rows
    here is counted from them: numbers that say otherwise raise ValidationError, as do negative ones and more than
    the size. Safe to repeat.
    """
    if not reads.is_id(batch_id):
        return None
    batch = BatchAnalysis.objects.live().select_for_update().filter(pk=batch_id).first()
    if batch is None:
        return None
    completed = _checked_count("completed_count", completed_count, most=batch.batch_size)
    failed = _checked_count("error_count", error_count, most=batch.batch_size - completed)
    if (completed, failed) == (batch.completed_count, batch.error_count):
        return batch
    if not _is_counted_elsewhere(batch):
        reason = _("This batch is counted from its texts: %(done)s done, %(failed)s failed.")
        numbers = {"done": batch.completed_count, "failed": batch.error_count}
        raise ValidationError("completed_count", reason % numbers)
    changed = BatchAnalysis.objects.filter(pk=batch_id)
    changed.update(completed_count=completed, error_count=failed, updated_at=timezone.now())
    batches.settle(batch_id)
    batch.refresh_from_db()
    audit.record(
        user, batch, _("Counted %(done)s done, %(failed)s failed.") % {"done": completed, "failed": failed}
    )
    return batch
