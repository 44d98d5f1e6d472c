"""Exports in a browser: from the list to a file and its manifest; readable in both colours and on a telephone."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, expect

from analyses import choices
from analyses.models import Export
from analyses.services.workers import WorkLoop
from tests.browser.test_explore import enter
from tests.factories import make_batch, make_import, make_scored

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rows")]


@pytest.fixture
def rows(transactional_db: None) -> None:
    batch = make_batch(source_import=make_import(columns=["text", "airline"]))
    for number in range(4):
        make_scored(number / 10, batch_analysis=batch, text_content=f"Text {number}")


@pytest.fixture
def analyst_page(page: Page, context: BrowserContext, live_server: Any, analyst: User) -> Page:
    enter(context, live_server, analyst)
    return page


def work() -> None:
    loop = WorkLoop()
    while loop.step():
        pass


def test_from_the_list_to_a_file_that_can_be_checked(
    analyst_page: Page, live_server: Any, tmp_path: Path
) -> None:
    page = analyst_page
    page.goto(f"{live_server.url}/explore/?sentiment_min=0.1&sort=-id")

    page.get_by_role("link", name="Export as…").click()
    expect(page.locator(".head")).to_contain_text("3 texts")
    page.get_by_label("JSON Lines").check()
    page.get_by_text("All 25 columns").click()
    page.get_by_label("text_content").check()
    with page.expect_download() as loading:
        page.get_by_role("button", name="Download").click()
    loading.value.save_as(tmp_path / "rows")
    content = (tmp_path / "rows").read_bytes()
    page.goto(f"{live_server.url}/exports/")
    page.get_by_role("link", name="text-analyses.jsonl").click()

    assert content.decode().splitlines() == [f'{{"text_content":"Text {n}"}}' for n in (3, 2, 1)]
    expect(page.locator("#export-stand")).to_contain_text(hashlib.sha256(content).hexdigest())


def test_the_workers_file_is_offered_when_it_is_there(
    analyst_page: Page, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = analyst_page
    monkeypatch.setattr(choices, "EXPORT_STREAM_ROWS_MAX", 3)
    page.goto(f"{live_server.url}/explore/export/")

    page.get_by_role("button", name="Make the file").click()
    expect(page.locator("#export-stand")).to_contain_text("0 of 4 rows")
    work()

    with page.expect_download() as loading:
        page.get_by_role("link", name="Download").click()
    assert hashlib.sha256(loading.value.path().read_bytes()).hexdigest() == Export.objects.get().sha256


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_fit_a_telephone(
    analyst_page: Page, live_server: Any, scheme: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = analyst_page
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.emulate_media(color_scheme=scheme)
    form = f"{live_server.url}/explore/export/?sentiment_min=0.1&column=id&format=xlsx"
    page.goto(form)
    with page.expect_download():
        page.get_by_role("button", name="Download").click()
    monkeypatch.setattr(choices, "EXPORT_STREAM_ROWS_MAX", 1)
    monkeypatch.setattr(choices, "EXPORT_XLSX_ROWS_MAX", 1)
    page.goto(f"{live_server.url}/explore/export/")
    page.get_by_role("button", name="Make the file").click()
    expect(page.locator("#export-stand")).to_contain_text("0 of 4 rows")
    waiting, done = (f"{live_server.url}/exports/{one.pk}/" for one in Export.objects.order_by("-id"))

    for address in (form, waiting, done, f"{live_server.url}/exports/"):
        for width in (1440, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            found = Axe().run(page).response["violations"]
            assert not found, (address, [(one["id"], one["nodes"][0]["html"]) for one in found])
    assert complaints == []
