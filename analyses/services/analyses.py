"""Single analyses: create, update, correct, edit, trash, restore."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction
from django.db.models import QuerySet
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
from analyses.exceptions import DatabaseError, ValidationError
from analyses.models import BatchAnalysis, Correction, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import analyses as queries
from analyses.queries.driver_errors import INTEGRITY_FIELD, reading
from analyses.queries.prepared import Prepared
from analyses.services import (
    audit,
    batches,
    caching,
    jobs,
    model_configs,
    rollups,
    search_documents,
    transactions,
    updates,
)

GATHER_ROWS = choices.CHUNK_ROWS

# How often a text that others create and trash at this very moment is looked for again.
CREATE_TURNS = 3


def create(
    *,
    text_content: str,
    analysis_type: str,
    optimization_tier: str = OptimizationTier.STANDARD,
    model_config: dict[str, Any] | None = None,
    user: Any = None,
) -> tuple[TextAnalysis, bool]:
    """Create a pending analysis, or give the one that exists for this text, type and tier; say which.

    Safe under any number of parallel writers, and to repeat. Raises ValidationError naming the field.
    """
    if problem := texts.text_problem(text_content):
        raise ValidationError("text_content", problem)
    registry.require(analysis_type, optimization_tier)
    settings = model_configs.checked(model_config)
    hash_of_text = texts.text_hash(text_content)
    key = texts.dedupe_key(
        analysis_type=analysis_type, optimization_tier=optimization_tier, hash_of_text=hash_of_text
    )
    if (existing := _find_by_key(key)) is not None:
        return existing, False
    values = {
        "text_content": text_content,
        "text_hash": hash_of_text,
        "content_length": len(text_content),
        "analysis_type": str(AnalysisType(analysis_type).value),
        "optimization_tier": str(OptimizationTier(optimization_tier).value),
        "model_config": settings,
        "dedupe_key": key,
    }
    return _insert(values, user)


@reading("create analysis")
def _find_by_key(key: str) -> TextAnalysis | None:
    found = _BY_KEY.rows(key=key)
    return TextAnalysis.from_db(DEFAULT_DB_ALIAS, queries.COLUMNS, found[0]) if found else None


def _by_key(key: str) -> QuerySet[TextAnalysis, Any]:
    return TextAnalysis.objects.live().filter(dedupe_key=key).order_by().values_list(*queries.COLUMNS)


_BY_KEY = Prepared(_by_key, {"key": "the key"})


def _insert(values: Mapping[str, Any], user: Any) -> tuple[TextAnalysis, bool]:
    """Insert the row, or give the one of a writer who was faster; that one may be trashed before we look."""
    for _turn in range(CREATE_TURNS):
        try:
            return _write(values, user), True
        except (IntegrityError, ValidationError) as error:
            if isinstance(error, ValidationError) and error.field != INTEGRITY_FIELD:
                raise
        existing = _find_taken(values["dedupe_key"])
        if existing is not None:
            return existing, False
    raise DatabaseError("create analysis", _("Others create and trash this text at this moment. Try again."))


@reading("create analysis")
def _find_taken(key: str) -> TextAnalysis | None:
    return TextAnalysis.objects.filter(dedupe_key=key).first()


@transactions.managed("create analysis")
def _write(values: Mapping[str, Any], user: Any) -> TextAnalysis:
    row = TextAnalysis(**values)
    row.save(force_insert=True)
    caching.forget_texts([row.text_hash], row.analysis_type)
    deltas = rollups.Deltas()
    deltas.add(
        rollups.waiting_key(
            dated_at=row.created_at,
            batch_id=None,
            analysis_type=row.analysis_type,
            optimization_tier=row.optimization_tier,
        )
    )
    deltas.write()
    audit.record(user, row, _("Created."))
    return row


def gather_single_rows() -> int:
    """Make a job of rows that were posted singly and wait; give their number. Two workers never take the same row."""
    waiting = _single_rows()
    for analysis_type, tier in registry.external():
        waiting = waiting.exclude(analysis_type=analysis_type, optimization_tier=tier)
    return _gather(waiting, {})


def gather_external(analysis_type: str, optimization_tier: str) -> int:
    """Make a job of single rows that wait for an external engine, to be found by type and tier; give their number."""
    names = {"analysis_type": analysis_type, "optimization_tier": optimization_tier}
    return _gather(_single_rows().filter(**names), names)


def _single_rows() -> TextAnalysisQuerySet:
    return TextAnalysis.objects.live().filter(batch_analysis__isnull=True, status=AnalysisStatus.PENDING)


@transaction.atomic
def _gather(waiting: TextAnalysisQuerySet, names: Mapping[str, str]) -> int:
    ids = list(waiting.order_by("id").values_list("pk", flat=True)[:GATHER_ROWS])
    locked = TextAnalysis.objects.select_for_update().filter(pk__in=ids, status=AnalysisStatus.PENDING)
    ids = list(locked.values_list("pk", flat=True))
    if not ids:
        return 0
    rows = TextAnalysis.objects.filter(pk__in=ids)
    deltas = rollups.Deltas()
    rollups.add_rows(deltas, rows, sign=-1)
    rows.update(status=AnalysisStatus.PROCESSING, updated_at=timezone.now())
    caching.forget(ids)
    rollups.add_rows(deltas, rows, sign=1)
    deltas.write()
    jobs.enqueue([jobs.new_job(JobKind.ANALYSE_CHUNK, {"ids": ids, "rows": len(ids), **names})])
    search_documents.enqueue(ids)
    return len(ids)


def _find_locked(analysis_id: int) -> TextAnalysis | None:
    if not queries.is_id(analysis_id):
        return None
    return TextAnalysis.objects.live().select_for_update().filter(pk=analysis_id).first()


def _locked(analysis_id: int) -> TextAnalysis:
    row = _find_locked(analysis_id)
    if row is None:
        raise ValidationError("id", _("There is no analysis %(id)s.") % {"id": analysis_id})
    return row


@transactions.managed("update analysis")
def update(analysis_id: int, values: Mapping[str, Any], *, user: Any = None) -> TextAnalysis | None:
    """Write the fields that a program sends and no other; give the row, or None when there is no such live analysis.

    What may be sent and what a status brings along: `updates.checked` and `updates.put`; ValidationError otherwise,
    and nothing is written. A result is the model's: a person's correction of it stays in force. The counters of the
    batch and the rollup follow in the same transaction; a row of a batch that waits again gets a job. Safe to repeat.
    """
    row = _find_locked(analysis_id)
    if row is None:
        return None
    cleaned = updates.checked(row, values)
    if not cleaned:
        return row
    before, before_score = rollups.key_of(row)
    was, time_ms = row.status, row.processing_time_ms or 0.0
    updates.put(row, cleaned)
    row.save(update_fields=updates.WRITTEN)
    caching.forget([row.pk])
    deltas = rollups.Deltas()
    deltas.add(before, count=-1, score=before_score)
    after, after_score = rollups.key_of(row)
    deltas.add(after, score=after_score)
    _follow_in_batch(row, was, time_ms)
    deltas.write()
    if row.batch_analysis_id is None and was == AnalysisStatus.PENDING != row.status:
        search_documents.enqueue([row.pk])  # no worker will take it up
    audit.record(user, row, _("Updated %(fields)s.") % {"fields": ", ".join(cleaned)})
    return row


def _follow_in_batch(row: TextAnalysis, was: str, time_ms: float) -> None:
    """Move the counters of the row's batch from the status and time that it had to those that it has."""
    if row.batch_analysis_id is None:
        return
    is_done, was_done = row.status in choices.DONE_STATUSES, was in choices.DONE_STATUSES
    done = int(is_done) - int(was_done)
    failed = int(row.status == AnalysisStatus.ERROR) - int(was == AnalysisStatus.ERROR)
    time_now = (row.processing_time_ms or 0.0) if is_done else 0.0
    spent = time_now - (time_ms if was_done else 0.0)
    if done or failed or spent:
        batches.count_results(row.batch_analysis_id, done=done, failed=failed, time_ms=spent)
    waits_anew = row.status in WAITING_STATUSES and was not in WAITING_STATUSES
    if waits_anew and row.line_number is not None:
        jobs.enqueue(batches.chunk_jobs(row.batch_analysis_id, [row.line_number]))


@transactions.managed("correct")
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
    caching.forget([row.pk])
    deltas = rollups.Deltas()
    deltas.add(before, count=-1, score=before_score)
    after, after_score = rollups.key_of(row)
    deltas.add(after, score=after_score)
    deltas.write()


@transactions.managed("withdraw correction")
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


@transactions.managed("edit text")
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
    search_documents.put(row)
    caching.forget([row.pk])
    caching.forget_texts([row.text_hash], row.analysis_type)
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


def delete(analysis_id: int, *, user: Any = None) -> bool:
    """Move an analysis to the trash, where no read finds it; False when there is no such live analysis."""
    return queries.is_id(analysis_id) and trash([analysis_id], user=user) == 1


def trash(ids: Iterable[int], *, user: Any) -> int:
    """Move analyses to the trash and give their number; counters and rollup follow. Safe to repeat."""
    return _trash(list(ids), user)


@transactions.managed("trash analyses")
def _trash(ids: Sequence[int], user: Any) -> int:
    rows = _locked_rows(TextAnalysis.objects.live().filter(pk__in=ids))
    _move(rows, deleted=True)
    for row in rows:
        audit.record(user, row, _("Moved to the trash."))
    return len(rows)


def restore(ids: Iterable[int], *, user: Any) -> int:
    """Take analyses out of the trash and give their number; one whose batch lies there stays until the batch comes."""
    return _restore(list(ids), user)


@transactions.managed("restore analyses")
def _restore(ids: Sequence[int], user: Any) -> int:
    trashed = TextAnalysis.objects.filter(pk__in=ids, deleted_at__isnull=False)
    in_trash = BatchAnalysis.objects.filter(deleted_at__isnull=False).values("pk")
    rows = _locked_rows(trashed.exclude(batch_analysis__in=in_trash))
    _move(rows, deleted=False)
    for row in rows:
        audit.record(user, row, _("Taken out of the trash."))
    return len(rows)


def _locked_rows(rows: TextAnalysisQuerySet) -> list[TextAnalysis]:
    return list(rows.select_for_update().order_by("pk"))


def _move(rows: list[TextAnalysis], *, deleted: bool) -> None:
    """Write rows, then batches by id, then the rollup: the order in which every writer locks."""
    sign = -1 if deleted else 1
    moved = TextAnalysis.objects.filter(pk__in=[row.pk for row in rows])
    moved.update(**{"deleted_at": timezone.now(), "dedupe_key": None} if deleted else {"deleted_at": None})
    caching.forget(row.pk for row in rows)
    for batch_id in sorted({row.batch_analysis_id for row in rows if row.batch_analysis_id is not None}):
        _count_in_batch(batch_id, [row for row in rows if row.batch_analysis_id == batch_id], sign=sign)
    deltas = rollups.Deltas()
    for row in rows:
        key, score = rollups.key_of(row)
        deltas.add(key, count=sign, score=score)
    deltas.write()


def _count_in_batch(batch_id: int, rows: Sequence[TextAnalysis], *, sign: int) -> None:
    done = [row for row in rows if row.status in choices.DONE_STATUSES]
    batches.count_results(
        batch_id,
        done=sign * len(done),
        failed=sign * sum(row.status == AnalysisStatus.ERROR for row in rows),
        removed=-sign * len(rows),
        time_ms=sign * sum(row.processing_time_ms or 0.0 for row in done),
    )
    waiting = [
        row.line_number for row in rows if row.status in WAITING_STATUSES and row.line_number is not None
    ]
    if sign > 0 and waiting:
        jobs.enqueue(batches.chunk_jobs(batch_id, sorted(waiting)))
