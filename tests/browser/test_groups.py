"""The groups of a batch in a browser: from a number to its rows, in both colours and on a telephone."""

from __future__ import annotations

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, expect

from analyses.engines.topic_groups import Group, Groups
from analyses.models import BatchAnalysis
from tests.browser.test_explore import enter
from tests.factories import make_analysis
from tests.queries.test_topic_groups import grouped_batch

pytestmark = pytest.mark.django_db(transaction=True)

TERMS = (
    ("flight", "delay", "connection", "announcement", "compensation"),
    ("bag", "claim", "luggage", "suitcase", "carousel"),
    ("service", "customer", "line", "representative", "supervisor"),
    ("مطار", "رحلة"),
)
TEXTS = (12, 7, 4, 1)


def make_groups() -> BatchAnalysis:
    groups = Groups(tuple(Group(terms, {terms[0]: 1.0}) for terms in TERMS), {}, 1_964)
    rows = [list(terms) for terms, count in zip(TERMS, TEXTS, strict=True) for _ in range(count)]
    batch = grouped_batch(
        *rows, *[[] for _ in range(5)], ["Refunds, as I see it"], found=groups, batch_name="May"
    )
    make_analysis(batch_analysis=batch, status="error", error_message="The text holds no words.")
    batch.refresh_from_db()
    return batch


def test_a_number_leads_to_the_texts_of_the_group(
    page: Page, context: BrowserContext, live_server: Any, analyst: User
) -> None:
    batch = make_groups()
    enter(context, live_server, analyst)
    page.goto(f"{live_server.url}/batches/{batch.pk}/")

    page.get_by_role("row", name="bag, claim").get_by_role("link").click()

    expect(page.locator(".head p a").first).to_have_text("7 texts")
    expect(page.get_by_role("link", name="First topic bag")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_card_is_accessible_and_fits_a_telephone(
    page: Page, context: BrowserContext, live_server: Any, analyst: User, scheme: Any
) -> None:
    batch = make_groups()
    enter(context, live_server, analyst)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{live_server.url}/batches/{batch.pk}/")

    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
    keep_picture(page, f"groups-{scheme}")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    keep_picture(page, f"groups-{scheme}-narrow")


def keep_picture(page: Page, name: str) -> None:
    """Write a picture where PICTURES_DIR asks for them."""
    if folder := os.environ.get("PICTURES_DIR"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
