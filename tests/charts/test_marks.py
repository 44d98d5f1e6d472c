"""Marks: the text stays whole, nothing that carried the result is lost from the table."""

from __future__ import annotations

import doctest
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.charts import marks
from analyses.charts.marks import EMOTION_TONES, Marked
from analyses.engines.base import Span

MARKERS: list[Callable[..., Marked]] = [
    marks.mark_by_sign,
    marks.mark_plainly,
    marks.mark_by_label,
    marks.mark_findings,
]


def shown(marked: Marked) -> list[tuple[str, str, str]]:
    return [(piece.text, piece.tone, piece.note) for piece in marked.pieces if piece.is_marked]


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(marks).failed == 0


def test_sign_gives_the_tone_and_the_table_is_sorted_by_strength() -> None:
    marked = marks.mark_by_sign("bad, then good", [Span(0, 3, -2.5), Span(10, 14, 1.9)])

    assert shown(marked) == [("bad", "negative", ""), ("good", "positive", "")]
    assert [(row.number, row.words, row.weight, row.share) for row in marked.rows] == [
        (1, "bad", -2.5, 100.0),
        (2, "good", 1.9, 76.0),
    ]


def test_of_overlapping_spans_the_strongest_is_marked_and_all_are_in_the_table() -> None:
    spans = [Span(0, 3, -0.2), Span(0, 8, -1.4), Span(4, 8, 0.9)]

    marked = marks.mark_by_sign("not good", spans)

    assert shown(marked) == [("not good", "negative", "")]
    assert [row.words for row in marked.rows] == ["not good", "good", "not"]


def test_the_same_words_are_one_line_with_their_sum() -> None:
    text = "Bad. So bad, BAD!"

    marked = marks.mark_by_sign(text, [Span(0, 3, -1.0), Span(8, 11, -2.0), Span(13, 16, -3.0)])

    assert [(row.words, row.times, row.weight) for row in marked.rows] == [("Bad", 3, -6.0)]
    assert [piece.strength for piece in marked.pieces if piece.is_marked] == ["", "strong", "strong"]


def test_the_same_words_under_two_labels_are_two_lines() -> None:
    spans = [Span(0, 4, 0.5, "joy"), Span(0, 4, 0.25, "surprise")]

    marked = marks.mark_by_label("Wow! ", spans, EMOTION_TONES)

    assert shown(marked) == [("Wow!", "positive", "joy")]
    assert [(row.label, row.tone) for row in marked.rows] == [("joy", "positive"), ("surprise", "plain")]
    assert marked.has_labels


def test_findings_are_numbered_as_in_the_table() -> None:
    spans = [Span(0, 3, 1.0, "Write “the”."), Span(4, 8, 2.0, "Two spaces.")]

    marked = marks.mark_findings("teh  lid was open", spans)

    assert shown(marked) == [("teh", "warning", "2"), (" lid", "warning", "1")]


def test_weak_marks_are_faint() -> None:
    marked = marks.mark_by_sign("a bc", [Span(0, 1, 0.1), Span(2, 4, -1.0)])

    assert [piece.strength for piece in marked.pieces if piece.is_marked] == ["faint", "strong"]


def test_the_table_ends_after_twenty_lines_and_counts_the_rest() -> None:
    text = " ".join(f"w{number:02}" for number in range(32))
    spans = [Span(4 * number, 4 * number + 3, 1.0) for number in range(32)]

    marked = marks.mark_plainly(text, spans)

    assert (len(marked.rows), marked.more_count) == (20, 12)


def test_spans_outside_the_text_are_left_out() -> None:
    marked = marks.mark_by_sign("short", [Span(-1, 2, 1.0), Span(2, 2, 1.0), Span(3, 9, 1.0)])

    assert [piece.text for piece in marked.pieces] == ["short"]
    assert marked.rows == ()


def test_long_findings_are_cut_in_the_table_alone() -> None:
    marked = marks.mark_findings("x" * 300, [Span(0, 300, 1.0, "Too long.")])

    assert len(marked.rows[0].words) == 80
    assert marked.pieces[0].text == "x" * 300


def test_zero_weights_are_neutral_and_have_no_bar() -> None:
    marked = marks.mark_by_sign("even", [Span(0, 4, 0.0)])

    assert [(row.tone, row.share) for row in marked.rows] == [("neutral", 0.0)]


SPANS = st.lists(
    st.builds(
        Span,
        st.integers(-3, 40),
        st.integers(-3, 40),
        st.floats(-1e6, 1e6),
        st.sampled_from(["", "joy", "anger", "a finding"]),
    ),
    max_size=30,
)


@pytest.mark.parametrize("mark", MARKERS)
@given(text=st.text(max_size=40), spans=SPANS)
def test_pieces_join_to_the_text_and_shares_stay_in_bounds(
    mark: Callable[..., Marked], text: str, spans: list[Span]
) -> None:
    marked = mark(text, spans)

    assert "".join(piece.text for piece in marked.pieces) == text
    assert all(0.0 <= row.share <= 100.0 for row in marked.rows)


def test_of_very_many_spans_the_strongest_are_marked() -> None:
    text = "ab " * 3_333
    spans = [Span(3 * number, 3 * number + 2, 1.0 + (number % 11 == 0)) for number in range(3_333)]

    marked = marks.mark_by_sign(text, spans)

    assert [piece.weight for piece in marked.pieces if piece.is_marked] == [2.0] * 300
    assert marked.are_strongest
    assert [(row.times, row.weight) for row in marked.rows] == [(3_333, 3_636.0)]
