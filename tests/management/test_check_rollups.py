"""`check_rollups`: finds what differs, mends it, and leaves alone what is right."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from analyses.models import Rollup, TextAnalysis
from analyses.services import rollups
from tests.factories import make_scored

pytestmark = pytest.mark.django_db


def run(*options: str) -> str:
    said = StringIO()
    call_command("check_rollups", *options, stdout=said)
    return said.getvalue()


def test_right_rollup_is_said_to_be_right() -> None:
    make_scored(0.5)

    assert run() == "The rollup says what the rows say.\n"


@pytest.mark.parametrize("column", ["count", "score_micros"])
def test_wrong_sum_is_an_error_and_changes_nothing(column: str) -> None:
    make_scored(0.5)
    Rollup.objects.update(**{column: F(column) + 1})
    before = list(Rollup.objects.values())

    with pytest.raises(CommandError, match="differs from the rows"):
        run()

    assert list(Rollup.objects.values()) == before


def test_repair_mends_what_is_too_much_missing_and_wrong() -> None:
    for score in (0.5, -0.25, 1.0):
        make_scored(score)
    first, second, _third = Rollup.objects.order_by("pk")
    first.delete()
    Rollup.objects.filter(pk=second.pk).update(count=7, score_micros=-3)
    Rollup.objects.create(day="2020-02-02", analysis_type="quality", status="error", count=4)

    said = run("--repair")

    assert "Mended: 3 keys." in said
    assert "says (4, 0), the rows say (0, 0)." in said
    assert rollups.problems() == []


def test_many_problems_are_cut() -> None:
    for number in range(120):
        Rollup.objects.create(day="2020-02-02", analysis_type="topics", model_used=f"m{number}", count=1)

    said = run("--repair")

    assert said.count("the rows say") == 100
    assert "Mended: 120 keys." in said


def test_comparing_takes_one_query(django_assert_num_queries: object) -> None:
    for score in (0.5, -0.25, 1.0):
        make_scored(score)
    TextAnalysis.objects.update(model_used=None)

    with django_assert_num_queries(1):  # type: ignore[operator]
        assert len(rollups.problems()) == 6
