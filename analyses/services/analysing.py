"""Analyse a chunk: compute outside any transaction, then store results, counters and rollup in one."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses.choices import (
    JOB_ATTEMPTS_MAX,
    RESULT_FIELD_BY_TYPE,
    AnalysisStatus,
    AnalysisType,
    JobKind,
)
from analyses.engines import registry
from analyses.engines.base import Engine, Outcome
from analyses.exceptions import EngineNotInstalledError
from analyses.models import Correction, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.services import batches, bulk_load, jobs, rollups
from analyses.services.jobs import Claim

logger = logging.getLogger(__name__)

ENGINE_ROWS = 50
SPLIT_INTO = 10
RESULT_FIELDS = tuple(RESULT_FIELD_BY_TYPE.values())


@dataclass
class Chunk:
    """The rows of a job, all of one type and tier, and what is known of them."""

    rows: list[TextAnalysis]
    analysis_type: str
    optimization_tier: str
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    copied: set[int] = field(default_factory=set)


def run(claim: Claim) -> None:
    """Process a chunk; raises LeaseLostError (nothing stored) when the job is no longer ours."""
    rows = list(_waiting_rows(claim))
    if claim.attempts > 1 and len(rows) > 1:
        _split(claim, rows)
        return
    chunks = _by_engine(rows)
    if claim.attempts > JOB_ATTEMPTS_MAX:
        sentence = _("The engine stopped the worker %(count)s times on this text.") % {
            "count": JOB_ATTEMPTS_MAX
        }
        for chunk in chunks:
            chunk.outcomes = {row.pk: Outcome(None, error=sentence) for row in chunk.rows}
    else:
        for chunk in chunks:
            _compute(chunk, claim)
    _store(claim, chunks)


def _waiting_rows(claim: Claim) -> TextAnalysisQuerySet:
    rows = TextAnalysis.objects.live().waiting()
    if claim.batch_id is None:
        rows = rows.filter(pk__in=claim.arguments["ids"])
    else:
        lines = (claim.arguments["first_line"], claim.arguments["last_line"])
        rows = rows.filter(batch_analysis_id=claim.batch_id, line_number__range=lines)
    return rows.only("text_content", "text_hash", "line_number", *rollups.ROW_FIELDS).order_by("id")


def _split(claim: Claim, rows: Sequence[TextAnalysis]) -> None:
    """Cut a chunk that stopped a worker into smaller ones: in the end the text to blame stands alone."""
    size = max(1, -(-len(rows) // SPLIT_INTO))
    parts = [rows[start : start + size] for start in range(0, len(rows), size)]
    with transaction.atomic():
        jobs.finish(claim)
        jobs.enqueue(_job_of(claim, part) for part in parts)


def _job_of(claim: Claim, part: Sequence[TextAnalysis]) -> Any:
    if claim.batch_id is None:
        return jobs.new_job(JobKind.ANALYSE_CHUNK, {"ids": [row.pk for row in part], "rows": len(part)})
    lines = sorted(row.line_number or 0 for row in part)
    arguments = {"first_line": lines[0], "last_line": lines[-1], "rows": len(part)}
    return jobs.new_job(JobKind.ANALYSE_CHUNK, arguments, batch_id=claim.batch_id)


def _by_engine(rows: Iterable[TextAnalysis]) -> list[Chunk]:
    chunks: dict[tuple[str, str], Chunk] = {}
    for row in rows:
        key = (row.analysis_type, row.optimization_tier)
        chunks.setdefault(key, Chunk([], *key)).rows.append(row)
    return list(chunks.values())


def _compute(chunk: Chunk, claim: Claim) -> None:
    """Copy what is known already, compute the rest; each distinct text once."""
    try:
        engine = registry.get_engine(chunk.analysis_type, chunk.optimization_tier)
    except EngineNotInstalledError as error:
        chunk.outcomes = {row.pk: Outcome(None, error=error.reason) for row in chunk.rows}
        return
    known = _known_outcomes(chunk, engine)
    chunk.copied.update(row.pk for row in chunk.rows if row.text_hash in known)
    unknown: dict[str, str] = {}
    for row in chunk.rows:
        if row.text_hash in known:
            continue
        if row.text_hash in unknown:
            chunk.copied.add(row.pk)
        unknown.setdefault(row.text_hash, row.text_content)
    known.update(_analyse(engine, unknown, claim))
    for row in chunk.rows:
        outcome = known[row.text_hash]
        chunk.outcomes[row.pk] = outcome
        if outcome.error:
            chunk.copied.discard(row.pk)


def _known_outcomes(chunk: Chunk, engine: Engine) -> dict[str, Outcome]:
    """Find results of the same texts by the same engine version; corrected rows hold a person's value. One query."""
    column = RESULT_FIELD_BY_TYPE[AnalysisType(chunk.analysis_type)]
    found = (
        TextAnalysis.objects.live()
        .done()
        .filter(
            text_hash__in={row.text_hash for row in chunk.rows},
            analysis_type=chunk.analysis_type,
            optimization_tier=chunk.optimization_tier,
            model_used=engine.model_used,
        )
        .exclude(Exists(Correction.objects.filter(analysis_id=OuterRef("pk"))))
        .values_list("text_hash", column, "confidence_score")
    )
    return {text_hash: Outcome(value, confidence=confidence) for text_hash, value, confidence in found}


def _analyse(engine: Engine, texts: dict[str, str], claim: Claim) -> dict[str, Outcome]:
    """Run the engine over distinct texts by hash, renewing the lease in good time."""
    outcomes: dict[str, Outcome] = {}
    held_at = monotonic()
    items = iter(texts.items())
    while part := list(islice(items, ENGINE_ROWS)):
        answers = engine.analyze([text for _hash, text in part])
        outcomes.update(zip((text_hash for text_hash, _text in part), answers, strict=True))
        if monotonic() - held_at > settings.LEASE_SECONDS / 3:
            jobs.hold(claim)
            held_at = monotonic()
    return outcomes


def _store(claim: Claim, chunks: Sequence[Chunk]) -> None:
    """Store the chunk's one effect: job, results, rollup, counters."""
    now = timezone.now()
    deltas = rollups.Deltas()
    results: list[tuple[int, dict[str, Any]]] = []
    done = failed = 0
    time_ms = 0.0
    corrected = _model_values(chunks)
    for chunk in chunks:
        for row in chunk.rows:
            values = _result_values(chunk, row, now)
            done += not values["error_message"]
            failed += bool(values["error_message"])
            time_ms += values["processing_time_ms"] or 0.0
            key, score = rollups.key_of(row)
            deltas.add(key, count=-1, score=score)
            _apply(row, values, corrected)
            key, score = rollups.key_of(row)
            deltas.add(key, score=score)
            results.append((row.pk, values))
    with transaction.atomic():
        jobs.finish(claim)
        bulk_load.store_results(results)
        Correction.objects.bulk_update(corrected.values(), ("model_value",))
        deltas.write()
        if claim.batch_id is not None and results:
            batches.count_results(claim.batch_id, done=done, failed=failed, time_ms=time_ms)


def _model_values(chunks: Sequence[Chunk]) -> dict[tuple[int, str], Correction]:
    ids = [row.pk for chunk in chunks for row in chunk.rows]
    return {
        (correction.analysis_id, correction.field): correction
        for correction in Correction.objects.filter(analysis_id__in=ids)
    }


def _result_values(chunk: Chunk, row: TextAnalysis, now: Any) -> dict[str, Any]:
    outcome = chunk.outcomes[row.pk]
    values: dict[str, Any] = dict.fromkeys(bulk_load.RESULT_COLUMNS)
    values.update(processed_at=now, updated_at=now)
    engine_name = _model_used(chunk)
    if outcome.error:
        values.update(status=str(AnalysisStatus.ERROR), error_message=outcome.error, model_used=engine_name)
        return values
    copied = row.pk in chunk.copied
    values.update(
        status=str(AnalysisStatus.CACHED if copied else AnalysisStatus.COMPLETED),
        confidence_score=outcome.confidence,
        processing_time_ms=0.0 if copied else outcome.processing_time_ms,
        model_used=engine_name,
    )
    values[RESULT_FIELD_BY_TYPE[AnalysisType(chunk.analysis_type)]] = outcome.value
    return values


def _model_used(chunk: Chunk) -> str | None:
    if not registry.is_installed(chunk.analysis_type, chunk.optimization_tier):
        return None
    return registry.get_engine(chunk.analysis_type, chunk.optimization_tier).model_used


def _apply(row: TextAnalysis, values: dict[str, Any], corrected: dict[tuple[int, str], Correction]) -> None:
    """Put the values on the row; where a person corrected one, keep it and hand the model's to the correction."""
    for column in RESULT_FIELDS:
        correction = corrected.get((row.pk, column))
        if correction is not None and not values["error_message"]:
            correction.model_value = values[column]
            values[column] = correction.human_value
    for column, value in values.items():
        setattr(row, column, value)
