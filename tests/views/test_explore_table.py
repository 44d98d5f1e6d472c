"""The table of Explore: its columns and its density are the reader's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from analyses.queries import counting
from tests.factories import make_analysis, make_batch, make_import, make_scored
from tests.searching import index_all

pytestmark = pytest.mark.django_db

HEADING = re.compile(r'<th scope="col"[^>]*>(?:<[^>]*>)?([^<]*)')
CELL = re.compile(r'<td[^>]*data-label="([^"]*)">(?:<[^>]*>)*([^<]*)')
CHOICE = re.compile(r'<li><a href="([^"]*)"[^>]*>(?:✓ )?<bdi>([^<]*)</bdi>')


def show(client: Client, query: str = "", status: int = 200) -> str:
    answer = client.get(f"/explore/?{query}")
    assert answer.status_code == status
    return answer.content.decode()


def headings(html: str) -> list[str]:
    return [one.strip(" ↑↓") for one in HEADING.findall(html.partition("<tbody")[0])][:12]


def test_columns_are_those_that_are_asked_for(analyst_client: Client) -> None:
    batch = make_batch(source_import=make_import())
    make_scored(
        0.5, batch_analysis=batch, model_used="vader-3.3.2", external_id="a1", extra={"airline": "Delta"}
    )

    html = show(analyst_client, f"batch={batch.pk}&columns=extra.airline,model,id,tier,result")

    assert headings(html) == ["Text", "airline", "Model", "External id", "Tier", "Result"]
    assert dict(CELL.findall(html)) == {
        "airline": "Delta",
        "Model": "vader-3.3.2",
        "External id": "a1",
        "Tier": "standard",
        "Result": "+0.50",
    }


def test_the_reader_keeps_columns_and_density_for_the_next_question(
    analyst_client: Client, editor_client: Client
) -> None:
    make_scored(0.5)
    show(analyst_client, "columns=model,date&density=compact")

    again = show(analyst_client, "status=completed")

    assert headings(again) == ["Text", "Model", "Date (UTC)"]
    assert 'class="cards compact"' in again
    assert headings(show(editor_client))[1] == "Type"
    assert 'class="cards compact"' not in show(analyst_client, "density=roomy")


def test_a_column_that_other_rows_lack_is_left_out_there(analyst_client: Client) -> None:
    batch = make_batch(source_import=make_import())
    make_scored(0.5, batch_analysis=batch, extra={"airline": "Delta"})
    show(analyst_client, f"batch={batch.pk}&columns=extra.airline,date")

    assert headings(show(analyst_client)) == ["Text", "Date (UTC)"]


def test_every_choice_adds_or_removes_its_column(analyst_client: Client) -> None:
    make_scored(0.5)
    html = show(analyst_client, "columns=date")

    urls = {label: url.replace("&amp;", "&") for url, label in CHOICE.findall(html)}
    more = analyst_client.get(urls["Model"]).content.decode()

    assert headings(more) == ["Text", "Date (UTC)", "Model"]
    assert "Date" not in urls, "the last column stays"


@pytest.mark.parametrize(
    "query", ["columns=flavour", "columns=extra.airline", "columns=,", "density=dense", "columns=%00"]
)
def test_what_is_no_column_is_refused_in_words(query: str, analyst_client: Client) -> None:
    make_analysis()

    assert 'role="alert"' in show(analyst_client, query, status=400)


@pytest.mark.django_db(transaction=True)
def test_what_was_looked_for_is_marked(analyst_client: Client) -> None:
    make_scored(0.5, text_content="A <b>LATE</b> delivery, late. " + "x " * 20)
    make_scored(0.5, text_content="word " * 40 + "and a late delivery")
    index_all()

    html = show(analyst_client, "q=late")

    assert "A &lt;b&gt;<mark>LATE</mark>&lt;/b&gt; delivery, <mark>late</mark>. x" in html
    assert "and a <mark>late</mark> delivery" in html


@pytest.mark.parametrize("query", ["", "count=exact&", "sort=id&"])
def test_rows_of_a_value_in_a_file_are_listed_in_order_in_six_queries(
    analyst_client: Client, query: str, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_import()
    made = [
        make_analysis(source_import=source, extra={"airline": "Dunlin" if number % 2 else "Icarus"}).pk
        for number in range(6)
    ]
    icarus = made[::2] if "sort" in query else made[::2][::-1]

    show(analyst_client)

    for most in (2_500, 1):
        monkeypatch.setattr(counting, "GATHERED_MAX", most)
        with django_assert_max_num_queries(6):
            html = show(analyst_client, f"{query}extra.airline=Icarus")

        assert [
            int(pk) for pk in re.findall(r'class="excerpt" dir="auto" href="[^"]*/textanalysis/(\d+)/', html)
        ] == icarus
        assert "3 of 3" in html
