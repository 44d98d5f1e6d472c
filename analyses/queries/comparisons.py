"""What two slices are compared by, each side for itself: means, values and words; and which differ most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Aggregate, Avg, Count, Q, StdDev

from analyses import choices, differences
from analyses.choices import AnalysisType
from analyses.differences import Sample
from analyses.queries import frequent_values
from analyses.queries.filtering import Filtered
from analyses.queries.filters import RANGES
from analyses.queries.frequent_values import CountedValues
from analyses.search.words import words

VALUES_ROWS = 5_000
WORDS_ROWS = 5_000
CHARACTERS_MAX = 2_000_000
# Shorter words of Latin letters ("t", "of") say nothing; an emoji or a Chinese sign is a word of one letter.
ASCII_LETTERS_MIN = 3
VALUES_SHOWN_MAX = 12
WORDS_SHOWN_MAX = 10
QUANTITIES = ("confidence", "length", "processing_time")


@dataclass(frozen=True)
class CountedWords:
    """In how many of `texts` each word stands, and the newest text (id, content) that has it.

    The newest texts, dated `since` or later, unless `is_whole`; `since` is None where no filter by date lists exactly
    these.
    """

    texts: int
    counts: Counter[str]
    examples: Mapping[str, tuple[int, str]]
    is_whole: bool
    since: datetime | None = None


Counted = CountedValues | CountedWords


@dataclass(frozen=True)
class Difference:
    """A value or word, its texts on each side, and how strongly it belongs to the second (below zero: the first)."""

    value: str
    counts: tuple[int, int]
    belonging: float


def samples(part: Filtered, kind: AnalysisType) -> dict[str, Sample]:
    """Measure a type's score, confidence, length and time in one query; what no row has is left out."""
    names = [*((kind.value,) if kind in choices.SCORE_BY_TYPE else ()), *QUANTITIES]
    asked: dict[str, Aggregate] = {}
    for name in names:
        column = RANGES[name][0]
        # SQLite's deviation cannot leave out what is missing by itself.
        known = Q(**{f"{column}__isnull": False})
        asked[f"{name}_count"] = Count(column)
        asked[f"{name}_mean"] = Avg(column, filter=known)
        asked[f"{name}_deviation"] = StdDev(column, filter=known)
    found = part.queryset.order_by().aggregate(**asked)
    return {
        name: Sample(found[f"{name}_count"], found[f"{name}_mean"], found[f"{name}_deviation"])
        for name in names
        if found[f"{name}_count"]
    }


def values(part: Filtered, kind: AnalysisType) -> CountedValues:
    """Count the values of the newest 5,000 finished rows of a type without a score, in one query."""
    return frequent_values.count_values(part.queryset, kind, newest=VALUES_ROWS)


def count_words(part: Filtered) -> CountedWords:
    """Count the words of the newest 5,000 texts, of two million letters at most; two queries, one without any text.

    A text counts once for each of its words, which are those that the search compares.
    """
    newest = part.queryset.order_by("-dated_at", "-id")
    rows = list(newest.values_list("pk", "content_length", "dated_at")[: WORDS_ROWS + 1])
    most = _fitting([length for _pk, length, _dated_at in rows[:WORDS_ROWS]])
    kept, since = frequent_values.cut([dated_at for _pk, _length, dated_at in rows[: most + 1]], most)
    chosen = [pk for pk, _length, _dated_at in rows[:kept]]
    texts = dict(part.queryset.order_by().filter(pk__in=chosen).values_list("pk", "text_content"))
    counts: Counter[str] = Counter()
    examples: dict[str, tuple[int, str]] = {}
    for pk in chosen:
        if (text := texts.get(pk)) is not None:
            found = {word for word in words(text) if _says_something(word)}
            counts.update(found)
            for word in found:
                examples.setdefault(word, (pk, text))
    return CountedWords(len(texts), counts, examples, is_whole=kept == len(rows), since=since)


def _fitting(lengths: Sequence[int]) -> int:
    """Say how many texts are read: all, or as many as have two million letters; one always."""
    total = 0
    for place, length in enumerate(lengths):
        total += length
        if total > CHARACTERS_MAX:
            return max(place, 1)
    return len(lengths)


def _says_something(word: str) -> bool:
    return not word.isascii() or len(word) >= ASCII_LETTERS_MIN


def differing_values(first: CountedValues, second: CountedValues) -> list[Difference]:
    """Give the twelve values that differ most, the most different first."""
    found = _differences((first.counts, first.texts), (second.counts, second.texts))
    return sorted(found, key=lambda one: (-abs(one.belonging), one.value))[:VALUES_SHOWN_MAX]


def differing_words(first: CountedWords, second: CountedWords) -> tuple[list[Difference], list[Difference]]:
    """Give the ten words that belong most to the first side and to the second, beyond three standard errors."""
    found = list(_differences((first.counts, first.texts), (second.counts, second.texts)))
    found.sort(key=lambda one: (one.belonging, one.value))
    clear = differences.CLEAR_Z
    of_first = [one for one in found[:WORDS_SHOWN_MAX] if one.belonging < -clear]
    of_second = [one for one in found[: -WORDS_SHOWN_MAX - 1 : -1] if one.belonging > clear]
    return of_first, of_second


def _differences(first: tuple[Counter[str], int], second: tuple[Counter[str], int]) -> Iterable[Difference]:
    if not first[1] or not second[1]:
        return
    for value in first[0].keys() | second[0].keys():
        counts = (first[0][value], second[0][value])
        belonging = differences.belonging((counts[0], first[1]), (counts[1], second[1]))
        yield Difference(value, counts, belonging)
