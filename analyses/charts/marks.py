"""Marks in a text: which stretches carried a result, how strongly, and the table that says the same."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

MarkTone = Literal["", "plain", "negative", "neutral", "positive", "accent", "warning", "danger"]

ROWS_SHOWN_MAX = 20
WORDS_SHOWN_MAX = 80
# More marks are a coloured carpet, and a page of hundreds of kilobytes.
MARKS_MAX = 300

# Next to the strongest mark of a text, these are hardly worth looking at, and these most of all.
FAINT_BELOW = 0.2
STRONG_FROM = 0.6

# The same emotion has the same colour on every page; its name stands beside it.
EMOTION_TONES: Mapping[str, MarkTone] = {
    "anger": "danger",
    "disgust": "negative",
    "fear": "warning",
    "joy": "positive",
    "neutral": "neutral",
    "sadness": "accent",
    "surprise": "plain",
}
LABEL_TONES: tuple[MarkTone, ...] = ("accent", "positive", "warning", "negative", "danger", "neutral")

_ToneOf = Callable[[float, str], MarkTone]  # of a weight and a label
_NoteOf = Callable[[str, int], str]  # of a label and the number of its line in the table


class Spanned(Protocol):
    """What a span of an explanation has: characters `start` to `end` (exclusive), a weight and perhaps a label."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def weight(self) -> float: ...
    @property
    def label(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text; outside what carried the result, `tone` is empty.

    `strength` is faint, strong or nothing, and `note` the few words shown beside the mark.
    """

    text: str
    tone: MarkTone = ""
    weight: float = 0.0
    strength: str = ""
    note: str = ""

    @property
    def is_marked(self) -> bool:
        """Whether it carried the result."""
        return bool(self.tone)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: words, how often they stand there, what they weigh together, and the bar for it.

    `share` compares the weight with the largest one, as a percentage.
    """

    number: int
    words: str
    label: str
    weight: float
    times: int
    share: float
    tone: MarkTone


@dataclass(frozen=True, slots=True)
class Marked:
    """A text cut at its marks, and its table: the strongest lines, and how many more there are.

    `are_strongest` tells that weaker spans were left unmarked, for there are too many.
    """

    pieces: tuple[Piece, ...]
    rows: tuple[Row, ...]
    more_count: int
    are_strongest: bool

    @property
    def has_labels(self) -> bool:
        """Whether the table needs a column for labels."""
        return any(row.label for row in self.rows)


def mark_by_sign(text: str, spans: Iterable[Spanned]) -> Marked:
    """Colour by the weight's sign: what pulls down, what pushes up.

    >>> from types import SimpleNamespace as Span
    >>> marked = mark_by_sign("a good day", [Span(start=2, end=6, weight=1.9, label="")])
    >>> [(piece.text, piece.tone) for piece in marked.pieces]
    [('a ', ''), ('good', 'positive'), (' day', '')]
    """
    return _mark(text, spans, tone=lambda weight, label: _sign_tone(weight), note=_no_note)


def mark_plainly(text: str, spans: Iterable[Spanned]) -> Marked:
    """Give all marks one colour, for what the weight's sign does not divide."""
    return _mark(text, spans, tone=lambda weight, label: "plain", note=_no_note)


def mark_by_label(text: str, spans: Iterable[Spanned], tones: Mapping[str, MarkTone] | None = None) -> Marked:
    """Colour by label and name it beside each mark; labels that `tones` leaves out have colours in their order.

    >>> from types import SimpleNamespace as Span
    >>> marked = mark_by_label("Ada in Oslo", [Span(start=7, end=11, weight=1.0, label="place")])
    >>> [(piece.text, piece.note) for piece in marked.pieces]
    [('Ada in ', ''), ('Oslo', 'place')]
    """
    kept = list(spans)
    labels = list(dict.fromkeys(span.label for span in kept))
    by_order = {label: LABEL_TONES[index % len(LABEL_TONES)] for index, label in enumerate(labels)}
    known = {**by_order, **(tones or {})}
    return _mark(text, kept, tone=lambda weight, label: known[label], note=lambda label, number: label)


def mark_findings(text: str, spans: Iterable[Spanned]) -> Marked:
    """Number the marks as the table does, whose labels are sentences and too long to stand in the text."""
    return _mark(text, spans, tone=lambda weight, label: "warning", note=lambda label, number: str(number))


def _mark(text: str, spans: Iterable[Spanned], *, tone: _ToneOf, note: _NoteOf) -> Marked:
    kept = [span for span in spans if 0 <= span.start < span.end <= len(text)]
    rows, numbers = _rows(text, kept, tone)
    largest = max((abs(span.weight) for span in kept), default=0.0)
    pieces: list[Piece] = []
    position = 0
    chosen = _apart(kept)
    for span in chosen:
        pieces.append(Piece(text[position : span.start]))
        pieces.append(
            Piece(
                text=text[span.start : span.end],
                tone=tone(span.weight, span.label),
                weight=span.weight,
                strength=_strength(span.weight, largest),
                note=note(span.label, numbers[_key(text, span)]),
            )
        )
        position = span.end
    pieces.append(Piece(text[position:]))
    return Marked(
        pieces=tuple(piece for piece in pieces if piece.text),
        rows=rows[:ROWS_SHOWN_MAX],
        more_count=max(0, len(rows) - ROWS_SHOWN_MAX),
        are_strongest=len(chosen) == MARKS_MAX,
    )


def _apart(spans: Sequence[Spanned]) -> list[Spanned]:
    """Choose spans that do not overlap, the strongest first, up to `MARKS_MAX`; give them in text order.

    What is left out stands in the table: marks inside marks cannot be read.
    """
    starts: list[int] = []
    chosen: list[Spanned] = []
    for span in sorted(spans, key=lambda span: (-abs(span.weight), span.start, span.end)):
        place = bisect_right(starts, span.start)
        fits_left = not place or chosen[place - 1].end <= span.start
        fits_right = place == len(chosen) or span.end <= chosen[place].start
        if fits_left and fits_right:
            starts.insert(place, span.start)
            chosen.insert(place, span)
        if len(chosen) == MARKS_MAX:
            break
    return chosen


def _key(text: str, span: Spanned) -> tuple[str, str]:
    """Tell lines of the table apart: the same words in another case are the same line."""
    return text[span.start : span.end].casefold(), span.label


def _rows(
    text: str, spans: Sequence[Spanned], tone: _ToneOf
) -> tuple[tuple[Row, ...], dict[tuple[str, str], int]]:
    """Give the lines of the table, strongest first, and the number of each."""
    groups: dict[tuple[str, str], list[Spanned]] = {}
    for span in spans:
        groups.setdefault(_key(text, span), []).append(span)
    weights = {key: sum(span.weight for span in group) for key, group in groups.items()}
    ordered = sorted(groups, key=lambda key: (-abs(weights[key]), groups[key][0].start, key))
    largest = max(map(abs, weights.values()), default=0.0)
    rows = tuple(
        Row(
            number=index,
            words=_shown_words(text, groups[key][0]),
            label=key[1],
            weight=weights[key],
            times=len(groups[key]),
            share=round(100.0 * abs(weights[key]) / largest, 1) if largest else 0.0,
            tone=tone(weights[key], key[1]),
        )
        for index, key in enumerate(ordered, start=1)
    )
    return rows, {key: index for index, key in enumerate(ordered, start=1)}


def _shown_words(text: str, span: Spanned) -> str:
    words = text[span.start : span.end]
    return words if len(words) <= WORDS_SHOWN_MAX else words[: WORDS_SHOWN_MAX - 1] + "…"


def _strength(weight: float, largest: float) -> str:
    share = abs(weight) / largest if largest else 0.0
    if share < FAINT_BELOW:
        return "faint"
    return "strong" if share >= STRONG_FROM else ""


def _no_note(label: str, number: int) -> str:
    return ""


def _sign_tone(weight: float) -> MarkTone:
    if not weight:
        return "neutral"
    return "positive" if weight > 0 else "negative"
