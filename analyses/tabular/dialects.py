"""What separates the cells of a file."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass

from analyses.tabular.quoting import first_record

DELIMITERS = (",", ";", "\t", "|")
_RECORDS_LOOKED_AT = 200
_LINES_OF_A_RECORD = 500


@dataclass(frozen=True)
class Dialect:
    """How cells are separated and quoted."""

    delimiter: str
    quotechar: str = '"'


def field_counts(text: str, delimiter: str) -> list[int]:
    """Give the number of cells of each record that is not blank; a record that is not well formed is one line."""
    lines = list(io.StringIO(text, newline=""))
    counts: list[int] = []
    position = 0
    while position < len(lines) and len(counts) < _RECORDS_LOOKED_AT:
        record = first_record(lines[position : position + _LINES_OF_A_RECORD], delimiter)
        row, taken = record or (lines[position].split(delimiter), 1)
        position += taken
        if any(cell.strip() for cell in row):
            counts.append(len(row))
    return counts


def usual_count(counts: list[int]) -> tuple[int, float]:
    """Give the most frequent number of cells and its share of the records; (1, 0.0) without records."""
    if not counts:
        return 1, 0.0
    usual, times = max(Counter(counts).items(), key=lambda item: (item[1], item[0]))
    return usual, times / len(counts)


def detect_dialect(text_head: str) -> Dialect:
    r"""Choose the delimiter under which most records have the same number of cells; a comma where none does.

    >>> detect_dialect("a;b\n1,5;2\n3,5;4\n").delimiter
    ';'
    """
    best, best_score = ",", (0.0, False, 0)
    for delimiter in DELIMITERS:
        counts = field_counts(text_head, delimiter)
        usual, share = usual_count(counts)
        # Between equals the header decides: texts may all hold one comma, names seldom do.
        score = (round(share, 1), counts[:1] == [usual], usual)
        if usual > 1 and score > best_score:
            best, best_score = delimiter, score
    return Dialect(best)
