"""Emotions by the word list: what speaks for them, what silences them, and how often they are right."""

import doctest
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.engines import emotion, emotion_words
from analyses.engines.accuracy import expected_calibration_error, macro_f1
from analyses.engines.base import Outcome
from analyses.engines.emotion import CLASSES, WordListEngine
from analyses.engines.emotion_words import EMOTIONS, EmotionWords, read_entries, read_list, read_signs
from analyses.evaluation import datasets
from tests.engines.texts import ANY_TEXT, AWKWARD, POSTS

ENGINE = WordListEngine()
EMOTIVE = st.lists(
    st.sampled_from(
        ["I", "am", "not", "very", "HAPPY", "sad", "!!", "oh my god", "İ", "’", ":)", "🤢", "don’t", "hate"]
    )
).map(" ".join)


def strongest(outcome: Outcome) -> str:
    assert isinstance(outcome.value, dict)
    shares: dict[str, float] = outcome.value
    return max(shares, key=lambda name: shares[name])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I am so angry, they lied to us again!", "anger"),
        ("Yuck, the food was disgusting.", "disgust"),
        ("I was terrified that we would crash.", "fear"),
        ("What a lovely day, thank you so much!", "joy"),
        ("She cried all night after the funeral.", "sadness"),
        ("Wow, I did not expect that at all.", "surprise"),
        ("The train to the city leaves from the next platform.", "neutral"),
        ("Das war ja was 😡😡", "anger"),
        ("That is sooooo saaaad", "sadness"),
    ],
)
def test_plain_sentences_have_their_emotion(text: str, name: str) -> None:
    assert strongest(ENGINE.judge(text)) == name


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("I am not happy with this.", "joy"),
        ("I don’t love it", "joy"),
        ("We were never afraid of them.", "fear"),
        ("It is not really disgusting.", "disgust"),
    ],
)
def test_a_negation_silences_the_word_after_it(text: str, quiet: str) -> None:
    value = ENGINE.judge(text).value

    assert isinstance(value, dict)
    assert value[quiet] == 0.0


def test_a_negation_reaches_no_further_than_the_next_stop() -> None:
    assert strongest(ENGINE.judge("No, happy to do it.")) == "joy"
    assert strongest(ENGINE.judge("I can't wait for it")) == "joy"


def test_boosters_and_capitals_make_a_word_louder() -> None:
    plain, boosted, loud, quiet = (
        ENGINE.judge(text).value for text in ("I am sad", "I am so sad", "I am SAD", "I am slightly sad")
    )

    assert isinstance(plain, dict)
    assert isinstance(boosted, dict)
    assert isinstance(loud, dict)
    assert isinstance(quiet, dict)
    assert (plain["sadness"], boosted["sadness"]) == (0.7038, 0.7809)
    assert quiet["sadness"] < plain["sadness"] < loud["sadness"] < boosted["sadness"]


@pytest.mark.parametrize(
    "text", ["", "?", "12 34", "Der Zug fährt um acht Uhr ab.", "הטיסה אחרה מאוד", "zxcv qwrt plkj"]
)
def test_it_does_not_know_what_is_not_english(text: str) -> None:
    assert ENGINE.judge(text) == Outcome(value=None)


def test_it_knows_no_sentence_of_another_language_and_every_english_one() -> None:
    rows = datasets.sentences_by_language()

    known = Counter(row.label for row in rows if ENGINE.judge(row.text).value is not None)

    assert known == {"en": 5}


def test_what_was_found_is_marked_with_its_emotion_and_weight() -> None:
    text = "I’m not happy… SO sad 😢 oh my god"

    spans = ENGINE.explain(text).explanation

    assert [(text[span.start : span.end], span.label, span.weight) for span in spans] == [
        ("happy", "anger", 1.32),
        ("happy", "sadness", 0.96),
        ("sad", "sadness", 3.6),
        ("😢", "sadness", 2.4),
        ("oh my god", "surprise", 2.1),
    ]


@given(text=ANY_TEXT | POSTS | EMOTIVE)
@settings(max_examples=500, deadline=None)
def test_any_text_gives_shares_that_sum_to_one_and_the_marks_explain_them(text: str) -> None:
    outcome = ENGINE.judge(text)

    explained = ENGINE.explain(text)
    assert (explained.value, explained.confidence) == (outcome.value, outcome.confidence)
    assert all(0 <= span.start < span.end <= len(text) for span in explained.explanation)
    sums = Counter[str]()
    for span in explained.explanation:
        sums[span.label] += span.weight  # type: ignore[assignment]
    if outcome.value is None:
        assert explained.explanation == ()
        return
    assert isinstance(outcome.value, dict)
    assert tuple(outcome.value) == CLASSES
    assert sum(outcome.value.values()) == pytest.approx(1.0, abs=0.001)
    for name in EMOTIONS:
        assert outcome.value[name] == pytest.approx(sums[name] / (sum(sums.values()) + 1.01), abs=0.001)


@given(texts=st.lists(ANY_TEXT | EMOTIVE, max_size=5))
@settings(max_examples=100, deadline=None)
def test_a_text_has_the_same_outcome_alone_and_in_a_chunk(texts: list[str]) -> None:
    assert ENGINE.analyze(texts) == [ENGINE.analyze([text])[0] for text in texts]


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_texts_give_an_outcome(name: str) -> None:
    outcome = ENGINE.explain(AWKWARD[name])

    assert outcome.error == ""
    assert all(0 <= span.start < span.end <= len(AWKWARD[name]) for span in outcome.explanation)


def test_the_list_names_only_emotions_and_the_three_other_kinds_and_repeats_no_entry() -> None:
    lines = read_list()
    entries = [(entry, kind) for entry, kind, _ in read_entries(lines)]
    signs = [(sign, kind) for sign, kind, _ in read_signs(lines)]

    assert {kind for _, kind in entries} == {*EMOTIONS, "booster", "negation", "common"}
    assert {kind for _, kind in signs} == set(EMOTIONS)
    assert all(entry == entry.strip().lower() for entry, _ in entries)
    for name in EMOTIONS:
        assert len({entry for entry, kind in entries if kind == name}) > 100


def test_each_line_of_the_list_is_read() -> None:
    lines = [line for line in read_list() if line and not line.startswith("#")]

    assert all(list(read_entries([line])) or list(read_signs([line])) for line in lines)


def test_expressions_are_found_before_their_words() -> None:
    words = EmotionWords(["joy 1: wait, can't wait", "surprise 2: wait what", "signs joy 3: :) ☺"])

    assert [one[:3] for one in words.find(words.tokens("I can't wait. Wait what"))] == [
        (1, 2, "joy"),
        (4, 5, "surprise"),
    ]


@pytest.mark.data
def test_it_does_far_better_than_a_lexicon_of_single_words_and_knows_how_sure_it_is(data_dir: Path) -> None:
    rows = [
        row for row in datasets.goemotions(data_dir, labelling="ekman", split="dev") if len(row.labels) == 1
    ]

    outcomes = ENGINE.analyze([row.text for row in rows])

    guesses = ["" if outcome.value is None else strongest(outcome) for outcome in outcomes]
    sure = [
        (outcome.confidence, guess == row.label)
        for outcome, guess, row in zip(outcomes, guesses, rows, strict=True)
        if outcome.confidence is not None
    ]
    assert macro_f1(guesses, [row.label for row in rows]) >= 0.5
    assert expected_calibration_error([one for one, _ in sure], [right for _, right in sure]) <= 0.05


@pytest.mark.parametrize("module", [emotion, emotion_words], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_are_true(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]

    assert result.attempted > 0
    assert result.failed == 0


def test_no_sign_is_passed_by_for_lack_of_a_hint() -> None:
    words = EmotionWords(read_list())

    for sign in words._signs:
        assert [text for _start, _end, text in words.find_signs(f"well {sign} then")], sign
        assert words._hint_of_sign.search(sign)
        assert not sign.isascii() or words._hint_of_emoticon.search(sign)
