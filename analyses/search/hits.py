"""Where a text has what was looked for, to be marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyses.search import words
from analyses.search.parsing import Phrase, Query


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; all of them in a row are the text."""

    text: str
    is_hit: bool = False


def hits(text: str, query: Query) -> list[Piece]:
    """Cut a text, or the beginning of one, where something that was looked for begins and ends.

    >>> from analyses.search.parsing import parse
    >>> hits("A LATE one", parse("late"))
    [Piece(text='A ', is_hit=False), Piece(text='LATE', is_hit=True), Piece(text=' one', is_hit=False)]
    """
    text = words.composed(text)
    pieces, done = list[Piece](), 0
    for start, end in _merged(_spans(text, query.phrases)):
        if start > done:
            pieces.append(Piece(text[done:start]))
        pieces.append(Piece(text[start:end], is_hit=True))
        done = end
    if done < len(text):
        pieces.append(Piece(text[done:]))
    return pieces


def _spans(text: str, phrases: Sequence[Phrase]) -> Iterator[tuple[int, int]]:
    found = [(start, end, word) for start, end, run in words.places(text) for word in run]
    for phrase in phrases:
        size = len(phrase.words)
        for first in range(len(found) - size + 1):
            part = found[first : first + size]
            if _is(phrase, [word for _start, _end, word in part]):
                yield part[0][0], part[-1][1]


def _is(phrase: Phrase, given: Sequence[str]) -> bool:
    *whole, last = phrase.words
    ends = given[-1].startswith(last) if phrase.is_prefix else given[-1] == last
    return ends and given[:-1] == whole


def _merged(spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join what overlaps, in the text's order."""
    kept: tuple[int, int] | None = None
    for start, end in sorted(spans):
        if kept is not None and start < kept[1]:
            kept = (kept[0], max(kept[1], end))
            continue
        if kept is not None:
            yield kept
        kept = (start, end)
    if kept is not None:
        yield kept
