"""Physical lines of a file, one after the other, in flat memory whatever the file holds."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

from analyses.tabular.encodings import bad_character_pattern, decoding_errors

BLOCK_CHARACTERS = 1 << 18
RECORD_CHARACTERS_MAX = 131_072
# A text may be 10,000 line breaks; an unclosed quote must not be followed for ever.
RECORD_LINES_MAX = 10_100

# Slices of this size keep a file of alternately good and bad lines from being copied again and again.
LINES_AT_HAND_MAX = 1000

_LINE_END = re.compile("\r\n|\r|\n")


class RecordTooLongError(Exception):
    """A record goes on for longer than any text may be."""


class LineSource:
    """Hands out lines with their ends, keeps those of the record at hand, and takes lines back.

    Lines end at LF, CR LF or CR and at nothing else (U+2028, NEL and VT are ordinary characters). A line longer than
    a record may be is handed out cut; the rest of it is skipped.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        self.last_line = 0  # the last line of the record before this one
        self.may_hold_bad_characters = False  # the lines at hand
        self._bad = bad_character_pattern(encoding)
        self._lines: list[str] = []
        self._start = 0  # the record's first line in `_lines`
        self._next = 0
        self._characters = 0
        self._holds_long_line = False
        self._blocks = self._read(path, encoding)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._next == len(self._lines) and not self._refill():
            raise StopIteration
        line = self._lines[self._next]
        self._next += 1
        self._characters += len(line)
        if self._characters > RECORD_CHARACTERS_MAX or self._next - self._start > RECORD_LINES_MAX:
            raise RecordTooLongError
        return line

    @property
    def taken(self) -> list[str]:
        """Give the lines of the record at hand."""
        return self._lines[self._start : self._next]

    @property
    def taken_count(self) -> int:
        """Give the number of lines of the record at hand."""
        return self._next - self._start

    def accept(self, lines: int | None = None) -> None:
        """End the record, or take that many waiting lines for done: they are done with."""
        end = self._next if lines is None else self._start + lines
        self.last_line += end - self._start
        self._start = self._next = end
        self._characters = 0

    def keep(self, lines: int) -> None:
        """Take back all lines of the record but so many of the first."""
        self._next = min(self._next, self._start + lines)
        self._characters = sum(map(len, self.taken))

    def waiting_lines(self) -> list[str]:
        """Give the lines at hand that no record has yet; none where one of them needs a closer look, or at the end."""
        if self._start == len(self._lines):
            self._refill()
        if self.may_hold_bad_characters or self._holds_long_line:
            return []
        return self._lines[self._start : self._start + LINES_AT_HAND_MAX]

    def peek(self, count: int) -> list[str]:
        """Give up to `count` lines that come next, without taking them."""
        while len(self._lines) - self._next < count and self._refill():
            pass
        return self._lines[self._next : self._next + count]

    def _refill(self) -> bool:
        """Put the next block's lines behind those of the record at hand; False at the end of the file."""
        block = next(self._blocks, None)
        if block is None:
            return False
        lines, bad = block
        long = max(map(len, lines)) > RECORD_CHARACTERS_MAX
        kept = self._lines[self._start :]
        self.may_hold_bad_characters = bad or (bool(kept) and self.may_hold_bad_characters)
        self._holds_long_line = long or (bool(kept) and self._holds_long_line)
        self._lines = kept + lines if kept else lines
        self._next -= self._start
        self._start = 0
        return True

    def _read(self, path: Path, encoding: str) -> Iterator[tuple[list[str], bool]]:
        """Give lists of whole lines, never an empty one, and whether they may hold bad characters."""
        with path.open(encoding=encoding, errors=decoding_errors(encoding), newline="") as file:
            rest = file.read(1).removeprefix("\ufeff")
            while block := file.read(BLOCK_CHARACTERS):
                text = rest + block
                bad = self._bad.search(text) is not None
                lines = list(io.StringIO(text, newline=""))
                # The last line may go on in the next block, and a CR at its end may belong to a CR LF.
                rest = "" if text.endswith("\n") else lines.pop()
                if len(rest) > RECORD_CHARACTERS_MAX:
                    lines.append(rest)
                    rest = _skip_to_line_end(file, rest[-1])
                if lines:
                    yield lines, bad
            if rest:
                yield list(io.StringIO(rest, newline="")), self._bad.search(rest) is not None


def _skip_to_line_end(file: io.TextIOBase, block: str) -> str:
    """Read on to the end of the line and give what follows it in the block."""
    while block:
        if match := _LINE_END.search(block):
            rest = block[match.end() :] or file.read(1)
            return rest.removeprefix("\n") if match.group() == "\r" else rest
        block = file.read(BLOCK_CHARACTERS)
    return ""
