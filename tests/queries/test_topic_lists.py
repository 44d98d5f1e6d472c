"""Filters on lists of topics: exact on every database."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from analyses.choices import AnalysisStatus, AnalysisType
from analyses.exceptions import InvalidFilterError
from analyses.models import TextAnalysis
from analyses.queries import filtering
from analyses.queries.topic_lists import FirstTopic
from tests.factories import make_analysis

pytestmark = pytest.mark.django_db


def make_topics(*lists: Any) -> list[TextAnalysis]:
    return [
        make_analysis(analysis_type=AnalysisType.TOPICS, status=AnalysisStatus.COMPLETED, topics=topics)
        for topics in lists
    ]


def found_by(**parameters: str) -> list[Any]:
    query = QueryDict(mutable=True)
    for name, value in parameters.items():
        query[name] = value
    rows = filtering.parse(query, zone=ZoneInfo("UTC")).queryset
    return list(rows.order_by("pk").values_list("topics", flat=True))


AWKWARD = [
    "a",
    "A",
    "a ",
    " a",
    "á",
    "a\u0301",
    "b",
    "🍣",
    "🍺",
    '"',
    "\\",
    "%",
    "_",
    "a%",
    "'",
    "null",
    "ß",
    "ss",
    "{x}",
    "1",
]


@pytest.mark.parametrize("topic", AWKWARD)
@pytest.mark.parametrize("name", ["topic", "first_topic"])
def test_a_topic_is_found_exactly_as_it_is_spelt(name: str, topic: str) -> None:
    make_topics(*([one, "other"] for one in AWKWARD), [], None)

    assert found_by(**{name: topic}) == [[topic, "other"]]


def test_topic_finds_it_anywhere_in_the_list_and_first_topic_in_front() -> None:
    make_topics(["travel", "money"], ["money", "travel"], ["food"], [])

    assert found_by(topic="money") == [["travel", "money"], ["money", "travel"]]
    assert found_by(first_topic="money") == [["money", "travel"]]


def test_has_topic_tells_lists_from_empty_and_missing_ones() -> None:
    make_topics(["null"], [], None, ["travel"])

    assert found_by(has_topic="yes") == [["null"], ["travel"]]
    assert found_by(has_topic="no") == [[], None]


def test_rows_of_other_types_have_no_topic() -> None:
    make_analysis()

    assert found_by(topic="travel") == []
    assert found_by(first_topic="travel") == []


def test_a_topic_that_is_part_of_another_is_not_found() -> None:
    make_topics(["ice cream"], ["cream"])

    assert found_by(topic="cream") == [["cream"]]


def test_the_first_topic_can_be_grouped_by() -> None:
    make_topics(["a", "x"], ["A"], ["a", "y"], ["a "], [], None)

    rows = TextAnalysis.objects.annotate(first=FirstTopic()).values_list("first", flat=True)

    assert sorted(rows, key=str) == ["A", None, None, "a", "a", "a "]


def test_a_filter_that_cannot_be_is_refused_with_a_sentence() -> None:
    with pytest.raises(InvalidFilterError, match="has_topic must be one of yes, no, not “maybe”"):
        found_by(has_topic="maybe")


def test_a_condition_is_shown_in_words() -> None:
    filtered = filtering.parse(QueryDict("topic=travel&has_topic=yes"), zone=ZoneInfo("UTC"))

    assert [(one.label, one.text) for one in filtered.conditions] == [
        ("Topic", "travel"),
        ("Has a topic", "yes"),
    ]
