"""Drawings as they reach the browser: SVG with links, words beside colours, no inline style."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.template.loader import render_to_string
from django.test import override_settings

from analyses.charts.bars import Bin, DayCount, histogram, timeline
from analyses.templatetags import drawings


@dataclass
class Value:
    label: str
    count: int
    url: str = "?"
    selected: bool = False


def chart_html(**context: Any) -> str:
    chart = histogram([Bin(-1, 0, 1200, "/explore/?a=1&b=2", "negative"), Bin(0, 1, 0, "/explore/?b=2")])
    return render_to_string("analyses/_chart.html", {"chart": chart, "title": "Sentiment", **context})


def test_every_bar_is_a_named_link_with_a_title_and_one_without_rows_stands_in_the_table() -> None:
    html = chart_html()

    assert '<a href="/explore/?a=1&amp;b=2" aria-label="−1 to 0: 1,200">' in html
    assert "<title>−1 to 0: 1,200</title>" in html
    assert 'aria-label="0 to 1: 0"' not in html
    assert '<th scope="row">0 to 1</th><td class="num"><a href="/explore/?b=2">0</a></td>' in html


def test_the_table_beside_the_chart_has_the_same_numbers_and_links() -> None:
    html = chart_html()

    assert (
        '<th scope="row">−1 to 0</th><td class="num"><a href="/explore/?a=1&amp;b=2">1,200</a></td>' in html
    )


def test_the_chart_says_what_it_covers() -> None:
    assert '<p class="coverage">First 3 of 9 texts.</p>' in chart_html(coverage="First 3 of 9 texts.")
    assert "coverage" not in chart_html()


def test_coordinates_are_not_localised() -> None:
    days = timeline([DayCount(date(2026, 11, day), day * 500) for day in range(1, 6)], width=2000)

    with override_settings(USE_THOUSAND_SEPARATOR=True, LANGUAGE_CODE="de"):
        html = render_to_string("analyses/_chart.html", {"chart": days, "title": "Texts"})

    assert 'x="1601.0"' in html
    assert 'viewBox="0 0 2000 168"' in html


def test_a_progress_bar_says_its_numbers_in_words() -> None:
    html = render_to_string("analyses/_progress.html", drawings.progress_bar(8812, 88, 1100, "big"))

    assert 'aria-label="8,812 done, 88 failed, 1,100 waiting"' in html
    assert '<rect class="done" x="0.0" y="0" width="881.2" height="10">' in html
    assert '<div class="progress big">' in html


def test_a_facet_value_shows_its_share_of_the_largest_and_which_one_is_chosen() -> None:
    values = [Value("United", 3822, "?airline=United", selected=True), Value("<Delta>", 1911)]

    html = render_to_string("analyses/_facets.html", drawings.facet("airline", values))

    assert '<a href="?airline=United" aria-current="true">' in html
    assert 'width="50.0" height="1"' in html
    assert '<span dir="auto">&lt;Delta&gt;</span> <span class="count">1,911</span>' in html


def test_a_facet_without_values_is_only_its_heading() -> None:
    assert "<li>" not in render_to_string("analyses/_facets.html", drawings.facet("airline", []))
