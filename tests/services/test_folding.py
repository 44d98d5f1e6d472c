"""Folding: no sum changes, what is folded stays, and the totals say what the rollup says."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from analyses.models import Rollup, RollupLevel, RollupTotal, TextAnalysis
from analyses.queries import dashboard, rollup_totals
from analyses.services import analyses, folding, rollups
from tests.factories import make_batch, make_scored

pytestmark = pytest.mark.django_db

DAY = date(2026, 5, 1)


@pytest.fixture(autouse=True)
def folding_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "FOLD_ROWS_MIN", 3)


def make_rows(count: int, **fields: Any) -> None:
    for number in range(count):
        make_scored((number % 3 - 1) / 2, occurred_at=datetime(2026, 5, 1 + number % 2, tzinfo=UTC), **fields)


def folded() -> list[int]:
    return list(Rollup.objects.filter(level=RollupLevel.FOLDED).order_by("pk").values_list("pk", flat=True))


def test_deltas_of_one_key_become_one_row_and_no_sum_changes() -> None:
    make_rows(12)
    before = dashboard.dashboard(days=7, today=DAY)

    assert folding.fold() == 12

    assert len(folded()) == Rollup.objects.count() == 6
    assert dashboard.dashboard(days=7, today=DAY) == before
    assert rollups.problems() == folding.problems() == []


def test_few_deltas_are_left_alone() -> None:
    make_rows(2)

    assert folding.fold() == 0
    assert folded() == []


def test_an_idle_site_folds_nothing() -> None:
    make_rows(12)
    folding.fold()
    before = folded()

    assert folding.fold() == 0

    assert folded() == before


def test_deltas_join_the_folded_rows_of_their_keys_and_leave_the_others() -> None:
    batch = make_batch()
    make_rows(6)
    make_rows(6, batch_analysis=batch)
    folding.fold()
    before = set(folded())
    make_rows(3, batch_analysis=batch)

    assert folding.fold() == 3

    assert len(folded()) == len(before)
    assert len(before - set(folded())) == 3
    assert rollups.problems() == folding.problems() == []


def test_what_cancels_out_is_gone() -> None:
    make_rows(4)
    folding.fold()

    analyses.trash(list(TextAnalysis.objects.values_list("pk", flat=True)), user=None)
    folding.fold()

    assert not Rollup.objects.exists()
    assert not RollupTotal.objects.exists()
    assert rollup_totals.count() == 0


def test_totals_are_those_of_folded_rows_and_deltas() -> None:
    make_rows(7)
    folding.fold()
    make_rows(2)

    assert rollup_totals.count() == 9
    assert rollup_totals.count(status__in=["completed"]) == 9
    assert rollup_totals.count(analysis_type="quality") == 0
    assert rollup_totals.by_type() == {"sentiment": 9}
    assert rollup_totals.newest_day(until=date(2026, 5, 1)) == date(2026, 5, 1)
    assert rollup_totals.newest_day(until=date(2026, 6, 1)) == date(2026, 5, 2)
    assert rollup_totals.newest_day(until=date(2026, 4, 1)) is None


def test_what_older_code_folded_is_mended() -> None:
    """Code before the totals deletes folded rows and writes their sum again, as a delta."""
    make_rows(9)
    folding.fold()
    Rollup.objects.update(level=RollupLevel.DELTA)
    assert rollup_totals.count() == 18
    assert len(folding.problems()) == 5

    assert folding.mend() == 5

    assert rollup_totals.count() == 9
    assert folding.mend() == 0
    folding.fold()
    assert rollups.problems() == folding.problems() == []


def test_a_wrong_total_is_found_and_mended_by_command() -> None:
    make_rows(4)
    folding.fold()
    RollupTotal.objects.filter(day=DAY).update(count=7)

    with pytest.raises(CommandError, match="problems found"):
        call_command("check_data")
    call_command("check_rollups", repair=True)

    call_command("check_data")
    assert rollup_totals.count() == 4
