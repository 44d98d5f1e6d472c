"""The rollup: exact in any order."""

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from analyses.models import Rollup, TextAnalysis
from analyses.scales import bin_edges, score_bin
from tests.factories import make_scored

pytestmark = pytest.mark.django_db


def test_broken_rollup_is_found() -> None:
    make_scored(0.5)
    Rollup.objects.update(count=2)

    with pytest.raises(CommandError, match="problems found"):
        call_command("check_data")


def test_mean_is_exact() -> None:
    for score in (0.1, 0.2, -0.3, 0.0001):
        make_scored(score)

    assert Rollup.objects.aggregate(total=Sum("score_micros"))["total"] == 100


@pytest.mark.parametrize(
    ("score", "expected"), [(-1.0, 0), (-0.9, 1), (-0.0001, 9), (0.0, 10), (0.3, 13), (0.7, 17), (1.0, 19)]
)
def test_bins_are_half_open_and_the_last_one_closed(score: float, expected: int) -> None:
    assert score_bin("sentiment", score) == expected


def test_every_bin_agrees_with_sql() -> None:
    scores = [round(-1 + step / 40, 4) for step in range(81)]
    for score in scores:
        make_scored(score)
    edges = bin_edges("sentiment")

    for index, lower in enumerate(edges[:-1]):
        rows = TextAnalysis.objects.filter(sentiment_score__gte=lower)
        rows = rows.filter(sentiment_score__lt=edges[index + 1]) if index < 19 else rows
        assert rows.count() == sum(1 for score in scores if score_bin("sentiment", score) == index)
