"""Two slices side by side in a browser: from Explore over the comparison to a word's texts."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, expect

from analyses.models import BatchAnalysis
from tests import searching
from tests.browser.test_explore import enter
from tests.factories import make_batch, make_import, make_scored

pytestmark = pytest.mark.django_db(transaction=True)


def make_two() -> tuple[BatchAnalysis, BatchAnalysis]:
    made = []
    for name, word, sign in (("Spring", "bag", -1), ("Summer", "seat", 1)):
        batch = make_batch(batch_name=name, source_import=make_import())
        for index in range(25):
            make_scored(
                sign * index / 30,
                batch_analysis=batch,
                text_content=f"The {word} was {index} hours late, and nobody could tell me where it had gone.",
                confidence_score=0.6,
                optimization_tier="basic" if index % 2 else "standard",
            )
        made.append(batch)
    searching.index_all()
    return made[0], made[1]


def test_from_explore_to_the_texts_of_a_word(
    page: Page, context: BrowserContext, live_server: Any, analyst: User
) -> None:
    first, _second = make_two()
    enter(context, live_server, analyst)
    page.goto(f"{live_server.url}/explore/?batch={first.pk}")

    page.locator(".views").get_by_role("link", name="Compare").click()
    page.locator("main").get_by_role("link", name="Summer").click()
    row = page.get_by_role("row", name="bag")
    expect(row).to_be_visible()
    row.get_by_role("link", name="25", exact=True).click()

    expect(page.locator(".head p a").first).to_have_text("25 texts")
    expect(page.locator("tbody mark").first).to_have_text("bag")


def test_lines_complete_by_keyboard(
    page: Page, context: BrowserContext, live_server: Any, analyst: User
) -> None:
    make_two()
    enter(context, live_server, analyst)
    page.goto(f"{live_server.url}/compare/")

    for letter, begun, name in (("A", "batch:Spr", "Spring"), ("B", "batch:Sum", "Summer")):
        field = page.get_by_label(f"Slice {letter}")
        field.press_sequentially(begun)
        expect(page.get_by_role("option", name=name)).to_be_visible()
        field.press("ArrowDown")
        field.press("Enter")
        expect(field).to_have_value(f"batch:{name} ")
    page.get_by_role("button", name="Compare").click()

    expect(page.get_by_role("heading", name="Means")).to_be_visible()
    page.get_by_role("link", name="Swap sides").click()
    expect(page.get_by_label("Slice A")).to_have_value("batch:Summer")


def test_a_mistake_keeps_what_was_typed(
    page: Page, context: BrowserContext, live_server: Any, analyst: User
) -> None:
    enter(context, live_server, analyst)
    page.goto(f"{live_server.url}/compare/")

    page.get_by_label("Slice A").fill("colour:red")
    page.get_by_label("Slice B").fill("late bag")
    page.get_by_role("button", name="Compare").click()

    expect(page.get_by_role("alert")).to_contain_text("A: “colour:red”")
    expect(page.get_by_label("Slice A")).to_have_value("colour:red")
    expect(page.get_by_label("Slice B")).to_have_value("late bag")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_fits_a_telephone(
    page: Page, context: BrowserContext, live_server: Any, analyst: User, scheme: Any
) -> None:
    first, second = make_two()
    enter(context, live_server, analyst)
    page.emulate_media(color_scheme=scheme)

    compared = f"/compare/?a=batch%3D{first.pk}&b=batch%3D{second.pk}"
    for path in ("/compare/", compared, "/compare/?bar_a=colour:red&bar_b="):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + path)
        if path == compared:
            expect(page.get_by_role("heading", name="Words of B")).to_be_visible()
        found = Axe().run(page).response["violations"]
        page.set_viewport_size({"width": 360, "height": 740})

        assert not found, (path, [(one["id"], one["nodes"][0]["html"]) for one in found])
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
