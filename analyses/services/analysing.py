"""Analyse a chunk: compute outside any transaction, then store results, counters and rollup in one.

A slow chunk is stored in parts, so that a worker that dies or is stopped loses a moment's work and not the chunk's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses.choices import (
    JOB_ATTEMPTS_MAX,
    RESULT_FIELD_BY_TYPE,
    WAITING_STATUSES,
    AnalysisStatus,
    AnalysisType,
    JobKind,
)
from analyses.engines import registry
from analyses.engines.base import Engine, Outcome
from analyses.exceptions import EngineNotInstalledError, EngineUnavailableError
from analyses.models import Correction, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.services import asking, batches, bulk_load, caching, jobs, rollups, topic_groups
from analyses.services.jobs import Claim

logger = logging.getLogger(__name__)

STORE_SECONDS = 0.5
SPLIT_INTO = 10
RESULT_FIELDS = tuple(RESULT_FIELD_BY_TYPE.values())

Values = dict[str, Any]  # a row's result, by column


@dataclass
class Chunk:
    """Rows of a job, all of one type and tier, and what is known of their texts."""

    rows: list[TextAnalysis]
    analysis_type: str
    optimization_tier: str
    known: dict[str, Outcome] = field(default_factory=dict)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    copied: set[int] = field(default_factory=set)
    model_used: str | None = None  # of the engine that answers, once there is one

    def parts(self, size: int) -> Iterator[Chunk]:
        """Cut into what an engine takes at once; the parts share what is known."""
        for start in range(0, len(self.rows), size):
            rows = self.rows[start : start + size]
            yield Chunk(
                rows, self.analysis_type, self.optimization_tier, self.known, model_used=self.model_used
            )

    def refuse(self, sentence: str) -> None:
        """Let every row fail with a sentence."""
        self.outcomes = {row.pk: Outcome(None, error=sentence) for row in self.rows}


def run(claim: Claim) -> None:
    """Process a chunk; raises LeaseLostError (nothing more stored) when the job is no longer ours."""
    rows = list(waiting_rows(claim))
    if claim.attempts > 1 and len(rows) > 1:
        _split(claim, rows)
        return
    computed: list[Chunk] = []
    unavailable: list[EngineUnavailableError] = []
    stored_at = monotonic()
    for part in _compute_parts(claim, rows, unavailable):
        computed.append(part)
        if claim.is_stopping():
            store(claim, computed, jobs.release)
            return
        if monotonic() - stored_at > STORE_SECONDS:
            store(claim, computed, jobs.progress)
            computed, stored_at = [], monotonic()
    store(claim, computed, _waiting_for(unavailable) if unavailable else jobs.finish)


def _waiting_for(unavailable: Sequence[EngineUnavailableError]) -> Callable[[Claim], None]:
    """Give what hands the job back until the first of the engines may answer again."""
    first = min(unavailable, key=lambda error: error.retry_after_seconds)
    return partial(jobs.wait, reason=first.reason, seconds=first.retry_after_seconds)


def _compute_parts(
    claim: Claim, rows: Iterable[TextAnalysis], unavailable: list[EngineUnavailableError]
) -> Iterator[Chunk]:
    """Give part after part with its outcomes; what an engine leaves open is noted in `unavailable` and waits."""
    for chunk in _by_engine(rows):
        if claim.attempts > JOB_ATTEMPTS_MAX:
            chunk.refuse(_blame(claim))
            _count_refused(chunk, claim)
            yield chunk
            continue
        try:
            engine = registry.get_engine(chunk.analysis_type, chunk.optimization_tier)
            engine = topic_groups.engine_for(engine, batch_id=claim.batch_id)
        except EngineNotInstalledError as error:
            chunk.refuse(error.reason)
            yield chunk
            continue
        except EngineUnavailableError as error:
            unavailable.append(error)
            continue
        chunk.model_used = engine.model_used
        chunk.known.update(_known_outcomes(chunk, engine))
        for part in chunk.parts(engine.texts_at_once):
            try:
                _compute(part, engine, claim)
            except EngineUnavailableError as error:
                logger.info("Job %s waits for an engine: %s", claim.job_id, error.reason)
                unavailable.append(error)
                break
            yield part


def _blame(claim: Claim) -> str:
    """Say what the runs of a text that stands alone came to."""
    if claim.error:
        return _("The engine failed %(count)s times on this text (%(error)s).") % {
            "count": JOB_ATTEMPTS_MAX,
            "error": claim.error,
        }
    return _("The engine stopped the worker %(count)s times on this text.") % {"count": JOB_ATTEMPTS_MAX}


def waiting_rows(claim: Claim) -> TextAnalysisQuerySet:
    """Give the rows of a job that still wait."""
    rows = TextAnalysis.objects.live().waiting()
    if claim.batch_id is None:
        rows = rows.filter(pk__in=claim.arguments["ids"])
    else:
        lines = (claim.arguments["first_line"], claim.arguments["last_line"])
        rows = rows.filter(batch_analysis_id=claim.batch_id, line_number__range=lines)
        rows = rows.filter(batch_analysis__cancelled_at__isnull=True)
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


def _count_refused(chunk: Chunk, claim: Claim) -> None:
    """Count texts that the engine never came to an answer on as its failures."""
    facts = registry.find_facts(chunk.analysis_type, chunk.optimization_tier)
    if facts is not None:
        claim.count(facts, chunk.outcomes.values())


def _compute(part: Chunk, engine: Engine, claim: Claim) -> None:
    """Copy what is known already, compute the rest; each distinct text once."""
    unknown: dict[str, str] = {}
    for row in part.rows:
        if row.text_hash in part.known or row.text_hash in unknown:
            part.copied.add(row.pk)
        else:
            unknown[row.text_hash] = row.text_content
    if unknown:
        outcomes = asking.ask(engine, list(unknown.values()), keep=partial(jobs.hold, claim))
        claim.count(engine.facts, outcomes)
        part.known.update(zip(unknown, outcomes, strict=True))
    for row in part.rows:
        outcome = part.known[row.text_hash]
        part.outcomes[row.pk] = outcome
        if outcome.error:
            part.copied.discard(row.pk)


def _known_outcomes(chunk: Chunk, engine: Engine) -> dict[str, Outcome]:
    """Find results of the same texts by the same engine version; corrected rows hold a person's value. One query."""
    column = RESULT_FIELD_BY_TYPE[AnalysisType(chunk.analysis_type)]
    found = (
        TextAnalysis.objects.live()
        .done()
        .filter(
            bulk_load.among("text_hash", {row.text_hash for row in chunk.rows}),
            analysis_type=chunk.analysis_type,
            optimization_tier=chunk.optimization_tier,
            model_used=engine.model_used,
        )
        .exclude(Exists(Correction.objects.filter(analysis_id=OuterRef("pk"))))
        .values_list("text_hash", column, "confidence_score")
    )
    return {text_hash: Outcome(value, confidence=confidence) for text_hash, value, confidence in found}


def store(claim: Claim, chunks: Sequence[Chunk], end: Callable[[Claim], None]) -> None:
    """Store the one effect of what was computed: job, results, counters, rollup, locked in this order.

    A row that was edited, trashed or answered by somebody else since it was read is left alone. The batch's counters
    come before the rollup: its foreign key takes a shared lock on MySQL, and two workers could then not go on to write.
    """
    with transaction.atomic():
        end(claim)
        _drop_changed(chunks)
        tally, deltas, results, corrected = _results(chunks)
        bulk_load.store_results(results)
        caching.forget(pk for pk, _values in results)
        Correction.objects.bulk_update(corrected.values(), ("model_value",))
        if claim.batch_id is not None and results:
            batches.count_results(claim.batch_id, done=tally.done, failed=tally.failed, time_ms=tally.time_ms)
            batches.refuse_cancelled(claim.batch_id)
        deltas.write()


def _drop_changed(chunks: Sequence[Chunk]) -> None:
    """Keep the rows that still wait with the text that was computed, and lock them."""
    ids = [row.pk for chunk in chunks for row in chunk.rows]
    if not ids:
        return
    # By key alone: a condition on the state makes PostgreSQL walk all that waits when its statistics are old.
    locked = TextAnalysis.objects.filter(bulk_load.among("pk", ids)).order_by("pk").select_for_update()
    hashes = {
        pk: text_hash
        for pk, text_hash, status, deleted_at in locked.values_list("pk", "text_hash", "status", "deleted_at")
        if status in WAITING_STATUSES and deleted_at is None
    }
    for chunk in chunks:
        chunk.rows = [row for row in chunk.rows if hashes.get(row.pk) == row.text_hash]


@dataclass
class Tally:
    """What the results of a transaction add to the batch's counters."""

    done: int = 0
    failed: int = 0
    time_ms: float = 0.0

    def add(self, values: Values) -> None:
        """Count a row's result."""
        self.done += not values["error_message"]
        self.failed += bool(values["error_message"])
        self.time_ms += values["processing_time_ms"] or 0.0


def _results(
    chunks: Sequence[Chunk],
) -> tuple[Tally, rollups.Deltas, list[tuple[int, Values]], dict[tuple[int, str], Correction]]:
    now = timezone.now()
    tally, deltas = Tally(), rollups.Deltas()
    results: list[tuple[int, Values]] = []
    corrected = _model_values(chunks)
    for chunk in chunks:
        shared = dict.fromkeys(bulk_load.RESULT_COLUMNS)
        shared |= {"processed_at": now, "updated_at": now, "model_used": _model_used(chunk)}
        for row in chunk.rows:
            values = shared | _result_values(chunk, row)
            if corrected:
                _keep_corrected(row.pk, values, corrected)
            tally.add(values)
            _count(row, values, deltas)
            results.append((row.pk, values))
    return tally, deltas, results, corrected


def _count(row: TextAnalysis, values: Values, deltas: rollups.Deltas) -> None:
    """Move a row from the key that it was read with to that of its result."""
    was = vars(row)  # thrice as fast as an attribute each, and this is done for every row
    key, score = rollups.key_of_values(was)
    deltas.add(key, count=-1, score=score)
    key, score = rollups.key_of_values(was | values)
    deltas.add(key, score=score)


def _model_values(chunks: Sequence[Chunk]) -> dict[tuple[int, str], Correction]:
    ids = [row.pk for chunk in chunks for row in chunk.rows]
    return {
        (correction.analysis_id, correction.field): correction
        for correction in Correction.objects.filter(bulk_load.among("analysis_id", ids))
    }


def _result_values(chunk: Chunk, row: TextAnalysis) -> Values:
    outcome = chunk.outcomes[row.pk]
    if outcome.error:
        return {"status": str(AnalysisStatus.ERROR), "error_message": outcome.error}
    copied = row.pk in chunk.copied
    return {
        "status": str(AnalysisStatus.CACHED if copied else AnalysisStatus.COMPLETED),
        "confidence_score": outcome.confidence,
        "processing_time_ms": 0.0 if copied else outcome.processing_time_ms,
        RESULT_FIELD_BY_TYPE[chunk.analysis_type]: outcome.value,
    }


def _model_used(chunk: Chunk) -> str | None:
    if chunk.model_used:
        return chunk.model_used
    if not registry.is_installed(chunk.analysis_type, chunk.optimization_tier):
        return None
    return registry.get_engine(chunk.analysis_type, chunk.optimization_tier).model_used


def _keep_corrected(pk: int, values: Values, corrected: dict[tuple[int, str], Correction]) -> None:
    """Where a person corrected a value, keep it and hand the model's to the correction."""
    if values["error_message"]:
        return
    for column in RESULT_FIELDS:
        if correction := corrected.get((pk, column)):
            correction.model_value = values[column]
            values[column] = correction.human_value
