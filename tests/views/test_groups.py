"""The card of a batch's groups: every number leads to exactly its rows."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from analyses.models import BatchAnalysis
from tests.factories import make_analysis, make_batch, make_scored
from tests.queries.test_topic_groups import FOUND, grouped_batch

pytestmark = pytest.mark.django_db

FARE, BREAD = ["fare", "money"], ["bread", "soup", "fare"]
ROW = re.compile(r'<td dir="auto"[^>]*>([^<]+)</td>\s*<td class="num"><a href="([^"]+)">([\d,]+)</a>')


def page_of(client: Client, batch: BatchAnalysis) -> str:
    response = client.get(reverse("admin:batch", args=(batch.pk,)))
    assert response.status_code == 200
    return response.content.decode()


def test_each_number_leads_to_exactly_its_rows_and_they_add_up(analyst_client: Client) -> None:
    batch = grouped_batch(FARE, BREAD, BREAD, ["by <hand> & so", "fare"], [], None, None)
    grouped_batch(FARE, [])
    make_scored(0.5)

    page = page_of(analyst_client, batch)
    rows = [(html.unescape(label), html.unescape(url), int(count)) for label, url, count in ROW.findall(page)]

    assert [(label, count) for label, _url, count in rows] == [
        ("bread, soup, fare", 2),
        ("fare, money", 1),
        ("“by <hand> & so”, given by a person", 1),
        ("in no group", 3),
    ]
    assert "7 of 7 texts. The groups were found in 9 different texts." in page
    for _label, url, count in rows:
        listed = analyst_client.get(url).content.decode()
        assert len(set(re.findall(r'class="excerpt"', listed))) == 1
        assert listed.count('class="excerpt"') == count


def test_while_a_batch_runs_the_groups_are_so_far(analyst_client: Client) -> None:
    batch = grouped_batch(FARE)
    make_analysis(batch_analysis=batch)

    page = page_of(analyst_client, batch)

    assert "<h2>Groups so far</h2>" in page
    assert "1 of 2 texts." in page


def test_before_there_are_groups_the_card_says_when_they_come(analyst_client: Client) -> None:
    batch = grouped_batch(found=None)
    make_analysis(batch_analysis=batch)

    page = page_of(analyst_client, batch)

    assert "The groups are found when all texts are there." in page


def test_texts_too_alike_are_said_to_be(analyst_client: Client) -> None:
    page = page_of(analyst_client, grouped_batch([], found=type(FOUND)((), {}, 1)))

    assert "The texts are too few or too alike to form groups." in page
    assert [(label, count) for label, _url, count in ROW.findall(page)] == [("in no group", "1")]


@pytest.mark.parametrize(
    "fields", [{"analysis_type": "sentiment"}, {"analysis_type": "topics", "optimization_tier": "basic"}]
)
def test_other_batches_have_no_groups(analyst_client: Client, fields: dict[str, str]) -> None:
    page = page_of(analyst_client, make_batch(**fields))

    assert "Groups" not in page


def test_the_card_comes_with_a_poll(analyst_client: Client) -> None:
    batch = grouped_batch(FARE)

    address = reverse("admin:batch_progress", args=(batch.pk,))
    answer = analyst_client.get(address, {"part": "results"}, headers={"HX-Request": "true"})

    assert "fare, money" in answer.content.decode()
