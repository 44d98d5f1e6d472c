"""What the rules find in a text, and what they leave alone."""

import doctest
import random
import re
from collections import Counter
from pathlib import Path
from time import process_time
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.engines import common_words, entities, entity_names, entity_rules
from analyses.engines.base import Outcome
from analyses.engines.common_words import count_common
from analyses.engines.entities import ENTITIES_MAX, RulesEntityEngine
from analyses.evaluation.gold import entities as entities_gold
from analyses.evaluation.gold.entities import DEVELOPED, HELD_OUT, read
from tests.engines.texts import ANY_TEXT, AWKWARD

ENGINE = RulesEntityEngine()

# Texts that would make careless patterns try every start, or every way to cut, anew: some 10,000 characters each.
HOSTILE = {
    "a@": "a@" * 5_000,
    "brackets": "(" * 10_000,
    "1,1,1": "1," * 5_000,
    "+1 +1": "+1 " * 3_000,
    "capital words": "Abc " * 2_500,
    "000 000": "000 " * 2_500,
    "one word": "a" * 10_000,
    "labels": "a." * 5_000,
    "1-1-1": "1-" * 5_000,
    "01 01": "01 " * 3_300,
    "five five": "five " * 2_000,
    "links": "http://" * 1_400,
    "closing brackets": "http://" + ")" * 9_990,
    "@a@a": "@a" * 5_000,
    "#a#a": "#a" * 5_000,
    "$1$1": "$1" * 5_000,
    "digits": "9" * 10_000,
    "may may": "may " * 2_500,
    "call call": "call " * 2_000,
    "initials": "A. " * 3_300,
    "capitals": "É" * 10_000,
    "apostrophes": "A'" * 5_000,
    "many units": "5%" * 5_000,
    "spaces": " " * 10_000,
    "emojis": "\U0001f600" * 10_000,
}

PIECES = [
    "Ann",
    "Lee",
    "3 May",
    "$5",
    "@ann",
    "#tag",
    " ",
    ". ",
    "\n",
    "a@b.org",
    "+44 20 7946 0018",
    "www.x.org",
    "5",
    "é",
]
LIKELY = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def found(text: str) -> list[tuple[str, str]]:
    value = ENGINE.judge(text).value
    assert isinstance(value, list)
    return [(one["text"], one["type"]) for one in value]


def hits_by_kind(gold: tuple[str, ...]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    right: Counter[str] = Counter()
    given_kinds: Counter[str] = Counter()
    wanted_kinds: Counter[str] = Counter()
    for marked in gold:
        text, wanted = read(marked)
        given_ones = ENGINE.find(text)
        right.update(one.kind for one in set(given_ones) & set(wanted))
        given_kinds.update(one.kind for one in given_ones)
        wanted_kinds.update(one.kind for one in wanted)
    return right, given_kinds, wanted_kinds


@pytest.mark.parametrize("marked", DEVELOPED)
def test_the_sentences_that_the_rules_were_made_with_come_out_as_marked(marked: str) -> None:
    text, wanted = read(marked)

    assert ENGINE.find(text) == wanted


@pytest.mark.parametrize(
    ("kind", "precision", "recall"),
    [
        ("name", 0.9, 0.85),
        ("date", 0.95, 0.9),
        ("quantity", 0.95, 0.95),
        ("money", 0.95, 0.95),
        ("time", 0.95, 0.95),
        ("phone", 0.95, 0.95),
        ("email", 0.95, 0.95),
        ("url", 0.95, 0.95),
        ("mention", 0.95, 0.95),
        ("hashtag", 0.95, 0.95),
    ],
)
def test_sentences_written_after_the_rules_keep_precision_and_recall(
    kind: str, precision: float, recall: float
) -> None:
    right, given_kinds, wanted_kinds = hits_by_kind(HELD_OUT)

    assert right[kind] >= precision * given_kinds[kind]
    assert right[kind] >= recall * wanted_kinds[kind] > 0


def test_there_are_sentences_enough_to_speak_of_figures() -> None:
    assert len(DEVELOPED) >= 90
    assert len(HELD_OUT) >= 85
    assert len({read(one)[0] for one in (*DEVELOPED, *HELD_OUT)}) == len(DEVELOPED) + len(HELD_OUT)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "See https://en.example.org/wiki/Rust_(tool).",
            [("https://en.example.org/wiki/Rust_(tool)", "url")],
        ),
        ("(see www.example.org)", [("www.example.org", "url")]),
        ("on 3/11/2026 or 11.3.2026", [("3/11/2026", "date"), ("11.3.2026", "date")]),
        ("$5-10, 5 EUR and £2bn", [("$5-10", "money"), ("5 EUR", "money"), ("£2bn", "money")]),
        ("tweet 570306133677760513", []),
        ("13/13/2026 and 1.2.3 and 99:99", []),
        ("you may 5 times", [("may 5", "date")]),
        ("NOTHING WORKS AT NEWARK", []),
        ("Ann and her dog Rex. Rex barks.", [("Ann", "name"), ("Rex", "name"), ("Rex", "name")]),
        ("Der Zug von Ann Lee hat Verspätung.", [("Ann Lee", "name")]),
        ("John's iPhone", [("John", "name"), ("iPhone", "name")]),
        ("mail me: ann@example.org.", [("ann@example.org", "email")]),
        ("@5pm at the gate", [("5pm", "time")]),
        ("http://a.example/\ud83d", [("http://a.example/", "url")]),
        ("", []),
    ],
)
def test_known_texts_have_their_known_entities(text: str, wanted: list[tuple[str, str]]) -> None:
    assert found(text) == wanted


def assert_sound(text: str, outcome: Outcome) -> None:
    assert outcome == ENGINE.explain(text)
    assert isinstance(outcome.value, list)
    end = 0
    for one, span in zip(outcome.value, outcome.explanation, strict=True):
        assert (one["start"], one["end"], one["type"]) == (span.start, span.end, span.label)
        assert end <= one["start"] < one["end"] <= len(text)
        assert one["text"] == text[one["start"] : one["end"]]
        end = one["end"]
    assert outcome.confidence is not None
    assert 0.0 <= outcome.confidence <= 1.0


@given(text=ANY_TEXT | LIKELY)
@settings(max_examples=500, deadline=None)
def test_entities_lie_in_the_text_in_order_and_do_not_overlap(text: str) -> None:
    assert_sound(text, ENGINE.judge(text))


@given(texts=st.lists(ANY_TEXT | LIKELY, max_size=5))
@settings(max_examples=100, deadline=None)
def test_a_text_has_the_same_entities_alone_and_in_a_chunk(texts: list[str]) -> None:
    assert ENGINE.analyze(texts) == [ENGINE.analyze([text])[0] for text in texts]


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_texts_have_sound_entities(name: str) -> None:
    assert_sound(AWKWARD[name], ENGINE.judge(AWKWARD[name]))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_makes_the_rules_start_over(name: str) -> None:
    # Linear rules take 50 ms at most; one that is quadratic takes seconds. The margin is for a busy machine.
    started = process_time()
    outcome = ENGINE.judge(HOSTILE[name])

    assert process_time() - started < 2.0
    assert_sound(HOSTILE[name], outcome)


def test_no_more_entities_are_given_than_a_result_holds() -> None:
    value = ENGINE.judge("5 km and " * 1_000).value

    assert isinstance(value, list)
    assert len(value) == ENTITIES_MAX == 200


def test_confidence_is_lower_where_names_are_found() -> None:
    nothing, mail, name = ENGINE.analyze(["It rained.", "ann@example.org", "I met Ann Lee."])

    assert (nothing.confidence, mail.confidence, name.confidence) == (0.96, 0.88, 0.76)


def test_one_of_matches_its_words_and_no_others() -> None:
    rng = random.Random(7)
    words = {"".join(rng.choices("abc", k=rng.randrange(1, 5))) for _ in range(40)}
    pattern = re.compile(entity_rules.one_of(" ".join(sorted(words))))
    tried = {"".join(rng.choices("abc", k=rng.randrange(1, 5))) for _ in range(400)}

    assert {word for word in tried | words if pattern.fullmatch(word)} == words


@pytest.mark.data
def test_the_common_words_are_those_of_goemotions(data_dir: Path) -> None:
    path = data_dir / "goemotions" / "original" / "train.tsv"
    with path.open(encoding="utf-8", newline="\n") as file:
        words = count_common(line.split("\t")[0] for line in file)

    assert common_words.common_words() == frozenset(words)


@pytest.mark.parametrize(
    "module", [common_words, entities, entity_names, entity_rules, entities_gold], ids=lambda m: m.__name__
)
def test_the_examples_in_docstrings_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)

    assert result.attempted > 0
    assert result.failed == 0
