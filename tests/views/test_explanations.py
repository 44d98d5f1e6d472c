"""How an engine's reasons are drawn, and when an answer counts as the stored one."""

from __future__ import annotations

import doctest
from dataclasses import replace

import pytest

from analyses.engines.base import Outcome, Span
from analyses.engines.registry import Installed
from analyses.views import explanations
from tests.actors import FindingsEngine, MoodEngine, offer


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(explanations).failed == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (0.30000000001, 0.3, True),
        (0.31, 0.3, False),
        (("a", "b"), ["a", "b"], True),
        (["a"], ["a", "b"], False),
        ({"joy": 0.1 + 0.2}, {"joy": 0.3}, True),
        ({"joy": 0.3}, {"anger": 0.3}, False),
        (None, None, True),
        (None, 0.0, False),
        (True, 1, False),
        ("en", "de", False),
        ([{"text": "Oslo", "start": 3}], [{"text": "Oslo", "start": 3.0}], True),
    ],
)
def test_results_are_compared_as_the_database_keeps_them(one: object, other: object, same: bool) -> None:
    assert explanations.is_same(one, other) is same


class RaisingAndLoweringEngine(FindingsEngine):
    """Names no findings, as a large model does not."""

    facts = replace(FindingsEngine.facts, name="large-quality")

    def judge(self, text: str) -> Outcome:
        return Outcome(0.4, explanation=(Span(0, 2, -0.3), Span(3, 5, 0.1)))


def test_findings_are_numbered_and_words_without_a_finding_pull(actors: None) -> None:
    offer(RaisingAndLoweringEngine)
    facts = RaisingAndLoweringEngine.facts

    pulled = explanations.of_text(Installed(facts.analysis_type, facts.tiers[0], facts), "ab cd")
    offer()
    found = explanations.of_text(
        Installed(facts.analysis_type, facts.tiers[0], FindingsEngine.facts), "ab cd"
    )

    assert pulled.marked is not None
    assert [(one.text, one.tone, one.note) for one in pulled.marked.pieces if one.is_marked] == [
        ("ab", "negative", ""),
        ("cd", "positive", ""),
    ]
    assert found.marked is not None
    assert [one.note for one in found.marked.pieces if one.is_marked] == ["1"]
    assert (pulled.has_findings, found.has_findings) == (False, True)


class HesitantEngine(MoodEngine):
    """Has probabilities and does not decide."""

    facts = replace(MoodEngine.facts, name="hesitant")

    def judge(self, text: str) -> Outcome:
        return Outcome(None, confidence=0.3, probabilities={"anger": 0.3, "joy": 0.28, "fear": 0.42})


def test_probabilities_tell_why_an_engine_is_not_sure(actors: None) -> None:
    facts = HesitantEngine.facts
    decided = explanations.of_text(Installed(facts.analysis_type, facts.tiers[0], MoodEngine.facts), "ab cd")
    offer(HesitantEngine)

    unsure = explanations.of_text(Installed(facts.analysis_type, facts.tiers[0], facts), "ab cd")

    assert [bar.label for bar in unsure.bars] == ["fear", "anger", "joy"]
    assert decided.bars == ()
