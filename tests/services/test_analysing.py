"""A chunk: results, counters and rollup in one effect; poison isolated; people's values kept."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analyses.choices import AnalysisStatus, AnalysisType, JobState
from analyses.engines import registry
from analyses.exceptions import LeaseLostError
from analyses.models import BatchAnalysis, Correction, Job, Rollup, TextAnalysis
from analyses.services import analyses, analysing, batches, jobs, rollups
from tests.factories import NEGATIVE, NEUTRAL, POSITIVE, make_analysis, make_batch

pytestmark = pytest.mark.django_db


def filled_batch(texts: list[str], **fields: Any) -> BatchAnalysis:
    batch = make_batch(**fields)
    for line, text in enumerate(texts, start=2):
        make_analysis(batch_analysis=batch, text_content=text, line_number=line)
    jobs.enqueue(batches.chunk_jobs(batch.pk, range(2, len(texts) + 2)))
    batch.refresh_from_db()
    return batch


def run_all() -> None:
    while claim := jobs.claim("test"):
        analysing.run(claim)


def statuses(batch: BatchAnalysis) -> list[str]:
    return list(batch.text_analyses.order_by("line_number").values_list("status", flat=True))


def test_chunk_stores_results_counters_and_rollup() -> None:
    batch = filled_batch([POSITIVE, NEGATIVE, NEUTRAL])
    assert (batch.batch_size, batch.waiting_count, batch.status) == (3, 3, AnalysisStatus.PENDING)

    run_all()

    batch.refresh_from_db()
    rows = batch.text_analyses.order_by("line_number")
    scores = [score if score is not None else 9 for score in rows.values_list("sentiment_score", flat=True)]
    assert scores[0] > 0.5 > -0.5 > scores[1]
    assert abs(scores[2]) < 0.05
    assert (batch.completed_count, batch.error_count, batch.status) == (3, 0, AnalysisStatus.COMPLETED)
    assert batch.completed_at is not None
    assert batch.total_processing_time_ms == pytest.approx(sum_of_times(batch))
    assert batch.avg_processing_time_ms == pytest.approx(sum_of_times(batch) / 3)
    call_command("check_data")


def sum_of_times(batch: BatchAnalysis) -> float:
    return sum(time or 0 for time in batch.text_analyses.values_list("processing_time_ms", flat=True))


def test_same_text_is_computed_once_and_says_cached() -> None:
    batch = filled_batch([POSITIVE, POSITIVE])
    run_all()
    later = filled_batch([POSITIVE])
    run_all()

    assert statuses(batch) == ["completed", "cached"]
    assert statuses(later) == ["cached"]
    row = later.text_analyses.get()
    assert row.sentiment_score == batch.text_analyses.get(line_number=2).sentiment_score
    assert row.processing_time_ms == 0
    call_command("check_data")


def test_corrected_result_is_not_copied(editor: Any) -> None:
    first = filled_batch([POSITIVE])
    run_all()
    row = first.text_analyses.get()
    model_score = row.sentiment_score
    analyses.correct(row.pk, values={"sentiment_score": -1.0}, reason="irony", user=editor)

    second = filled_batch([POSITIVE])
    run_all()

    copy = second.text_analyses.get()
    assert (copy.status, copy.sentiment_score) == ("completed", model_score)


def test_reanalysis_keeps_the_human_value_and_renews_the_models(editor: Any) -> None:
    batch = filled_batch([POSITIVE])
    run_all()
    row = batch.text_analyses.get()
    analyses.correct(row.pk, values={"sentiment_score": -0.25}, reason="irony", user=editor)
    Correction.objects.update(model_value=0.1)
    TextAnalysis.objects.update(status=AnalysisStatus.PENDING)
    rows = rollups.Deltas()
    Rollup.objects.all().delete()
    rollups.add_rows(rows, TextAnalysis.objects.all(), sign=1)
    rows.write()
    batches.count_results(batch.pk, done=-1, time_ms=-(row.processing_time_ms or 0))
    jobs.enqueue(batches.chunk_jobs(batch.pk, [2]))

    run_all()

    row.refresh_from_db()
    assert row.sentiment_score == -0.25
    assert (Correction.objects.get().model_value or 0) > 0.5
    call_command("check_data")


def test_lost_lease_changes_nothing() -> None:
    batch = filled_batch([POSITIVE])
    claim = jobs.claim("zombie")
    assert claim
    Job.objects.update(claim_token="another")

    with pytest.raises(LeaseLostError):
        analysing.run(claim)

    assert statuses(batch) == ["pending"]
    call_command("check_data")


def test_chunk_that_stopped_a_worker_is_cut_until_the_text_stands_alone() -> None:
    batch = filled_batch([f"Text {number}." for number in range(20)])
    for _ in range(2):
        jobs.claim("killed")
        Job.objects.filter(state=JobState.RUNNING).update(lease_until=jobs.in_future(-1))
        jobs.requeue_expired()

    claim = jobs.claim("next")
    assert claim
    analysing.run(claim)

    parts = Job.objects.filter(state=JobState.QUEUED)
    assert [job.arguments["rows"] for job in parts] == [2] * 10
    run_all()
    assert set(statuses(batch)) == {"completed"}


def test_single_text_that_stops_three_workers_fails_with_a_reason() -> None:
    batch = filled_batch(["poison"])
    Job.objects.update(attempts=3)

    run_all()

    row = batch.text_analyses.get()
    assert (row.status, row.error_message) == ("error", "The engine stopped the worker 3 times on this text.")
    batch.refresh_from_db()
    assert (batch.error_count, batch.status) == (1, AnalysisStatus.ERROR)
    call_command("check_data")


def test_engine_error_fails_the_row_and_not_its_neighbours() -> None:
    batch = filled_batch(
        ["12345 67890", "A plain sentence stands here."], analysis_type=AnalysisType.READABILITY
    )

    run_all()

    assert statuses(batch) == ["error", "completed"]
    assert batch.text_analyses.get(line_number=2).error_message


def test_tier_without_engine_fails_rows_with_the_sentence() -> None:
    batch = filled_batch([POSITIVE], analysis_type=AnalysisType.TOPICS, optimization_tier="ultra")

    run_all()

    row = batch.text_analyses.get()
    assert row.status == "error"
    assert "No engine for topics at tier ultra is installed" in (row.error_message or "")
    assert not registry.is_installed("topics", "ultra")


def test_single_rows_are_gathered_and_analysed() -> None:
    row, created = analyses.create(text_content=POSITIVE, analysis_type="sentiment")

    assert created
    assert analyses.gather_single_rows() == 1
    assert analyses.gather_single_rows() == 0
    run_all()

    row.refresh_from_db()
    assert row.status == "completed"
    assert (row.sentiment_score or 0) > 0.5
    call_command("check_data")


def test_queries_of_a_chunk_do_not_grow_with_rows() -> None:
    filled_batch([f"Text {number}." for number in range(100)])
    claim = jobs.claim("test")
    assert claim

    with CaptureQueriesContext(connection) as statements:
        analysing.run(claim)

    # How often the lease is renewed says how busy the machine is.
    assert len([one for one in statements if "lease_until" not in one["sql"]]) <= 20
