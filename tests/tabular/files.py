"""Files written for a test, and what the reader makes of them."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from analyses.tabular import reading
from analyses.tabular.reading import Item, Preview, Record, RejectedRecord, Shape, SkippedLine


@dataclass(frozen=True)
class Outcome:
    """What a file gave: how it was read and every item in the file's order."""

    preview: Preview
    items: tuple[Item, ...]

    @property
    def records(self) -> list[Record]:
        return [item for item in self.items if isinstance(item, Record)]

    @property
    def values(self) -> list[tuple[str, ...]]:
        return [record.values for record in self.records]

    @property
    def rejected(self) -> list[RejectedRecord]:
        return [item for item in self.items if isinstance(item, RejectedRecord)]

    @property
    def skipped(self) -> list[int]:
        return [item.line for item in self.items if isinstance(item, SkippedLine)]


def outcome_of(path: Path) -> Outcome:
    """Inspect a file and read all of it."""
    preview = reading.inspect_file(path)
    return Outcome(preview, tuple(reading.read_records(path, preview.shape)))


def outcome_of_bytes(content: bytes) -> Outcome:
    """Inspect and read a file of these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "texts.csv")
        path.write_bytes(content)
        return outcome_of(path)


def items_of_bytes(content: bytes, shape: Shape, *, after_line: int = 0) -> list[Item]:
    """Read a file of these bytes in a given shape."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "texts.csv")
        path.write_bytes(content)
        return list(reading.read_records(path, shape, after_line=after_line))
