"""Keywords that a person would choose, and none that nobody would."""

import doctest
from time import process_time
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapid_textrank import get_stopwords

from analyses.engines import keywords, stop_words
from analyses.engines.base import Outcome
from analyses.engines.keywords import KEYWORD_LENGTH_MAX, KEYWORDS_MAX, TextRankEngine
from analyses.engines.stop_words import OWN_LANGUAGES, PACKAGE_LANGUAGES
from analyses.evaluation.gold import keywords as keywords_gold
from analyses.evaluation.gold.keywords import DEVELOPED, HELD_OUT, read
from tests.engines.texts import ANY_TEXT, AWKWARD

ENGINE = TextRankEngine()
PIECES = [
    "hotel",
    "Room",
    "@ann",
    "#tag",
    " ",
    ". ",
    "\n",
    "the",
    "www.x.org",
    "C-3PO",
    "don't",
    "Anna's",
    "é",
    "😀",
    "良い",
]
LIKELY = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def found(text: str) -> list[str]:
    value = ENGINE.judge(text).value
    assert isinstance(value, list)
    return value


def is_same(one: str, other: str) -> bool:
    """Say whether two keywords share half of their words."""
    mine, yours = set(one.lower().split()), set(other.lower().split())
    return 2 * len(mine & yours) >= len(mine | yours)


def precision_and_recall(gold: tuple[str, ...]) -> tuple[float, float]:
    hits = given_count = met = wanted_count = 0
    for marked in gold:
        text, wanted = read(marked)
        given_ones = found(text)
        hits += sum(any(is_same(one, other) for other in wanted) for one in given_ones)
        met += sum(any(is_same(one, other) for other in given_ones) for one in wanted)
        given_count += len(given_ones)
        wanted_count += len(wanted)
    return hits / given_count, met / wanted_count


def test_texts_written_after_the_engine_have_the_keywords_that_a_person_marked() -> None:
    precision, recall = precision_and_recall(HELD_OUT)

    assert precision >= 0.75
    assert recall >= 0.8


def test_texts_in_sight_have_the_keywords_that_a_person_marked() -> None:
    precision, recall = precision_and_recall(DEVELOPED)

    assert precision >= 0.95
    assert recall >= 0.9


def test_the_first_keyword_is_mostly_one_that_a_person_marked() -> None:
    firsts = [(found(read(marked)[0])[0], read(marked)[1]) for marked in HELD_OUT]

    assert sum(any(is_same(first, one) for one in wanted) for first, wanted in firsts) >= 0.85 * len(HELD_OUT)


def test_confidence_is_about_the_share_of_keywords_that_a_person_marked() -> None:
    confidences = [ENGINE.judge(read(marked)[0]).confidence or 0.0 for marked in HELD_OUT]
    precision, _recall = precision_and_recall(HELD_OUT)

    assert sum(confidences) / len(confidences) == pytest.approx(precision, abs=0.05)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("@united your customer service lost my luggage http://t.co/x", ["customer service", "luggage"]),
        ("Write to ann@example.org about the invoice", ["invoice"]),
        ("#Brexit again", ["Brexit"]),
        ("thank you so much!!!", []),
        ("@ann @bob http://t.co/x 12:30 42", []),
        ("", []),
        ("😀😀😀", []),
        ("Luggage, luggage and LUGGAGE", ["Luggage"]),
        ("The machine\n learning of machine  learning", ["machine learning"]),
        ("Der Kundendienst war unfreundlich und mein Paket ist verschwunden.", ["Kundendienst", "Paket"]),
    ],
)
def test_known_texts_have_their_known_keywords(text: str, wanted: list[str]) -> None:
    assert sorted(found(text)) == sorted(wanted)


@pytest.mark.parametrize("text", ["飛行機がとても遅れました", "เที่ยวบินล่าช้ามาก", "航班延误了三个小时"])
def test_a_script_without_spaces_is_not_known(text: str) -> None:
    assert ENGINE.judge(text) == Outcome(value=None)


def test_every_place_of_a_keyword_is_marked_with_it() -> None:
    text = "Luggage lost. Where is my luggage?"

    assert [(span.start, span.end, span.label) for span in ENGINE.explain(text).explanation] == [
        (0, 7, "Luggage"),
        (26, 33, "Luggage"),
    ]
    assert ENGINE.judge(text).explanation == ()


def assert_sound(text: str, outcome: Outcome) -> None:
    explained = ENGINE.explain(text)
    assert (explained.value, explained.confidence) == (outcome.value, outcome.confidence)
    if outcome.value is None:
        return
    assert isinstance(outcome.value, list)
    assert len(outcome.value) <= KEYWORDS_MAX == 10
    assert all(0 < len(keyword) <= KEYWORD_LENGTH_MAX == 100 for keyword in outcome.value)
    assert len({keyword.lower() for keyword in outcome.value}) == len(outcome.value)
    assert {span.label for span in explained.explanation} == set(outcome.value)
    for span in explained.explanation:
        assert 0 <= span.start < span.end <= len(text)
        assert 0.0 < span.weight <= 1.0
    starts = [span.start for span in explained.explanation]
    assert starts == sorted(starts)


@given(text=ANY_TEXT | LIKELY)
@settings(max_examples=500, deadline=None)
def test_keywords_are_few_short_distinct_and_in_the_text(text: str) -> None:
    assert_sound(text, ENGINE.judge(text))


@given(texts=st.lists(ANY_TEXT | LIKELY, max_size=5))
@settings(max_examples=100, deadline=None)
def test_a_text_has_the_same_keywords_alone_and_in_a_chunk(texts: list[str]) -> None:
    assert ENGINE.analyze(texts) == [ENGINE.analyze([text])[0] for text in texts]


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_texts_have_sound_keywords_soon(name: str) -> None:
    # 50 ms at most; the margin is for a busy machine.
    started = process_time()
    outcome = ENGINE.judge(AWKWARD[name])

    assert process_time() - started < 2.0
    assert_sound(AWKWARD[name], outcome)


def test_what_the_package_knows_of_a_language_is_its_own_list() -> None:
    english = set(get_stopwords("en"))

    assert all(set(get_stopwords(code)) != english for code in PACKAGE_LANGUAGES - {"en"})
    assert set(get_stopwords("xx")) == english


@pytest.mark.parametrize("language", sorted(PACKAGE_LANGUAGES | OWN_LANGUAGES))
def test_each_language_has_stop_words_in_lower_case(language: str) -> None:
    words = stop_words.stop_words(language)

    assert len(words) > 40
    assert words == {word.lower() for word in words}


def test_norwegian_has_one_list_under_three_codes() -> None:
    assert stop_words.stop_words("nb") == stop_words.stop_words("nn") == stop_words.stop_words("no")


@pytest.mark.parametrize("module", [keywords, keywords_gold, stop_words], ids=lambda m: m.__name__)
def test_the_examples_in_docstrings_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)

    assert result.attempted > 0
    assert result.failed == 0
