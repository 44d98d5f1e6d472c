"""Writers of the same rows at the same moment: each change is counted once, as it was in force."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from analyses.exceptions import ValidationError
from analyses.models import RollupTotal, TextAnalysis
from analyses.queries import integrity, rollup_totals
from analyses.services import analyses, batches, folding, rollups
from tests.factories import make_batch, make_scored
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

TURNS = 8


def test_batch_goes_to_the_trash_and_back_beside_corrections_and_failures() -> None:
    batch = make_batch()
    ids = [make_scored(0.0, batch_analysis=batch).pk for _number in range(6)]

    def move() -> None:
        for _turn in range(TURNS):
            batches.trash(batch.pk, user=None)
            batches.restore(batch.pk, user=None)

    def write(values: list[dict[str, Any]]) -> None:
        for turn in range(TURNS):
            for pk in ids:
                analyses.update(pk, values[turn % len(values)])

    fail_and_answer: list[dict[str, Any]] = [
        {"status": "error"},
        {"status": "completed", "sentiment_score": 0.7},
    ]
    correct: list[dict[str, Any]] = [{"sentiment_score": -0.9}, {"sentiment_score": 0.4}]
    writers = (move, lambda: write(fail_and_answer), lambda: write_where_done(ids, correct))
    run_at_once(3, lambda number: writers[number]())

    assert rollups.problems() == []
    assert integrity.batch_problems() == []


def write_where_done(ids: list[int], values: list[dict[str, Any]]) -> None:
    """Send a score to the rows that have a result; one that fails meanwhile refuses it."""
    for turn in range(TURNS):
        for pk in TextAnalysis.objects.live().done().filter(pk__in=ids).values_list("pk", flat=True):
            with suppress(ValidationError):
                analyses.update(pk, values[turn % len(values)])


def test_failed_rows_are_sent_back_once_beside_answers() -> None:
    batch = make_batch()
    ids = [make_scored(0.0, batch_analysis=batch).pk for _number in range(6)]

    def work(number: int) -> None:
        for _turn in range(TURNS):
            if number == 0:
                batches.retry_failed(batch.pk, user=None)
                continue
            for pk in ids:
                analyses.update(pk, {"status": "pending"})
                analyses.update(pk, {"status": "error"})

    run_at_once(2, work)

    assert rollups.problems() == []
    assert integrity.batch_problems() == []


def test_folding_at_once_beside_writers_changes_no_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "FOLD_ROWS_MIN", 1)
    ids = [make_scored(number / 10).pk for number in range(6)]

    answers: list[dict[str, Any]] = [{"status": "error"}, {"status": "completed", "sentiment_score": 0.3}]

    def work(number: int) -> None:
        for turn in range(TURNS):
            if number < 2:
                folding.fold()
                continue
            for pk in ids:
                analyses.update(pk, answers[turn % 2])

    run_at_once(3, work)
    folding.fold()

    assert rollups.problems() == []
    assert folding.problems() == []
    assert rollup_totals.count() == 6


def test_mending_at_once_mends_once() -> None:
    RollupTotal.objects.create(day="2026-05-01", count=3)

    assert sorted(run_at_once(2, lambda _number: folding.mend())) == [0, 1]

    assert folding.problems() == []


def test_repairs_at_once_mend_once() -> None:
    row = make_scored(0.5)
    TextAnalysis.objects.filter(pk=row.pk).update(sentiment_score=-0.5)

    assert sorted(run_at_once(2, lambda _number: rollups.repair())) == [0, 2]

    assert rollups.problems() == []
