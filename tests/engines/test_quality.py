"""How correctly texts are written."""

from collections.abc import Callable

import pytest

from analyses.engines.base import Engine
from analyses.engines.grammar import GrammarEngine
from analyses.engines.quality import QualityEngine
from analyses.engines.readability import ReadabilityEngine
from analyses.evaluation.gold.quality_pairs import all_pairs, read_pairs_by_hand

BASIC = QualityEngine()
STANDARD = GrammarEngine()
PAIRS = all_pairs()


def share_told_apart(score: Callable[[str], float], *, tie: float) -> float:
    """Give the share of pairs whose correct twin scores higher; equal scores count as `tie`."""
    points = [
        1.0 if right > wrong else tie if right == wrong else 0.0
        for right, wrong in ((score(pair.correct), score(pair.damaged)) for pair in PAIRS)
    ]
    return sum(points) / len(points)


def value_of(engine: Engine) -> Callable[[str], float]:
    def score(text: str) -> float:
        (outcome,) = engine.analyze([text])
        return outcome.value if isinstance(outcome.value, float) else 0.0

    return score


def test_there_are_enough_pairs_and_some_are_damaged_by_hand() -> None:
    assert len(PAIRS) >= 500
    assert len(read_pairs_by_hand()) >= 60


@pytest.mark.parametrize("engine", [BASIC, STANDARD], ids=["basic", "standard"])
def test_a_correct_sentence_is_told_from_its_damaged_twin(engine: Engine) -> None:
    assert share_told_apart(value_of(engine), tie=0.0) >= 0.8


def test_a_damaged_twin_hardly_ever_scores_higher() -> None:
    assert share_told_apart(value_of(STANDARD), tie=1.0) >= 0.99


def test_flesch_and_length_are_near_chance() -> None:
    assert 0.4 <= share_told_apart(value_of(ReadabilityEngine()), tie=0.5) <= 0.6
    assert 0.35 <= share_told_apart(lambda text: float(len(text)), tie=0.5) <= 0.65


def test_length_and_repetition_do_not_count() -> None:
    sentence = "The crew was freindly and the seats were clean."

    once, five = BASIC.analyze([sentence, " ".join([sentence] * 5)])

    assert once.value == five.value


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("we waited for two hours .", {"we", " ."}),
        ("The the crew was kind!!!", {"the", "!!!"}),
        ("I think i saw \U0001f600 teh gate.", {"i", "teh"}),
    ],
)
def test_faults_are_listed_with_their_places(text: str, marked: set[str]) -> None:
    spans = BASIC.explain(text).explanation

    assert marked <= {text[span.start : span.end] for span in spans}
    assert all(span.weight < 0 and span.label.endswith(".") for span in spans)


def test_grammar_is_found_at_tier_standard_behind_an_emoji() -> None:
    text = "\U0001f600 Café closed. She have two cats."

    spans = STANDARD.explain(text).explanation

    assert any("have" in text[span.start : span.end] for span in spans)


@pytest.mark.parametrize("text", ["", "123 456", "\U0001f600", "这个航班又晚点了，我们很生气。"])
def test_texts_without_words_that_can_be_told_are_not_judged(text: str) -> None:
    assert [one.value for one in BASIC.analyze([text]) + STANDARD.analyze([text])] == [None, None]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("Der Zug kam heute wieder zu spät.", "Der Zug kahm heute wider zu spähtt."),
        ("Le train est arrivé trop tard ce soir.", "Le train est arivé trop tardd ce soire."),
        ("Il treno è arrivato troppo tardi questa sera.", "Il treno è arivato tropo tardi cuesta sera."),
    ],
)
def test_misspelt_words_cost_in_other_languages_too(good: str, bad: str) -> None:
    assert value_of(BASIC)(good) > value_of(BASIC)(bad)


def test_confidence_is_nearer_to_chance_for_a_few_words() -> None:
    few, many = BASIC.analyze(["Fine.", "The crew was kind to all of us today."])

    assert few.confidence is not None
    assert many.confidence is not None
    assert 0.5 <= few.confidence < many.confidence <= 1.0
