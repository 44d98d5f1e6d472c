"""Explore's lists of frequent values: each number leads to a page and a file of exactly so many rows."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analyses.choices import RESULT_FIELD_BY_TYPE, AnalysisType
from analyses.queries import frequent_values
from analyses.services import demo
from analyses.services.workers import WorkLoop
from tests import searching
from tests.factories import make_analysis

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
VALUES = re.compile(r'<section class="facet values-list">.*?</section>', re.DOTALL)
VALUE = re.compile(r'<li><a href="([^"]*)"(?:(?!</a>).)*<span class="count">([\d,]+)</span>', re.DOTALL)


def exported(client: Client, query: str) -> int:
    """Count the records of the export."""
    response: Any = client.get(f"{reverse('admin:explore_export')}?{query}")
    return len([*csv.DictReader(io.StringIO(response.getvalue().decode(), newline=""))])


def show(client: Client, query: str) -> str:
    """Give the page's HTML, with its numbers and the form of all filters."""
    response = client.get(f"{reverse('admin:explore')}?{query}&numbers=now&filters=open")
    assert response.status_code == 200
    return response.content.decode()


def links(html: str) -> list[tuple[str, int]]:
    """Give the query string behind each value, and its number."""
    lists = VALUES.findall(html)
    found = VALUE.findall(lists[0]) if lists else []
    return [(urlsplit(unescape(url)).query, int(count.replace(",", ""))) for url, count in found]


def shown(html: str) -> int:
    """Give the number of rows in the head of the page."""
    found = re.search(r">([\d,]+) texts?</a>", html)
    return int(found[1].replace(",", "")) if found else 0


RESULTS: dict[str, tuple[Any, ...]] = {
    "emotion": ({"joy": 0.7, "anger": 0.2}, {"joy": 0.7, "anger": 0.7}, {"love & <b>": 0.9}, {"joy": 1}),
    "keywords": (["late, bag", "crew"], ['"crew"', "crew", "100%"], ["🍣", "back\\slash"], ["Crew"], []),
    "entities": ([{"text": "Oslo", "type": "place"}], [{"text": "a", "label": "e,mail"}, {"type": "place"}]),
    "topics": (["delivery"], ["delivery", "it's 🍺"], None),
}


def make_results(kind: str) -> None:
    """Make rows of a type with lists of values, and such that no list counts."""
    column = RESULT_FIELD_BY_TYPE[AnalysisType(kind)]
    for value in RESULTS[kind]:
        make_analysis(analysis_type=kind, status="completed", **{column: value})
        make_analysis(analysis_type=kind, status="pending", **{column: value})
        make_analysis(
            analysis_type=kind, status="cached", text_content="late", occurred_at=NOON, **{column: value}
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", RESULTS)
@pytest.mark.parametrize("narrowing", ["", "&q=late", "&status=cached&date_to=2026-05-01"])
def test_every_listed_value_leads_to_a_page_and_a_file_of_as_many_rows(
    kind: str, narrowing: str, analyst_client: Client
) -> None:
    make_results(kind)
    searching.index_all()

    listed = links(show(analyst_client, f"analysis_type={kind}{narrowing}"))

    assert len(listed) > 1
    for query, count in listed:
        html = show(analyst_client, query)
        assert html.count('class="excerpt" dir="auto"') == count, query
        assert exported(analyst_client, query) == count, query
        assert [(one, shown(show(analyst_client, one))) for one, _count in links(html)] == links(html)


@pytest.mark.django_db(transaction=True)
def test_every_value_of_the_demo_leads_to_its_rows(analyst_client: Client) -> None:
    demo.load_demo_texts()
    loop = WorkLoop()
    while loop.step():
        pass

    for kind in RESULTS:
        html = show(analyst_client, f"analysis_type={kind}")
        listed = links(html)
        assert len(listed) == html.count(
            '<span class="count">', html.index("values-list"), html.index("coverage")
        )
        assert len(listed) > 3, kind
        assert [(one, shown(show(analyst_client, one))) for one, _count in listed] == listed
        assert [(one, exported(analyst_client, one)) for one, _count in listed] == listed


def test_the_newest_of_many_rows_are_linked_by_their_dates(
    analyst_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frequent_values, "NEWEST_ROWS", 4)
    for hour in range(9):
        moment = NOON.replace(hour=hour, microsecond=hour + 1)
        make_analysis(
            analysis_type="keywords", status="completed", keywords=["bag", f"{hour % 2}"], occurred_at=moment
        )

    listed = links(show(analyst_client, "analysis_type=keywords&date_from=2026-05-01"))

    assert [count for _query, count in listed] == [4, 2, 2]
    assert [(one, shown(show(analyst_client, one))) for one, _count in listed] == listed


def test_links_cost_no_query(analyst_client: Client) -> None:
    for index in range(30):
        make_analysis(analysis_type="keywords", status="completed", keywords=["bag", f"word {index}"])
    counts = []
    for query in ("analysis_type=keywords", "analysis_type=keywords&keyword=bag&keyword=word+1"):
        with CaptureQueriesContext(connection) as captured:
            show(analyst_client, query)
        counts.append(sum("text_analyses" in one["sql"] for one in captured.captured_queries))

    # One of them is the sidebar's, which remembers it for a while.
    assert max(counts) <= 7, counts


def test_a_value_that_is_asked_for_is_marked(analyst_client: Client) -> None:
    make_analysis(analysis_type="keywords", status="completed", keywords=["bag", "crew"])

    html = show(analyst_client, "analysis_type=keywords&keyword=bag")

    marked = re.findall(r'<a href="([^"]*)" aria-current="true">', VALUES.findall(html)[0])
    assert marked == ["/explore/?analysis_type=keywords&amp;keyword=bag"]


def test_a_page_of_long_texts_stays_light(analyst_client: Client) -> None:
    for index in range(60):
        make_analysis(
            status="completed",
            text_content=f"{index} " + "The bag came late, and nobody knew why. " * 20,
            sentiment_score=round(index / 30 - 1, 2),
            occurred_at=NOON + timedelta(days=index),
            batch_analysis=None,
        )

    html = show(analyst_client, "analysis_type=sentiment")

    assert html.count('class="excerpt" dir="auto"') == 50
    assert len(html.encode()) < 95_000


def test_people_without_the_right_are_turned_away(client: Client, outsider_client: Client) -> None:
    address = f"{reverse('admin:explore')}?keyword=bag"

    assert client.get(address).status_code == 302
    assert outsider_client.get(address).status_code in (302, 403)


def test_the_form_keeps_every_condition_that_it_has_no_field_for(analyst_client: Client) -> None:
    query = (
        "emotion=joy&keyword=a&keyword=b&emotion.joy_min=0.5&topic=t&has_topic=yes&status=error&status=cached"
    )

    html = show(analyst_client, query)

    sent = re.findall(
        r'<input type="hidden" name="([^"]*)" value="([^"]*)">', html.split('class="loaded"')[1]
    )
    assert sent == [("keyword", "a"), ("emotion.joy_min", "0.5"), ("topic", "t"), ("has_topic", "yes")]
    assert 'name="keyword" value="b"' in html
    assert '<option value="joy" selected>joy</option>' in html
