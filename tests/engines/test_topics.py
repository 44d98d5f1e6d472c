"""Labels from word lists: what they say, how surely, and when they do not know."""

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.choices import AnalysisType
from analyses.engines import topics
from analyses.engines.base import Outcome, Span
from analyses.engines.topics import KeywordTopicsEngine, TopicWords
from analyses.evaluation.gold.topics import CHOSEN_ON, GOLD, MEASURED_ON
from analyses.results import clean
from tests.engines.texts import ANY_TEXT, AWKWARD, POSTS

ENGINE = KeywordTopicsEngine()


def labels_of(outcome: Outcome) -> list[str]:
    assert outcome.value is None or isinstance(outcome.value, list)
    return outcome.value or []


LABELS = {topic for hints in ENGINE._words.hints.values() for topic in hints}


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("My flight was delayed.", ["travel", "delivery"]),
        ("The pizza was cold.", ["food"]),
        ("Our goalkeeper saved the penalty kick.", ["sport"]),
        ("The landlord raised the rent again.", ["housing"]),
        ("Customer service hung up on me.", ["customer service"]),
        ("🐕 and 🐈", ["animals"]),
        ("It is what it is.", []),
        ("You are right, and I was wrong.", []),
    ],
)
def test_a_text_has_the_labels_that_a_reader_would_give(text: str, labels: list[str]) -> None:
    assert ENGINE.analyze([text])[0].value == labels


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "12345 67890",
        "xqzt vbnrp",
        "Die Katze schläft heute auf dem Sofa im Hotel.",
        "Рейс опять задержали на три часа.",
        "הטיסה אחרה מאוד ולכן כעסנו",
        "🪑🪑🪑",
    ],
)
def test_a_text_without_known_english_words_has_no_value(text: str) -> None:
    outcome = ENGINE.analyze([text])[0]

    assert (outcome.value, outcome.confidence, outcome.error) == (None, None, "")


def test_there_are_twenty_labels_that_a_row_can_hold() -> None:
    assert len(LABELS) == 20
    assert clean(AnalysisType.TOPICS, sorted(LABELS)) == sorted(LABELS)


def test_an_explanation_marks_the_words_that_carried_a_label() -> None:
    outcome = ENGINE.explain("The vet’s bill for my DOGS was high.")

    assert outcome.value == ["animals"]
    assert outcome.explanation == (Span(4, 7, 2.0, "animals"), Span(22, 26, 2.0, "animals"))


def test_without_a_label_the_explanation_marks_what_hinted_at_one() -> None:
    outcome = ENGINE.explain("What a story.")

    assert outcome.value == []
    assert outcome.explanation == (Span(7, 12, 0.4, "entertainment"),)


def test_a_longer_expression_goes_before_its_words() -> None:
    words = TopicWords(["travel 3: plane", "shopping 3: plane ticket office", "money 2: ticket"])

    assert [match.entry for match in words.find("a plane ticket").matches] == ["plane", "ticket"]
    assert [match.entry for match in words.find("the plane ticket offices").matches] == [
        "plane ticket offices"
    ]


def test_saying_a_word_again_does_not_outweigh_another_topic() -> None:
    once, often = ENGINE.analyze(["A dog at school.", "A dog, dog, dog, dog at school."])

    assert once.value == often.value == ["animals", "education"]


def test_a_long_text_needs_more_than_one_passing_word() -> None:
    filler = "and then we said that it was what it was " * 30

    assert ENGINE.analyze([filler + " the goalkeeper"])[0].value == []


def test_a_name_is_no_word() -> None:
    assert ENGINE.analyze(["@hotel thank you so much"])[0].value == []


@given(text=ANY_TEXT | POSTS | st.sampled_from([text for text, _labels in GOLD]))
def test_any_text_is_explained_with_the_labels_it_was_given(text: str) -> None:
    [outcome] = ENGINE.analyze([text])
    explained = ENGINE.explain(text)

    assert (explained.value, explained.confidence) == (outcome.value, outcome.confidence)
    assert len(labels_of(outcome)) <= 3
    assert set(labels_of(outcome)) <= LABELS
    assert all(0 <= span.start < span.end <= len(text) for span in explained.explanation)
    assert [one.start for one in explained.explanation] == sorted(one.start for one in explained.explanation)
    marked = {span.label for span in explained.explanation}
    assert not labels_of(outcome) or (marked and marked <= set(labels_of(outcome)))


@given(texts=st.lists(ANY_TEXT | POSTS, max_size=5))
def test_a_text_has_the_same_labels_alone_and_in_a_chunk(texts: list[str]) -> None:
    assert ENGINE.analyze(texts) == [ENGINE.analyze([text])[0] for text in texts]


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_texts_are_answered(name: str) -> None:
    [outcome] = ENGINE.analyze([AWKWARD[name]])

    assert outcome.error == ""
    assert outcome.value is None or isinstance(outcome.value, list)


def test_labels_are_right_on_texts_that_no_threshold_was_chosen_on() -> None:
    outcomes = ENGINE.analyze([text for text, _labels in MEASURED_ON])
    given_labels = [set(labels_of(outcome)) for outcome in outcomes]
    pairs = [(given, set(labels)) for given, (_text, labels) in zip(given_labels, MEASURED_ON, strict=True)]
    right = sum(len(given & labels) for given, labels in pairs)
    micro_f1 = 2 * right / sum(len(given) + len(labels) for given, labels in pairs)
    firsts = [
        labels_of(outcome)[0] in labels
        for outcome, (_text, labels) in zip(outcomes, MEASURED_ON, strict=True)
        if outcome.value
    ]

    assert len(CHOSEN_ON) == len(MEASURED_ON) == 124
    assert micro_f1 > 0.86  # measured 0.874
    assert sum(firsts) / len(firsts) > 0.92  # measured 0.934


def test_the_confidence_is_how_often_the_best_label_is_right() -> None:
    found: list[tuple[float, bool]] = []
    for text, labels in MEASURED_ON:
        outcome = ENGINE.analyze([text])[0]
        if outcome.value is not None:
            is_right = labels_of(outcome)[0] in labels if outcome.value else not labels
            found.append((outcome.confidence or 0.0, is_right))
    bins: dict[int, list[tuple[float, bool]]] = {}
    for confidence, is_right in found:
        bins.setdefault(math.floor(confidence * 10), []).append((confidence, is_right))
    gaps = [
        abs(sum(sure for sure, _right in each) - sum(right for _sure, right in each))
        for each in bins.values()
    ]

    assert sum(gaps) / len(found) < 0.05  # measured 0.028


def test_the_examples_in_docstrings_are_true() -> None:
    result = doctest.testmod(topics)

    assert result.attempted > 4
    assert result.failed == 0
