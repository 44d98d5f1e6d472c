"""The operators' page in a browser: readable in both colours and on a telephone, and its links work."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from analyses.models import Worker
from tests.browser.test_explore import enter
from tests.factories import make_analysis

pytestmark = pytest.mark.django_db(transaction=True)


def fill() -> None:
    make_analysis()
    Worker.objects.create(name="host:1", started_at=timezone.now(), heartbeat_at=timezone.now())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_fits_a_telephone(
    page: Page, context: BrowserContext, live_server: Any, operator: User, scheme: Any
) -> None:
    fill()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    enter(context, live_server, operator)
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{live_server.url}/explore/")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{live_server.url}/system/health/")

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page).response["violations"]
        assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
    assert complaints == []


def test_from_the_sidebar_to_the_rows_that_wait_and_to_the_data(
    page: Page, context: BrowserContext, live_server: Any, operator: User
) -> None:
    fill()
    enter(context, live_server, operator)
    page.goto(f"{live_server.url}/")

    page.get_by_role("link", name="Health").click()
    page.get_by_role("link", name="Check the data").click()
    expect(page.locator("#data")).to_contain_text("batch counters")

    page.get_by_role("link", name="1 row waits").click()
    expect(page.locator(".head p").first).to_contain_text("1")
