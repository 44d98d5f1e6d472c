"""Names that differ, and which columns hold what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.tabular.headers import ColumnGuess, guess_columns, unique_column_names
from tests.tabular.files import outcome_of_bytes


@given(st.lists(st.sampled_from(["text", " text ", "text (2)", "", "column 2", "Text"]), max_size=8))
def test_names_are_never_equal_or_empty(names: list[str]) -> None:
    """C06."""
    unique = unique_column_names(names)

    assert len(set(unique)) == len(names)
    assert all(name and name == name.strip() for name in unique)


def test_equal_names_are_numbered_and_case_is_kept() -> None:
    """C06."""
    assert unique_column_names(["text", "Text", " text", "", "text"]) == (
        "text",
        "Text",
        "text (2)",
        "column 4",
        "text (3)",
    )


def test_known_names_are_guessed() -> None:
    guess = guess_columns(("tweet_id", "text", "tweet_created"), [("1", "a text", "2015-02-24 11:35")])

    assert guess == ColumnGuess("text", "tweet_id", "tweet_created")


def test_two_candidates_are_none() -> None:
    """C06: a person chooses."""
    guess = guess_columns(("id", "uuid", "Text", "comment"), [("1", "2", "a", "b")])

    assert guess == ColumnGuess(None, None, None)


def test_prose_is_known_by_its_length_where_names_say_nothing() -> None:
    rows = [("1", "north", "A long answer to an open question, in several words.")] * 5

    assert guess_columns(("nr", "region", "q7"), rows).text == "q7"


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("", 1),
        ("Report of the year\n\n", 3),
        ("Report,2015\n", 2),
        ("Report,,,\n", 2),
        ('# the "weekly export; unclosed\n', 2),
    ],
)
def test_the_header_is_found_below_a_title(above: str, line: int) -> None:
    outcome = outcome_of_bytes(f"{above}id,airline,text,day\n1,X,good,\n2,Y,bad,\n".encode())

    assert outcome.preview.shape.header_line == line
    assert outcome.preview.shape.columns == ("id", "airline", "text", "day")
    assert len(outcome.records) == 2


def test_a_header_narrower_than_its_padded_rows_is_found() -> None:
    outcome = outcome_of_bytes(b"id,airline,text\n1,X,good,\n2,Y,bad,\n")

    assert outcome.preview.shape.columns == ("id", "airline", "text")
    assert outcome.values == [("1", "X", "good"), ("2", "Y", "bad")]
