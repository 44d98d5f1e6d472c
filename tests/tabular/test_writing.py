"""CSV out: safe in a spreadsheet, and the same values when it comes back."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.choices import EXPORT_COLUMNS
from analyses.tabular.dialects import Dialect
from analyses.tabular.reading import Record, Shape
from analyses.tabular.writing import (
    guard_cell,
    unguard_cell,
    unguard_record,
    write_rows,
    write_rows_with_bom,
)
from tests.tabular.files import items_of_bytes, outcome_of_bytes

RISKY = "=+-@\t\r\n\x00＝＋－＠"
apostrophes_and_risks = st.text(alphabet=st.sampled_from("'" + RISKY + "a1 "), max_size=6)
any_text = st.one_of(apostrophes_and_risks, st.text())
any_written_text = any_text.filter(lambda text: "\x00" not in text).map(
    lambda text: text.encode("utf-8", "replace").decode()
)


@given(any_text)
def test_the_guard_is_taken_off_exactly(text: str) -> None:
    """T07."""
    assert unguard_cell(guard_cell(text)) == text


@given(any_text)
def test_no_guarded_text_begins_with_a_formula(text: str) -> None:
    """T07: also NUL and =, which LibreOffice calculates."""
    assert guard_cell(text)[:1] not in set(RISKY)


@pytest.mark.parametrize("first", RISKY)
def test_every_risky_first_character_gets_one_apostrophe(first: str) -> None:
    """T07."""
    assert guard_cell(f"{first}1+1") == f"'{first}1+1"
    assert guard_cell(f"''{first}1") == f"'''{first}1"


@pytest.mark.parametrize("text", ["fine", "", "'quoted'", "a=1", " =1", "1-2"])
def test_other_texts_are_left_alone(text: str) -> None:
    assert guard_cell(text) == text
    assert unguard_cell(text) == text


@given(st.lists(st.tuples(any_written_text, any_written_text), max_size=8))
def test_what_is_written_comes_back_unchanged(rows: list[tuple[str, ...]]) -> None:
    """T07, C16: through the guard, the quotes and the reader."""
    shape = Shape("utf-8", Dialect(","), 1, ("a", "b"))
    items = items_of_bytes(b"".join(write_rows(("a", "b"), rows)), shape)

    assert [unguard_record(item.values) for item in items if isinstance(item, Record)] == rows
    assert len(items) == len(rows)


@given(st.lists(any_written_text, max_size=8))
def test_a_single_column_comes_back_unchanged(texts: list[str]) -> None:
    """An empty cell alone on its line is not a blank line."""
    items = items_of_bytes(
        b"".join(write_rows(("a",), [(text,) for text in texts])), Shape("utf-8", Dialect(","), 1, ("a",))
    )

    assert [unguard_record(item.values) for item in items if isinstance(item, Record)] == [
        (text,) for text in texts
    ]


def test_values_are_written_for_machines() -> None:
    """T07: numbers stay numbers, times carry their zone, JSON is JSON."""
    moment = datetime(2015, 2, 24, 11, 35, tzinfo=timezone(timedelta(hours=-8)))
    row = (-0.5, -5e-4, 570306133677760513, None, moment, True, {"joy": 0.5}, ["ä"], "-0.5")
    [line] = csv.reader(io.StringIO(b"".join(write_rows(["=h"], [row])).decode().partition("\r\n")[2]))

    assert line == [
        "-0.5",
        "-0.0005",
        "570306133677760513",
        "",
        "2015-02-24T19:35:00+00:00",
        "true",
        '{"joy": 0.5}',
        '["ä"]',
        "'-0.5",
    ]


def test_headers_are_guarded_too() -> None:
    assert b"".join(write_rows(["=a", "b"], [])) == b"'=a,b\r\n"


def test_writing_is_in_blocks_while_rows_come() -> None:
    """Memory does not grow with the rows: a block is given before all rows were asked for."""
    asked: list[int] = []

    def rows() -> Iterator[tuple[int, str]]:
        for number in range(100_000):
            asked.append(number)
            yield number, "some words"

    blocks = write_rows(("a", "b"), rows())
    first = next(blocks)

    assert 60_000 < len(first) < 80_000
    assert len(asked) < 10_000


def test_the_variant_for_spreadsheets_begins_with_a_bom() -> None:
    """T08."""
    content = b"".join(write_rows_with_bom(("text",), [("ä",)]))

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig") == "text\r\nä\r\n"


def test_our_own_export_is_known_by_its_header() -> None:
    header = (*EXPORT_COLUMNS, "airline")
    outcome = outcome_of_bytes(b"".join(write_rows(header, [["x"] * len(header)])))

    assert outcome.preview.is_our_export
    assert not outcome_of_bytes(b"id,text\n1,a\n").preview.is_our_export
