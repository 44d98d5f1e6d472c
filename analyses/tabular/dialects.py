"""What separates the cells of a file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
_RECORDS_LOOKED_AT = 200
_LINES_OF_A_RECORD_MAX = 40


@dataclass(frozen=True)
class Dialect:
    """How cells are separated and quoted."""

    delimiter: str
    quotechar: str = '"'


def field_counts(text: str, delimiter: str) -> list[int]:
    """Give the number of cells of each record that is not blank, as a lenient reader sees them."""
    return [len(row) for row in first_rows(text, delimiter)]


def first_rows(text: str, delimiter: str) -> list[list[str]]:
    """Give the first records that are not blank; one that goes on and on is an unclosed quote: left out."""
    lines = list(io.StringIO(text, newline=""))
    rows: list[list[str]] = []
    position = 0
    while position < len(lines) and len(rows) < _RECORDS_LOOKED_AT:
        found, taken = _rows_before_a_long_one(lines[position:], delimiter, _RECORDS_LOOKED_AT - len(rows))
        rows += found
        position += taken + 1
    return rows


def _rows_before_a_long_one(lines: list[str], delimiter: str, limit: int) -> tuple[list[list[str]], int]:
    """Give rows and the number of lines they take; reading ended at the limit or before something wrong."""
    reader = csv.reader(lines, delimiter=delimiter)
    rows: list[list[str]] = []
    taken = 0
    try:
        for row in reader:
            if reader.line_num - taken > _LINES_OF_A_RECORD_MAX or len(rows) >= limit:
                break
            taken = reader.line_num
            if any(cell.strip() for cell in row):
                rows.append(row)
    except csv.Error:
        pass
    return rows, taken


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
    best, best_score = ",", (0.0, 0, False)
    for delimiter in DELIMITERS:
        counts = field_counts(text_head, delimiter)
        usual, share = usual_count(counts)
        score = (round(share, 1), usual, counts[:1] == [usual])
        if usual > 1 and score > best_score:
            best, best_score = delimiter, score
    return Dialect(best)
