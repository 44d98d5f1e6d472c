"""What separates the cells of a file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
_RECORDS_LOOKED_AT = 200


@dataclass(frozen=True)
class Dialect:
    """How cells are separated and quoted."""

    delimiter: str
    quotechar: str = '"'


def field_counts(text: str, delimiter: str) -> list[int]:
    """Give the number of cells of each record that is not blank, as a lenient reader sees them."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    counts: list[int] = []
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                counts.append(len(row))
            if len(counts) >= _RECORDS_LOOKED_AT:
                break
    except csv.Error:
        pass
    return counts


def usual_count(counts: list[int]) -> tuple[int, float]:
    """Give the most frequent number of cells and its share of the records; (1, 0.0) without records."""
    if not counts:
        return 1, 0.0
    usual, times = max(Counter(counts).items(), key=lambda item: (item[1], item[0]))
    return usual, times / len(counts)


def detect_dialect(text_head: str) -> Dialect:
    """Choose the delimiter under which most records have the same number of cells; a comma where none does.

    >>> detect_dialect("a;b\\n1,5;2\\n3,5;4\\n").delimiter
    ';'
    """
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        usual, share = usual_count(field_counts(text_head, delimiter))
        if usual > 1 and (round(share, 1), usual) > best_score:
            best, best_score = delimiter, (round(share, 1), usual)
    return Dialect(best)
