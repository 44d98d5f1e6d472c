"""What separates the cells of a file."""

import pytest

from analyses.tabular.dialects import DELIMITERS, detect_dialect, field_counts


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_a_delimiter_is_found_among_texts_full_of_commas(delimiter: str) -> None:
    """C11."""
    rows = [("id", "text", "day"), ("1", '"a, b; c"', "x"), ("2", '"d, e, f"', "y"), ("3", '"g | h"', "z")]

    assert detect_dialect("\n".join(map(delimiter.join, rows))).delimiter == delimiter


def test_decimal_commas_do_not_hide_semicolons() -> None:
    assert detect_dialect("id;value;share\n1;1,5;2,5\n2;2,5;3,5\n").delimiter == ";"


def test_one_column_of_prose_is_a_comma_file() -> None:
    assert detect_dialect("text\nhello, world\nfine\nso, it, goes\n").delimiter == ","


def test_a_stray_quote_does_not_hide_the_records_behind_it() -> None:
    """C07."""
    text = 'id;text\n1;"open, for ever\n' + "".join(f"{number};a, b\n" for number in range(50))

    assert detect_dialect(text).delimiter == ";"
    assert field_counts(text, ";") == [2] * 52


def test_line_breaks_in_quotes_do_not_count() -> None:
    assert field_counts('a,b\n1,"x\ny,z\n"\n\n2,y\n', ",") == [2, 2, 2]
