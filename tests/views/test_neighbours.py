"""The way through a list from a record's page."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from analyses.models import TextAnalysis
from analyses.views import links
from tests.factories import make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db

NAVIGATION = re.compile(r'<nav class="pager place".*?</nav>', re.DOTALL)


def way(client: Client, url: str) -> str:
    """Give the page's way through the list, empty where there is none."""
    response = client.get(url)
    assert response.status_code == 200
    found = NAVIGATION.search(response.content.decode())
    return found.group() if found else ""


def link(way_shown: str, rel: str) -> str:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', way_shown)
    return unescape(found.group(1)) if found else ""


@pytest.fixture
def rows() -> list[TextAnalysis]:
    batch = make_batch()
    return [make_scored(score, batch_analysis=batch) for score in (0.3, 0.1, 0.2)]


def test_an_analyst_walks_the_list_in_its_order(analyst_client: Client, rows: list[TextAnalysis]) -> None:
    make_scored(0.15)
    within = links.as_list(f"batch={rows[0].batch_analysis_id}", "sentiment_score")
    url, seen = links.record(rows[1].pk, within=within), []

    while url:
        shown = way(analyst_client, url)
        seen.append((url.partition("?")[0], re.search(r"Row [\d,]+ of [\d,]+", shown).group()))  # type: ignore[union-attr]
        url = link(shown, "next")

    assert seen == [
        (links.record(rows[1].pk), "Row 1 of 3"),
        (links.record(rows[2].pk), "Row 2 of 3"),
        (links.record(rows[0].pk), "Row 3 of 3"),
    ]
    assert link(shown, "prev").startswith(links.record(rows[2].pk))
    assert f'href="{reverse("admin:explore")}?{within}"'.replace("&", "&amp;") in shown


def test_the_whole_list_is_a_list_too(analyst_client: Client, rows: list[TextAnalysis]) -> None:
    assert links.as_list("", "-dated_at") == "sort=-dated_at"
    assert "Row 1 of 3" in way(analyst_client, links.record(rows[2].pk, within="sort=-dated_at"))


def test_without_a_list_there_is_no_way(analyst_client: Client, rows: list[TextAnalysis]) -> None:
    assert links.record(rows[0].pk, within="") == reverse(
        "admin:analyses_textanalysis_change", args=[rows[0].pk]
    )
    assert not way(analyst_client, links.record(rows[0].pk))


def test_a_row_that_is_not_in_the_list_says_so(analyst_client: Client, rows: list[TextAnalysis]) -> None:
    shown = way(analyst_client, links.record(rows[0].pk, within="sentiment_max=0.25&sort=sentiment_score"))

    assert "This row is not in the list any more." in shown
    assert link(shown, "prev").startswith(links.record(rows[2].pk))
    assert not link(shown, "next")


@pytest.mark.parametrize(
    "nonsense",
    [
        "nonsense",
        "nonsense=1",
        "sort=text_content",
        "sort=",
        "batch=abc",
        "batch=" + "9" * 40,
        "sentiment_min=2",
        "list=list=list",
        "%00%ff",
        "date_from=9999-01-01",
        "extra.unknown=1",
        "&".join(f"a{index}=1" for index in range(2_000)),
        "&&&===",
        "status=completed&status=",
        "\ud83c".encode("utf-8", "replace").decode(),
        "q=" + "x" * 5_000,
    ],
)
def test_nonsense_is_ignored(analyst_client: Client, rows: list[TextAnalysis], nonsense: str) -> None:
    response = analyst_client.get(f"{links.record(rows[0].pk)}?list={quote(nonsense)}")

    assert response.status_code == 200


def test_a_correction_stays_in_the_list(editor_client: Client, rows: list[TextAnalysis]) -> None:
    url = links.record(rows[0].pk, within="sort=sentiment_score")

    answer = editor_client.post(url, {"do": "correct", "sentiment_score": "0", "reason": "irony"})

    assert answer["Location"] == url
    assert "Row 1 of 3" in way(editor_client, url)


def test_days_are_those_of_the_reader(analyst_client: Client) -> None:
    row = make_analysis(occurred_at="2026-05-01T23:30:00Z")

    assert "Row 1 of 1" in way(
        analyst_client, links.record(row.pk, within="date_from=2026-05-01&date_to=2026-05-01")
    )
