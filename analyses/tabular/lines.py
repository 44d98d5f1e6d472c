"""Physical lines of a file, one after the other, in flat memory whatever the file holds."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from analyses.tabular.encodings import bad_character_pattern, decoding_errors

BLOCK_CHARACTERS = 1 << 18
RECORD_CHARACTERS_MAX = 131_072
RECORD_LINES_MAX = 1000

_LINE_END = re.compile("\r\n|\r|\n")


class RecordTooLongError(Exception):
    """A record goes on for longer than any text may be."""


class LineSource:
    """Hands out lines with their ends, remembers those of the record at hand, and takes lines back.

    Lines end at LF, CR LF or CR and at nothing else (U+2028, NEL and VT are ordinary characters). A line longer than
    a record may be is handed out cut; the rest of it is skipped.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        self.last_line = 0  # the last line of the record before this one
        self.taken: list[str] = []
        self.taken_characters = 0
        self.may_hold_bad_characters = False
        self._bad = bad_character_pattern(encoding)
        self._pushed_back: deque[str] = deque()
        self._lines = self._read(path, encoding)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._pushed_back.popleft() if self._pushed_back else next(self._lines)
        self.taken.append(line)
        self.taken_characters += len(line)
        if self.taken_characters > RECORD_CHARACTERS_MAX or len(self.taken) > RECORD_LINES_MAX:
            raise RecordTooLongError
        return line

    def accept(self) -> None:
        """End the record: its lines are done with."""
        self.last_line += len(self.taken)
        self.taken.clear()
        self.taken_characters = 0

    def keep_first_line_only(self) -> None:
        """Take back all lines of the record but its first."""
        self._pushed_back.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]
        self.taken_characters = len(self.taken[0]) if self.taken else 0

    def _read(self, path: Path, encoding: str) -> Iterator[str]:
        with path.open(encoding=encoding, errors=decoding_errors(encoding), newline="") as file:
            rest = file.read(1).removeprefix("\ufeff")
            while block := file.read(BLOCK_CHARACTERS):
                self.may_hold_bad_characters |= self._bad.search(block) is not None
                text = rest + block
                lines = list(io.StringIO(text, newline=""))
                # The last line may go on in the next block, and a CR at its end may belong to a CR LF.
                rest = "" if text.endswith("\n") else lines.pop()
                yield from lines
                if len(rest) > RECORD_CHARACTERS_MAX:
                    yield rest
                    rest = _skip_to_line_end(file)
            if rest:
                self.may_hold_bad_characters |= self._bad.search(rest) is not None
                yield from io.StringIO(rest, newline="")


def _skip_to_line_end(file: io.TextIOBase) -> str:
    """Read on to the end of the line and give what follows it in the block."""
    while block := file.read(BLOCK_CHARACTERS):
        if match := _LINE_END.search(block):
            return block[match.end() :]
    return ""
