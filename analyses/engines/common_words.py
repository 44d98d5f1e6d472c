"""Everyday English words: what starts a sentence with a capital and is no name."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

WORDS_FILE = Path(__file__).parent / "words" / "common_en.txt"

# A word is common that was written small this often, and rarely with a capital inside a sentence.
TIMES_MIN = 3
CAPITAL_SHARE_MAX = 0.15

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_INSIDE_A_SENTENCE = re.compile(r"[ ,'’-]+")


def count_common(texts: Iterable[str]) -> list[str]:
    """Give the words that the texts write small, in alphabetical order.

    words/common_en.txt is this list for the training split of GoEmotions (Demszky et al. 2020, Apache-2.0).

    >>> count_common(["a day in Rome", "the day", "day by day in Rome", "Rome in a day"])
    ['day', 'in']
    """
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for text in texts:
        end = None
        for match in _WORD.finditer(text):
            word = match[0].replace("’", "'")
            is_inside = end is not None and _INSIDE_A_SENTENCE.fullmatch(text, end, match.start()) is not None
            end = match.end()
            if word.islower():
                small[word] += 1
            elif is_inside and word[0].isupper() and (len(word) == 1 or not word.isupper()):
                capital[word.lower()] += 1
    return sorted(word for word, times in small.items() if _is_common(times, capital[word]))


def _is_common(small: int, capital: int) -> bool:
    return small >= TIMES_MIN and capital <= CAPITAL_SHARE_MAX * (small + capital)


@cache
def common_words() -> frozenset[str]:
    """Read the list; about 8,000 words.

    >>> "train" in common_words(), "berlin" in common_words()
    (True, False)
    """
    lines = WORDS_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
