"""Marking words by leaving them out."""

import doctest
from collections.abc import Sequence

from hypothesis import given

from analyses.engines import occlusion
from analyses.engines.base import Span
from analyses.engines.occlusion import by_leaving_out
from tests.engines.texts import ANY_TEXT


def length(texts: Sequence[str]) -> list[float]:
    return [float(len(text)) for text in texts]


def test_each_word_weighs_what_its_absence_changes() -> None:
    assert by_leaving_out(" a  bcd", length, label="en") == (Span(1, 2, 1.0, "en"), Span(4, 7, 3.0, "en"))


def test_words_that_change_nothing_are_not_marked() -> None:
    assert by_leaving_out("a b", lambda texts: [1.0 for _ in texts]) == ()


def test_a_long_text_is_left_out_in_stretches() -> None:
    calls: list[int] = []

    def score(texts: Sequence[str]) -> list[float]:
        calls.append(len(texts))
        return length(texts)

    spans = by_leaving_out("word " * 120, score)

    assert calls == [41]
    assert [spans[0], len(spans)] == [Span(0, 14, 14.0), 40]


@given(text=ANY_TEXT)
def test_spans_lie_in_the_text_and_do_not_overlap(text: str) -> None:
    spans = by_leaving_out(text, length)

    ends = [0, *(span.end for span in spans)]
    assert all(end <= span.start < span.end <= len(text) for end, span in zip(ends, spans, strict=False))


def test_the_example_is_true() -> None:
    assert doctest.testmod(occlusion) == (0, 1)
