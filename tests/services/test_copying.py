"""Copying rows into batches of another tier: every row exactly once, whatever stops the worker."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from analyses.choices import CHUNK_ROWS, ImportState, JobKind, JobState
from analyses.exceptions import DatabaseError, LeaseLostError
from analyses.models import BatchAnalysis, Import, Job, TextAnalysis
from analyses.queries import batches as batch_queries
from analyses.services import analyses, batches, bulk_load, copying, imports, jobs, rollups, workers
from analyses.services.bulk_load import BatchTarget
from analyses.services.jobs import Claim
from tests.factories import make_analysis, make_batch, make_import, make_scored
from tests.services.test_reruns import started

pytestmark = pytest.mark.django_db

MAY = datetime(2026, 5, 1, 12, tzinfo=UTC)
KEPT = ("text_content", "text_hash", "content_length", "external_id", "extra", "occurred_at")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy three rows at a time."""
    monkeypatch.setattr(copying, "BLOCK_ROWS", 3)


def make_rows(count: int) -> BatchAnalysis:
    """Fill a batch with reviews of which every other one has a date of its own."""
    batch = make_batch(batch_name="May reviews", source_import=make_import(accepted_count=count))
    for index in range(count):
        make_scored(
            index / 10,
            batch_analysis=batch,
            line_number=2 + 3 * index,
            text_content=f"Review {index} 🍣",
            external_id=f"id-{index}",
            extra={"airline": ["Delta", "United"][index % 2], 'a "b"': "ü"},
            occurred_at=MAY + timedelta(days=index) if index % 2 else None,
        )
    return batch


def claimed() -> Claim:
    claim = jobs.claim_job(Job.objects.filter(kind=JobKind.COPY_ROWS), "test")
    assert claim is not None
    return claim


def copied(query: str, **changes: Any) -> Import:
    record = started(query, **changes)
    copying.run(claimed())
    record.refresh_from_db()
    return record


def kept(rows: Any) -> list[tuple[Any, ...]]:
    return list(rows.order_by("pk").values_list(*KEPT))


def expire(claim: Claim) -> None:
    Job.objects.filter(pk=claim.job_id).update(lease_until=timezone.now() - timedelta(days=1))
    assert jobs.requeue_expired() == 1


def check_all() -> None:
    call_command("check_data")
    assert rollups.problems() == []


def test_copies_keep_what_came_with_the_text_and_nothing_is_overwritten() -> None:
    source = make_rows(8)
    before = list(TextAnalysis.objects.order_by("pk").values())

    record = copied(f"batch={source.pk}")

    batch = record.batches.get()
    rows = TextAnalysis.objects.filter(batch_analysis=batch)
    assert list(TextAnalysis.objects.filter(batch_analysis=source).order_by("pk").values()) == before
    assert kept(rows) == kept(TextAnalysis.objects.filter(batch_analysis=source))
    assert list(rows.order_by("pk").values_list("line_number", flat=True)) == [2 + 3 * n for n in range(8)]
    found = rows.filter(status="pending", optimization_tier="basic", source_import=None, sentiment_score=None)
    assert found.count() == 8
    assert (record.state, record.accepted_count, batch.batch_size) == ("completed", 8, 8)
    check_all()


def test_rows_of_several_batches_are_numbered_in_the_order_of_their_ids() -> None:
    first, second = make_rows(4), make_rows(3)
    single = make_scored(0.9)

    record = copied("analysis_type=sentiment")

    rows = TextAnalysis.objects.filter(batch_analysis__source_import=record).order_by("pk")
    sources = TextAnalysis.objects.filter(batch_analysis__in=(first, second)) | TextAnalysis.objects.filter(
        pk=single.pk
    )
    assert list(rows.values_list("line_number", flat=True)) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert kept(rows) == kept(sources)
    check_all()


def test_only_the_rows_that_match_are_copied_and_never_the_copies() -> None:
    make_rows(8)
    make_analysis(analysis_type="language")

    record = copied("analysis_type=sentiment&extra.airline=Delta&sentiment_min=0.2")
    again = copied("analysis_type=sentiment")

    assert record.accepted_count == 3
    assert again.accepted_count == 11
    assert set(
        TextAnalysis.objects.filter(batch_analysis__source_import=record).values_list(
            "external_id", flat=True
        )
    ) == {
        "id-2",
        "id-4",
        "id-6",
    }
    check_all()


def test_each_type_gets_the_same_lines() -> None:
    source = make_rows(5)

    record = copied(f"batch={source.pk}", analysis_types=("sentiment", "language"))

    one, other = (
        TextAnalysis.objects.filter(batch_analysis=batch) for batch in record.batches.order_by("pk")
    )
    assert kept(one) == kept(other)
    assert list(one.values_list("line_number", flat=True)) == list(
        other.values_list("line_number", flat=True)
    )
    assert [batch.batch_size for batch in record.batches.all()] == [5, 5]
    check_all()


def test_the_worker_copies_and_analyses_by_itself() -> None:
    source = make_rows(7)
    record = started(f"batch={source.pk}")
    loop = workers.WorkLoop()
    loop.start()

    while loop.step():
        pass

    batch = record.batches.get()
    assert (batch.completed_count, batch.error_count, batch.status) == (7, 0, "completed")
    assert batch_queries.progress(batch.pk).finished
    assert not Job.objects.exclude(state=JobState.DONE).exists()
    check_all()


def test_while_rows_are_copied_the_batch_is_not_done() -> None:
    source = make_rows(7)
    record = started(f"batch={source.pk}")
    copying.run(replace(claimed(), is_stopping=lambda: True))
    batch_id = record.batches.get().pk
    batches.count_results(batch_id, done=3)

    progress = batch_queries.progress(batch_id)

    assert progress.importing
    assert not progress.finished
    assert BatchAnalysis.objects.get(pk=batch_id).status != "completed"


# --- Stopped in the middle ------------------------------------------------------------------------


def test_a_worker_that_is_told_to_stop_hands_the_rest_to_the_next() -> None:
    source = make_rows(8)
    record = started(f"batch={source.pk}")

    copying.run(replace(claimed(), is_stopping=lambda: True))
    record.refresh_from_db()
    assert (record.state, record.accepted_count) == (ImportState.READING, 3)
    copying.run(claimed())

    record.refresh_from_db()
    assert (record.state, record.accepted_count) == (ImportState.COMPLETED, 8)
    check_all()


def test_a_run_that_lost_its_lease_changes_nothing() -> None:
    source = make_rows(8)
    record = started(f"batch={source.pk}")
    lost = claimed()
    copying.run(replace(lost, is_stopping=lambda: True))
    late = claimed()
    expire(late)
    copying.run(claimed())
    before = TextAnalysis.objects.count()

    for claim in (lost, late):
        with pytest.raises(LeaseLostError):
            copying.run(claim)

    record.refresh_from_db()
    assert TextAnalysis.objects.count() == before
    assert record.accepted_count == 8
    check_all()


def test_a_run_that_dies_between_two_statements_leaves_nothing_of_its_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = make_rows(8)
    record = started(f"batch={source.pk}")
    write, turns = rollups.Deltas.write, iter((False, True, False, False))

    def dying(deltas: rollups.Deltas) -> None:
        if next(turns):
            raise KeyboardInterrupt
        write(deltas)

    with monkeypatch.context() as patched:
        patched.setattr(rollups.Deltas, "write", dying)
        with pytest.raises(KeyboardInterrupt):
            copying.run(claimed())
    record.refresh_from_db()
    assert record.accepted_count == record.batches.get().batch_size == 3
    expire(Claim(Job.objects.get(kind=JobKind.COPY_ROWS).pk, "", {}, "", 1, None, None))
    copying.run(claimed())

    record.refresh_from_db()
    assert record.accepted_count == 8
    check_all()


def test_a_line_is_never_copied_twice() -> None:
    source = make_rows(2)
    ids = list(TextAnalysis.objects.values_list("pk", flat=True))
    targets = [BatchTarget(source.pk, "sentiment", "basic")]

    with pytest.raises(IntegrityError), transaction.atomic():
        bulk_load.copy_rows(
            ids,
            targets=targets,
            created_at=timezone.now(),
            first_line=None,
        )

    assert TextAnalysis.objects.count() == 2


def test_rows_that_are_deleted_meanwhile_are_not_miscounted() -> None:
    make_rows(2)
    ids = [*TextAnalysis.objects.values_list("pk", flat=True), 10**9]
    targets = [BatchTarget(make_batch().pk, "sentiment", "basic")]

    with pytest.raises(DatabaseError, match="deleted while they were copied"), transaction.atomic():
        bulk_load.copy_rows(ids, targets=targets, created_at=timezone.now(), first_line=1)

    assert TextAnalysis.objects.count() == 2


def test_cancelling_stops_the_copying_and_the_work(editor: Any) -> None:
    source = make_rows(8)
    record = started(f"batch={source.pk}")
    held = claimed()
    copying.run(replace(held, is_stopping=lambda: True))
    held = claimed()

    imports.cancel(record.pk, user=editor)
    with pytest.raises(LeaseLostError):
        copying.run(held)

    record.refresh_from_db()
    batch = record.batches.get()
    assert (record.state, record.accepted_count, batch.batch_size) == (ImportState.CANCELLED, 3, 3)
    assert batch.cancelled_at is not None
    check_all()
    batches.resume(batch.pk, user=editor)
    assert Job.objects.filter(kind=JobKind.ANALYSE_CHUNK, state=JobState.QUEUED).count() == 1
    check_all()


def test_a_batch_that_was_cancelled_gets_its_rows_and_no_work(editor: Any) -> None:
    source = make_rows(8)
    record = started(f"batch={source.pk}")
    batches.cancel(record.batches.get().pk, user=editor)

    copying.run(claimed())

    assert record.batches.get().batch_size == 8
    assert not Job.objects.filter(kind=JobKind.ANALYSE_CHUNK).exists()
    check_all()


def test_a_batch_in_the_trash_gets_nothing(editor: Any) -> None:
    source = make_rows(4)
    record = started(f"batch={source.pk}")
    batches.trash(record.batches.get().pk, user=editor)

    copying.run(claimed())

    assert TextAnalysis.objects.count() == 4
    check_all()


def test_rows_trashed_before_their_turn_are_left_out(editor: Any) -> None:
    source = make_rows(5)
    record = started(f"batch={source.pk}")
    analyses.trash([TextAnalysis.objects.order_by("pk").last().pk], user=editor)  # type: ignore[union-attr]

    copying.run(claimed())

    record.refresh_from_db()
    assert record.accepted_count == 4
    check_all()


def test_groups_of_topics_wait_for_all_texts() -> None:
    source = make_rows(5)
    record = started(f"batch={source.pk}", analysis_types=("topics",), tier="standard")

    copying.run(replace(claimed(), is_stopping=lambda: True))
    assert not Job.objects.filter(kind=JobKind.ANALYSE_CHUNK).exists()
    copying.run(claimed())

    chunk = Job.objects.get(kind=JobKind.ANALYSE_CHUNK)
    assert chunk.arguments == {"first_line": 2, "last_line": 14, "rows": 5}
    assert record.batches.get().batch_size == 5


def test_a_filter_that_is_no_longer_one_ends_the_copying_with_a_sentence() -> None:
    source = make_rows(2)
    record = started(f"batch={source.pk}&extra.airline=Delta")
    Import.objects.filter(batches=source).update(columns=["id", "text"])

    copying.run(claimed())

    record.refresh_from_db()
    assert record.state == ImportState.FAILED
    assert "names no column" in record.error_message
    check_all()


def test_work_is_cut_into_chunks_and_a_block_asks_few_queries(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(copying, "BLOCK_ROWS", 5000)
    source = make_batch()
    TextAnalysis.objects.bulk_create(
        TextAnalysis(
            text_content=f"Text {line}",
            text_hash=f"{line:064x}",
            content_length=6,
            analysis_type="sentiment",
            batch_analysis=source,
            line_number=line,
        )
        for line in range(1, 1202)
    )
    record = started(f"batch={source.pk}")
    claim = claimed()

    with django_assert_max_num_queries(27):
        copying.run(claim)

    chunks = Job.objects.filter(kind=JobKind.ANALYSE_CHUNK).order_by("pk")
    assert [chunk.arguments["rows"] for chunk in chunks] == [CHUNK_ROWS, CHUNK_ROWS, 201]
    assert record.batches.get().batch_size == 1201
