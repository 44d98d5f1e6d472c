"""The people page in a browser: a person is let in, logs in, and changes the password."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.test_admin import log_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_new_person_logs_in_with_the_password_shown(page: Page, live_server: Any, operator: User) -> None:
    log_in(page, live_server, "olga")
    page.goto(f"{live_server.url}{reverse('admin:person_new')}")

    page.get_by_label("User name").fill("nina")
    page.get_by_label("Role").select_option("Editor")
    page.get_by_role("button", name="Add").click()
    password = page.locator("[data-password]").inner_text()
    page.get_by_role("button", name="Log out").click()
    page.goto(f"{live_server.url}/login/")
    page.fill("input[name=username]", "nina")
    page.fill("input[name=password]", password)
    page.click("[type=submit]")

    expect(page.locator(".who")).to_contain_text("nina")
    expect(page.get_by_role("link", name="People")).to_have_count(0)


def test_pages_are_accessible_and_fit_a_telephone(page: Page, live_server: Any, operator: User) -> None:
    log_in(page, live_server, "olga")

    for path in (
        reverse("admin:people"),
        reverse("admin:person_new"),
        reverse("admin:person", args=[operator.pk]),
    ):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{live_server.url}{path}")
        found = Axe().run(page).response["violations"]
        assert not found, (path, [(one["id"], one["nodes"][0]["html"]) for one in found])
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
