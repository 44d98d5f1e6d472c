"""Physical lines in flat memory, whatever the file holds."""

import subprocess
import sys
from pathlib import Path

import pytest

from analyses.tabular.lines import LineSource

MEGABYTE = 1024 * 1024
BIG = 100 * MEGABYTE

# A process of its own: the peak of memory of this one says nothing about one file.
READ_AND_MEASURE = """
import resource, sys
import django
django.setup()
from pathlib import Path
from analyses.tabular import reading
path = Path(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
shape = reading.inspect_file(path).shape
items = sum(1 for _item in reading.read_records(path, shape))
print(items, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def grown_kilobytes(path: Path) -> tuple[int, int]:
    """Read a file in a process of its own; give the number of items and how far its memory grew."""
    done = subprocess.run(
        [sys.executable, "-c", READ_AND_MEASURE, str(path)], capture_output=True, text=True, check=True
    )
    items, grown = done.stdout.split()
    return int(items), int(grown)


@pytest.mark.parametrize("filling", [b"x", b'"', b"\xff"])
def test_one_endless_field_costs_no_memory(filling: bytes, tmp_path: Path) -> None:
    """C04: 100 MB in one line: at most 50 MB more, and the lines around it are read."""
    path = tmp_path / "big.csv"
    block = filling * MEGABYTE
    with path.open("wb") as file:
        file.write(b"id,text\n1,good\n")
        for _block in range(BIG // MEGABYTE):
            file.write(block)
        file.write(b"\n3,good\n")

    items, grown = grown_kilobytes(path)

    assert items == 3
    assert grown < 50 * 1024


def test_many_rows_under_an_open_quote_cost_no_memory(tmp_path: Path) -> None:
    """C07, C08: the quote is refused where it opened, every line behind it is a row."""
    path = tmp_path / "big.csv"
    path.write_bytes(b'id,text\n1,"open\n' + b"2,some words of a row\n" * 500_000)

    items, grown = grown_kilobytes(path)

    assert items == 500_001
    assert grown < 50 * 1024


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_lines_across_blocks_keep_their_ends(end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    lines = [b"%d" % number + b"x" * (number % 61) + end for number in range(40_000)]
    path.write_bytes(b"".join(lines))

    source = LineSource(path, "utf-8")
    read = []
    for line in source:
        source.accept()
        read.append(line.encode())

    assert read == lines


def test_peeking_takes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("a\nb\nc\n")
    source = LineSource(path, "utf-8")

    assert source.peek(2) == ["a\n", "b\n"]
    assert source.peek(9) == ["a\n", "b\n", "c\n"]
    assert [next(source), next(source)] == ["a\n", "b\n"]
    source.keep(1)
    assert list(source) == ["b\n", "c\n"]
