"""Work for engines that run elsewhere: they claim a chunk of texts, compute, and post the results.

The ledger is the same as the workers': a lease, a token, exactly one effect. What an engine does not answer before its
lease ends is handed out again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from analyses import choices, results
from analyses.choices import JobKind
from analyses.engines import registry
from analyses.engines.base import EngineFacts, Outcome
from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis, Job, TextAnalysis
from analyses.services import analyses, analysing, jobs, transactions
from analyses.services.analysing import Chunk
from analyses.services.jobs import Claim
from analyses.services.model_performance import Tallies

# Jobs whose rows were all answered or trashed meanwhile are finished on the way; more of them wait for the next call.
EMPTY_JOBS_MAX = 20


@dataclass(frozen=True)
class Work:
    """Texts that an engine holds until its lease ends."""

    claim: Claim
    rows: Sequence[TextAnalysis]


@dataclass(frozen=True)
class Stored:
    """What a post of results did: rows stored, rows that somebody else answered meanwhile, rows still held."""

    stored: int
    left_alone: int
    waiting: int


@transactions.managed("claim work")
def claim(
    *, analysis_type: str, optimization_tier: str, engine: str, batch_id: int | None = None
) -> Work | None:
    """Hand out the next chunk of texts for an external engine, or None when nothing waits.

    Raises ValidationError where no external engine is named for this type and tier in ULTRA_ENGINES.
    """
    if (analysis_type, optimization_tier) not in registry.external():
        reason = _("No external engine is named for %(type)s at tier %(tier)s; see ULTRA_ENGINES.")
        raise ValidationError("analysis_type", reason % {"type": analysis_type, "tier": optimization_tier})
    jobs.requeue_expired()
    candidates = _candidates(analysis_type, optimization_tier, batch_id)
    for _turn in range(EMPTY_JOBS_MAX):
        found = jobs.claim_early(candidates, engine)
        if found is None and batch_id is None and analyses.gather_external(analysis_type, optimization_tier):
            found = jobs.claim_early(candidates, engine)
        if found is None:
            return None
        rows = _rows(found, analysis_type, optimization_tier)
        if rows:
            return Work(found, rows)
        jobs.finish(found)
    return None


def _candidates(analysis_type: str, optimization_tier: str, batch_id: int | None) -> QuerySet[Job]:
    chunks = Job.objects.filter(kind=JobKind.ANALYSE_CHUNK)
    # Not by a join: PostgreSQL locks no row on the side of an outer join that may be missing.
    batches = BatchAnalysis.objects.live().filter(
        analysis_type=analysis_type, optimization_tier=optimization_tier, cancelled_at__isnull=True
    )
    of_batches = Q(batch__in=batches.values("pk"))
    if batch_id is not None:
        return chunks.filter(of_batches, batch=batch_id)
    single = Q(
        batch__isnull=True,
        arguments__analysis_type=analysis_type,
        arguments__optimization_tier=optimization_tier,
    )
    return chunks.filter(of_batches | single)


def _rows(found: Claim, analysis_type: str, optimization_tier: str) -> list[TextAnalysis]:
    rows = analysing.waiting_rows(found).filter(
        analysis_type=analysis_type, optimization_tier=optimization_tier
    )
    return list(rows)


@transactions.managed("hold work")
def hold(job_id: int, token: str) -> None:
    """Renew the lease; raise LeaseLostError when it ended and somebody else has the texts."""
    jobs.hold(jobs.held_claim(job_id, token))


@transactions.managed("release work")
def release(job_id: int, token: str) -> None:
    """Hand the texts back; raise LeaseLostError when they are no longer held."""
    jobs.release(jobs.held_claim(job_id, token))


@transactions.managed("store external results")
def store(
    job_id: int, token: str, answers: Sequence[Mapping[str, Any]], *, model_used: str | None = None
) -> Stored:
    """Store results of some or all texts of a chunk; the lease is renewed while texts are left.

    An answer has `id` and either `value` or `error_message`, and may have `confidence_score` and
    `processing_time_ms`. Raises LeaseLostError, and ValidationError naming the answer; then nothing is stored.
    """
    found = jobs.held_claim(job_id, token)
    rows = {row.pk: row for row in analysing.waiting_rows(found)}
    outcomes = _outcomes(found, rows, answers)
    answered = [rows[pk] for pk in outcomes if pk in rows]
    left = len(rows) - len(answered)
    chunks = []
    if answered:
        first = answered[0]
        engine = registry.get_engine(first.analysis_type, first.optimization_tier)
        chunk = Chunk(answered, first.analysis_type, first.optimization_tier)
        chunk.outcomes, chunk.model_used = outcomes, model_used or engine.model_used
        chunks.append(chunk)
        tallies = Tallies(runs_here=False)
        tallies.add(_facts(engine.facts, model_used), [outcomes[row.pk] for row in answered])
        transaction.on_commit(tallies.flush)
    analysing.store(found, chunks, jobs.progress if left else jobs.finish)
    return Stored(stored=len(answered), left_alone=len(answers) - len(answered), waiting=left)


def _facts(facts: EngineFacts, model_used: str | None) -> EngineFacts:
    """Name the model as the engine does: its version stands behind the last space."""
    if not model_used:
        return facts
    name, _space, version = model_used.rpartition(" ")
    return replace(facts, name=name or version, version=version if name else "")


def _outcomes(
    found: Claim, rows: Mapping[int, TextAnalysis], answers: Sequence[Mapping[str, Any]]
) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    held = _held_ids(found)
    for place, answer in enumerate(answers):
        pk = answer["id"]
        if pk in outcomes:
            raise ValidationError(f"results.{place}.id", _("This text is answered twice."))
        if pk not in held:
            raise ValidationError(f"results.{place}.id", _("This text does not belong to the claim."))
        row = rows.get(pk)
        # One that was answered, edited or trashed meanwhile is nobody's fault.
        outcomes[pk] = Outcome(None) if row is None else _outcome(row, answer, place)
    return outcomes


def _held_ids(found: Claim) -> set[int]:
    """Give the ids of all texts that the claim handed out, whatever became of them."""
    if found.batch_id is None:
        return set(found.arguments["ids"])
    lines = (found.arguments["first_line"], found.arguments["last_line"])
    rows = TextAnalysis.objects.filter(batch_analysis_id=found.batch_id, line_number__range=lines)
    return set(rows.values_list("pk", flat=True))


def _outcome(row: TextAnalysis, answer: Mapping[str, Any], place: int) -> Outcome:
    if error := answer.get("error_message"):
        if answer.get("value") is not None:
            raise ValidationError(f"results.{place}.value", _("A text that failed has no value."))
        return Outcome(None, error=error)
    try:
        value = None if answer.get("value") is None else results.clean(row.analysis_type, answer["value"])
        return Outcome(
            value,
            confidence=_number(answer, "confidence_score", choices.CONFIDENCE_BOUNDS),
            processing_time_ms=_number(answer, "processing_time_ms", choices.PROCESSING_TIME_MS_BOUNDS)
            or 0.0,
        )
    except ValidationError as error:
        raise ValidationError(f"results.{place}.{error.field}", error.reason) from error


def _number(answer: Mapping[str, Any], name: str, bounds: tuple[float, float]) -> float | None:
    value = answer.get(name)
    return None if value is None else results.number(name, value, *bounds)
