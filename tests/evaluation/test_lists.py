"""Figures of engines that answer with lists, worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from analyses.engines.base import Outcome
from analyses.evaluation import lists
from analyses.evaluation.figures import Figure
from analyses.evaluation.gold import entities, keywords, topics
from tests.evaluation.engines import answering

NOWHERE = Path()


def by_name(figures: Iterable[Figure]) -> dict[str, float]:
    return {figure.what: round(figure.value, 4) for figure in figures}


def test_keywords_that_share_half_of_their_words_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keywords, "HELD_OUT", ("The [hotel room] had a [view].", "The [train] was late."))
    engine = answering(
        {
            "The hotel room had a view.": Outcome(value=["room", "sea", "hotel"], confidence=0.5),
            "The train was late.": Outcome(value=["train"], confidence=1.0),
        }
    )

    found = by_name(lists.keyword_figures(engine, NOWHERE))

    # Right: room, hotel, train of four; met: hotel room, train of three.
    assert found == {
        "precision": 0.75,
        "recall": 0.6667,
        "F1": 0.7059,
        "expected calibration error": 0.0833,  # |0.5 - 2/3| / 2
    }


def entity(start: int, end: int, kind: str) -> dict[str, Any]:
    return {"type": kind, "text": "", "start": start, "end": end}


def test_entities_count_at_their_place_and_by_their_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities, "HELD_OUT", ("[Ann|name] on [3 May|date].", "Nothing here."))
    monkeypatch.setattr(entities, "KINDS_OF_NAMES", {"person": ("Ann",)})
    engine = answering(
        {
            "Ann on 3 May.": Outcome(value=[entity(0, 3, "person"), entity(7, 12, "time")], confidence=0.8),
            "Nothing here.": Outcome(value=[], confidence=0.9),
        }
    )

    figures = list(lists.entity_figures(engine, NOWHERE))

    assert by_name(figures) == {
        "precision": 0.5,
        "recall": 0.5,
        "F1": 0.5,
        "expected calibration error": 0.2,  # (|0.8 - 0.5| + |0.9 - 1|) / 2
        "kind of the name is right": 1.0,  # of Ann
    }
    assert sum(figure.sample for figure in figures if figure.what == "kind of the name is right") == 1


def test_an_engine_that_calls_everything_a_name_has_no_figure_for_kinds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entities, "HELD_OUT", ("[Ann|name] called.",))
    monkeypatch.setattr(entities, "KINDS_OF_NAMES", {"person": ("Ann",)})
    engine = answering({"Ann called.": Outcome(value=[entity(0, 3, "name")])})

    assert by_name(lists.entity_figures(engine, NOWHERE)) == {"precision": 1.0, "recall": 1.0, "F1": 1.0}


def test_the_kind_of_a_name_is_judged_where_it_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        entities, "HELD_OUT", ("[Ann|name] left [Rome|name] for [Ulm|name] by [Puffer|name].",)
    )
    monkeypatch.setattr(entities, "KINDS_OF_NAMES", {"person": ("Ann",), "place": ("Rome", "Ulm")})
    places = [entity(0, 3, "person"), entity(9, 13, "organisation"), entity(25, 31, "place")]
    engine = answering({"Ann left Rome for Ulm by Puffer.": Outcome(value=places)})

    # Ann is a person and Rome is no organisation; Ulm was not found, and of Puffer we do not say what it is.
    assert by_name(lists.entity_figures(engine, NOWHERE))["kind of the name is right"] == 0.5


def test_every_name_with_a_kind_stands_in_a_sentence() -> None:
    marked = {
        text[one.start : one.end]
        for text, found in map(entities.read, entities.HELD_OUT)
        for one in found
        if one.kind == "name"
    }

    assert {name for names in entities.KINDS_OF_NAMES.values() for name in names} <= marked


def test_topics_count_over_all_texts_and_not_to_know_is_not_to_find_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gold = (("A", ("travel", "money")), ("B", ()), ("C", ("work",)), ("D", ()))
    monkeypatch.setattr(topics, "MEASURED_ON", gold)
    engine = answering(
        {
            "A": Outcome(value=["travel", "sport"], confidence=0.5),
            "B": Outcome(value=[], confidence=0.5),
            "C": Outcome(value=["travel"], confidence=0.5),
        }
    )

    found = by_name(lists.topic_figures(engine, NOWHERE))

    assert found == {
        "precision": 0.3333,
        "recall": 0.3333,
        "micro-F1": 0.3333,
        "the first label, or that there is none, is right": 0.5,  # A and B; D is not known
        "expected calibration error": 0.1667,  # |0.5 - 2/3| of A, B and C
        "does not know": 0.25,
    }


def test_an_engine_that_lists_nothing_has_figures_of_nought(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keywords, "HELD_OUT", ("The [train] was late.",))

    found = by_name(lists.keyword_figures(answering({}), NOWHERE))

    assert found == {"precision": 0.0, "recall": 0.0, "F1": 0.0}
