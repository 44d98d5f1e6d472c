"""Text into words."""

from __future__ import annotations

import pytest

from analyses.search import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't MISS it!", ["don", "t", "miss", "it"]),
        ("e-mail a_b 3.14 100%", ["e", "mail", "a", "b", "3", "14", "100"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("e\u0301te\u0301 été", ["été", "été"]),
        ("ΟΔΟΣ οδός", ["οδοσ", "οδόσ"]),
        ("ﬁne ＡＢＣ ½ foo™", ["fine", "abc", "1", "2", "foo", "tm"]),
        ("soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zero", "width"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー"]),
        ("good👍🏽❤️", ["good", "👍", "❤"]),
        ("हिन्दी", ["हिन्दी"]),
        ("!!! … ?", []),
        ("", []),
    ],
)
def test_words_are_told_apart(text: str, expected: list[str]) -> None:
    assert words.words(text) == expected


@pytest.mark.parametrize("text", ["Don't ﬁne ½ 東京", "good👍🏽❤️ naïve", "a\u00adb c", " ", "été\u00ad"])
def test_places_give_the_same_words(text: str) -> None:
    composed = words.composed(text)

    assert [word for _start, _end, run in words.places(composed) for word in run] == words.words(text)


@pytest.mark.parametrize(("letter", "count"), [("x", 83), ("ж", 41), ("ह", 27), ("\U00010400", 20)])
def test_a_long_word_counts_as_far_as_every_database_can_keep_it(letter: str, count: int) -> None:
    (word,) = words.words(letter * 200)

    assert len(word) == count
    assert len(words.spelt(word)) <= 83


def test_words_are_spelt_each_otherwise_and_keep_their_beginnings() -> None:
    letters = [chr(code) for code in (0x61, 0x7A, 0x80, 0x557, 0x558, 0x506B, 0x506C, 0x1F363, 0x323AF)]
    spelt = [words.spelt(letter) for letter in letters]

    assert [len(one) for one in spelt] == [1, 1, 2, 2, 3, 3, 4, 4, 4]
    assert len(set(spelt)) == len(spelt)
    assert not any(a != b and b.startswith(a) for a in spelt for b in spelt)
    assert all(one.isascii() and one.isalnum() for one in spelt)
    assert words.spelt("naïve").startswith(words.spelt("naï"))
