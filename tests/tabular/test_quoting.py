"""Ways in which people quote a line."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.tabular.quoting import DOUBLED, ESCAPED, first_record, is_well_formed, split_line

cells = st.lists(st.text(alphabet=st.sampled_from('ab ,;"\\\n\r'), max_size=8), min_size=2, max_size=4)


@given(cells)
def test_what_the_standard_library_writes_is_well_formed(row: list[str]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow(row)

    assert is_well_formed(buffer.getvalue(), ",")
    assert first_record(list(io.StringIO(buffer.getvalue() + "x,y\n", newline="")), ",") == (
        row,
        len(list(io.StringIO(buffer.getvalue(), newline=""))),
    )


@pytest.mark.parametrize("record", ['a"b,c', '"a"b,c', '"a,b', ' "a",b', '"a" ,b'])
def test_stray_quotes_are_not_well_formed(record: str) -> None:
    assert not is_well_formed(record, ",")


@given(st.lists(st.text(alphabet=st.sampled_from('ab,"\\ '), max_size=8), min_size=1, max_size=4))
def test_backslashes_before_quotes_are_undone(row: list[str]) -> None:
    quoted = ['"' + cell.replace("\\", "\\\\").replace('"', '\\"') + '"' for cell in row]

    assert split_line(",".join(quoted) + "\r\n", delimiter=",", style=ESCAPED) == row


@pytest.mark.parametrize("style", [DOUBLED, ESCAPED])
@pytest.mark.parametrize("line", ['1,"open\n', '1,"a"b,c\n', '1,"a" b\n', '"'])
def test_open_quotes_and_text_behind_them_are_refused(line: str, style: str) -> None:
    """C07."""
    assert split_line(line, delimiter=",", style=style) is None


def test_a_backslash_that_escapes_nothing_stays() -> None:
    assert split_line(r'"C:\new\"", x', delimiter=",", style=ESCAPED) == ['C:\\new"', " x"]
