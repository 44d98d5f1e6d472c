"""Which language a text is written in."""

import pytest

from analyses.engines.accuracy import expected_calibration_error
from analyses.engines.language import LidEngine
from analyses.evaluation import datasets

ENGINE = LidEngine()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The flight to Boston was late again.", "en"),
        ("Der Flug nach Berlin war schon wieder zu spät.", "de"),
        ("Le vol pour Paris est encore en retard.", "fr"),
        ("El vuelo a Madrid llegó otra vez tarde.", "es"),
        ("Рейс в Москву снова опоздал.", "ru"),
        ("הטיסה אחרה מאוד ולכן כעסנו", "he"),
        ("这个航班又晚点了，我们很生气。", "zh"),
        ("THE FLIGHT TO BOSTON WAS LATE AGAIN", "en"),
    ],
)
def test_a_sentence_is_recognised(text: str, code: str) -> None:
    [outcome] = ENGINE.analyze([text])

    assert outcome.value == code
    assert outcome.confidence is not None
    assert outcome.confidence >= 0.4


@pytest.mark.parametrize(
    "text", ["", " \n\t", "12 345 - 67", "\U0001f600\U0001f600", "\u0301\u0301", "@crew https://a.de/b"]
)
def test_a_text_without_letters_has_no_language(text: str) -> None:
    [outcome] = ENGINE.analyze([text])

    assert (outcome.value, outcome.confidence) == ("und", 0.0)


def test_an_unsure_answer_is_withheld_with_its_low_confidence() -> None:
    [outcome] = ENGINE.analyze(["lol"])

    assert outcome.value == "und"
    assert outcome.confidence is not None
    assert 0.0 < outcome.confidence < 0.4


def test_line_breaks_read_as_spaces() -> None:
    one_line, lines = ENGINE.analyze(["The crew was kind to us", "The crew\r\nwas kind\nto\rus"])

    assert lines == one_line


def test_addresses_and_names_do_not_count() -> None:
    alone, addressed = ENGINE.analyze(
        [
            "Der Flug war zu spät",
            "@DelayedTravellers Der Flug war zu spät https://example.com/this/is/english",
        ]
    )

    assert addressed == alone


def test_our_sentences_and_their_beginnings_are_told_apart_as_surely_as_it_says() -> None:
    rows = [
        (" ".join(words[:count]), row.label)
        for row in datasets.sentences_by_language()
        if (words := row.text.split())
        for count in {2, 3, 4, 6, len(words)}
        if count <= len(words)
    ]

    outcomes = ENGINE.analyze([text for text, _ in rows])
    whole = ENGINE.analyze([row.text for row in datasets.sentences_by_language()])

    known = [
        (outcome, label) for outcome, (_, label) in zip(outcomes, rows, strict=True) if outcome.value != "und"
    ]
    assert [outcome.value for outcome in whole] == [row.label for row in datasets.sentences_by_language()]
    assert len(known) / len(rows) > 0.95
    assert sum(outcome.value == label for outcome, label in known) / len(known) > 0.95
    confidences = [outcome.confidence or 0.0 for outcome, _ in known]
    assert expected_calibration_error(confidences, [o.value == label for o, label in known]) <= 0.05
