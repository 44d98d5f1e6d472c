"""Which test proves which line of the list: `python -m tests.conformance.report` writes docs/conformance.md.

A test proves the lines whose numbers its name holds: `test_line_092_069_...` proves 92 and 69.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).resolve().parents[1]
PROJECT = TESTS.parent
LINES = Path(__file__).with_name("lines.tsv")
PAGE = PROJECT / "docs" / "conformance.md"
_TEST = re.compile(r"^(?:async )?def (test_line_((?:\d{3}_)+)\w+)\(", re.M)

HEAD = """# Conformance

What the documented system promised, line by line, where it is in the product, and the tests that prove it. Written by
`python -m tests.conformance.report`; do not edit. {proven} of {all} lines have tests that carry their number.

| line | promise | place | tests |
| ---: | --- | --- | --- |
"""


class Line(NamedTuple):
    """A promise and the place that keeps it."""

    number: int
    promise: str
    place: str


def lines() -> list[Line]:
    """Read the list."""
    rows = (row.split("\t") for row in LINES.read_text(encoding="utf-8").splitlines())
    return [Line(int(number), promise, place) for number, promise, place in rows]


def tests_by_line() -> dict[int, list[str]]:
    """Find the tests whose names hold numbers of lines, as `file::test`, in order."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for name, numbers in _TEST.findall(path.read_text(encoding="utf-8")):
            for number in numbers.strip("_").split("_"):
                found[int(number)].append(f"{path.relative_to(TESTS)}::{name}")
    return dict(found)


def page() -> str:
    """Write the page."""
    found = tests_by_line()
    rows = [
        f"| {line.number} | {line.promise} | [{line.place}](../{line.place}) | {_shown(found.get(line.number, []))} |"
        for line in lines()
    ]
    proven = sum(line.number in found for line in lines())
    return HEAD.format(proven=proven, all=len(lines())) + "\n".join(rows) + "\n"


def _shown(names: list[str]) -> str:
    """Show two tests, and how many more there are."""
    if not names:
        return "none yet"
    shown = ", ".join(f"`{name.rpartition('::')[2]}`" for name in names[:2])
    return shown if len(names) <= len(names[:2]) else f"{shown} and {len(names) - 2} more"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
