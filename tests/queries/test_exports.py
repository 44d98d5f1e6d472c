"""The rows of an export."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import QueryDict

from analyses.choices import EXPORT_COLUMNS
from analyses.models import Correction, TextAnalysis
from analyses.queries import exports, filtering
from analyses.tabular.writing import write_rows
from tests.factories import make_analysis, make_batch, make_import, make_scored

pytestmark = pytest.mark.django_db


def exported(query: str = "") -> list[dict[str, str]]:
    """Give the exported records by column, read by the csv module."""
    filtered = filtering.parse(QueryDict(query), zone=UTC)
    export = exports.CsvExport(filtered)
    text = b"".join(export).decode()
    records = list(csv.DictReader(io.StringIO(text, newline="")))
    assert (export.count, export.is_whole) == (len(records), True)
    return records


def written_here(query: str = "") -> list[dict[str, str]]:
    """Give the records as Python writes them, whatever the database could do itself."""
    filtered = filtering.parse(QueryDict(query), zone=UTC)
    own = exports.own_columns_of(filtered)
    text = b"".join(write_rows(exports.header(own), exports.rows(filtered, own))).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_row_is_written_whole_and_exactly() -> None:
    batch = make_batch(source_import=make_import(columns=["id", "text", "airline", "2024"]))
    row = make_scored(
        0.15626661103791162,
        text_content='=1+1\r\n"käse"',
        batch_analysis=batch,
        line_number=7,
        external_id="-9",
        keywords=[{"word": "käse", "weight": 0.5}],
        occurred_at=datetime(2026, 5, 1, 12, 30, 0, 5, tzinfo=UTC),
        extra={"airline": "@Delta", "2024": "x"},
        processing_time_ms=0.25,
    )

    (record,) = exported()

    assert tuple(record) == (*EXPORT_COLUMNS, "airline", "2024")
    assert record["id"] == str(row.pk)
    assert record["batch"] == str(batch.pk)
    assert record["line_number"] == "7"
    assert record["text_content"] == '\'=1+1\r\n"käse"'
    assert record["external_id"] == "'-9"
    assert record["sentiment_score"] == "0.15626661103791162"
    assert record["quality_score"] == ""
    assert record["keywords"] == '[{"word": "käse", "weight": 0.5}]'
    assert record["occurred_at"] == "2026-05-01T12:30:00.000005+00:00"
    assert record["processing_time_ms"] == "0.25"
    assert record["corrected"] == ""
    assert (record["airline"], record["2024"]) == ("'@Delta", "x")


def test_a_corrected_row_keeps_what_the_model_said() -> None:
    row = make_scored(0.5)
    Correction.objects.create(analysis=row, field="sentiment_score", model_value=-0.25, human_value=0.5)

    (record,) = exported()

    assert record["sentiment_score"] == "0.5"
    assert record["corrected"] == '{"sentiment_score": -0.25}'


def test_the_filter_decides_which_rows_and_which_own_columns() -> None:
    first = make_batch(source_import=make_import(columns=["id", "text", "airline"]))
    second = make_batch(source_import=make_import(columns=["id", "text", "country"]))
    delta = make_analysis(batch_analysis=first, extra={"airline": "Delta"}, status="error")
    make_analysis(batch_analysis=first, extra={"airline": "United"})
    norway = make_analysis(batch_analysis=second, extra={"country": "NO"}, status="error")
    make_analysis()

    everything, failed, one = (
        exported(),
        exported("status=error"),
        exported("extra.airline=Delta&status=error"),
    )

    assert [record["id"] for record in failed] == [str(delta.pk), str(norway.pk)]
    assert [(record["airline"], record["country"]) for record in failed] == [("Delta", ""), ("", "NO")]
    assert len(everything) == 4
    assert list(one[0])[len(EXPORT_COLUMNS) :] == ["airline"]


def test_a_column_named_like_ours_is_told_apart() -> None:
    batch = make_batch(source_import=make_import(columns=["id", "text", "status"]))
    make_analysis(batch_analysis=batch, extra={"status": "gold"})

    (record,) = exported(f"batch={batch.pk}")

    assert (record["status"], record["status (file)"]) == ("pending", "gold")


def test_an_empty_result_has_a_header() -> None:
    filtered = filtering.parse(QueryDict("status=error"), zone=UTC)

    assert list(exports.rows(filtered, exports.own_columns_of(filtered))) == []
    assert exports.header([]) == list(EXPORT_COLUMNS)


def test_blocks_follow_each_other_without_gap(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(exports, "BLOCK_ROWS", 3)
    rows = [make_analysis() for _number in range(7)]
    Correction.objects.create(analysis=rows[6], field="sentiment_score", model_value=1, human_value=0)

    # Rows in one answer or in four, corrections once for each of three blocks, the own columns, savepoints.
    with django_assert_max_num_queries(10):
        records = exported()

    assert [record["id"] for record in records] == [str(row.pk) for row in rows]
    assert records[6]["corrected"] == '{"sentiment_score": 1}'


def test_an_abandoned_export_leaves_the_connection_usable() -> None:
    rows = [make_analysis() for _number in range(3)]
    filtered = filtering.parse(QueryDict(""), zone=UTC)
    walks: list[Any] = [iter(exports.CsvExport(filtered)), exports.rows(filtered, [])]
    for walk in walks:
        next(walk)
        walk.close()

    assert TextAnalysis.objects.count() == len(rows)


NASTY = (
    "=1+1",
    "'=1",
    "''@x",
    "-5",
    "＝1",
    "\ttab",
    "\r\nlines\r",
    '"quoted", and, commas',
    "\\.",
    "\\N",
    "100 % {sure} %s %(name)s",
    " spaces ",
    "käse 🍣 مرحبا",
    "ends with \\",
    "null",
    "'",
)


@pytest.mark.parametrize("text", NASTY)
def test_the_database_writes_cells_as_we_do(text: str) -> None:
    name = 'own "column" 100 % %s'
    batch = make_batch(source_import=make_import(columns=["text", name, "number", "empty"]))
    row = make_scored(
        -0.000025,
        batch_analysis=batch,
        text_content=text,
        external_id=text[:200],
        error_message=text,
        extra={name: text, "number": -5, "empty": ""},
        emotion_scores={"joy": 0.5, "anger": 1.0},
        keywords=[{"word": text, "weight": 0.25}],
        entities=None,
        occurred_at=datetime(2026, 5, 1, 12, 30, 0, 120, tzinfo=UTC),
        processed_at=datetime(2026, 5, 1, 12, 30, tzinfo=UTC),
    )
    Correction.objects.create(analysis=row, field="sentiment_score", model_value=-0.25, human_value=0.5)

    (ours,), (theirs,) = written_here(), exported()

    assert list(ours) == list(theirs)
    assert {key: plain(value) for key, value in theirs.items()} == {
        key: plain(value) for key, value in ours.items()
    }
    assert theirs[name] == ours[name]
    assert theirs["text_content"] == ours["text_content"]


def plain(value: str) -> Any:
    """Read a cell as what it stands for: 1 and 1.0 are one number, and the order in an object means nothing."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def test_lines_end_alike() -> None:
    make_analysis(text_content="one")
    make_analysis(text_content="two")

    content = b"".join(exports.CsvExport(filtering.parse(QueryDict(""), zone=UTC)))

    assert content.count(b"\r\n") == content.count(b"\n") == 3
