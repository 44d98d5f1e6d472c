"""`export_csv`: the browser's export from the command line."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_analysis, make_scored

pytestmark = pytest.mark.django_db


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_exports_exactly_the_filtered_rows(tmp_path: Path) -> None:
    wanted = make_scored(-0.5, text_content="=1+1 is not a formula, it is awful")
    make_scored(0.5)
    make_analysis()
    said = StringIO()

    call_command("export_csv", filter="sentiment_max=0", output=tmp_path / "out.csv", stderr=said)

    rows = rows_of(tmp_path / "out.csv")
    assert [(row["id"], row["sentiment_score"]) for row in rows] == [(str(wanted.pk), "-0.5")]
    assert rows[0]["text_content"] == "'=1+1 is not a formula, it is awful"
    assert "1 rows exported." in said.getvalue()


def test_bad_filter_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"batch must be a whole number from 1, not “x”"):
        call_command("export_csv", filter="batch=x", output=tmp_path / "out.csv")

    assert list(tmp_path.iterdir()) == []


def test_unwritable_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("export_csv", output=tmp_path / "missing" / "out.csv")


def test_standard_output_gets_the_file(capfd: pytest.CaptureFixture[str]) -> None:
    make_scored(0.25)

    call_command("export_csv")

    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("id,external_id,batch,")
