"""What models did is counted once, adds up between workers, and never stands in the way of work."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import EngineFacts, Outcome
from analyses.models import Job, ModelPerformance
from analyses.services import batches, jobs
from analyses.services.model_performance import Tallies
from analyses.services.workers import WorkLoop
from tests.factories import NEGATIVE, POSITIVE, make_analysis, make_batch
from tests.threads import run_at_once

FACTS = EngineFacts(AnalysisType.SENTIMENT, (OptimizationTier.BASIC,), "slow", "1.2", ("en",), "Plays.")
OTHER = EngineFacts(AnalysisType.EMOTION, (OptimizationTier.BASIC,), "quick", "3", ("en",), "Plays.")


def answers(*times_ms: float, failed: int = 0) -> list[Outcome]:
    good = [Outcome(0.5, processing_time_ms=time) for time in times_ms]
    return good + [Outcome(None, error="No.", processing_time_ms=900.0)] * failed


def row_of(facts: EngineFacts = FACTS) -> ModelPerformance:
    return ModelPerformance.objects.get(
        model_name=facts.name, model_version=facts.version, model_type=facts.analysis_type
    )


def fill(texts: list[str], tier: str = "standard") -> None:
    batch = make_batch(optimization_tier=tier)
    for line, text in enumerate(texts, start=2):
        make_analysis(batch_analysis=batch, text_content=text, line_number=line)
    jobs.enqueue(batches.chunk_jobs(batch.pk, range(2, len(texts) + 2)))


def work() -> WorkLoop:
    loop = WorkLoop()
    while loop.step():
        pass
    return loop


@pytest.mark.django_db
def test_mean_is_that_of_the_answers_however_often_it_is_flushed() -> None:
    tallies = Tallies()
    tallies.add(FACTS, answers(1.0, 2.0))
    tallies.add(FACTS, answers(6.0, failed=1))
    tallies.flush()
    tallies.add(FACTS, answers(11.0, failed=1))
    tallies.flush()
    tallies.flush()

    row = row_of()

    assert (row.total_requests, row.successful_requests, row.error_count) == (6, 4, 2)
    assert row.avg_processing_time_ms == pytest.approx(5.0)
    assert row.memory_usage_mb is not None
    assert 10 < row.memory_usage_mb < 10_000
    assert (row.gpu_usage_percent, row.accuracy_score, row.f1_score) == (None, None, None)


@pytest.mark.django_db
def test_model_that_only_fails_has_no_time() -> None:
    tallies = Tallies()
    tallies.add(FACTS, answers(failed=3))
    tallies.flush()

    assert (row_of().error_count, row_of().avg_processing_time_ms) == (3, 0.0)


@pytest.mark.django_db
def test_worker_counts_what_was_asked_and_no_copies() -> None:
    fill([POSITIVE, NEGATIVE, POSITIVE])

    loop = work()
    assert not ModelPerformance.objects.exists()
    loop.stop()

    row = ModelPerformance.objects.get()
    assert (row.model_type, row.total_requests, row.error_count) == ("sentiment", 2, 0)
    assert row.avg_processing_time_ms > 0


@pytest.mark.django_db
def test_worker_that_dies_loses_statistics_and_no_result() -> None:
    fill([POSITIVE, NEGATIVE])
    work()

    fill(["A third text."])
    work().stop()

    assert ModelPerformance.objects.get().total_requests == 1


@pytest.mark.django_db
def test_text_on_which_the_engine_breaks_counts_as_its_failure(actors: None) -> None:
    fill(["This will explode."])

    loop = WorkLoop()
    for _attempt in range(10):
        Job.objects.update(run_after=jobs.in_future(-1))
        loop.step()
    loop.stop()

    row = ModelPerformance.objects.get(model_name="linear")
    assert (row.total_requests, row.error_count, row.successful_requests) == (1, 1, 0)


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_make_one_row_and_add_up() -> None:
    def flush_often(number: int) -> None:
        tallies = Tallies()
        first, second = (FACTS, OTHER) if number % 2 == 0 else (OTHER, FACTS)
        for _turn in range(12):
            tallies.add(first, answers(1.0 + number, failed=1))
            tallies.add(second, answers(2.0))
            tallies.flush()
        # Where others held the lock for too long, what is left waits for the next time.
        tallies.flush()

    run_at_once(4, flush_often)

    assert ModelPerformance.objects.count() == 2
    for facts in (FACTS, OTHER):
        row = row_of(facts)
        assert (row.total_requests, row.successful_requests, row.error_count) == (72, 48, 24)
    assert row_of(FACTS).avg_processing_time_ms == pytest.approx((12 * 1 + 12 * 3 + 24 * 2) / 48)
    assert row_of(OTHER).avg_processing_time_ms == pytest.approx((12 * 2 + 12 * 4 + 24 * 2) / 48)


@pytest.mark.django_db(transaction=True)
def test_database_that_refuses_keeps_the_tally_for_the_next_time() -> None:
    tallies = Tallies()
    tallies.add(FACTS, answers(4.0))
    with connection.schema_editor() as editor:
        editor.alter_db_table(ModelPerformance, "model_performance", "performance_away")
    try:
        tallies.flush()
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(ModelPerformance, "performance_away", "model_performance")

    tallies.flush()

    assert row_of().total_requests == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {"avg_processing_time_ms": -1.0},
        {"accuracy_score": 1.5},
        {"memory_usage_mb": -1.0},
        {"gpu_usage_percent": 101.0},
        {"total_requests": 1},
        {"total_requests": -1, "error_count": -1},
    ],
)
def test_impossible_numbers_are_refused_by_the_database(values: dict[str, float]) -> None:
    names = {"model_name": "m", "model_version": "1", "model_type": "sentiment"}
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelPerformance.objects.create(**{"avg_processing_time_ms": 0.0} | names | values)
