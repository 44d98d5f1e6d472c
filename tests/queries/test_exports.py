"""The rows of an export."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import QueryDict

from analyses.choices import EXPORT_COLUMNS
from analyses.exceptions import ValidationError
from analyses.models import Correction, TextAnalysis
from analyses.queries import exports, filtering, paging, snapshots
from analyses.queries.exports import Selection
from analyses.tabular.writing import write_rows
from tests.factories import make_analysis, make_batch, make_import, make_scored
from tests.tabular.workbooks import rows_of
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db


def exported(query: str = "") -> list[dict[str, str]]:
    """Give the exported records by column, read by the csv module."""
    text = content_of(query).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def selected(query: str = "", **chosen: Any) -> Selection:
    return exports.select(filtering.parse(QueryDict(query), zone=UTC), **chosen)


def content_of(query: str = "", file_format: str = "csv", **chosen: Any) -> bytes:
    """Give a whole file, whose rows were counted before."""
    content = exports.Content(selected(query, **chosen), file_format)
    with content.opened():
        assert content.count == 0
        written = b"".join(content)
    assert content.is_whole()
    return written


def written_here(query: str = "") -> list[dict[str, str]]:
    """Give the records as Python writes them, whatever the database could do itself."""
    selection = selected(query)
    text = b"".join(write_rows(selection.columns, exports.rows(selection))).decode()
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
    assert exported("status=error") == []
    assert selected("status=error").columns == EXPORT_COLUMNS


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


def opened(content: exports.Content) -> Iterator[bytes]:
    with content.opened():
        yield from content


def test_an_abandoned_export_leaves_the_connection_usable() -> None:
    rows = [make_analysis() for _number in range(3)]
    walks: list[Any] = [iter(opened(exports.Content(selected()))), exports.rows(selected())]
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

    content = content_of()

    assert content.count(b"\r\n") == content.count(b"\n") == 3


@pytest.mark.parametrize("sort", paging.SORTS)
@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_the_order_is_the_lists_own(sort: str, file_format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BLOCK_ROWS", 2)
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    for day, score in ((3, 0.5), (1, -0.5), (2, 0.5)):
        make_scored(score, occurred_at=moment.replace(day=day), quality_score=score + 0.5)
    for day in (1, 4):
        make_analysis(occurred_at=moment.replace(day=day))
    listed = paging.page(TextAnalysis.objects.live(), sort=sort).rows

    written = content_of(file_format=file_format, sort=sort, columns=["id"]).decode().split()

    assert [re.sub(r"\D", "", line) for line in written if line != "id"] == [str(row["id"]) for row in listed]


def test_columns_are_those_chosen_in_the_order_chosen() -> None:
    batch = make_batch(source_import=make_import(columns=["id", "text", "status", "airline"]))
    row = make_scored(0.5, batch_analysis=batch, extra={"status": "gold", "airline": "=Delta"})
    chosen = ["airline", "status (file)", "id", "sentiment_score"]

    assert content_of(columns=chosen).decode() == (
        f"airline,status (file),id,sentiment_score\r\n'=Delta,gold,{row.pk},0.5\r\n"
    )
    assert json.loads(content_of(file_format="jsonl", columns=chosen)) == {
        "airline": "=Delta",
        "status (file)": "gold",
        "id": row.pk,
        "sentiment_score": 0.5,
    }


def test_what_there_is_not_is_refused() -> None:
    for chosen, field in (({"columns": ["id", "airline"]}, "column"), ({"sort": "text_content"}, "sort")):
        with pytest.raises(ValidationError) as refused:
            selected(**chosen)
        assert refused.value.field == field
    with pytest.raises(ValidationError, match=r"There is no column “airline”\. There are: id, external_id"):
        selected(columns=["airline"])


@pytest.mark.parametrize("text", NASTY)
def test_json_lines_hold_the_values_themselves(text: str) -> None:
    batch = make_batch(source_import=make_import(columns=["text", "own"]))
    row = make_scored(
        -0.000025,
        batch_analysis=batch,
        text_content=text,
        extra={"own": text},
        keywords=[{"word": text, "weight": 0.25}],
        occurred_at=datetime(2026, 5, 1, 12, 30, 0, 120, tzinfo=UTC),
    )
    Correction.objects.create(analysis=row, field="sentiment_score", model_value=-0.25, human_value=0.5)

    (line,) = content_of(file_format="jsonl").splitlines()

    found = json.loads(line)
    assert list(found) == [*EXPORT_COLUMNS, "own"]
    assert (found["text_content"], found["own"]) == (text, text)
    assert (found["sentiment_score"], found["quality_score"]) == (-0.000025, None)
    assert found["keywords"] == [{"word": text, "weight": 0.25}]
    assert found["corrected"] == {"sentiment_score": -0.25}
    assert found["occurred_at"] == "2026-05-01T12:30:00.000120Z"


def test_a_workbook_holds_the_rows() -> None:
    row = make_scored(-0.25, text_content="=1+1")

    head, cells = rows_of(content_of(file_format="xlsx", columns=["id", "text_content", "sentiment_score"]))

    assert head == ["id", "text_content", "sentiment_score"]
    assert cells == [float(row.pk), "=1+1", -0.25]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
@pytest.mark.parametrize("sort", ["id", "-sentiment_score"])
def test_rows_that_change_meanwhile_are_given_as_they_were(
    file_format: str, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BLOCK_ROWS", 2)
    rows = [make_scored(score) for score in (0.1, 0.2, 0.3)] + [make_analysis() for _ in range(3)]
    content = exports.Content(selected("status=completed&status=pending", sort=sort), file_format)

    with content.opened():
        run_at_once(1, lambda _number: _disturb(rows))
        written = b"".join(content).decode()

    assert (content.promised, content.count) == (6, 6)
    assert all(str(row.pk) in written for row in rows)
    assert "disturbed" not in written


def _disturb(rows: list[TextAnalysis]) -> None:
    """Write as others do, with their own connection: a row goes, one changes, one comes."""
    TextAnalysis.objects.filter(pk=rows[0].pk).update(status="error")
    TextAnalysis.objects.filter(pk=rows[5].pk).update(text_content="disturbed", sentiment_score=0.9)
    make_scored(0.4, text_content="disturbed")


def test_a_snapshot_reads_beside_writers() -> None:
    with snapshots.snapshot():
        assert TextAnalysis.objects.count() == 0
    make_analysis()
    with snapshots.snapshot():
        assert TextAnalysis.objects.count() == 1
