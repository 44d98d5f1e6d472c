"""Values of results without a score are links where a filter lists exactly their rows."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from analyses.models import TextAnalysis
from analyses.queries import frequent_values
from analyses.views import value_lists
from analyses.views.value_lists import ValueList
from tests.factories import make_analysis

pytestmark = pytest.mark.django_db


def listed(kind: str) -> ValueList | None:
    rows = TextAnalysis.objects.live()
    return value_lists.value_list(rows, kind, url_of=lambda wanted: f"?{urlencode(wanted)}")


def make_dated(topic: str, hour: int) -> None:
    moment = datetime(2026, 5, 1, hour, tzinfo=UTC)
    make_analysis(analysis_type="topics", status="completed", topics=[topic], occurred_at=moment)


def make_topics() -> None:
    for topics in (["delivery", "refund"], ["delivery"]):
        make_analysis(analysis_type="topics", status="completed", topics=topics)


def test_values_lead_to_their_rows() -> None:
    make_topics()

    found = listed("topics")

    assert found is not None
    assert found.title == "Topics"
    assert [(one.label, one.count, one.share, one.url) for one in found.values] == [
        ("delivery", 2, 100.0, "?topic=delivery"),
        ("refund", 1, 50.0, "?topic=refund"),
    ]


def test_a_count_of_the_newest_rows_leads_to_them_by_their_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frequent_values, "NEWEST_ROWS", 3)
    for hour in (1, 2, 2, 3, 4):
        make_dated("delivery", hour)

    found = listed("topics")

    assert found is not None
    assert (found.found.texts, found.found.is_whole) == (2, False)
    assert [(one.count, one.url) for one in found.values] == [
        (2, "?topic=delivery&date_from=2026-05-01T03%3A00%3A00Z")
    ]


def test_rows_that_no_date_tells_apart_are_counted_without_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frequent_values, "NEWEST_ROWS", 3)
    for hour in (1, 1, 1, 1, 4):
        make_dated("delivery", hour)

    found = listed("topics")

    assert found is not None
    assert [(one.count, one.url) for one in found.values] == [(3, "")]


def test_each_type_has_the_parameter_of_its_values() -> None:
    make_analysis(analysis_type="emotion", status="completed", emotion_scores={"joy": 0.9})
    make_analysis(analysis_type="keywords", status="completed", keywords=["a,b & c"])
    make_analysis(analysis_type="entities", status="completed", entities=[{"text": "Oslo", "type": "place"}])

    lists = [listed(kind) for kind in ("emotion", "keywords", "entities")]

    assert [one.values[0].url for one in lists if one] == [
        "?emotion=joy",
        "?keyword=a%2Cb+%26+c",
        "?entity_kind=place",
    ]


@pytest.mark.parametrize("kind", ["topics", "sentiment", "language"])
def test_without_such_results_there_is_no_list(kind: str) -> None:
    assert listed(kind) is None
