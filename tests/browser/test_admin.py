"""The admin's lists and forms in a browser: keyboard, axe, narrow screens."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from analyses.models import TextAnalysis
from analyses.services import analyses
from tests.conftest import PASSWORD
from tests.factories import make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db(transaction=True)


def log_in(page: Page, live_server: Any, username: str) -> None:
    page.goto(f"{live_server.url}/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url(f"{live_server.url}/")


def make_rows(user: User) -> TextAnalysis:
    batch = make_batch(batch_name="May reviews \u202e<b>")
    long_word = make_scored(-0.7, batch_analysis=batch, text_content="x" * 9_000)
    make_analysis(analysis_type="language", text_content="مرحبا بالعالم <script>alert(1)</script>")
    analyses.correct(long_word.pk, values={"sentiment_score": 0.3}, reason="irony", user=user)
    return long_word


def paths(row: TextAnalysis) -> list[str]:
    return [
        reverse("admin:analyses_textanalysis_changelist"),
        reverse("admin:analyses_batchanalysis_changelist"),
        reverse("admin:analyses_correction_changelist"),
        reverse("admin:analyses_textanalysis_change", args=[row.pk]),
        reverse("admin:analyses_textanalysis_history", args=[row.pk]),
        reverse("admin:analyses_textanalysis_delete", args=[row.pk]),
        reverse("admin:analyses_batchanalysis_change", args=[row.batch_analysis_id]),
        reverse("admin:analyses_textanalysis_add"),
        reverse("admin:profile"),
        reverse("admin:try_text"),
    ]


def test_pages_are_accessible_and_fit_a_telephone(page: Page, live_server: Any, editor: User) -> None:
    row = make_rows(editor)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    log_in(page, live_server, "edi")

    for path in paths(row):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{live_server.url}{path}")
        found = Axe().run(page).response["violations"]
        assert not found, (path, [(one["id"], one["nodes"][0]["html"]) for one in found])
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path

    assert complaints == []


def test_correction_by_keyboard(page: Page, live_server: Any, editor: User) -> None:
    row = make_scored(0.8, text_content="Great, another delay.")
    log_in(page, live_server, "edi")
    page.goto(f"{live_server.url}{reverse('admin:analyses_textanalysis_change', args=[row.pk])}")

    page.get_by_role("spinbutton", name="Sentiment").fill("-0.6")
    page.get_by_role("textbox", name="Reason").fill("irony")
    page.get_by_role("spinbutton", name="Sentiment").press("Enter")

    expect(page.get_by_text("The correction is in force")).to_be_visible()
    expect(page.locator("[data-model-said]")).to_have_text("+0.80")


def test_answers_of_the_engines_are_accessible(page: Page, live_server: Any, analyst: User) -> None:
    log_in(page, live_server, "ana")
    page.goto(f"{live_server.url}{reverse('admin:try_text')}")

    page.get_by_label("Text").fill("What a wonderful flight, but the food was terrible.")
    page.get_by_role("button", name="Analyse").click()

    expect(page.locator("mark.mark-positive").first).to_have_text("wonderful")
    expect(page.get_by_role("textbox", name="Text")).to_have_value(
        "What a wonderful flight, but the food was terrible."
    )
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found = Axe().run(page).response["violations"]
        assert not found, (scheme, [(one["id"], one["nodes"][0]["html"]) for one in found])
