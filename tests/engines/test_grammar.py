"""Harper's findings beside the signs of careless writing, for any text and in any thread."""

import doctest
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from time import process_time
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.engines import grammar, known_words, quality, word_pairs, writing_signs
from analyses.engines.accuracy import expected_calibration_error
from analyses.engines.base import Engine
from analyses.engines.grammar import GrammarEngine
from analyses.engines.known_words import is_known
from analyses.engines.quality import QualityEngine
from analyses.evaluation.gold.quality_pairs import all_pairs
from tests.engines.texts import ANY_TEXT, AWKWARD, POSTS

BASIC = QualityEngine()
STANDARD = GrammarEngine()
each_engine = pytest.mark.parametrize("engine", [BASIC, STANDARD], ids=["basic", "standard"])

# Harper alone would take seconds for each of these: 47 for the vowels, 3 to 8 for most others.
HOSTILE = {
    **AWKWARD,
    "brackets": "(" * 10_000,
    "nested": "(" * 5_000 + ")" * 5_000,
    "brackets around words": "((the " * 1_666,
    "dashes": "-" * 10_000,
    "quotation marks": '"' * 10_000,
    "apostrophes": "the'' " * 1_666,
    "carriage returns": "the\r" * 2_500,
    "joiners": "\u200d\u200b" * 5_000,
    "unknown words": " ".join(f"xq{first}z{second}v" for first in "abcdefgh" for second in "ijklmnopq") * 12,
    "small i": "i " * 5_000,
    "hyphens": "a-" * 5_000,
    "an address that never ends": "a" * 64 + "@" * 9_900,
    "spaces": "a" + " " * 9_998 + "b",
    "Chinese between English": "the cat is good 良い " * 500,
}


def marked(engine: Engine, text: str) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.label) for span in engine.explain(text).explanation]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("She have two cats.", "have"),
        ("\U0001f600\U0001f600 Café. She have two cats.", "have"),
        ("This is an test of the office printer.", "an"),
        ("He is taller then me.", "then"),
    ],
)
def test_grammar_is_found_at_its_place(text: str, place: str) -> None:
    assert place in [found for found, _label in marked(STANDARD, text)]
    assert place not in [found for found, _label in marked(BASIC, text)]


def test_a_place_is_charged_once() -> None:
    text = "i went to teh store ,and i was was late and they was angry"

    spans = STANDARD.explain(text).explanation

    assert len({span.start for span in spans}) >= 6
    assert all(one.end <= other.start or one.start == other.start for one, other in pairwise(spans))


def test_the_score_is_one_less_what_the_findings_cost() -> None:
    outcome = STANDARD.explain("The crew was kind, but they was late,and the food were cold.")

    assert isinstance(outcome.value, float)
    assert outcome.value == pytest.approx(1.0 + sum(span.weight for span in outcome.explanation), abs=0.001)


def test_other_languages_have_the_basic_score() -> None:
    texts = ["Der Zug kam heute wieder zu spähtt.", "Le train est arivé trop tard ce soir ,encore."]

    assert [one.value for one in STANDARD.analyze(texts)] == [one.value for one in BASIC.analyze(texts)]


@pytest.mark.parametrize(
    ("language", "words", "slips"),
    [
        ("en", "colour don’t smartphone's well-known could've", "recieve dont becuase cant"),
        ("de", "Verspätung schöne Straßenbahnfahrer gegangen", "Verspähtung shöne gegangn"),
        ("fr", "l’homme qu'il cœur été aujourd'hui", "étéé gentillle tardd"),
        ("it", "dell'arte perché città l’amico", "perchèè cuesta arivato"),
        ("nl", "vliegtuig gaan huis", "vliegtuigg gaaan huiss"),
        ("pt", "não coração você", "nãoo corasão voçê"),
    ],
)
def test_words_are_known_in_six_languages(language: str, words: str, slips: str) -> None:
    assert [word for word in words.split() if not is_known(word, language)] == []
    assert [word for word in slips.split() if is_known(word, language)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Ask @anna_b or info@example.com about #newthing on https://exmple.com/xyzzy, please.",
        "Kowalczyk and Szabo met in Gdansk at 5pm.",
        "I know that that helped us a lot :) The crew was really, really good...",
        "The USB ports of the PDFs, the iPhone and McDonald are fine.",
        "Dr. Brown met us, e.g. on Monday, at 5 p.m. in the old office.",
        "(See the list.) He said “yes” and left.",
        "1) The first point is clear.\n2) The second is not.",
    ],
)
def test_names_addresses_and_other_right_things_cost_nothing(text: str) -> None:
    assert BASIC.explain(text).explanation == ()


def test_half_of_a_text_scores_like_the_whole() -> None:
    sentence = "The crew was freindly and the seats were clean. We left on time, but the food was cold ."

    whole, half = STANDARD.analyze([" ".join([sentence] * 6), " ".join([sentence] * 3)])

    assert isinstance(whole.value, float)
    assert whole.value == pytest.approx(half.value, abs=0.01)


@each_engine
def test_confidence_is_the_share_of_right_answers_in_the_pairs(engine: Engine) -> None:
    texts = [(pair.correct, True) for pair in all_pairs()] + [(pair.damaged, False) for pair in all_pairs()]
    outcomes = engine.analyze([text for text, _ in texts])

    answers = [
        (outcome.confidence, (outcome.value >= 0.98) == is_correct)
        for outcome, (_, is_correct) in zip(outcomes, texts, strict=True)
        if isinstance(outcome.value, float) and outcome.confidence is not None
    ]

    assert len(answers) == len(texts)
    assert expected_calibration_error([sure for sure, _ in answers], [right for _, right in answers]) <= 0.05


@each_engine
@given(text=ANY_TEXT | POSTS)
@settings(max_examples=200, deadline=None)
def test_any_text_gives_findings_within_it(engine: Engine, text: str) -> None:
    (outcome,) = engine.analyze([text])
    explained = engine.explain(text)

    assert (explained.value, explained.confidence) == (outcome.value, outcome.confidence)
    assert outcome.value is None or (isinstance(outcome.value, float) and 0.0 <= outcome.value <= 1.0)
    assert all(0 <= span.start < span.end <= len(text) for span in explained.explanation)
    assert all(span.weight < 0 and span.label for span in explained.explanation)


@given(texts=st.lists(ANY_TEXT | POSTS, max_size=4))
@settings(max_examples=50, deadline=None)
def test_a_text_has_the_same_outcome_alone_and_in_a_chunk(texts: list[str]) -> None:
    assert STANDARD.analyze(texts) == [STANDARD.analyze([text])[0] for text in texts]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_judged_in_time(name: str) -> None:
    text = HOSTILE[name][:10_000]
    BASIC.analyze([text])

    started = process_time()
    BASIC.analyze([text])
    between = process_time()
    STANDARD.analyze([text])

    # Many times what a quiet machine takes, for shared ones; what runs away takes minutes.
    assert between - started < 2.0
    assert process_time() - between < 10.0


def test_threads_do_not_meet_in_one_linter() -> None:
    texts = [f"She have {count} cats and they was late." for count in range(2, 60)]
    alone = [one.value for one in STANDARD.analyze(texts)]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: STANDARD.analyze([text])[0].value, texts))

    assert together == alone


def test_harper_prints_no_text(capfd: pytest.CaptureFixture[str]) -> None:
    STANDARD.analyze(
        ["It is a chicken or the egg question.", "We look forward to mine and are looking forward to go."]
    )

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "module", [grammar, known_words, quality, word_pairs, writing_signs], ids=lambda module: module.__name__
)
def test_the_examples_in_docstrings_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)

    assert result.attempted > 0
    assert result.failed == 0
