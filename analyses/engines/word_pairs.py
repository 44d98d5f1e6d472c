"""Pairs of common English words that hardly ever stand side by side, as in "they was" or "of are"."""

import gzip
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

WEIGHTS = "word_pairs.gz"

# Words that the table does not name stand for their ending, which tells much of their part of speech.
ENDINGS = ("ing", "ed", "ly", "s")
ENDING_LETTERS_MIN = 5
OTHER_WORD = "-"
NUMBER = "0"
STOPS = frozenset(".!?,;:")

# Stands for signs that are no stop.
BREAK = "#"
# No pair reaches over these: many a good sentence starts with a rare word or ends with "for".
PARTING = frozenset(".!?#")

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|\n\s*\n|\S")


class Token(NamedTuple):
    """A word, number or sign as the table knows it, and where it stands."""

    kind: str
    start: int
    end: int


class RarePair(NamedTuple):
    """Two neighbours and how much rarer than by chance they are: the natural logarithm of the ratio, above 0."""

    start: int
    end: int
    surprise: float


class PairTable:
    """The common words, and the pairs of them that are rarer than chance would have them.

    Counted in GoEmotions' training split (Demszky et al. 2020): 14,000 pairs that chance alone would have
    brought twice or oftener there, and that came 3.5 times to 1,000 times more rarely.
    """

    def __init__(self, packed: bytes) -> None:
        """Read what `training.word_pairs` wrote: the words, then a line `first second=surprise ...` for each first."""
        first, *lines = gzip.decompress(packed).decode("utf-8").splitlines()
        self.words = frozenset(first.split(" "))
        self.surprises: Mapping[tuple[str, str], float] = dict(_read_pairs(lines))

    def find(self, text: str) -> Iterator[RarePair]:
        """Find the rare pairs of a text, in text order.

        >>> text = "They was late, and we were angry."
        >>> [text[pair.start : pair.end] for pair in load().find(text)]
        ['They was']
        """
        for before, token in pairwise(tokenize(text, self.words)):
            surprise = self.surprises.get((before.kind, token.kind))
            # A word that follows itself is judged by the rule for doubled words.
            if surprise is not None and before.kind != token.kind:
                yield RarePair(before.start, token.end, surprise)


def load() -> PairTable:
    """Read the table that ships with the engines."""
    return PairTable(files("analyses.engines").joinpath("weights", WEIGHTS).read_bytes())


def _read_pairs(lines: list[str]) -> Iterator[tuple[tuple[str, str], float]]:
    for line in lines:
        first, *seconds = line.split(" ")
        for second, _, surprise in (pair.rpartition("=") for pair in seconds):
            yield (first, second), float(surprise)


def tokenize(text: str, words: frozenset[str]) -> list[Token]:
    """Cut a text into words, numbers and stops; other signs break it.

    >>> [token.kind for token in tokenize("The kiwis (9) slept...", frozenset(["the"]))]
    ['the', '-s', '#', '0', '#', '-', '.', '.', '.']
    """
    kinds: dict[str, str] = {}
    tokens = []
    for found in _TOKEN.finditer(text):
        piece = found[0]
        if piece not in kinds:
            kinds[piece] = _kind(piece, words)
        tokens.append(Token(kinds[piece], found.start(), found.end()))
    return tokens


def _kind(piece: str, words: frozenset[str]) -> str:
    if piece in STOPS:
        return piece
    if piece[0].isdecimal():
        return NUMBER
    if not piece[0].isalpha():
        return BREAK
    word = piece.lower().replace("’", "'")
    if word in words:
        return word
    endings = ENDINGS if len(word) >= ENDING_LETTERS_MIN else ()
    return OTHER_WORD + next((ending for ending in endings if word.endswith(ending)), "")
