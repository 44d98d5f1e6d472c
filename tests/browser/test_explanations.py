"""Why a result is what it is, in a browser: marks, tables, cards side by side; light, dark and narrow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from analyses.choices import RESULT_FIELD_BY_TYPE, AnalysisType
from analyses.engines import registry
from analyses.models import TextAnalysis
from tests.browser.test_explore import enter
from tests.factories import make_analysis

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = (
    "Anna from Oslo wrote on Monday: the grinder is wonderful, but the delivery was terribly late and the box "
    "was damaged. I hate waiting, nobody answered my three messages, and the refund of 129 euros is still missing!"
)
WIDTHS = (360, 768, 1440)


def stored(kind: str, tier: str = "standard") -> TextAnalysis:
    """Store what the engine says about the text, as the worker does."""
    engine = registry.get_engine(kind, tier)
    outcome = engine.explain(TEXT)
    return make_analysis(
        analysis_type=kind,
        optimization_tier=tier,
        text_content=TEXT,
        status="completed",
        model_used=engine.model_used,
        confidence_score=outcome.confidence,
        **{RESULT_FIELD_BY_TYPE[AnalysisType(kind)]: outcome.value},
    )


def look(page: Page, name: str) -> None:
    """Check the page in both schemes and at three widths; keep pictures where somebody asked for them."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            if folder := os.environ.get("PICTURES"):
                page.screenshot(path=Path(folder) / f"{name}-{scheme}-{width}.png", full_page=True)
        found = Axe().run(page).response["violations"]
        assert not found, (name, scheme, [(one["id"], one["nodes"][0]["html"]) for one in found])


def complaints_of(page: Page) -> list[str]:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    return complaints


def test_answers_of_all_types_can_be_read_everywhere(
    page: Page, context: BrowserContext, live_server: Any, analyst: User, actors: None
) -> None:
    complaints = complaints_of(page)
    enter(context, live_server, analyst)
    page.goto(f"{live_server.url}{reverse('admin:try_text')}")

    page.get_by_label("Text").fill(TEXT)
    page.get_by_role("checkbox", name="quality: distant 1").check()
    page.get_by_role("button", name="Analyse").click()

    expect(page.locator("#results h2")).to_have_count(8)
    expect(page.get_by_text("The model of the next building does not answer.")).to_be_visible()
    look(page, "try")
    assert complaints == []


def test_records_of_all_types_explain_themselves(
    page: Page, context: BrowserContext, live_server: Any, analyst: User, actors: None
) -> None:
    complaints = complaints_of(page)
    enter(context, live_server, analyst)

    for kind in AnalysisType:
        row = stored(kind.value)
        page.goto(f"{live_server.url}{reverse('admin:analyses_textanalysis_change', args=[row.pk])}")
        expect(page.get_by_role("heading", name="Why")).to_be_visible()
        expect(page.get_by_text("gives another answer")).to_have_count(0)
        look(page, f"record-{kind.value}")

    assert complaints == []


def test_a_slow_engine_explains_in_place_when_it_is_asked(
    page: Page, context: BrowserContext, live_server: Any, analyst: User, actors: None
) -> None:
    row = stored("sentiment", "ultra")
    enter(context, live_server, analyst)
    page.goto(f"{live_server.url}{reverse('admin:analyses_textanalysis_change', args=[row.pk])}")
    page.evaluate("window.wasNotReloaded = true")
    expect(page.locator("mark")).to_have_count(0)

    page.get_by_role("button", name="Explain").click()

    expect(page.locator("mark").first).to_have_text("Anna")
    expect(page.get_by_role("button", name="Explain")).to_have_count(0)
    assert page.evaluate("window.wasNotReloaded") is True


def test_lists_of_types_without_a_score_say_what_their_texts_say(
    page: Page, context: BrowserContext, live_server: Any, analyst: User, actors: None
) -> None:
    complaints = complaints_of(page)
    for kind in AnalysisType:
        stored(kind.value)
        make_analysis(analysis_type=kind.value, status="completed", text_content="Hm.", confidence_score=0.2)
    enter(context, live_server, analyst)

    for kind in (AnalysisType.EMOTION, AnalysisType.KEYWORDS, AnalysisType.ENTITIES, AnalysisType.TOPICS):
        page.goto(f"{live_server.url}{reverse('admin:explore')}?analysis_type={kind.value}")
        expect(page.get_by_text("Counted in 2 finished texts. In 1 the engine was not sure.")).to_be_visible()
        look(page, f"explore-{kind.value}")
    page.goto(f"{live_server.url}{reverse('admin:explore')}")
    expect(page.get_by_text("not sure")).to_have_count(8)
    look(page, "explore-all")

    assert complaints == []
