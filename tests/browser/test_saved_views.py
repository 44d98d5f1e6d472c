"""Saved views in a browser: save a question, change it, save the change, find it on the home page, begin with it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.http import QueryDict
from playwright.sync_api import BrowserContext, Page, expect

from analyses.models import SavedView
from analyses.services import saved_views
from tests.browser.test_explore import enter
from tests.factories import make_analysis

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_a_question_to_the_view_explore_begins_with(
    page: Page, context: BrowserContext, live_server: Any, analyst: User
) -> None:
    make_analysis(status="error", language_detected="de")
    make_analysis(status="error")
    make_analysis()
    enter(context, live_server, analyst)
    views = page.locator(".views")
    page.goto(f"{live_server.url}/explore/?status=error&date_from=-7d")

    page.get_by_role("link", name="Save view").click()
    page.get_by_label("Name").fill("Failed this week")
    page.get_by_label("Pin to your home page").check()
    page.get_by_role("button", name="Save view").click()
    expect(views.locator("summary")).to_have_text("Failed this week")

    page.locator(".chips").get_by_role("link", name="last 7 days").click()
    expect(views.locator("summary")).to_have_text("Failed this week, edited")
    views.get_by_role("button", name="Save", exact=True).click()
    expect(views.locator("summary")).to_have_text("Failed this week")
    assert SavedView.objects.get().query == "status=error"

    page.get_by_role("link", name="Home", exact=True).click()
    page.get_by_role("link", name="Failed this week 2").click()
    expect(page).to_have_url(re.compile(r"/explore/\?status=error&view=\d+$"))

    page.get_by_role("link", name="Saved views", exact=True).click()
    page.get_by_role("button", name="Begin with it").click()
    page.get_by_role("link", name="Explore", exact=True).click()
    expect(page).to_have_url(re.compile(r"/explore/\?status=error&view=\d+$"))
    views.locator("summary").click()
    views.get_by_role("link", name="All texts").click()
    expect(page).to_have_url(re.compile(r"/explore/$"))

    page.get_by_role("link", name="Saved views", exact=True).click()
    page.get_by_role("link", name="Edit Failed this week").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Yes, go on").click()
    expect(page.get_by_role("heading", name="No saved views yet")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_fit_a_telephone(
    page: Page, context: BrowserContext, live_server: Any, analyst: User, scheme: Any
) -> None:
    make_analysis(status="error")
    view = saved_views.create(
        owner=analyst,
        name="A view with quite a long name, " * 3,
        query=QueryDict("status=error"),
        audience="all",
    )
    saved_views.pin(view.pk, user=analyst)
    enter(context, live_server, analyst)
    page.emulate_media(color_scheme=scheme)

    paths = ("/", "/views/", "/views/new/?status=error", f"/views/{view.pk}/", f"/explore/?view={view.pk}")
    for path in paths:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + path)
        found = Axe().run(page).response["violations"]
        page.set_viewport_size({"width": 360, "height": 740})

        assert not found, (path, [(one["id"], one["nodes"][0]["html"]) for one in found])
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
