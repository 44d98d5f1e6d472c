"""Read a file as a table of texts; every physical record becomes a row, a refusal with a reason, or a skipped line.

The standard library's reader does the work as long as it is strict and the cells are as many as the header's. Where
they are not, the record is taken apart line by line, so that one damaged line never swallows its neighbours.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from analyses.choices import EXPORT_COLUMNS, REJECTED_RAW_BYTES_MAX
from analyses.exceptions import UnreadableFileError
from analyses.tabular.dialects import Dialect, detect_dialect, field_counts, usual_count
from analyses.tabular.encodings import (
    bad_character_pattern,
    decoding_errors,
    detect_encoding,
    original_bytes,
)
from analyses.tabular.headers import ColumnGuess, guess_columns, unique_column_names
from analyses.tabular.lines import RECORD_CHARACTERS_MAX, LineSource, RecordTooLongError

HEAD_BYTES = 256 * 1024
PREVIEW_ROWS = 20
PREVIEW_REJECTED = 20
PREVIEW_ITEMS = 500
COLUMNS_MAX = 1000
HEADER_LINES_LOOKED_AT = 50

_SIGNATURES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a spreadsheet or an archive; save it as CSV first"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet; save it as CSV first"),
    (b"\x1f\x8b", "a compressed file; unpack it first"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
)


@dataclass(frozen=True)
class Shape:
    """How a file is read; `header_line` is the physical line of the header, from 1."""

    encoding: str
    dialect: Dialect
    header_line: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A good record: the line where it starts, and one cell for each column."""

    line: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A refused record: where, which column (empty: all of it), why, and its bytes (up to 64 KiB)."""

    line: int
    column: str
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A blank line, or one above the header."""

    line: int


Item = Record | RejectedRecord | SkippedLine


@dataclass(frozen=True)
class Preview:
    """The beginning of a file as it would be read."""

    shape: Shape
    rows: tuple[Record, ...]
    rejected: tuple[RejectedRecord, ...]
    guess: ColumnGuess
    is_our_export: bool
    size_bytes: int


def inspect_file(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_line: int | None = None,
) -> Preview:
    """Find out how to read a file, or read it as told; raises UnreadableFileError with a sentence."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    _refuse_other_content(head)
    encoding = encoding or detect_encoding(head)
    text = head.decode(encoding, decoding_errors(encoding)).removeprefix("\ufeff")
    if not text.strip():
        raise UnreadableFileError(_("The file is empty."))
    if len(head) == HEAD_BYTES:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    dialect = Dialect(delimiter) if delimiter else detect_dialect(text)
    number, names = _find_header(path, encoding, dialect, text, header_line)
    if len(names) > COLUMNS_MAX:
        raise UnreadableFileError(_("The file has more than %(limit)s columns.") % {"limit": COLUMNS_MAX})
    shape = Shape(encoding, dialect, number, unique_column_names(names))
    rows, rejected = _first_items(path, shape)
    return Preview(
        shape=shape,
        rows=rows,
        rejected=rejected,
        guess=guess_columns(shape.columns, [row.values for row in rows]),
        is_our_export=shape.columns[: len(EXPORT_COLUMNS)] == EXPORT_COLUMNS,
        size_bytes=path.stat().st_size,
    )


def _refuse_other_content(head: bytes) -> None:
    if not head:
        raise UnreadableFileError(_("The file is empty."))
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise UnreadableFileError(_("This is not a CSV file but %(what)s.") % {"what": what})
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml")):
        raise UnreadableFileError(_("This is not a CSV file but a web page or XML."))


def _find_header(
    path: Path, encoding: str, dialect: Dialect, text: str, header_line: int | None
) -> tuple[int, Sequence[str]]:
    """Give the header's line and cells: the first record with the usual number of cells, unless told."""
    usual, _share = usual_count(field_counts(text, dialect.delimiter))
    source = LineSource(path, encoding)
    try:
        for row in islice(csv.reader(source, delimiter=dialect.delimiter), HEADER_LINES_LOOKED_AT):
            line = source.last_line + 1
            source.accept()
            if header_line is None and len(row) == usual and any(cell.strip() for cell in row):
                return line, row
            if header_line is not None and line >= header_line:
                if line > header_line or not row:
                    break
                return line, row
    except (RecordTooLongError, csv.Error):
        raise UnreadableFileError(_("The header is too long, or the file is not a table.")) from None
    if header_line is not None:
        raise UnreadableFileError(_("Line %(line)s holds no header.") % {"line": header_line})
    raise UnreadableFileError(_("No header was found; say in which line it stands."))


def _first_items(path: Path, shape: Shape) -> tuple[tuple[Record, ...], tuple[RejectedRecord, ...]]:
    rows: list[Record] = []
    rejected: list[RejectedRecord] = []
    for item in islice(read_records(path, shape), PREVIEW_ITEMS):
        if isinstance(item, Record):
            rows.append(item)
        elif isinstance(item, RejectedRecord) and len(rejected) < PREVIEW_REJECTED:
            rejected.append(item)
        if len(rows) >= PREVIEW_ROWS:
            break
    return tuple(rows), tuple(rejected)


def read_records(path: Path, shape: Shape, *, after_line: int = 0) -> Iterator[Item]:
    """Read a file in flat memory; with `after_line` only what starts behind that line, as after a crash."""
    return (item for item in _Reader(path, shape).items() if item.line > after_line)


class _Reader:
    """The state of one pass over a file."""

    def __init__(self, path: Path, shape: Shape) -> None:
        self.shape = shape
        self.width = len(shape.columns)
        self.source = LineSource(path, shape.encoding)
        self.bad = bad_character_pattern(shape.encoding)

    def items(self) -> Iterator[Item]:
        """Give every record and line behind the header, and the lines above it as skipped."""
        yield from self._skip_header()
        while True:
            try:
                yield from self._read_strictly()
            except (csv.Error, RecordTooLongError):
                self.source.keep_first_line_only()
                yield from self._take_apart()
            else:
                return

    def _skip_header(self) -> Iterator[SkippedLine]:
        for _line in islice(self.source, self.shape.header_line - 1):
            yield SkippedLine(self.source.last_line + 1)
            self.source.accept()
        next(csv.reader(self.source, delimiter=self.shape.dialect.delimiter), None)
        self.source.accept()

    def _read_strictly(self) -> Iterator[Item]:
        """Go on with the strict reader until the end, or until it or we find something wrong."""
        source, width = self.source, self.width
        for row in csv.reader(source, delimiter=self.shape.dialect.delimiter, strict=True):
            if len(row) == width and not source.may_hold_bad_characters:
                item: Item = Record(source.last_line + 1, tuple(row))
            elif not row or (len(row) == 1 and not row[0].strip() and width > 1):
                item = SkippedLine(source.last_line + 1)
            else:
                item = self._judge(row)
            source.accept()
            yield item

    def _judge(self, row: list[str]) -> Item:
        """Decide on a row that is ragged or may hold bad characters; csv.Error sends it to be taken apart."""
        fitted = self._fit(row)
        if fitted is None or (len(row) < self.width and len(self.source.taken) > 1):
            raise csv.Error
        return self._checked(fitted)

    def _fit(self, row: Sequence[str]) -> tuple[str, ...] | None:
        """Pad missing cells, drop empty extra ones; None where cells are shifted."""
        if any(row[self.width :]):
            return None
        missing = [""] * (self.width - len(row))
        return (*row[: self.width], *missing)

    def _checked(self, values: tuple[str, ...]) -> Item:
        """Give the record, or refuse it for a character that no text may hold."""
        if self.source.may_hold_bad_characters:
            for column, value in zip(self.shape.columns, values, strict=True):
                if match := self.bad.search(value):
                    return self._rejected(self._bad_reason(match.group()), column=column)
        return Record(self.source.last_line + 1, values)

    def _bad_reason(self, character: str) -> str:
        if character == "\x00":
            return _("Holds a NUL character.")
        return _("Holds bytes that are not %(encoding)s.") % {"encoding": self.shape.encoding}

    def _rejected(self, reason: str, *, column: str = "") -> RejectedRecord:
        raw = original_bytes("".join(self.source.taken), self.shape.encoding)[:REJECTED_RAW_BYTES_MAX]
        return RejectedRecord(self.source.last_line + 1, column, reason, raw)

    def _take_apart(self) -> Iterator[Item]:
        """Decide on one line by itself: another way of quoting, else a refusal with its reason."""
        if not self.source.taken:
            return
        line = self.source.taken[0]
        if self.source.taken_characters > 0 and len(line) > 0:
            item = self._single_line(line)
            self.source.accept()
            yield item

    def _single_line(self, line: str) -> Item:
        if len(line) >= RECORD_CHARACTERS_MAX:
            return self._rejected(_("The record is longer than %(limit)s characters.") % {"limit": RECORD_CHARACTERS_MAX})
        if not line.strip():
            return SkippedLine(self.source.last_line + 1)
        for values in self._other_readings(line):
            return self._checked(values)
        return self._rejected(self._why(line))

    def _other_readings(self, line: str) -> Iterator[tuple[str, ...]]:
        """Give the cells under other ways of quoting, where they are as many as the columns."""
        delimiter = self.shape.dialect.delimiter
        around_quotes = rf'(^|{re.escape(delimiter)}) +(?=")|(?<=") +(?={re.escape(delimiter)}|[\r\n]|$)'
        unspaced = re.sub(around_quotes, r"\1", line)
        for text, escape in ((line, None), (line, "\\"), (unspaced, None), (unspaced, "\\")):
            row = _strict_row(text, delimiter=delimiter, escape=escape)
            if row is not None and len(row) == self.width:
                yield tuple(row)
            elif row is not None and text is line and escape is None and (fitted := self._fit(row)):
                yield fitted
        cells = line.rstrip("\r\n").split(delimiter)
        if line.count('"') % 2 == 0 and len(cells) == self.width:
            yield tuple(cells)

    def _why(self, line: str) -> str:
        if line.count('"') % 2:
            return _("A quote is opened and not closed.")
        cells = next(csv.reader([line], delimiter=self.shape.dialect.delimiter), [])
        return _("Has %(cells)s cells where the header has %(columns)s; a shifted row is not to be trusted.") % {
            "cells": len(cells),
            "columns": self.width,
        }


def _strict_row(line: str, *, delimiter: str, escape: str | None) -> list[str] | None:
    """Give the cells of one line, quotes doubled or escaped, or None where it is not well formed."""
    try:
        return next(
            csv.reader(
                [line], delimiter=delimiter, strict=True, escapechar=escape, doublequote=escape is None
            )
        )
    except csv.Error:
        return None
