"""The API's documentation and the page of tokens in a browser, under the strict policy."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.test_admin import log_in

pytestmark = pytest.mark.django_db(transaction=True)

LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


def test_a_token_made_on_the_page_works_in_the_documentation(
    page: Page, live_server: Any, editor: User
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.add_init_script(LISTEN)
    log_in(page, live_server, "edi")
    page.goto(f"{live_server.url}{reverse('admin:tokens')}")
    page.get_by_label("Name").fill("docs")
    page.get_by_role("button", name="Make the token").click()
    secret = page.locator("[data-token]").inner_text()
    page.goto(f"{live_server.url}/api/docs")

    page.get_by_role("button", name="Authorize").first.click()
    page.locator(".auth-container input").fill(secret)
    page.locator(".auth-container").get_by_role("button", name="Apply credentials").click()
    page.locator(".btn-done").click()
    page.locator("#operations-analyses-list_analyses .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()

    expect(page.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    assert page.evaluate("window.violations") == []
    assert complaints == []


def test_the_token_page_is_accessible_and_fits_a_telephone(
    page: Page, live_server: Any, operator: User
) -> None:
    log_in(page, live_server, "olga")
    path = f"{live_server.url}{reverse('admin:tokens')}"
    page.goto(path)
    page.get_by_label("Name").fill("x" * 90)
    page.get_by_role("button", name="Make the token").click()

    check(page)
    page.goto(path)
    check(page)


def check(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
