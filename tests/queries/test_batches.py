"""Where batches stand, how fast they go, what failed and what came out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from analyses.choices import BatchState, JobKind, JobState
from analyses.models import BatchAnalysis, Job, Worker
from analyses.queries import batches
from tests.factories import make_analysis, make_batch, make_import, make_scored

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def counted(**fields: Any) -> BatchAnalysis:
    """Make a batch that runs: 1,000 texts of which 600 are done and 100 failed."""
    values: dict[str, Any] = {
        "batch_size": 1000,
        "completed_count": 600,
        "error_count": 100,
        "status": "processing",
        "started_at": NOW - timedelta(seconds=70),
    }
    return make_batch(**values | fields)


def finish_chunk(batch: BatchAnalysis, *, rows: int, seconds_ago: float, **fields: Any) -> Job:
    values: dict[str, Any] = {
        "kind": JobKind.ANALYSE_CHUNK,
        "arguments": {"first_line": 1, "last_line": rows, "rows": rows},
        "state": JobState.DONE,
        "finished_at": NOW - timedelta(seconds=seconds_ago),
        "batch": batch,
    }
    return Job.objects.create(**values | fields)


def keep_worker_alive(*, seconds_ago: float = 1) -> None:
    heartbeat_at = NOW - timedelta(seconds=seconds_ago)
    Worker.objects.create(name="worker", started_at=NOW, heartbeat_at=heartbeat_at)


def test_counts_of_a_running_batch_add_up() -> None:
    batch = counted(avg_processing_time_ms=0.5)

    found = batches.progress(batch.pk, now=NOW)

    assert (found.size, found.done, found.failed, found.waiting) == (1000, 600, 100, 300)
    assert found.mean_time_ms == 0.5
    assert found.state == BatchState.RUNNING
    assert not found.finished


def test_rate_is_of_the_recent_past_and_gives_the_finish() -> None:
    batch = counted()
    keep_worker_alive()
    for seconds_ago in (10, 8, 6, 4):
        finish_chunk(batch, rows=50, seconds_ago=seconds_ago)
    finish_chunk(batch, rows=500, seconds_ago=40)

    found = batches.progress(batch.pk, now=NOW)

    assert found.rows_per_second == 15.0
    assert found.finish_at == datetime(2026, 11, 22, 14, 0, 20, tzinfo=UTC)


def test_rate_counts_only_chunks_of_this_batch_that_were_stored() -> None:
    batch, other = counted(), counted()
    keep_worker_alive()
    finish_chunk(batch, rows=50, seconds_ago=10)
    finish_chunk(batch, rows=50, seconds_ago=5)
    finish_chunk(batch, rows=50, seconds_ago=5, state=JobState.CANCELLED)
    finish_chunk(other, rows=900, seconds_ago=5)

    assert batches.progress(batch.pk, now=NOW).rows_per_second == 5.0


def test_rate_falls_back_on_the_time_since_the_first_result() -> None:
    batch = counted()
    keep_worker_alive()

    found = batches.progress(batch.pk, now=NOW)

    assert found.rows_per_second == 10.0
    assert found.finish_at == datetime(2026, 11, 22, 14, 0, 30, tzinfo=UTC)


def test_without_a_worker_there_is_no_rate_and_no_finish() -> None:
    batch = counted()
    keep_worker_alive(seconds_ago=60)
    finish_chunk(batch, rows=50, seconds_ago=10)
    finish_chunk(batch, rows=50, seconds_ago=5)

    found = batches.progress(batch.pk, now=NOW)

    assert (found.rows_per_second, found.finish_at) == (None, None)
    assert found.stalled
    assert found.last_worker_at == datetime(2026, 11, 22, 13, 59, tzinfo=UTC)


def test_a_finish_beyond_a_month_is_not_promised() -> None:
    batch = counted(batch_size=2_000_000_000)
    keep_worker_alive()

    found = batches.progress(batch.pk, now=NOW)

    assert found.rows_per_second == 10.0
    assert found.finish_at is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"batch_size": 0, "status": "pending"}, BatchState.WAITING),
        ({"batch_size": 9, "status": "pending"}, BatchState.WAITING),
        ({"batch_size": 9, "completed_count": 1, "status": "processing"}, BatchState.RUNNING),
        ({"batch_size": 9, "completed_count": 9, "status": "completed"}, BatchState.COMPLETED),
        ({"batch_size": 0, "status": "completed"}, BatchState.COMPLETED),
        (
            {"batch_size": 9, "completed_count": 8, "error_count": 1, "status": "completed"},
            BatchState.COMPLETED_WITH_ERRORS,
        ),
        ({"batch_size": 9, "error_count": 9, "status": "error"}, BatchState.FAILED),
        ({"batch_size": 9, "status": "processing", "cancelled_at": NOW}, BatchState.CANCELLED),
    ],
)
def test_state_of_a_batch_without_a_file(fields: dict[str, Any], expected: BatchState) -> None:
    assert batches.state_of(make_batch(**fields)) == expected


@pytest.mark.parametrize(
    ("import_state", "fields", "expected"),
    [
        ("queued", {"batch_size": 0}, BatchState.WAITING),
        ("reading", {"batch_size": 5000}, BatchState.READING),
        (
            "reading",
            {"batch_size": 500, "completed_count": 500, "status": "processing"},
            BatchState.RUNNING,
        ),
        ("failed", {"batch_size": 0}, BatchState.FAILED),
        ("cancelled", {"batch_size": 0, "cancelled_at": NOW}, BatchState.CANCELLED),
        ("completed", {"batch_size": 3, "completed_count": 3, "status": "completed"}, BatchState.COMPLETED),
    ],
)
def test_state_of_a_batch_that_is_filled_from_a_file(
    import_state: str, fields: dict[str, Any], expected: BatchState
) -> None:
    batch = make_batch(source_import=make_import(state=import_state), **fields)

    assert batches.state_of(batch) == expected


def test_while_the_file_is_read_no_finish_is_promised() -> None:
    batch = counted(source_import=make_import(state="reading"))
    keep_worker_alive()

    found = batches.progress(batch.pk, now=NOW)

    assert found.importing
    assert found.finish_at is None


def test_version_changes_with_what_the_page_shows() -> None:
    batch = counted()
    before = batches.progress(batch.pk, now=NOW).version

    assert batches.progress(batch.pk, now=NOW).version == before
    BatchAnalysis.objects.update(completed_count=601)
    after = batches.progress(batch.pk, now=NOW).version
    keep_worker_alive()

    assert len({before, after, batches.progress(batch.pk, now=NOW).version}) == 3


def test_progress_of_many_batches_takes_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    found = [counted() for _number in range(4)]
    finish_chunk(found[0], rows=50, seconds_ago=5)

    with django_assert_num_queries(2):
        progress = batches.progress_of(found, now=NOW)

    assert set(progress) == {batch.pk for batch in found}
    with django_assert_num_queries(0):
        assert batches.progress_of([], now=NOW) == {}


def test_progress_takes_three_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    batch = counted(source_import=make_import())

    with django_assert_num_queries(3):
        batches.progress(batch.pk, now=NOW)


def test_a_batch_in_the_trash_is_not_found() -> None:
    batch = counted(deleted_at=NOW)

    with pytest.raises(BatchAnalysis.DoesNotExist):
        batches.progress(batch.pk, now=NOW)


def test_failures_are_counted_by_reason_most_frequent_first() -> None:
    batch = make_batch()
    for reason in ("too slow", "no letters", "too slow"):
        make_analysis(batch_analysis=batch, status="error", error_message=reason)
    make_analysis(batch_analysis=batch, status="completed")
    make_analysis(batch_analysis=make_batch(), status="error", error_message="elsewhere")

    assert batches.failures_by_reason(batch.pk) == [("too slow", 2), ("no letters", 1)]


def test_reasons_that_differ_in_case_or_spaces_stay_apart() -> None:
    batch = make_batch()
    for reason in ("Slow", "slow", "slow ", "slow"):
        make_analysis(batch_analysis=batch, status="error", error_message=reason)

    assert sorted(batches.failures_by_reason(batch.pk)) == [("Slow", 1), ("slow", 2), ("slow ", 1)]


def test_a_failure_without_a_reason_is_counted_under_nothing() -> None:
    batch = make_batch()
    make_analysis(batch_analysis=batch, status="error", error_message=None)

    assert batches.failures_by_reason(batch.pk) == [("", 1)]
    assert batches.latest_failures_by_reason(limit=5) == [("", 1)]


def test_latest_failures_are_of_all_batches_and_leave_out_the_trash() -> None:
    for batch in (make_batch(), make_batch()):
        make_analysis(batch_analysis=batch, status="error", error_message="too slow")
    make_analysis(status="error", error_message="rare")
    make_analysis(status="error", error_message="rare", deleted_at=NOW)

    assert batches.latest_failures_by_reason(limit=1) == [("too slow", 2)]
    assert batches.latest_failures_by_reason(limit=9) == [("too slow", 2), ("rare", 1)]


def test_failed_rows_are_walked_in_the_order_of_the_file() -> None:
    batch = make_batch()
    for line, text in ((9, "Second."), (2, "First.")):
        make_analysis(
            batch_analysis=batch,
            line_number=line,
            external_id=f"id {line}",
            text_content=text,
            status="error",
            error_message="too slow",
        )

    assert list(batches.iterate_failures(batch.pk)) == [
        (2, "id 2", "too slow", "First."),
        (9, "id 9", "too slow", "Second."),
    ]


def test_score_bins_count_the_results_of_one_batch() -> None:
    batch = make_batch()
    for score in (-1.0, 0.05, 0.07, 1.0):
        make_scored(score, batch_analysis=batch)
    make_scored(0.5, batch_analysis=make_batch())
    make_analysis(batch_analysis=batch)

    found = batches.score_bins(batch)

    assert {index: count for index, count in enumerate(found) if count} == {0: 1, 10: 2, 19: 1}
    assert len(found) == 20


def test_languages_are_counted_most_frequent_first() -> None:
    batch = make_batch(analysis_type="language")
    for code in ("de", "en", "en"):
        make_analysis(batch_analysis=batch, status="completed", language_detected=code)
    make_analysis(batch_analysis=batch, status="error")

    assert batches.languages(batch.pk) == [("en", 2), ("de", 1)]


def test_lists_page_by_id_forwards_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyses.choices.PAGE_ROWS", 2)
    ids = [make_batch().pk for _number in range(5)]

    first = batches.newest()
    second = batches.newest(older_than=first.older_than)
    last = batches.newest(older_than=second.older_than)
    back = batches.newest(newer_than=last.newer_than)

    assert [[batch.pk for batch in page.rows] for page in (first, second, last, back)] == [
        [ids[4], ids[3]],
        [ids[2], ids[1]],
        [ids[0]],
        [ids[2], ids[1]],
    ]
    assert (first.newer_than, last.older_than) == (None, None)


def test_running_leaves_out_what_is_over() -> None:
    running = make_batch(status="processing")
    make_batch(status="completed")
    make_batch(status="pending", cancelled_at=NOW)
    make_batch(status="pending", deleted_at=NOW)

    assert batches.running(limit=5) == [running]
    assert batches.count() == 3
