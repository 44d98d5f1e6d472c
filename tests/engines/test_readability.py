"""How easy texts are to read."""

from pathlib import Path

import pytest

from analyses.engines.readability import NO_SPACES, NO_WORDS, ReadabilityEngine, count_text
from analyses.engines.syllables import count_syllables
from analyses.evaluation import measures

ENGINE = ReadabilityEngine()

# Counted by hand while the rules were made.
KNOWN_SYLLABLES = {
    1: "cat the flight strength walked makes tree clothes through loved queue eyes school change",
    2: "table little going being boxes places handled wanted flying client people maybe careful wasn't "
    "player lion poem neon fluid create rhythm cancelled hundred language lawyer chaos prism movement",
    3: "radio period curious previous violence actual video theory carrying company beautiful terrible idea "
    "stadium creation departure recipe",
    4: "society reality experience january comfortable television ability material mysterious",
    5: "readability immediately communication refrigerator opportunity individual",
}
# Counted by hand afterwards, never used to mend a rule.
UNSEEN_SYLLABLES = {
    1: "plane rough judge bought taste cheese pushed grieve bridge loose",
    2: "suitcase pilot weather luggage runway jacket message window engine refund upgrade bumpy "
    "worried broken legroom noodles blankets honest compete trouble captain coffee",
    3: "customer connection cancelling umbrella delivered agreement overhead vacation arrival "
    "disappoint entertain complicate furniture adventure determine",
    4: "destination accommodate embarrassing alternative operator emergency helicopter traditional",
    5: "apologizing generosity unbelievable accommodation unfortunately hospitality unacceptable cooperation",
}


def share_right(counts: dict[int, str]) -> float:
    words = [(word, count) for count, listed in counts.items() for word in listed.split()]
    return sum(count_syllables(word) == count for word, count in words) / len(words)


@pytest.mark.parametrize("count", KNOWN_SYLLABLES)
def test_syllables_of_known_words(count: int) -> None:
    words = KNOWN_SYLLABLES[count].split()

    assert {word: count_syllables(word) for word in words} == dict.fromkeys(words, count)


def test_syllables_of_unseen_words_are_mostly_right() -> None:
    assert share_right(UNSEEN_SYLLABLES) >= 0.9


def test_every_word_has_a_syllable_and_long_ones_end() -> None:
    assert count_syllables("hmm") == 1
    assert count_syllables("") == 1
    assert count_syllables("ba" * 5_000) == 5_000


@pytest.mark.parametrize(
    ("text", "words", "sentences"),
    [
        ("One. Two! Three?", 3, 3),
        ("One... two", 2, 2),
        ("Mr. Brown met J. Smith. They left.", 7, 2),
        ("First line\n\nsecond line", 4, 2),
        ("First line\nsame sentence", 4, 1),
        ('He said "stop." Then he left.', 6, 2),
        ("12 - 7 !", 0, 0),
        ("either/or", 2, 1),
        ("well-known", 1, 1),
        ("! ? Hello", 1, 1),
        ("@crew see https://example.com/a.b now", 2, 1),
    ],
)
def test_words_and_sentences_are_counted(text: str, words: int, sentences: int) -> None:
    counted = count_text(text)

    assert (len(counted.words), counted.sentences) == (words, sentences)


def test_english_is_measured_by_flesch() -> None:
    # 9 words, 1 sentence, 13 syllables: 206.835 - 1.015 * 9 - 84.6 * 13 / 9
    [outcome] = ENGINE.analyze(["The crew gave us water after the second delay."])

    assert outcome.value == 75.5


def test_german_is_measured_by_amstads_formula() -> None:
    # 8 words, 1 sentence, 15 syllables: 180 - 8 - 58.5 * 15 / 8
    [outcome] = ENGINE.analyze(["Der Direktor sprach lange über die große Verspätung."])

    assert outcome.value == 62.31


def test_languages_without_a_formula_are_measured_by_lix() -> None:
    # 7 words, 1 sentence, 2 long words (Direktören, förseningen): LIX 7 + 200 / 7, mapped to 140 - 2 LIX
    [outcome] = ENGINE.analyze(["Direktören talade länge om den stora förseningen."])

    assert outcome.value == 68.86


def test_hard_words_are_marked_with_their_cost() -> None:
    text = "The unbelievable delay hurt all of us a lot."
    [outcome] = ENGINE.analyze([text])

    assert [(text[s.start : s.end], s.weight) for s in outcome.explanation] == [("unbelievable", -37.6)]


def test_harder_sentences_score_lower() -> None:
    easy, hard = ENGINE.analyze(
        [
            "We sat in the sun. It was good. The dog ran to us.",
            "Notwithstanding difficulties, the organization implemented regulatory modifications.",
        ]
    )

    assert (easy.value, hard.value) == (100.0, 0.0)


@pytest.mark.parametrize(
    "text", ["", "  \n", "123 456.", "\U0001f600", "\u0301", "!!!", "@crew https://a.de"]
)
def test_a_text_without_words_is_an_error(text: str) -> None:
    [outcome] = ENGINE.analyze([text])

    assert (outcome.value, outcome.confidence, outcome.error) == (None, None, NO_WORDS)


def test_a_script_without_spaces_is_an_error() -> None:
    assert ENGINE.analyze(["这个航班又晚点了，我们很生气。"])[0].error == NO_SPACES


def test_confidence_grows_with_words_and_sentences() -> None:
    sentence = "The crew was kind to us."
    short, page, rambling = ENGINE.analyze(
        [sentence, f"{sentence} " * 40, "The crew was kind to us and " * 40]
    )

    assert (short.confidence, page.confidence) == (0.2496, 0.8466)
    assert rambling.confidence is not None
    assert rambling.confidence < 0.1


@pytest.mark.data
def test_confidence_comes_true_in_passages_of_books_letters_and_news(data_dir: Path) -> None:
    near, calibration = measures.readability_figures(ENGINE, data_dir)

    assert near.sample > 5_000
    assert 0.3 < near.value < 0.6
    assert calibration.value <= 0.05
