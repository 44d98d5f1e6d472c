"""Read a file as a table of texts; every physical record becomes a row, a refusal with a reason, or a skipped line.

The standard library's reader does the work as long as it is strict and the cells are as many as the header's. Where
they are not, the record is taken apart line by line, so that one damaged line never swallows its neighbours.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from django.utils.translation import gettext as _

from analyses.choices import EXPORT_COLUMNS, REJECTED_RAW_BYTES_MAX
from analyses.exceptions import UnreadableFileError
from analyses.tabular.dialects import Dialect, detect_dialect, first_rows, usual_count
from analyses.tabular.encodings import (
    bad_character_pattern,
    decoding_errors,
    detect_encoding,
    is_known_encoding,
    original_bytes,
)
from analyses.tabular.headers import ColumnGuess, guess_columns, unique_column_names
from analyses.tabular.lines import RECORD_CHARACTERS_MAX, RECORD_LINES_MAX, LineSource, RecordTooLongError

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
    _refuse_other_content(head)
    _refuse_impossible_choice(encoding, delimiter)
    encoding = encoding or detect_encoding(head)
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


def _refuse_other_content(head: bytes) -> None:
    if not head:
        raise UnreadableFileError(_("The file is empty."))
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise UnreadableFileError(_("This is not a CSV file but %(what)s.") % {"what": what})
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml")):
        raise UnreadableFileError(_("This is not a CSV file but a web page or XML."))


def _refuse_impossible_choice(encoding: str | None, delimiter: str | None) -> None:
    if encoding and not is_known_encoding(encoding):
        raise UnreadableFileError(_("“%(encoding)s” is not an encoding.") % {"encoding": encoding})
    if delimiter and (len(delimiter) != 1 or delimiter in '"\r\n\x00'):
        raise UnreadableFileError(_("The delimiter must be one character, no quote and no line end."))


def _find_header(
    path: Path, encoding: str, dialect: Dialect, text: str, header_line: int | None
) -> tuple[int, Sequence[str]]:
    """Give the header's line and cells: unless told, the first record with the usual number of cells, no mere title."""
    rows = first_rows(text, dialect.delimiter)
    usual, _share = usual_count([len(row) for row in rows])
    usually_filled, _share = usual_count([_filled(row) for row in rows])
    source = LineSource(path, encoding)
    try:
        for row in islice(csv.reader(source, delimiter=dialect.delimiter), HEADER_LINES_LOOKED_AT):
            line = source.last_line + 1
            source.accept()
            is_usual = len(row) == usual or _filled(row) >= usually_filled
            if header_line is None and is_usual and _filled(row) >= min(usual, 2):
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


def _filled(row: Sequence[str]) -> int:
    """Give the number of cells up to the last that is not empty."""
    return max((position for position, cell in enumerate(row, start=1) if cell.strip()), default=0)


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
        self.source = LineSource(path, shape.encoding)
        self.bad = bad_character_pattern(shape.encoding)
        # Lines behind a damaged record may be the rest of it: until one is whole, none is padded.
        self.behind_damage = False
        self.spaced_quote = f'{shape.dialect.delimiter} "'
        self.opening_as_closing = _opening_as_closing(shape.dialect.delimiter)

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
        next(csv.reader(self.source, delimiter=self.shape.dialect.delimiter), None)
        self.source.accept()

    def _strict_rows(self) -> Iterator[list[str]]:
        return csv.reader(self.source, delimiter=self.shape.dialect.delimiter, strict=True)

    def _read_plain_lines(self) -> Iterator[Record | SkippedLine]:
        """Take the lines at hand as long as each is a whole record: nearly all of a file, at speed."""
        width, done = self.width, 0
        while lines := self.source.waiting_lines():
            first, done = self.source.last_line + 1, 0
            rows = csv.reader(lines, delimiter=self.shape.dialect.delimiter, strict=True)
            is_spaced = self.spaced_quote in "".join(lines)
            try:
                for row in rows:
                    if is_spaced and self.spaced_quote in lines[done]:
                        break
                    if len(row) == width and rows.line_num == done + 1:
                        yield Record(first + done, tuple(row), lines[done])
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
        fitted = self._fit(row)
        if fitted is None or (lines > 1 and (len(row) < self.width or self._swallows_a_row())):
            raise csv.Error
        if (self.behind_damage or len(row) < self.width) and self._has_odd_quotes():
            raise csv.Error
        if self.behind_damage and len(row) < self.width:
            raise csv.Error
        self.behind_damage = False
        return self._checked(tuple(map(_without_spaced_quotes, fitted)))

    def _has_odd_quotes(self) -> bool:
        return sum(line.count('"') for line in self.source.taken) % 2 == 1

    def _swallows_a_row(self) -> bool:
        """Say whether a record of several lines is an unclosed quote that a later row's opening quote closed.

        That quote stands where a cell begins, and read from its line on there is a whole row. Texts that end with a
        line end look like it too: there the row behind must not be longer than the record.
        """
        if self.width == 1:
            return False
        lines = self.source.taken
        return any(
            self._reads_whole_from(position, len(lines) if line.startswith('"') else RECORD_LINES_MAX)
            for position, line in enumerate(lines)
            if position and self.opening_as_closing.match(line)
        )

    def _reads_whole_from(self, position: int, lines_max: int) -> bool:
        lines = self.source.taken
        rows = csv.reader(
            chain(lines[position:], self.source), delimiter=self.shape.dialect.delimiter, strict=True
        )
        try:
            row = next(rows, [])
        except (csv.Error, RecordTooLongError):
            return False
        finally:
            self.source.keep(len(lines))
        return len(row) == self.width and rows.line_num <= lines_max

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
        """Give the cells under other ways of quoting, where they are as many as the columns."""
        delimiter = self.shape.dialect.delimiter
        around_quotes = rf'(^|{re.escape(delimiter)}) +(?=")|(?<=") +(?={re.escape(delimiter)}|[\r\n]|$)'
        unspaced = re.sub(around_quotes, r"\1", line)
        for text, escape in ((line, None), (line, "\\"), (unspaced, None), (unspaced, "\\")):
            row = _strict_row(text, delimiter=delimiter, escape=escape)
            if row is not None and len(row) == self.width:
                yield tuple(row)
        cells = line.rstrip("\r\n").split(delimiter)
        if line.count('"') % 2 == 0 and len(cells) == self.width:
            yield tuple(cells)

    def _refused_line(self, line: str) -> RejectedRecord:
        cells = next(csv.reader([line], delimiter=self.shape.dialect.delimiter), [])
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


_SPACED_QUOTES = re.compile(r' +"((?:[^"]|"")*)" *', re.DOTALL)


def _without_spaced_quotes(cell: str) -> str:
    """Take the quotes off a cell that has spaces around them: for the strict reader they are part of the text."""
    if cell.startswith(" ") and (match := _SPACED_QUOTES.fullmatch(cell)):
        return match[1].replace('""', '"')
    return cell


def raw_bytes(text: str, encoding: str) -> bytes:
    """Give the bytes of a record as they came, up to 64 KiB."""
    return original_bytes(text[:REJECTED_RAW_BYTES_MAX], encoding)[:REJECTED_RAW_BYTES_MAX]


def _opening_as_closing(delimiter: str) -> re.Pattern[str]:
    """Give the pattern of a line that begins inside quotes and whose closing quote stands where a cell begins."""
    return re.compile(rf'(?:(?:[^"]|"")*{re.escape(delimiter)} *)?"(?!")')


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
