"""Cancel, resume, retry, trash and restore keep every number right."""

from typing import Any

import pytest
from django.core.management import call_command

from analyses.choices import AnalysisStatus, JobState
from analyses.exceptions import LeaseLostError, ValidationError
from analyses.models import BatchAnalysis, Job, Rollup, TextAnalysis
from analyses.services import analysing, batches, jobs
from tests.factories import make_analysis, make_batch, make_scored
from tests.services.test_analysing import filled_batch, run_all

pytestmark = pytest.mark.django_db


def test_cancel_stops_results_at_once(editor: Any) -> None:
    batch = filled_batch(["One.", "Two."])
    claim = jobs.claim("busy")
    assert claim

    batches.cancel(batch.pk, user=editor)

    with pytest.raises(LeaseLostError):
        analysing.run(claim)
    batch.refresh_from_db()
    assert (batch.completed_count, batch.waiting_count) == (0, 2)
    assert batch.cancelled_at is not None
    call_command("check_data")


def test_resume_goes_on_where_it_stopped(editor: Any) -> None:
    batch = filled_batch(["One.", "Two."])
    batches.cancel(batch.pk, user=editor)

    batches.resume(batch.pk, user=editor)
    run_all()

    batch.refresh_from_db()
    assert (batch.completed_count, batch.status) == (2, AnalysisStatus.COMPLETED)
    call_command("check_data")


def test_retry_touches_only_failed_rows(editor: Any) -> None:
    batch = make_batch()
    done = make_scored(0.5, batch_analysis=batch)
    failed = make_analysis(batch_analysis=batch, status="error", error_message="Timed out.")
    other = make_analysis(batch_analysis=batch, status="error", error_message="Broken.")

    count = batches.retry_failed(batch.pk, reason="Timed out.", user=editor)

    assert count == 1
    states = {row.pk: row.status for row in TextAnalysis.objects.all()}
    assert states == {done.pk: "completed", failed.pk: "pending", other.pk: "error"}
    batch.refresh_from_db()
    assert (batch.completed_count, batch.error_count, batch.waiting_count) == (1, 1, 1)
    assert batch.status == AnalysisStatus.PROCESSING
    assert batch.completed_at is None
    run_all()
    failed.refresh_from_db()
    assert (failed.status, failed.retry_count) == ("completed", 1)
    call_command("check_data")


def test_batch_with_only_failures_ends_in_error() -> None:
    batch = make_batch()
    make_analysis(batch_analysis=batch, status="error", error_message="Broken.")

    batch.refresh_from_db()

    assert batch.status == AnalysisStatus.ERROR


def test_trash_and_restore_bring_the_same_numbers_back(editor: Any) -> None:
    batch = make_batch()
    make_scored(0.5, batch_analysis=batch)
    before = sorted(Rollup.objects.values_list("status", "score_bin", "count"))

    batches.trash(batch.pk, user=editor)
    assert not TextAnalysis.objects.live().exists()
    assert not BatchAnalysis.objects.live().exists()
    call_command("check_data")
    batches.restore(batch.pk, user=editor)

    assert TextAnalysis.objects.live().count() == 1
    assert [row for row in before if row[2]] == before
    call_command("check_data")


def test_trash_stops_the_work(editor: Any) -> None:
    batch = filled_batch(["One."])

    batches.trash(batch.pk, user=editor)

    assert Job.objects.get().state == JobState.CANCELLED


def test_unknown_batch_is_refused(editor: Any) -> None:
    with pytest.raises(ValidationError, match="There is no batch 999"):
        batches.cancel(999, user=editor)


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\x00b"])
def test_bad_name_is_refused(name: str, editor: Any) -> None:
    batch = make_batch(batch_name="before")

    with pytest.raises(ValidationError):
        batches.rename(batch.pk, batch_name=name, user=editor)

    batch.refresh_from_db()
    assert batch.batch_name == "before"
