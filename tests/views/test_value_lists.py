"""Values of results without a score are links where a filter lists exactly their rows."""

from __future__ import annotations

import pytest

from analyses.models import TextAnalysis
from analyses.queries import filtering, frequent_values
from analyses.views import value_lists
from analyses.views.value_lists import ValueList
from tests.factories import make_analysis

pytestmark = pytest.mark.django_db


def listed(kind: str) -> ValueList | None:
    rows = TextAnalysis.objects.live()
    return value_lists.value_list(rows, kind, url_of=lambda name, value: f"?{name}={value}")


def make_topics() -> None:
    for topics in (["delivery", "refund"], ["delivery"]):
        make_analysis(analysis_type="topics", status="completed", topics=topics)


@pytest.fixture
def topic_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**filtering.TextAnalysisFilter.base_filters, "topic": None}
    monkeypatch.setattr(filtering.TextAnalysisFilter, "base_filters", known)


def test_values_lead_to_their_rows(topic_filter: None) -> None:
    make_topics()

    found = listed("topics")

    assert found is not None
    assert found.title == "Topics"
    assert [(one.label, one.count, one.share, one.url) for one in found.values] == [
        ("delivery", 2, 100.0, "?topic=delivery"),
        ("refund", 1, 50.0, "?topic=refund"),
    ]


def test_a_count_of_the_newest_rows_is_no_link(topic_filter: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frequent_values, "NEWEST_ROWS", 1)
    make_topics()

    found = listed("topics")

    assert found is not None
    assert [one.url for one in found.values] == [""]


def test_a_value_that_no_filter_finds_is_no_link() -> None:
    make_analysis(analysis_type="emotion", status="completed", emotion_scores={"joy": 0.9})

    found = listed("emotion")

    assert found is not None
    assert [(one.label, one.url) for one in found.values] == [("joy", "")]


@pytest.mark.parametrize("kind", ["topics", "sentiment", "language"])
def test_without_such_results_there_is_no_list(kind: str) -> None:
    assert listed(kind) is None
