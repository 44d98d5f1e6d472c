"""Running rows again in a browser: from a filter to a batch that is done, and both on the text's page."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, expect

from analyses.models import TextAnalysis
from analyses.services import workers
from analyses.views import links
from tests.browser.test_explore import enter
from tests.factories import POSITIVE, make_analysis, make_batch, make_import, make_scored

pytestmark = pytest.mark.django_db(transaction=True)


def make_rows() -> TextAnalysis:
    """Fill a batch with five reviews and give the first."""
    batch = make_batch(batch_name="May reviews", source_import=make_import(accepted_count=5))
    rows = [make_scored(0.1, batch_analysis=batch, text_content=f"{POSITIVE} {n}") for n in range(5)]
    return rows[0]


def work() -> None:
    """Do all the work there is."""
    loop = workers.WorkLoop()
    loop.start()
    while loop.step():
        pass


def test_from_a_filter_to_both_results_of_a_text(
    page: Page, context: BrowserContext, live_server: Any, editor: User
) -> None:
    row = make_rows()
    enter(context, live_server, editor)
    page.goto(live_server.url + links.run_again(f"batch={row.batch_analysis_id}"))

    page.get_by_label("Tier", exact=True).select_option("basic")
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("again: May reviews")
    work()
    expect(page.locator("#batch-tag")).to_have_text("completed", timeout=15_000)
    page.goto(live_server.url + links.record(row.pk))

    expect(page.get_by_role("link", name="2 times")).to_be_visible()
    expect(page.locator("#same-text ~ .scroll tbody tr")).to_have_count(2)
    expect(page.get_by_role("link", name="again: May reviews")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_fits_a_telephone(
    page: Page, context: BrowserContext, live_server: Any, editor: User, scheme: Any
) -> None:
    row = make_rows()
    make_analysis(analysis_type="language")
    enter(context, live_server, editor)
    page.emulate_media(color_scheme=scheme)

    for query in ("", f"batch={row.batch_analysis_id}", "nonsense=1"):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + links.run_again(query))
        found = Axe().run(page).response["violations"]
        page.set_viewport_size({"width": 360, "height": 740})

        assert not found, (query, [(one["id"], one["nodes"][0]["html"]) for one in found])
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, query
