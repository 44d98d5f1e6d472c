"""The Explore page in a browser: the way from a number to its rows and to the file, by hand and by keyboard."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from analyses import choices
from analyses.models import BatchAnalysis
from tests import searching
from tests.conftest import logged_in
from tests.factories import make_analysis, make_batch, make_import, make_scored

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def make_reviews() -> BatchAnalysis:
    """Fill a batch with sixty reviews, failures and a text that writes from right to left."""
    batch = make_batch(batch_name="May reviews", source_import=make_import())
    for index in range(60):
        make_scored(
            round(((index * 37) % 200) / 100 - 1, 2),
            batch_analysis=batch,
            text_content=f"Review {index}: the bag came late, and nobody could tell me where it was. " * 3,
            occurred_at=NOON + timedelta(hours=5 * index),
            confidence_score=0.7,
            extra={"airline": ["Delta", "United", "Lufthansa"][index % 3]},
        )
    make_analysis(batch_analysis=batch, status="error", error_message="The text holds no words.")
    make_analysis(batch_analysis=batch, text_content="\u202eمرحبا <b>x</b>" + "y" * 400)
    return batch


def enter(context: BrowserContext, live_server: Any, user: User) -> None:
    """Give the browser the person's session."""
    client: Client = logged_in(user)
    context.add_cookies(
        [
            {"name": name, "value": cookie.value, "url": live_server.url}
            for name, cookie in client.cookies.items()
        ]
    )


def test_from_a_facet_to_a_bar_to_the_file(
    page: Page, context: BrowserContext, live_server: Any, analyst: User
) -> None:
    make_reviews()
    enter(context, live_server, analyst)
    page.goto(f"{live_server.url}/explore/")

    page.get_by_role("link", name="May reviews 62", exact=True).click()
    page.get_by_role("link", name="Delta 20", exact=True).click()
    bar = page.locator(".chart a[href]").first
    count = (bar.get_attribute("aria-label") or "").rpartition(" ")[2]
    bar.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".head p a").first).to_have_text(f"{count} text" + ("" if count == "1" else "s"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()

    with Path(download.value.path()).open(encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    assert len(records) == int(count)
    assert {record["airline"] for record in records} == {"Delta"}


def test_values_narrow_one_after_the_other(
    page: Page, context: BrowserContext, live_server: Any, analyst: User
) -> None:
    for keywords in (["late, bag", "crew"], ["late, bag"], ["crew", 'say "hi"']):
        make_analysis(analysis_type="keywords", status="completed", keywords=keywords)
    enter(context, live_server, analyst)
    page.goto(f"{live_server.url}/explore/?analysis_type=keywords")

    page.get_by_role("link", name="late, bag 2", exact=True).click()
    page.get_by_role("link", name="crew 1", exact=True).click()
    expect(page.locator(".head p a").first).to_have_text("1 text")
    page.get_by_text("More filters", exact=True).click()
    page.get_by_label("Keyword").fill("")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".head p a").first).to_have_text("2 texts")
    page.get_by_role("link", name="Keyword late, bag remove").click()

    expect(page.locator(".head p a").first).to_have_text("3 texts")


def test_the_form_filters_and_chips_take_away(
    page: Page, context: BrowserContext, live_server: Any, analyst: User
) -> None:
    make_reviews()
    searching.index_all()
    enter(context, live_server, analyst)
    page.goto(f"{live_server.url}/explore/")

    page.keyboard.press("/")
    page.keyboard.type("REVIEW 7:")
    page.keyboard.press("Enter")
    expect(page.locator("tbody a.excerpt")).to_have_count(1)
    assert page.url.endswith("/explore/?q=REVIEW+7%3A")
    page.get_by_role("link", name="Words REVIEW 7: remove").click()

    expect(page.locator(".head p a").first).to_have_text("62 texts")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_fits_a_telephone(
    page: Page, context: BrowserContext, live_server: Any, analyst: User, scheme: Any
) -> None:
    batch = make_reviews()
    enter(context, live_server, analyst)
    page.emulate_media(color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    for query in (f"?batch={batch.pk}", "?status=error", "?language=xx"):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"{live_server.url}/explore/{query}")
        page.get_by_text("More filters", exact=True).click()
        expect(page.get_by_label("Keyword")).to_be_visible()
        expect(page.locator("[hx-trigger=load]")).to_have_count(0)
        found = Axe().run(page).response["violations"]
        assert not found, (query, [(one["id"], one["nodes"][0]["html"]) for one in found])
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, query

    assert complaints == []


def test_the_query_bar_completes_what_is_typed(
    page: Page, context: BrowserContext, live_server: Any, analyst: User
) -> None:
    batch = make_reviews()
    enter(context, live_server, analyst)
    page.goto(f"{live_server.url}/explore/")

    page.keyboard.press("/")
    page.keyboard.type("sent")
    expect(page.get_by_role("option", name="sentiment:")).to_be_visible()
    assert not Axe().run(page).response["violations"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("<-0.5 batch:rev")
    page.get_by_role("option", name="May reviews").click()
    expect(page.get_by_label("Query")).to_have_value('sentiment:<-0.5 batch:"May reviews" ')
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/explore/?sentiment_max=-0.5&batch={batch.pk}")
    expect(page.get_by_label("Query")).to_have_value('sentiment:<-0.5 batch:"May reviews"')
    expect(page.locator(".chip", has_text="below −0.5")).to_be_visible()


def test_two_clicks_on_a_chart_select_a_range(
    page: Page, context: BrowserContext, live_server: Any, analyst: User
) -> None:
    make_reviews()
    enter(context, live_server, analyst)
    page.goto(f"{live_server.url}/explore/")
    bars = page.locator("#charts figure").first.locator("svg a")

    bars.nth(7).click()
    expect(page.get_by_text("Click another bar to select the range")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Click another bar to select the range")).to_be_hidden()
    bars.nth(7).click()
    bars.nth(3).click()

    page.wait_for_url("**/explore/?sentiment_min=-0.7&sentiment_max=-0.2")
    bars = page.locator("#charts figure").first.locator("svg a")
    bars.first.dblclick()
    page.wait_for_url("**/explore/?sentiment_min=-0.7&sentiment_max=-0.6")


def test_keys_lead_through_rows_pages_and_records(
    page: Page, context: BrowserContext, live_server: Any, analyst: User
) -> None:
    make_reviews()
    enter(context, live_server, analyst)
    page.goto(f"{live_server.url}/explore/?sort=id")
    rows = page.locator("[data-rows] a.excerpt")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Row 1 of 62")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_text("Row 2 of 62")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="back to the list").click()
    page.keyboard.press("k")
    page.keyboard.press("j")
    expect(page.get_by_text("12 of 62")).to_be_visible()


def test_numbers_follow_where_there_are_many_rows(
    page: Page, context: BrowserContext, live_server: Any, analyst: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "LIST_MATCHES_MAX", 20)
    make_reviews()
    enter(context, live_server, analyst)
    page.goto(f"{live_server.url}/explore/?length_min=1")

    expect(page.get_by_role("link", name="20+ texts")).to_be_visible()
    expect(page.locator("#charts svg").first).to_be_visible()
    page.locator("#charts .as-table > summary").first.click()
    expect(page.locator("#charts table").first).to_be_visible()
    page.get_by_role("link", name="May reviews 62", exact=True).click()

    expect(page.locator(".chip", has_text="May reviews")).to_be_visible()
    page.locator("summary", has_text="Columns").click()
    page.get_by_role("link", name="Model", exact=True).click()
    expect(page.get_by_role("columnheader", name="Model")).to_be_visible()
