"""Templates and assets obey the strict Content-Security-Policy before any browser sees them."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template, render_to_string

TEMPLATE_DIR = settings.BASE_DIR / "templates"
STATIC_DIR = settings.BASE_DIR / "static"
TEMPLATES = sorted(TEMPLATE_DIR.rglob("*.html"))
ASSETS = sorted([*STATIC_DIR.rglob("*.css"), *STATIC_DIR.rglob("*.js")])

FORBIDDEN = {
    "an inline style": re.compile(r"<style|\sstyle\s*=", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "an inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "an htmx handler, which needs eval": re.compile(r"\shx-on|\shx-vals\s*=\s*[\"']js:", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "unescaped text": re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off"),
    "another host": re.compile(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE),
}
ERROR_PAGES = ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"]


def name(path: Path) -> str:
    return str(path.relative_to(settings.BASE_DIR))


@pytest.mark.parametrize("rule", FORBIDDEN)
@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_a_template_has_nothing_that_the_policy_forbids(template: Path, rule: str) -> None:
    found = FORBIDDEN[rule].search(template.read_text())

    assert found is None, f"{name(template)} has {rule}: {found[0]!r}"


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_a_template_compiles(template: Path) -> None:
    get_template(str(template.relative_to(TEMPLATE_DIR)))


@pytest.mark.parametrize("asset", ASSETS, ids=name)
def test_an_asset_asks_nothing_of_another_host(asset: Path) -> None:
    assert not re.search(r"https?://|@import|url\(\s*[\"']?//", asset.read_text())


@pytest.mark.parametrize("page", ERROR_PAGES)
def test_an_error_page_renders_without_any_context(page: str) -> None:
    html = render_to_string(page)

    assert html.count("<h1>") == 1
    assert '<html lang="en' in html
    assert "Nothing was changed" in html or page in {"404.html", "500.html"}


def test_a_page_without_a_shell_shows_no_sidebar_and_polls_nothing() -> None:
    html = render_to_string("analyses/page.html", {"title": "Home"})

    assert 'class="side"' not in html
    assert "htmx" not in html


def test_a_page_in_the_shell_has_its_entries_and_polls_for_news() -> None:
    entry = {"key": "batches", "label": "Batches", "url": "/batches/", "current": True, "note": "2 running"}
    shell = {"groups": [{"title": "Results", "entries": [entry]}], "person": "Ada", "zone": "Europe/Berlin"}

    html = render_to_string(
        "analyses/page.html", {"shell": {**shell, "theme": "dark", "poll_url": "/shell/?since=1"}}
    )

    assert (
        '<a href="/batches/" aria-current="page">Batches <small data-note="batches">2 running</small></a>'
        in html
    )
    assert 'data-theme="dark"' in html
    assert 'hx-get="/shell/?since=1" hx-trigger="every 10s" hx-target="#notices"' in html
    assert '"allowEval":false' in html


def test_a_name_with_an_override_mark_is_isolated_in_the_sidebar() -> None:
    html = render_to_string(
        "analyses/page.html", {"shell": {"groups": [], "person": "\u202eevE", "zone": "UTC"}}
    )

    assert "<bdi>\u202eevE</bdi> · UTC" in html
