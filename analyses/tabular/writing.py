"""CSV out: formula-safe and reversible, in blocks."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

BLOCK_CHARACTERS = 64 * 1024

# What spreadsheets take for a formula, also behind apostrophes: LibreOffice evaluates NUL and = too.
_RISKY = re.compile("'*[=+\\-@\t\r\n\x00＝＋－＠]")
_GUARDED = re.compile("'+[=+\\-@\t\r\n\x00＝＋－＠]")
# JSON and ISO times never start with a risky character; numbers stay numbers.
_JSON = (bool, dict, list, tuple)
_SAFE = (*_JSON, datetime)


def guard_cell(text: str) -> str:
    """Put one apostrophe before a text that a spreadsheet would calculate.

    >>> guard_cell("=1+1"), guard_cell("'=1"), guard_cell("fine")
    ("'=1+1", "''=1", 'fine')
    """
    return f"'{text}" if _RISKY.match(text) else text


def unguard_cell(text: str) -> str:
    """Undo `guard_cell` exactly; only for cells of our own exports."""
    return text[1:] if _GUARDED.match(text) else text


def unguard_record(values: Sequence[str]) -> tuple[str, ...]:
    """Undo the guard in each cell of a record of our own export."""
    return tuple(map(unguard_cell, values))


def cell(value: object) -> str | int | float:
    """Give what is written for a value: as `plain_cell` says it, and guarded."""
    written = plain_cell(value)
    return guard_cell(written) if isinstance(written, str) and not isinstance(value, _SAFE) else written


def plain_cell(value: object) -> str | int | float:
    """Give numbers and texts as they are, times in ISO 8601 UTC, JSON; an empty text for what is missing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, _JSON):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        return value
    return str(value)


def write_rows(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Write a header and rows as RFC 4180 in UTF-8, in blocks of about 64 KiB; memory does not grow with the rows."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([guard_cell(name) for name in header])
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if buffer.tell() >= BLOCK_CHARACTERS:
            yield buffer.getvalue().encode("utf-8")
            buffer.seek(0)
            buffer.truncate()
    if rest := buffer.getvalue():
        yield rest.encode("utf-8")


def write_rows_with_bom(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Write as `write_rows` with a byte-order mark before it: spreadsheets then read UTF-8."""
    yield b"\xef\xbb\xbf"
    yield from write_rows(header, rows)
