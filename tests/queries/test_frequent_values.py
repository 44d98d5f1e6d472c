"""What results without a score say most often."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analyses.models import TextAnalysis
from analyses.queries import frequent_values
from analyses.queries.frequent_values import FrequentValues
from tests.factories import make_analysis, make_scored

pytestmark = pytest.mark.django_db


def count(kind: str) -> FrequentValues:
    found = frequent_values.frequent_values(TextAnalysis.objects.live(), kind)
    assert found is not None
    return found


def make_done(kind: str, column: str, *values: Any) -> None:
    for value in values:
        make_analysis(analysis_type=kind, status="completed", **{column: value})


def test_an_emotion_counts_where_it_is_the_strongest() -> None:
    make_done(
        "emotion", "emotion_scores", {"joy": 0.7, "anger": 0.2}, {"anger": 0.5}, {"anger": 0.4, "joy": 0.1}
    )

    assert count("emotion").values == (("anger", 2), ("joy", 1))


def test_of_equal_emotions_the_first_by_name_counts_and_true_is_no_number() -> None:
    make_done("emotion", "emotion_scores", {"joy": 0.5, "anger": 0.5}, {"fear": True, "anger": 0.1})

    assert count("emotion").values == (("anger", 2),)


def test_a_text_counts_once_for_each_of_its_values() -> None:
    make_done("keywords", "keywords", ["late bag", "crew"], ["crew", "crew"], [])
    make_done("topics", "topics", ["delivery"], ["delivery", "refund"])

    assert count("keywords").values == (("crew", 2), ("late bag", 1))
    assert count("topics").values == (("delivery", 2), ("refund", 1))


def test_entities_count_by_their_kind() -> None:
    places = [{"text": "Oslo", "label": "place"}, {"text": "Lyon", "label": "place"}]
    make_done("entities", "entities", places, [{"text": "a@example.org", "type": "e-mail"}], [{"text": "?"}])

    assert count("entities").values == (("e-mail", 1), ("place", 1))


def test_texts_without_an_answer_are_counted_apart() -> None:
    make_done("topics", "topics", ["delivery"], None, None)
    make_analysis(analysis_type="topics")
    make_analysis(analysis_type="topics", status="error", error_message="No.")
    make_scored(0.5)

    found = count("topics")

    assert (found.texts, found.unsure, found.is_whole) == (3, 2, True)


def test_the_newest_rows_are_counted_in_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frequent_values, "NEWEST_ROWS", 2)
    make_done("topics", "topics", ["old"], ["new"], ["newest"])

    with CaptureQueriesContext(connection) as queries:
        found = count("topics")

    assert len(queries) == 1
    assert (found.values, found.texts, found.is_whole) == ((("new", 1), ("newest", 1)), 2, False)


@pytest.mark.parametrize("kind", ["sentiment", "quality", "readability", "language"])
def test_types_with_a_histogram_or_a_facet_have_none(kind: str) -> None:
    assert frequent_values.frequent_values(TextAnalysis.objects.live(), kind) is None


@pytest.mark.parametrize(
    ("kind", "column"), [("emotion", "emotion_scores"), ("entities", "entities"), ("topics", "topics")]
)
@pytest.mark.parametrize("value", [{"a": "b"}, {}, [], "text", 7, [[1]], [{"label": 3}], ["x" * 900], [""]])
def test_whatever_a_column_holds_is_survived(kind: str, column: str, value: object) -> None:
    make_done(kind, column, value)

    assert count(kind).values == ()
