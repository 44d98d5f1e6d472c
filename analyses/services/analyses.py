"""Single analyses: create, correct, edit, trash, restore."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses import choices, results, texts
from analyses.choices import (
    RESULT_FIELD_BY_TYPE,
    WAITING_STATUSES,
    AnalysisStatus,
    AnalysisType,
    JobKind,
    OptimizationTier,
)
from analyses.engines import registry
from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis, Correction, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.services import audit, batches, jobs, rollups

GATHER_ROWS = choices.CHUNK_ROWS


def create(
    *,
    text_content: str,
    analysis_type: str,
    optimization_tier: str = OptimizationTier.STANDARD,
    model_config: dict[str, Any] | None = None,
    user: Any = None,
) -> tuple[TextAnalysis, bool]:
    """Create a pending analysis, or give the one that exists for this text, type and tier; say which.

    Safe under any number of parallel writers. Raises ValidationError naming the field.
    """
    if problem := texts.text_problem(text_content):
        raise ValidationError("text_content", problem)
    registry.require(analysis_type, optimization_tier)
    hash_of_text = texts.text_hash(text_content)
    key = texts.dedupe_key(
        analysis_type=analysis_type, optimization_tier=optimization_tier, hash_of_text=hash_of_text
    )
    existing = TextAnalysis.objects.live().filter(dedupe_key=key).first()
    if existing is not None:
        return existing, False
    row = TextAnalysis(
        text_content=text_content,
        text_hash=hash_of_text,
        content_length=len(text_content),
        analysis_type=analysis_type,
        optimization_tier=optimization_tier,
        model_config=model_config,
        dedupe_key=key,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _count(row, sign=1)
            audit.record(user, row, _("Created."))
    except IntegrityError:
        return TextAnalysis.objects.get(dedupe_key=key), False
    return row, True


def _count(row: TextAnalysis, *, sign: int) -> None:
    deltas = rollups.Deltas()
    rollups.add_rows(deltas, TextAnalysis.objects.filter(pk=row.pk), sign=sign)
    deltas.write()


@transaction.atomic
def gather_single_rows() -> int:
    """Make a job of rows that were posted singly and wait; give their number. Two workers never take the same row."""
    waiting = TextAnalysis.objects.live().filter(batch_analysis__isnull=True, status=AnalysisStatus.PENDING)
    ids = list(waiting.order_by("id").values_list("pk", flat=True)[:GATHER_ROWS])
    locked = TextAnalysis.objects.select_for_update().filter(pk__in=ids, status=AnalysisStatus.PENDING)
    ids = list(locked.values_list("pk", flat=True))
    if not ids:
        return 0
    rows = TextAnalysis.objects.filter(pk__in=ids)
    deltas = rollups.Deltas()
    rollups.add_rows(deltas, rows, sign=-1)
    rows.update(status=AnalysisStatus.PROCESSING, updated_at=timezone.now())
    rollups.add_rows(deltas, rows, sign=1)
    deltas.write()
    jobs.enqueue([jobs.new_job(JobKind.ANALYSE_CHUNK, {"ids": ids, "rows": len(ids)})])
    return len(ids)


def _locked(analysis_id: int) -> TextAnalysis:
    row = TextAnalysis.objects.live().select_for_update().filter(pk=analysis_id).first()
    if row is None:
        raise ValidationError("id", _("There is no analysis %(id)s.") % {"id": analysis_id})
    return row


@transaction.atomic
def correct(analysis_id: int, *, values: Mapping[str, Any], reason: str, user: Any) -> TextAnalysis:
    """Put a person's values in force and keep the model's beside them.

    A value equal to the one in force changes nothing; one equal to the model's withdraws the correction. Raises
    ValidationError(field, reason): a field of another type, a value out of bounds, NaN, a row without a result.
    """
    row = _locked(analysis_id)
    if row.status not in choices.DONE_STATUSES:
        raise ValidationError("status", _("Only a finished analysis can be corrected."))
    field = RESULT_FIELD_BY_TYPE[AnalysisType(row.analysis_type)]
    before, before_score = rollups.key_of(row)
    for name, value in values.items():
        if name != field:
            raise ValidationError(name, _("An analysis of this type has no such result."))
        cleaned = results.clean(row.analysis_type, value)
        if cleaned != getattr(row, name):
            _put_in_force(row, name, cleaned, reason=reason, user=user)
    _save_result(row, field, before, before_score)
    return row


def _put_in_force(row: TextAnalysis, name: str, value: Any, *, reason: str, user: Any) -> None:
    existing = Correction.objects.filter(analysis=row, field=name).first()
    model_value = existing.model_value if existing else getattr(row, name)
    if value == model_value:
        Correction.objects.filter(analysis=row, field=name).delete()
        audit.record(user, row, _("Correction of %(field)s withdrawn.") % {"field": name})
    else:
        Correction.objects.update_or_create(
            analysis=row,
            field=name,
            defaults={
                "model_value": model_value,
                "human_value": value,
                "reason": reason.strip(),
                "user": user,
                "created_at": timezone.now(),
            },
        )
        audit.record(user, row, _("Corrected %(field)s.") % {"field": name})
    setattr(row, name, value)


def _save_result(row: TextAnalysis, field: str, before: rollups.Key, before_score: float | None) -> None:
    row.save(update_fields=(field, "updated_at"))
    deltas = rollups.Deltas()
    deltas.add(before, count=-1, score=before_score)
    after, after_score = rollups.key_of(row)
    deltas.add(after, score=after_score)
    deltas.write()


@transaction.atomic
def withdraw_correction(analysis_id: int, *, field: str, user: Any) -> TextAnalysis:
    """Put the model's value back in force; raises ValidationError when nothing was corrected."""
    row = _locked(analysis_id)
    correction = Correction.objects.filter(analysis=row, field=field).first()
    if correction is None:
        raise ValidationError(field, _("This field was not corrected."))
    before, before_score = rollups.key_of(row)
    _put_in_force(row, field, correction.model_value, reason="", user=user)
    _save_result(row, field, before, before_score)
    return row


@transaction.atomic
def edit_text(analysis_id: int, *, text_content: str, user: Any) -> TextAnalysis:
    """Change the text; hash and length follow, the result is dropped and the row waits for its engine again.

    Raises ValidationError when the text cannot be kept or another single analysis of it exists.
    """
    row = _locked(analysis_id)
    if text_content == row.text_content:
        return row
    if problem := texts.text_problem(text_content):
        raise ValidationError("text_content", problem)
    before, before_score = rollups.key_of(row)
    was, time_ms = row.status, row.processing_time_ms or 0.0
    row.text_content = text_content
    row.text_hash = texts.text_hash(text_content)
    row.content_length = len(text_content)
    _refresh_dedupe_key(row)
    _drop_result(row)
    row.save()
    Correction.objects.filter(analysis=row).delete()
    deltas = rollups.Deltas()
    deltas.add(before, count=-1, score=before_score)
    deltas.add(rollups.key_of(row)[0])
    if row.batch_analysis_id is not None:
        _requeue_in_batch(row, was, time_ms)
    deltas.write()
    audit.record(user, row, _("Edited the text."))
    return row


def _refresh_dedupe_key(row: TextAnalysis) -> None:
    if row.dedupe_key is None:
        return
    row.dedupe_key = texts.dedupe_key(
        analysis_type=row.analysis_type, optimization_tier=row.optimization_tier, hash_of_text=row.text_hash
    )
    twin = TextAnalysis.objects.filter(dedupe_key=row.dedupe_key).exclude(pk=row.pk).first()
    if twin is not None:
        raise ValidationError(
            "text_content", _("Analysis %(id)s holds this text already.") % {"id": twin.pk}, existing=twin.pk
        )


def _drop_result(row: TextAnalysis) -> None:
    for name in (*RESULT_FIELD_BY_TYPE.values(), "confidence_score", "processing_time_ms", "model_used"):
        setattr(row, name, None)
    row.status = AnalysisStatus.PENDING
    row.error_message = None
    row.processed_at = None


def _requeue_in_batch(row: TextAnalysis, was: str, time_ms: float) -> None:
    batch_id = row.batch_analysis_id
    if batch_id is None or row.line_number is None:
        return
    done, failed = was in choices.DONE_STATUSES, was == AnalysisStatus.ERROR
    batches.count_results(batch_id, done=-int(done), failed=-int(failed), time_ms=-time_ms if done else 0.0)
    jobs.enqueue(batches.chunk_jobs(batch_id, [row.line_number]))


@transaction.atomic
def trash(ids: Iterable[int], *, user: Any) -> int:
    """Move analyses to the trash and give their number; counters and rollup follow. Safe to repeat."""
    rows = _locked_rows(TextAnalysis.objects.live().filter(pk__in=list(ids)))
    _move(rows, deleted=True)
    for row in rows:
        audit.record(user, row, _("Moved to the trash."))
    return len(rows)


@transaction.atomic
def restore(ids: Iterable[int], *, user: Any) -> int:
    """Take analyses out of the trash and give their number; one whose batch lies there stays until the batch comes."""
    trashed = TextAnalysis.objects.filter(pk__in=list(ids), deleted_at__isnull=False)
    in_trash = BatchAnalysis.objects.filter(deleted_at__isnull=False).values("pk")
    rows = _locked_rows(trashed.exclude(batch_analysis__in=in_trash))
    _move(rows, deleted=False)
    for row in rows:
        audit.record(user, row, _("Taken out of the trash."))
    return len(rows)


def _locked_rows(rows: TextAnalysisQuerySet) -> list[TextAnalysis]:
    return list(rows.select_for_update().order_by("pk"))


def _move(rows: list[TextAnalysis], *, deleted: bool) -> None:
    """Write rows, then batches, then the rollup: the order in which every writer locks."""
    sign = -1 if deleted else 1
    moved = TextAnalysis.objects.filter(pk__in=[row.pk for row in rows])
    moved.update(**{"deleted_at": timezone.now(), "dedupe_key": None} if deleted else {"deleted_at": None})
    deltas = rollups.Deltas()
    for row in rows:
        _count_in_batch(row, sign=sign)
        key, score = rollups.key_of(row)
        deltas.add(key, count=sign, score=score)
    deltas.write()


def _count_in_batch(row: TextAnalysis, *, sign: int) -> None:
    if row.batch_analysis_id is None:
        return
    done, failed = row.status in choices.DONE_STATUSES, row.status == AnalysisStatus.ERROR
    waits = row.status in WAITING_STATUSES
    batches.count_results(
        row.batch_analysis_id,
        done=sign * int(done),
        failed=sign * int(failed),
        removed=-sign,
        time_ms=sign * (row.processing_time_ms or 0.0) if done else 0.0,
    )
    if sign > 0 and waits and row.line_number is not None:
        jobs.enqueue(batches.chunk_jobs(row.batch_analysis_id, [row.line_number]))
