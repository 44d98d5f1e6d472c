"""Faults of English grammar that closed classes give away."""

import doctest

import pytest

from analyses.engines import closed_classes
from analyses.engines.closed_classes import SIGNS, find_faults, lower, read_rules
from analyses.engines.writing_signs import Finding
from analyses.evaluation.gold.quality_pairs import all_pairs


def faults(text: str) -> list[tuple[str, str]]:
    words = frozenset("".join(c if c.isalpha() or c == "'" else " " for c in lower(text)).split())
    names = {sign: name for name, sign in SIGNS.items()}
    found: list[Finding] = list(find_faults(text, words))
    return [(names[one.sign], text[one.start : one.end]) for one in found]


def test_the_examples_hold() -> None:
    assert doctest.testmod(closed_classes).failed == 0


@pytest.mark.parametrize(
    ("text", "kind", "place"),
    [
        ("They did not answering my mail.", "VERB_FORM", "did not answering"),
        ("Did she has tickets? I have forget mine.", "VERB_FORM", "have forget"),
        ("Paris, I look forward to meet you!", "VERB_FORM", "look forward to meet"),
        ("The window were open.", "NUMBER", "The window were"),
        ("It rained and the streets was wet.", "NUMBER", "the streets was"),
        ("There are a lamp in the hall.", "NUMBER", "There are a "),
        ("Everyone know him.", "NUMBER", "Everyone know"),
        ("She is an teacher.", "ARTICLE", "an teacher"),
        ("We waited a hour.", "ARTICLE", "a hour"),
        ("He’s taller then me, isn’t he?", "CONFUSED", ""),
        ("A train is faster then the bus.", "CONFUSED", "faster then the"),
        ("It was to expensive.", "CONFUSED", "was to expensive"),
        ("It depends of you.", "CONSTRUCTION", "depends of"),
        ("Do you know where is my bag?", "ORDER", "know where is my"),
        ("Please do not, forget me.", "COMMA", "do not, forget"),
    ],
)
def test_a_fault_is_found_at_its_place(text: str, kind: str, place: str) -> None:
    assert (kind, place) in faults(text) if place else faults(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "If it were mine, I would sell it.",
        "The police were there, and the people were kind.",
        "There are a few seats, and there are a lot of guests.",
        "I used to get up early. An hour is a unit of time, and a European has one.",
        "Does he have time? Did it have wheels? Let it have a rest.",
        "Could you, please, tell me how he is?",
        "We have become friends; the news was good and the bus was late.",
        "An FBI agent met a US officer on a one-way street.",
    ],
)
def test_good_english_is_left_alone(text: str) -> None:
    assert faults(text) == []


def test_no_correct_sentence_of_our_pairs_has_a_fault() -> None:
    assert [pair.correct for pair in all_pairs() if faults(pair.correct)] == []


def test_every_kind_of_fault_has_a_rule() -> None:
    assert {rule.sign for rule in read_rules()} == set(SIGNS.values())


def test_lowering_moves_no_letter() -> None:
    text = "İİİ we was late, İ am agree"

    assert ("CONSTRUCTION", "am agree") in faults(text)
