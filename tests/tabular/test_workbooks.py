"""XLSX: what a spreadsheet finds in the cells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.exceptions import UnwritableError
from analyses.tabular import workbooks
from analyses.tabular.workbooks import write_workbook
from tests.tabular.workbooks import rows_of


def sheet(*rows: list[object]) -> list[list[str | float | None]]:
    return rows_of(b"".join(write_workbook(["one"], rows)))


def test_values_keep_their_kind() -> None:
    moment = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)

    found = sheet(["text", 7, -0.000025, None, "", True, {"a": [1]}, moment, 2**60])

    assert found == [
        ["one"],
        [
            "text",
            7.0,
            -0.000025,
            None,
            None,
            "true",
            '{"a": [1]}',
            "2026-05-01T12:30:00+00:00",
            "1152921504606846976",
        ],
    ]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_every_text_comes_back(text: str) -> None:
    assert sheet([text])[1] == [text]


@pytest.mark.parametrize("text", ["=1+1", "'=1", "@x", "-5", "_x0041_", "a\r\nb\t", "\x00=1", "<&>", " x "])
def test_no_text_becomes_something_else(text: str) -> None:
    assert sheet([text])[1] == [text]


def test_a_text_that_no_cell_holds_is_refused() -> None:
    limit = workbooks.CELL_UNITS_MAX

    assert sheet(["a" * limit])[1] == ["a" * limit]
    for text in ("a" * (limit + 1), "🍣" * (limit // 2 + 1)):
        with pytest.raises(UnwritableError, match="more than 32,767 characters"):
            sheet([text])


def test_blocks_come_as_the_rows_do() -> None:
    taken = 0

    def rows() -> Iterator[list[str]]:
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield ["many words, again and again " * 100]

    blocks = write_workbook(["text"], rows())
    next(blocks)

    assert taken == 0
    assert sum(map(len, blocks)) > 1000
    assert taken == 1000
