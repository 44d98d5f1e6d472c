"""How the cells of a record are quoted: what is well formed, and the other ways in which people write a line."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import lru_cache

DOUBLED = r'"((?:[^"]|"")*+)"'
ESCAPED = r'"((?:[^"\\]|\\.|"")*+)"'
STYLES = (DOUBLED, ESCAPED)

_ESCAPE = re.compile(r'\\(["\\])')


@lru_cache(maxsize=16)
def _well_formed(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    cell = rf'(?:"[^"]*+(?:""[^"]*+)*+"|[^"{mark}\r\n]*+)'
    return re.compile(rf"{cell}(?:{mark}{cell})*+(?:\r\n|\r|\n)?")


@lru_cache(maxsize=32)
def _cell(delimiter: str, style: str) -> re.Pattern[str]:
    """Compile one cell: quoted with spaces around the quotes, or bare and not beginning with a quote."""
    mark = re.escape(delimiter)
    return re.compile(rf'(?: *{style} *|( *+(?!")[^{mark}\r\n]*+))(?:({mark})|(?:\r\n|\r|\n)?\Z)', re.DOTALL)


def is_well_formed(record: str, delimiter: str) -> bool:
    """Tell whether a record is as RFC 4180 wants it: quotes only around whole cells, and doubled inside them."""
    return _well_formed(delimiter).fullmatch(record) is not None


def split_line(line: str, *, delimiter: str, style: str) -> list[str] | None:
    r"""Split one line whose quotes are doubled or escaped; None where one is not closed or text follows it.

    >>> split_line('1, "a \\"b\\", c" ,x', delimiter=",", style=ESCAPED)
    ['1', 'a "b", c', 'x']
    """
    pattern, cells, position = _cell(delimiter, style), list[str](), 0
    while match := pattern.match(line, position):
        quoted, bare, separator = match.groups()
        cells.append(_unquote(quoted, style) if quoted is not None else bare)
        if separator is None:
            return cells
        position = match.end()
    return None


def _unquote(quoted: str, style: str) -> str:
    return quoted.replace('""', '"') if style == DOUBLED else _ESCAPE.sub(r"\1", quoted)


def first_record(lines: Sequence[str], delimiter: str) -> tuple[list[str], int] | None:
    """Give the cells of the well-formed record that begins these lines and how many lines it has, or None."""
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    try:
        row = next(reader, None)
    except csv.Error:
        return None
    if row is None or not is_well_formed("".join(lines[: reader.line_num]), delimiter):
        return None
    return row, reader.line_num
