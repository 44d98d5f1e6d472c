"""Text into the words that searching compares: told apart here, so that every database has the same ones.

A word is a run of letters, marks and digits, case-folded; everything else separates. A letter of a script that puts no
spaces between words (Chinese, Japanese; Korean too) and a symbol such as an emoji is a word by itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

# What InnoDB keeps of a word, less the sign that `spellings` puts behind each; counted in its alphabet.
SPELT_LENGTH_MAX = 83
_ZERO_WIDTH_SPACE = 0x200B
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


class _Roles(dict[int, str]):
    """What becomes of a character: itself, itself between spaces, a space, or nothing; found once for each."""

    def __missing__(self, code: int) -> str:
        self[code] = role = _role(code)
        return role


def _role(code: int) -> str:
    letter, category = chr(code), unicodedata.category(chr(code))
    if code in _VARIATION_SELECTORS or (category == "Cf" and code != _ZERO_WIDTH_SPACE):
        return ""
    if category == "So" or (category[0] == "L" and unicodedata.east_asian_width(letter) == "W"):
        return f" {letter} "
    return letter if category[0] in "LMN" else " "


_ROLES = _Roles()


def words(text: str) -> list[str]:
    """Give the words of a text in their order.

    >>> words("Don't MISS it: Straße 7!")
    ['don', 't', 'miss', 'it', 'strasse', '7']
    """
    found: list[str] = []
    for run in composed(text).translate(_ROLES).split():
        found += _folded(run)
    return found


def composed(text: str) -> str:
    """Give the text with each letter and its marks in one character where there is one (NFC)."""
    return unicodedata.normalize("NFC", text)


def places(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Walk the runs of a composed text that are words: start, end and the words; some signs are two, such as ½."""
    start: int | None = None
    for place, letter in enumerate(text):
        role = _ROLES[ord(letter)]
        if role == letter != " ":
            start = place if start is None else start
        elif role:
            if start is not None:
                yield start, place, _of_run(text[start:place])
                start = None
            if role != " ":
                yield place, place + 1, _folded(letter)
    if start is not None:
        yield start, len(text), _of_run(text[start:])


def _of_run(run: str) -> list[str]:
    return _folded(run.translate(_ROLES))


def _folded(run: str) -> list[str]:
    if run.isascii():
        return [cut(run.lower())]
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", run).casefold())
    return [cut(word) for word in folded.translate(_ROLES).split()]


def cut(word: str) -> str:
    """Give as much of a word as InnoDB can tell apart: 83 letters, 41 of Greek or Cyrillic, 27 of others."""
    if 4 * len(word) <= SPELT_LENGTH_MAX or (word.isascii() and len(word) <= SPELT_LENGTH_MAX):
        return word
    size = 0
    for place, letter in enumerate(word):
        size += spelt_length(letter)
        if size > SPELT_LENGTH_MAX:
            return word[:place]
    return word


# --- The alphabet of InnoDB -----------------------------------------------------------------------

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE = len(_DIGITS)
_ASCII_END = 0x80
# Capitals are free, for words are folded: A to T begin a letter of two signs, U to Y of three, Z of four.
_TWO_END = _ASCII_END + 20 * _BASE
_THREE_END = _TWO_END + 5 * _BASE**2


def spelt_length(letter: str) -> int:
    """Give the number of signs that `spelt` needs for a letter."""
    code = ord(letter)
    return 1 + (code >= _ASCII_END) + (code >= _TWO_END) + (code >= _THREE_END)


def spelt(word: str) -> str:
    """Write a word in letters and digits of ASCII alone, each word otherwise and beginnings kept.

    >>> spelt("late"), spelt("é")
    ('late', 'ABF')
    """
    return word if word.isascii() else "".join(map(_spelt_letter, word))


def _spelt_letter(letter: str) -> str:
    code = ord(letter)
    if code < _ASCII_END:
        return letter
    if code < _TWO_END:
        return _lead("A", code - _ASCII_END, digits=1)
    if code < _THREE_END:
        return _lead("U", code - _TWO_END, digits=2)
    return _lead("Z", code - _THREE_END, digits=3)


def _lead(first: str, number: int, *, digits: int) -> str:
    signs = []
    for _ in range(digits):
        number, digit = divmod(number, _BASE)
        signs.append(_DIGITS[digit])
    return chr(ord(first) + number) + "".join(reversed(signs))
