"""Engines that run elsewhere: claim, answer, lose the lease; exactly one effect."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from analyses.choices import AnalysisStatus, JobState
from analyses.engines import configured, registry, specs
from analyses.exceptions import LeaseLostError, ValidationError
from analyses.models import BatchAnalysis, Job, ModelPerformance, TextAnalysis
from analyses.services import analyses, batches, external_work, jobs
from analyses.services.external_work import Work
from analyses.services.workers import WorkLoop
from tests.factories import make_analysis, make_batch
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db

SPECS = '[{"type": "sentiment", "name": "acme", "version": "3", "external": true}]'


@pytest.fixture(autouse=True)
def acme() -> Iterator[None]:
    """Name an external engine for sentiment at tier ultra."""
    registry.configure(configured.providers(specs.read(SPECS), lease_seconds=60))
    yield
    registry.configure(())


def filled(count: int) -> BatchAnalysis:
    batch = make_batch(optimization_tier="ultra")
    for _number in range(count):
        make_analysis(batch_analysis=batch)
    batches.enqueue_waiting(batch.pk)
    return batch


def claimed(**options: Any) -> Work:
    work = external_work.claim(analysis_type="sentiment", optimization_tier="ultra", engine="acme", **options)
    assert work is not None
    return work


def answer(work: Work, answers: list[dict[str, Any]], **options: Any) -> external_work.Stored:
    return external_work.store(work.claim.job_id, work.claim.token, answers, **options)


def test_results_are_stored_with_counters_and_model() -> None:
    batch = filled(3)
    work = claimed()
    first, second, third = (row.pk for row in work.rows)

    stored = answer(
        work,
        [
            {"id": first, "value": 0.5, "confidence_score": 0.9, "processing_time_ms": 12.0},
            {"id": second, "value": None},
            {"id": third, "error_message": "Too long for us."},
        ],
    )

    row = TextAnalysis.objects.get(pk=first)
    assert (row.status, row.sentiment_score, row.confidence_score) == ("completed", 0.5, 0.9)
    assert (row.model_used, row.processing_time_ms) == ("acme 3", 12.0)
    assert TextAnalysis.objects.get(pk=third).error_message == "Too long for us."
    batch.refresh_from_db()
    assert (batch.completed_count, batch.error_count, batch.status) == (2, 1, "completed")
    assert (stored.stored, stored.left_alone, stored.waiting) == (3, 0, 0)
    call_command("check_data")


def test_results_may_come_in_parts() -> None:
    filled(2)
    work = claimed()

    first = answer(work, [{"id": work.rows[0].pk, "value": 0.1}])
    second = answer(work, [{"id": work.rows[0].pk, "value": 0.9}, {"id": work.rows[1].pk, "value": 0.2}])

    assert (first.stored, first.waiting) == (1, 1)
    assert (second.stored, second.left_alone, second.waiting) == (1, 1, 0)
    assert TextAnalysis.objects.get(pk=work.rows[0].pk).sentiment_score == 0.1
    call_command("check_data")


def test_single_rows_are_for_the_external_engine_alone() -> None:
    row, _is_new = analyses.create(text_content="One.", analysis_type="sentiment", optimization_tier="ultra")
    other, _is_new = analyses.create(text_content="Two.", analysis_type="sentiment")

    gathered = analyses.gather_single_rows()
    work = claimed()
    answer(work, [{"id": row.pk, "value": -1}], model_used="acme 3.1")

    row.refresh_from_db()
    assert gathered == 1
    assert [one.pk for one in work.rows] == [row.pk]
    assert (row.sentiment_score, row.model_used) == (-1.0, "acme 3.1")
    assert other.pk not in [one.pk for one in work.rows]
    call_command("check_data")


def test_a_worker_leaves_the_texts_waiting_and_the_engine_takes_them_at_once() -> None:
    batch = filled(2)

    assert WorkLoop().step()
    waiting = Job.objects.get(batch=batch)
    work = claimed()

    assert (waiting.state, waiting.error) == (JobState.QUEUED, "acme 3 takes its texts through the API.")
    assert len(work.rows) == 2


def test_an_ended_lease_hands_the_texts_out_again_and_late_results_change_nothing() -> None:
    filled(1)
    late = claimed()
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=5))

    second = claimed()
    with pytest.raises(LeaseLostError):
        answer(late, [{"id": late.rows[0].pk, "value": 0.1}])
    with pytest.raises(LeaseLostError):
        external_work.hold(late.claim.job_id, late.claim.token)
    answer(second, [{"id": second.rows[0].pk, "value": 0.2}])

    assert TextAnalysis.objects.get().sentiment_score == 0.2
    call_command("check_data")


def test_a_cancelled_batch_takes_no_results() -> None:
    batch = filled(1)
    work = claimed()

    batches.cancel(batch.pk, user=None)
    with pytest.raises(LeaseLostError):
        answer(work, [{"id": work.rows[0].pk, "value": 0.1}])

    assert TextAnalysis.objects.get().status == AnalysisStatus.PENDING
    assert external_work.claim(analysis_type="sentiment", optimization_tier="ultra", engine="acme") is None


def test_released_texts_are_handed_out_again_and_a_lease_can_be_renewed() -> None:
    filled(1)
    work = claimed()
    external_work.hold(work.claim.job_id, work.claim.token)
    external_work.release(work.claim.job_id, work.claim.token)

    assert claimed().rows[0].pk == work.rows[0].pk


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ([{"id": 10**9, "value": 0.1}], "results.0.id"),
        ([{"id": 0, "value": 0.1}, {"id": 0, "value": 0.1}], "results.1.id"),
        ([{"id": 0, "value": 1.5}], "results.0.sentiment_score"),
        ([{"id": 0, "value": "good"}], "results.0.sentiment_score"),
        ([{"id": 0, "value": float("nan")}], "results.0.sentiment_score"),
        ([{"id": 0, "value": 0.5, "confidence_score": 2}], "results.0.confidence_score"),
        ([{"id": 0, "value": 0.5, "error_message": "no"}], "results.0.value"),
    ],
)
def test_one_answer_that_is_not_allowed_stores_none(answers: list[dict[str, Any]], field: str) -> None:
    filled(1)
    work = claimed()
    meant = [one | {"id": work.rows[0].pk} if one["id"] == 0 else one for one in answers]

    with pytest.raises(ValidationError) as caught:
        answer(work, meant)

    assert caught.value.field == field
    assert TextAnalysis.objects.get().sentiment_score is None


def test_only_what_is_named_external_can_be_claimed() -> None:
    with pytest.raises(ValidationError, match="No external engine is named for sentiment at tier basic"):
        external_work.claim(analysis_type="sentiment", optimization_tier="basic", engine="acme")


def test_jobs_without_waiting_rows_are_finished_on_the_way() -> None:
    first, second = filled(1), filled(1)
    TextAnalysis.objects.filter(batch_analysis=first).update(deleted_at=timezone.now())

    assert claimed().claim.batch_id == second.pk
    assert Job.objects.get(batch=first).state == JobState.DONE


def test_a_batch_can_be_asked_for() -> None:
    filled(1)
    second = filled(1)

    assert claimed(batch_id=second.pk).claim.batch_id == second.pk


def test_the_claim_needs_its_token() -> None:
    filled(1)
    work = claimed()

    for token in ("", "x", work.claim.token[:-1]):
        with pytest.raises(LeaseLostError):
            jobs.held_claim(work.claim.job_id, token)


@pytest.mark.django_db(transaction=True)
def test_six_engines_at_once_never_get_the_same_text() -> None:
    batch = make_batch(optimization_tier="ultra")
    lines = [make_analysis(batch_analysis=batch).line_number for _number in range(12)]
    for line in lines:
        jobs.enqueue(batches.chunk_jobs(batch.pk, [line or 0]))

    def work(_number: int) -> list[int]:
        found = []
        while (
            taken := external_work.claim(analysis_type="sentiment", optimization_tier="ultra", engine="acme")
        ) is not None:
            found += [row.pk for row in taken.rows]
            answer(taken, [{"id": row.pk, "value": 0.5} for row in taken.rows])
        return found

    taken = [pk for part in run_at_once(6, work) for pk in part]

    assert sorted(taken) == sorted(TextAnalysis.objects.values_list("pk", flat=True))
    batch.refresh_from_db()
    assert batch.completed_count == 12
    call_command("check_data")


@pytest.mark.parametrize(
    ("model_used", "name", "version"),
    [(None, "acme", "3"), ("acme large 3.1", "acme large", "3.1"), ("acme", "acme", "")],
)
def test_what_an_engine_posts_counts_for_its_model(
    django_capture_on_commit_callbacks: Any, model_used: str | None, name: str, version: str
) -> None:
    filled(3)
    work = claimed()
    first, second, _third = (row.pk for row in work.rows)

    with django_capture_on_commit_callbacks(execute=True):
        answers: list[dict[str, Any]] = [
            {"id": first, "value": 0.5, "processing_time_ms": 8},
            {"id": second, "error_message": "Too long."},
        ]
        answer(work, answers, model_used=model_used)

    (row,) = ModelPerformance.objects.all()
    assert (row.model_name, row.model_version) == (name, version)
    assert (row.total_requests, row.successful_requests, row.error_count) == (2, 1, 1)
    assert (row.avg_processing_time_ms, row.memory_usage_mb) == (8.0, None)
    assert row.model_used == TextAnalysis.objects.get(pk=first).model_used


def test_results_that_are_refused_count_nothing(django_capture_on_commit_callbacks: Any) -> None:
    filled(2)
    work = claimed()

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ValidationError):
        answer(work, [{"id": work.rows[0].pk, "value": 7}])

    assert not ModelPerformance.objects.exists()
