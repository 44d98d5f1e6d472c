"""Real texts in damaged files: each gives the outcome that its README states."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analyses.exceptions import UnreadableFileError
from analyses.tabular import reading
from analyses.texts import text_problem
from tests.conftest import DATA_DIR
from tests.tabular.files import Outcome, outcome_of

MESSY = DATA_DIR / "messy"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not MESSY.is_dir(), reason=f"no data sets in {DATA_DIR} (NLPADMIN_DATA)"),
]


def texts_of(outcome: Outcome, column: str) -> list[str]:
    position = outcome.preview.shape.columns.index(column)
    return [values[position] for values in outcome.values if not text_problem(values[position])]


@pytest.fixture(scope="module")
def read() -> Callable[[str], Outcome]:
    outcomes: dict[str, Outcome] = {}

    def outcome(start: str) -> Outcome:
        [path] = MESSY.glob(f"{start}*.csv")
        if start not in outcomes:
            outcomes[start] = outcome_of(path)
        return outcomes[start]

    return outcome


Read = Callable[[str], Outcome]


@pytest.mark.parametrize(
    ("start", "encoding", "column", "texts"),
    [
        ("01", "utf-8-sig", "text", 1500),
        ("03", "cp1252", "comment", 1529),
        ("05", "utf-8", "text", 900),
        ("06", "utf-8", "text", 773),
        ("08", "utf-8", "text", 1039),
        ("12", "utf-8", "text", 342),
        ("13", "utf-8", "text", 291),
        ("14", "utf-8", "Review Text", 200),
        ("17", "utf-8", "text", 0),
    ],
)
def test_the_stated_number_of_texts_is_kept(
    read: Read, start: str, encoding: str, column: str, texts: int
) -> None:
    outcome = read(start)

    assert outcome.preview.shape.encoding == encoding
    assert outcome.preview.shape.dialect.delimiter == ","
    assert len(texts_of(outcome, column)) == texts


def test_01_the_first_header_cell_is_clean_and_ids_keep_all_digits(read: Read) -> None:
    outcome = read("01")

    assert outcome.preview.shape.columns[0] == "tweet_id"
    assert all(len(values[0]) == 18 and values[0].isdigit() for values in outcome.values)
    assert sum("\n" in text for text in texts_of(outcome, "text")) == 135


def test_03_holds_no_control_characters_from_latin_1(read: Read) -> None:
    joined = "".join(texts_of(read("03"), "comment"))

    assert "–" in joined
    assert not any("\x80" <= character <= "\x9f" for character in joined)


def test_05_finds_its_header_and_refuses_shifted_rows_by_line(read: Read) -> None:
    outcome = read("05")

    assert outcome.preview.shape.header_line == 3
    assert len(outcome.rejected) == 50
    assert all("6 cells where the header has 4" in item.reason for item in outcome.rejected)
    assert len(outcome.values) - len(texts_of(outcome, "text")) == 51  # 50 without a text and the total
    assert outcome.values[-1][0] == "Total"


def test_06_reads_every_row_in_four_styles(read: Read) -> None:
    outcome = read("06")

    assert outcome.rejected == []
    assert [values[0] for values in outcome.values] == [str(number) for number in range(773)]
    assert {values[2] for values in outcome.values} == {"std", "bs", "bare", "sp"}
    assert not any('\\"' in values[1] for values in outcome.values if values[2] == "bs")
    assert not any(values[1].startswith(' "') for values in outcome.values)


def test_12_knows_an_empty_text_from_one_that_says_null(read: Read) -> None:
    outcome = read("12")

    assert len(outcome.values) == 362
    assert {"NA", "null", "None", "NaN", "inf"} <= set(texts_of(outcome, "text"))


def test_13_names_nine_records_with_a_nul(read: Read) -> None:
    outcome = read("13")

    assert len(outcome.rejected) == 9
    assert {item.column for item in outcome.rejected} == {"id", "text"}
    assert all(b"\x00" in item.raw for item in outcome.rejected)


def test_14_leaves_the_choice_to_a_person(read: Read) -> None:
    outcome = read("14")

    assert outcome.preview.shape.columns == ("ID", "Text", "text", "Review Text", "column 5")
    assert outcome.preview.guess.text is None


def test_18_says_that_it_is_empty() -> None:
    with pytest.raises(UnreadableFileError, match="The file is empty"):
        reading.inspect_file(Path(MESSY, "18_empty.csv"))
