"""Which language a text is written in."""

from pathlib import Path

import pytest

from analyses.engines.language import LidEngine
from analyses.evaluation import measures

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


def test_the_words_that_speak_for_the_language_are_marked() -> None:
    text = "Der Zug to London war late gestern Abend, sorry!"

    spans = ENGINE.explain(text).explanation

    assert {span.label for span in spans} == {"de"}
    assert {"Der", "war", "gestern"} == {text[span.start : span.end] for span in spans if span.weight > 0}
    assert {"London", "sorry!"} == {text[span.start : span.end] for span in spans if span.weight < 0}


@pytest.mark.data
def test_languages_are_told_apart_as_surely_as_it_says(data_dir: Path) -> None:
    figures = {(one.data, one.what): one.value for one in measures.language_figures(ENGINE, data_dir)}

    whole, cut, english = (
        "our sentences, 24 languages",
        "their first 2 to 6 words",
        "GoEmotions dev, taken for English",
    )
    assert figures[whole, "right"] == 1.0
    assert figures[cut, "right"] > 0.9
    assert figures[english, "right"] > 0.95
    assert all(figures[data, "expected calibration error"] <= 0.05 for data in (whole, cut, english))
