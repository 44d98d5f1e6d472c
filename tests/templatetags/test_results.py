"""Results in words: short in a list, whole on a page, never an empty cell."""

from __future__ import annotations

import doctest

import pytest
from django.template import Context, Template

from analyses.choices import AnalysisStatus, AnalysisType
from analyses.templatetags import results


def whole(kind: str, value: object, status: str = "completed") -> str:
    """Render the tag as pages do."""
    template = Template("{% load results %}{% full_result kind value status %}")
    return template.render(Context({"kind": kind, "value": value, "status": status}))


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(results).failed == 0


@pytest.mark.parametrize("kind", AnalysisType.values)
def test_a_finished_row_without_a_value_is_not_sure(kind: str) -> None:
    assert results.brief(kind, None, "completed") == '<span class="muted">not sure</span>'
    assert results.brief(kind, None, "cached") == '<span class="muted">not sure</span>'
    assert "not sure" in whole(kind, None)


@pytest.mark.parametrize("status", [AnalysisStatus.PENDING, AnalysisStatus.PROCESSING, AnalysisStatus.ERROR])
def test_a_row_that_is_not_finished_has_a_dash(status: str) -> None:
    assert results.brief("topics", None, status) == "–"
    assert "not sure" not in whole("topics", None, status)


def test_results_in_a_sentence_have_no_markup() -> None:
    assert results.plain("sentiment", -0.6) == "−0.60"
    assert results.plain("keywords", ["<b>bag</b>", "R&D"]) == "<b>bag</b>, R&D"
    assert results.plain("emotion", None) == "not sure"


def test_markup_in_a_result_is_shown_as_text() -> None:
    for kind, value in (
        ("language", "<b>"),
        ("emotion", {"<b>": 0.5}),
        ("keywords", ["<b>"]),
        ("entities", [{"text": "<b>", "label": "<b>"}]),
        ("topics", ["<b>"]),
    ):
        assert "<b>" not in results.brief(kind, value, "completed")
        assert "<b>" not in whole(kind, value)


def test_long_lists_are_cut_in_a_list_and_counted() -> None:
    topics = [f"topic {index}" for index in range(5)]

    assert str(results.brief("topics", topics, "completed")).endswith("and 2 more")
    assert len(results.plain("keywords", ["word"] * 100)) <= 80


def test_many_entities_end_with_how_many_more() -> None:
    page = whole("entities", [{"text": f"name {index}", "label": "name"} for index in range(62)])

    assert "62 entities" in page
    assert page.count("<tr>") == 51
    assert "and 12 more" in page


def test_the_same_entity_is_one_line_with_its_times() -> None:
    page = whole("entities", [{"text": "Oslo", "type": "name"}] * 3 + [{"text": "Oslo", "type": "place"}])

    assert "4 entities" in page
    assert page.count('<th scope="row"') == 2
    assert "×3" in page


def test_probabilities_are_drawn_largest_first_with_their_side() -> None:
    bars = results.probability_bars({"positive": 0.1, "negative": 0.7, "neutral": 0.2})

    assert [(bar.label, bar.tone, bar.percent) for bar in bars] == [
        ("negative", "negative", 70.0),
        ("neutral", "neutral", 20.0),
        ("positive", "positive", 10.0),
    ]


def test_what_is_no_number_has_no_bar() -> None:
    bars = results.emotion_bars({"joy": True, "fear": "0.5", "anger": 2})

    assert [(bar.label, bar.percent) for bar in bars] == [("anger", 100.0)]
