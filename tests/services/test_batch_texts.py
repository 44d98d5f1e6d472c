"""Batches that programs make: their texts, their counts, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command

from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis, TextAnalysis
from analyses.services import batch_texts, batches
from analyses.services.batch_texts import RefusedText
from analyses.services.workers import WorkLoop
from tests.factories import make_batch, make_import, make_scored

pytestmark = pytest.mark.django_db(transaction=True)


def make(**fields: Any) -> BatchAnalysis:
    return batch_texts.create(**{"batch_name": "posts", "analysis_type": "sentiment"} | fields)


def work() -> None:
    loop = WorkLoop()
    loop.start()
    while loop.step():
        pass


def test_texts_are_added_analysed_and_counted() -> None:
    batch = make()

    first = batch_texts.add_texts(batch.pk, [f"I love it, {number} times." for number in range(700)])
    second = batch_texts.add_texts(batch.pk, ["I hate it."])
    call_command("check_data")
    work()

    assert (first.count, second.count, first.refused) == (700, 1, ())
    batch.refresh_from_db()
    assert (batch.batch_size, batch.completed_count, batch.error_count) == (701, 701, 0)
    assert (batch.status, batch.completed_at is None) == ("completed", False)
    assert batch.total_processing_time_ms is not None
    assert batch.avg_processing_time_ms == pytest.approx(batch.total_processing_time_ms / 701)
    lines = TextAnalysis.objects.filter(batch_analysis=batch).values_list("line_number", flat=True)
    assert sorted(line or 0 for line in lines) == list(range(1, 702))
    call_command("check_data")


def test_a_bad_text_is_one_refusal_and_stops_no_other() -> None:
    batch = make()

    added = batch_texts.add_texts(batch.pk, ["Good.", "  ", "Bad."])

    assert added.count == 2
    assert [(one.position, one.field) for one in added.refused] == [(1, "text_content")]
    assert isinstance(added.refused[0], RefusedText)


def test_nothing_is_added_when_every_text_is_bad() -> None:
    batch = make()

    assert batch_texts.add_texts(batch.pk, ["", ""]).count == 0

    batch.refresh_from_db()
    assert (batch.batch_size, batch.status) == (0, "pending")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"batch_name": ""}, "batch_name"),
        ({"batch_name": None}, "batch_name"),
        ({"batch_name": "x" * 201}, "batch_name"),
        ({"analysis_type": "taste"}, "analysis_type"),
        ({"optimization_tier": "best"}, "optimization_tier"),
        ({"batch_size": -1}, "batch_size"),
        ({"batch_size": True}, "batch_size"),
        ({"batch_size": 2**31}, "batch_size"),
        ({"model_config": {"x": float("nan")}}, "model_config"),
    ],
)
def test_a_batch_that_cannot_be_is_refused_and_its_field_named(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        make(**fields)

    assert caught.value.field == field
    assert not BatchAnalysis.objects.exists()


def test_texts_are_refused_where_they_do_not_belong() -> None:
    of_a_file = make_batch(source_import=make_import())
    elsewhere = make(batch_size=3)
    cancelled = make()
    batch_texts.add_texts(cancelled.pk, ["Good."])
    batches.cancel(cancelled.pk, user=None)

    for batch in (of_a_file, elsewhere, cancelled):
        with pytest.raises(ValidationError):
            batch_texts.add_texts(batch.pk, ["More."])
    with pytest.raises(ValidationError):
        batch_texts.add_texts(999_999, ["More."])


def test_a_batch_whose_texts_are_elsewhere_is_counted_absolutely() -> None:
    batch = make(batch_size=3)

    halfway = batch_texts.update_progress(batch.pk, completed_count=1, error_count=0)
    assert halfway is not None
    assert (halfway.status, halfway.completed_at) == ("processing", None)
    call_command("check_data")

    done = batch_texts.update_progress(batch.pk, completed_count=2, error_count=1)
    assert done is not None
    assert (done.completed_count, done.error_count, done.status) == (2, 1, "completed")
    assert done.completed_at is not None
    call_command("check_data")


@pytest.mark.parametrize(("completed", "failed"), [(-1, 0), (0, -1), (4, 0), (2, 2), (True, 0), (1.0, 0)])
def test_counts_below_zero_or_above_the_size_are_refused(completed: Any, failed: Any) -> None:
    batch = make(batch_size=3)

    with pytest.raises(ValidationError):
        batch_texts.update_progress(batch.pk, completed_count=completed, error_count=failed)

    batch.refresh_from_db()
    assert (batch.completed_count, batch.error_count) == (0, 0)


def test_a_batch_with_rows_here_is_counted_from_them() -> None:
    batch = make_batch()
    make_scored(0.5, batch_analysis=batch)

    same = batch_texts.update_progress(batch.pk, completed_count=1, error_count=0)
    with pytest.raises(ValidationError):
        batch_texts.update_progress(batch.pk, completed_count=0, error_count=1)

    assert same == batch


def test_progress_of_an_unknown_or_trashed_batch_is_nothing() -> None:
    batch = make(batch_size=1)
    batches.trash(batch.pk, user=None)

    for batch_id in (batch.pk, 999_999, -1, 2**70):
        assert batch_texts.update_progress(batch_id, completed_count=1, error_count=0) is None
