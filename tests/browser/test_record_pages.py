"""A record's page in a browser: through its list, and to the other analyses of its text."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, expect

from analyses.views import links
from tests.browser.test_explore import enter
from tests.factories import POSITIVE, make_batch, make_scored

pytestmark = pytest.mark.django_db(transaction=True)


def test_through_the_list_and_to_the_same_text(
    page: Page, context: BrowserContext, live_server: Any, analyst: User
) -> None:
    batch = make_batch(batch_name="May reviews", optimization_tier="basic")
    rows = [make_scored(score, batch_analysis=batch) for score in (0.1, 0.2)]
    rows.append(make_scored(0.3, batch_analysis=batch, text_content=POSITIVE))
    other = make_scored(0.9, batch_analysis=make_batch(batch_name="again"), text_content=POSITIVE)
    enter(context, live_server, analyst)
    within = links.as_list(f"batch={batch.pk}", "sentiment_score")
    page.goto(live_server.url + links.record(rows[0].pk, within=within))

    for position in (2, 3):
        page.locator("a[rel=next]").click()
        expect(page.locator("nav.place")).to_contain_text(f"Row {position} of 3")
    expect(page.locator("a[rel=next]")).to_have_count(0)
    page.get_by_role("link", name=f"sentiment #{other.pk}").click()
    expect(page.locator("tr[aria-current]")).to_contain_text("+0.90")
    page.get_by_role("link", name="2 times").click()

    expect(page.locator(".head p a").first).to_have_text("2 texts")
    expect(page.locator(".chips")).to_contain_text("Same text")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_fits_a_telephone(
    page: Page, context: BrowserContext, live_server: Any, editor: User, scheme: Any
) -> None:
    rows = [make_scored(0.1, batch_analysis=make_batch(), text_content=POSITIVE) for _index in range(3)]
    enter(context, live_server, editor)
    page.emulate_media(color_scheme=scheme)

    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(live_server.url + links.record(rows[1].pk, within="sort=id"))
    found = Axe().run(page).response["violations"]
    page.set_viewport_size({"width": 360, "height": 740})

    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
