"""Read a file as a table of texts; every physical record becomes a row, a refusal with a reason, or a skipped line.

The standard library's reader does the work as long as it is strict and the cells are as many as the header's. Where
they are not, the record is taken apart line by line, so that one damaged line never swallows its neighbours.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile, islice
from pathlib import Path
from typing import BinaryIO, TypeGuard

from django.utils.translation import gettext as _

from analyses.choices import EXPORT_COLUMNS, REJECTED_RAW_BYTES_MAX
from analyses.exceptions import UnreadableFileError
from analyses.tabular.dialects import Dialect, detect_dialect, field_counts, usual_count
from analyses.tabular.encodings import (
    bad_character_pattern,
    decoding_errors,
    detect_encoding,
    is_known_encoding,
    original_bytes,
)
from analyses.tabular.headers import ColumnGuess, guess_columns, unique_column_names
from analyses.tabular.lines import RECORD_CHARACTERS_MAX, LineSource, RecordTooLongError
from analyses.tabular.quoting import STYLES, first_record, is_well_formed, split_line

HEAD_BYTES = 256 * 1024
PREVIEW_ROWS = 20
PREVIEW_REJECTED = 20
PREVIEW_ITEMS = 500
COLUMNS_MAX = 1000
HEADER_LINES_LOOKED_AT = 50
LINES_AHEAD = 50
TELLING_BYTES_MAX = 64 * 1024 * 1024
NOT_TEXT_SHARE_MAX = 0.02

# Control characters of no use in a text; NUL is left out: UTF-16 is full of it, elsewhere its records are refused.
_NEVER_IN_TEXT = bytes(set(range(1, 32)) - set(b"\t\n\v\f\r\x1b\x1c\x1d\x1e\x1f"))

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


@dataclass(slots=True)  # not frozen: that costs a third of the reading time
class Record:
    """A good record: the line where it starts, one cell for each column, and its lines as they stand in the file."""

    line: int
    values: tuple[str, ...]
    source_text: str = field(default="", compare=False, repr=False)


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
        telling = _telling_bytes(file, head)
    _refuse_other_content(head)
    _refuse_impossible_choice(encoding, delimiter)
    encoding = encoding or detect_encoding(telling)
    text = head.decode(encoding, decoding_errors(encoding)).removeprefix("\ufeff")
    if not text.strip():
        raise UnreadableFileError(_("The file is empty."))
    if len(head) == HEAD_BYTES:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    dialect = Dialect(delimiter) if delimiter else detect_dialect(text)
    number, names = _find_header(path, encoding, dialect, text, header_line)
    if bad_character_pattern(encoding).search("".join(names)):
        raise UnreadableFileError(
            _("The header holds characters of no text: choose another encoding, or save the file as CSV.")
        )
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


def _telling_bytes(file: BinaryIO, head: bytes) -> bytes:
    """Give the first block that is more than ASCII: only there do encodings differ."""
    block = head
    while block.isascii() and file.tell() < TELLING_BYTES_MAX and (following := file.read(HEAD_BYTES)):
        block = following
    return head if block.isascii() else block


def _refuse_other_content(head: bytes) -> None:
    if not head:
        raise UnreadableFileError(_("The file is empty."))
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise UnreadableFileError(_("This is not a CSV file but %(what)s.") % {"what": what})
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml")):
        raise UnreadableFileError(_("This is not a CSV file but a web page or XML."))
    if len(head.translate(None, _NEVER_IN_TEXT)) < len(head) * (1 - NOT_TEXT_SHARE_MAX):
        raise UnreadableFileError(_("This is not a CSV file: its bytes are not text."))


def _refuse_impossible_choice(encoding: str | None, delimiter: str | None) -> None:
    if encoding and not is_known_encoding(encoding):
        raise UnreadableFileError(_("“%(encoding)s” is not an encoding.") % {"encoding": encoding})
    if delimiter and (len(delimiter) != 1 or delimiter in '"\r\n\x00'):
        raise UnreadableFileError(_("The delimiter must be one character, no quote and no line end."))


def _find_header(
    path: Path, encoding: str, dialect: Dialect, text: str, header_line: int | None
) -> tuple[int, Sequence[str]]:
    """Give the header's line and cells: the first record as wide as the table, unless told."""
    source = LineSource(path, encoding)
    if header_line is not None:
        return header_line, _told_header(source, dialect, header_line)
    usual, _share = usual_count(field_counts(text, dialect.delimiter))
    for _record in range(HEADER_LINES_LOOKED_AT):
        row = _next_row(source, dialect.delimiter)
        if row is None:
            break
        filled = sum(bool(cell.strip()) for cell in row)
        if len(row) * 2 > usual and filled * 2 >= len(row) and filled:
            return source.last_line + 1, row
        source.accept()
    raise UnreadableFileError(_("No header was found; say in which line it stands."))


def _told_header(source: LineSource, dialect: Dialect, header_line: int) -> Sequence[str]:
    for _line in islice(source, max(0, header_line - 1)):
        source.accept()
    row = None if header_line < 1 else _next_row(source, dialect.delimiter)
    if not row or not any(cell.strip() for cell in row):
        raise UnreadableFileError(_("Line %(line)s holds no header.") % {"line": header_line})
    return row


def _next_row(source: LineSource, delimiter: str) -> list[str] | None:
    """Take the record that comes next; where it is not well formed, its first line alone. None at the end."""
    try:
        return next(csv.reader(source, delimiter=delimiter, strict=True), None)
    except (RecordTooLongError, csv.Error):
        source.keep(1)
    if len(source.taken[0]) >= RECORD_CHARACTERS_MAX:
        raise UnreadableFileError(_("The header is too long, or the file is not a table."))
    return next(csv.reader(source.taken, delimiter=delimiter), None)


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
    items = _Reader(path, shape).items()
    return (item for item in items if item.line > after_line) if after_line else items


class _Reader:
    """The state of one pass over a file."""

    def __init__(self, path: Path, shape: Shape) -> None:
        self.shape = shape
        self.width = len(shape.columns)
        self.delimiter = shape.dialect.delimiter
        self.source = LineSource(path, shape.encoding)
        self.bad = bad_character_pattern(shape.encoding)
        # Lines behind a damaged record may be the rest of it: until one is whole, none is padded.
        self.behind_damage = False

    def items(self) -> Iterator[Item]:
        """Give every record and line behind the header, and the lines above it as skipped."""
        yield from self._skip_header()
        while True:
            if not self.behind_damage:
                yield from self._read_plain_lines()
            try:
                item = self._judge(next(self._strict_rows()))
            except StopIteration:
                return
            except (csv.Error, RecordTooLongError):
                self.source.keep(1)
                item = self._single_line(self.source.taken[0])
            self.source.accept()
            yield item

    def _skip_header(self) -> Iterator[SkippedLine]:
        for _line in islice(self.source, self.shape.header_line - 1):
            yield SkippedLine(self.source.last_line + 1)
            self.source.accept()
        _next_row(self.source, self.delimiter)
        self.source.accept()

    def _strict_rows(self) -> Iterator[list[str]]:
        return csv.reader(self.source, delimiter=self.delimiter, strict=True)

    def _read_plain_lines(self) -> Iterator[Record | SkippedLine]:
        """Take the lines at hand as long as each is a whole record: nearly all of a file, at nearly full speed."""
        width, done = self.width, 0
        while lines := self.source.waiting_lines():
            first, done = self.source.last_line + 1, 0
            rows = csv.reader(lines, delimiter=self.delimiter, strict=True)
            try:
                for row in rows:
                    line = lines[done]
                    if (
                        len(row) == width
                        and rows.line_num == done + 1
                        and ('"' not in line or is_well_formed(line, self.delimiter))
                    ):
                        yield Record(first + done, tuple(row), line)
                    elif not row:
                        yield SkippedLine(first + done)
                    else:
                        break
                    done += 1
            except csv.Error:
                pass
            self.source.accept(done)
            if done < len(lines):
                return

    def _judge(self, row: list[str]) -> Item:
        """Decide on a row that the strict reader gave; csv.Error sends its first line to be judged alone."""
        lines = self.source.taken_count
        if lines == 1 and (not row or (len(row) == 1 and not row[0].strip() and self.width > 1)):
            return SkippedLine(self.source.last_line + 1)
        if not is_well_formed("".join(self.source.taken), self.delimiter):
            raise csv.Error
        if lines > 1 and (len(row) != self.width or self._swallows_its_neighbours()):
            raise csv.Error
        fitted = self._fit(row)
        if fitted is None or (self.behind_damage and len(row) < self.width):
            raise csv.Error
        self.behind_damage = False
        return self._checked(fitted)

    def _swallows_its_neighbours(self) -> bool:
        """Tell a record of several lines from a stray quote that reaches into the next quoted record.

        Only where the record behind it is broken too: a file without damage is never doubted. Then the quote that
        opened it is the damage, if a line inside it begins a good record that goes on beyond its end.
        """
        if self._is_plain(self.source.peek(1)):
            return False
        inside, ahead = self.source.taken, self.source.peek(LINES_AHEAD)
        following = list(dropwhile(lambda line: not line.strip(), ahead))
        if not following or self._is_full(first_record(following, self.delimiter)):
            return False
        for start in range(1, len(inside)):
            record = first_record([*inside[start:], *ahead], self.delimiter)
            if self._is_full(record) and record[1] > len(inside) - start and not _spans_lines(record[0][0]):
                return True
        return False

    def _is_plain(self, lines: Sequence[str]) -> bool:
        """Tell the ordinary case without parsing: nothing follows, or one full line without quotes."""
        return not lines or ('"' not in lines[0] and lines[0].count(self.delimiter) == self.width - 1)

    def _is_full(self, record: tuple[list[str], int] | None) -> TypeGuard[tuple[list[str], int]]:
        return record is not None and len(record[0]) == self.width

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
        return Record(self.source.last_line + 1, values, "".join(self.source.taken))

    def _bad_reason(self, character: str) -> str:
        if character == "\x00":
            return _("Holds a NUL character.")
        return _("Holds bytes that are not %(encoding)s.") % {"encoding": self.shape.encoding}

    def _rejected(self, reason: str, *, column: str = "") -> RejectedRecord:
        return RejectedRecord(
            self.source.last_line + 1,
            column,
            reason,
            raw_bytes("".join(self.source.taken), self.shape.encoding),
        )

    def _single_line(self, line: str) -> Item:
        """Decide on one line by itself: another way of quoting, else a refusal with its reason."""
        if len(line) >= RECORD_CHARACTERS_MAX:
            return self._rejected(
                _("The record is longer than %(limit)s characters.") % {"limit": RECORD_CHARACTERS_MAX}
            )
        if not line.strip():
            return SkippedLine(self.source.last_line + 1)
        if self.behind_damage and line.count('"') % 2:
            return self._rejected(_("Follows a damaged record and seems to be the rest of it."))
        for values in self._other_readings(line):
            self.behind_damage = False
            return self._checked(values)
        return self._refused_line(line)

    def _other_readings(self, line: str) -> Iterator[tuple[str, ...]]:
        """Give the cells under other ways of quoting, the cleanest first, where they are as many as the columns."""
        readings = [split_line(line, delimiter=self.delimiter, style=style) for style in STYLES]
        full = [cells for cells in readings if cells is not None and len(cells) == self.width]
        yield from map(tuple, sorted(full, key=lambda cells: sum(cell.count('"') for cell in cells)))
        if line.count('"') % 2:
            return
        if not self.behind_damage and readings[0] is not None and (fitted := self._fit(readings[0])):
            yield fitted
        cells = line.rstrip("\r\n").split(self.delimiter)
        if len(cells) == self.width:
            yield tuple(cells)

    def _refused_line(self, line: str) -> RejectedRecord:
        cells = next(csv.reader([line], delimiter=self.delimiter), [])
        is_open = line.count('"') % 2 == 1
        was_behind, self.behind_damage = self.behind_damage, is_open or len(cells) < self.width
        if is_open:
            return self._rejected(_("A quote is opened and not closed."))
        if was_behind and len(cells) < self.width:
            return self._rejected(_("Follows a damaged record and seems to be the rest of it."))
        counts = {"cells": len(cells), "columns": self.width}
        return self._rejected(
            _("Has %(cells)s cells where the header has %(columns)s; a shifted row is not to be trusted.")
            % counts
        )


def raw_bytes(text: str, encoding: str) -> bytes:
    """Give the bytes of a record as they came, up to 64 KiB."""
    return original_bytes(text[:REJECTED_RAW_BYTES_MAX], encoding)[:REJECTED_RAW_BYTES_MAX]


def _spans_lines(cell: str) -> bool:
    return "\n" in cell or "\r" in cell
