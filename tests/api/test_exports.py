"""Exports through the API."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from analyses import choices
from analyses.models import TextAnalysis
from analyses.services.workers import WorkLoop
from tests.api.conftest import Program
from tests.factories import make_batch, make_import, make_scored
from tests.tabular.workbooks import rows_of


def body(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_csv_holds_exactly_the_filtered_rows(reader: Program) -> None:
    batch = make_batch(source_import=make_import())
    row = make_scored(-0.5, batch_analysis=batch, text_content="=1+1", extra={"airline": "B"})
    make_scored(0.5)

    answer = reader.get("/exports/analyses.csv", {"sentiment_max": 0})

    (found,) = csv.DictReader(io.StringIO(body(answer)))
    assert (found["id"], found["text_content"], found["sentiment_score"], found["airline"]) == (
        str(row.pk),
        "'=1+1",
        "-0.5",
        "B",
    )
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


def test_ndjson_keeps_values_and_says_that_it_is_whole(reader: Program) -> None:
    first, second = make_scored(-0.5, text_content="=1\n🍣"), make_scored(0.25)

    lines = [json.loads(line) for line in body(reader.get("/exports/analyses.ndjson")).splitlines()]

    assert [(one["id"], one["sentiment_score"]) for one in lines[:2]] == [(first.pk, -0.5), (second.pk, 0.25)]
    assert lines[0]["text_content"] == "=1\n🍣"
    assert lines[2] == {"end": True, "rows": 2}


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_an_export_costs_the_same_for_many_rows(
    reader: Program, kind: str, django_assert_max_num_queries: Any
) -> None:
    for _number in range(30):
        make_scored(0.1)

    with django_assert_max_num_queries(9):
        body(reader.get(f"/exports/analyses.{kind}"))


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
@pytest.mark.parametrize("query", [{"foo": 1}, {"page": "1", "after": "x", "count": "exact"}])
def test_a_wrong_filter_is_named(reader: Program, kind: str, query: dict[str, Any]) -> None:
    answer = reader.get(f"/exports/analyses.{kind}", query)

    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_stream_names_its_rows_and_its_manifest(reader: Program) -> None:
    make_scored(0.5)

    answer = reader.get("/exports/analyses.csv", {"column": ["id", "status"], "sort": "-id"})
    content = body(answer)
    manifest = reader.client.get(answer["Export-Manifest"]).json()

    assert (answer["Export-Rows"], content.splitlines()[0]) == ("1", "id,status")
    assert manifest["sha256"] == hashlib.sha256(content.encode()).hexdigest()
    assert (manifest["rows"], manifest["sort"], manifest["zone"]) == (1, "-id", "UTC")


def test_a_sheet_is_streamed(reader: Program) -> None:
    make_scored(0.5, text_content="=1+1")

    answer = reader.get("/exports/analyses.xlsx", {"column": "text_content"})

    assert rows_of(b"".join(answer.streaming_content)) == [["text_content"], ["=1+1"]]


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_more_rows_than_a_stream_holds_are_refused(
    reader: Program, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "EXPORT_STREAM_ROWS_MAX", 1)
    for _ in range(2):
        make_scored(0.5)

    answer = reader.get(f"/exports/analyses.{kind}")

    assert answer.status_code == 422
    assert "These are 2 rows; a download holds up to 1." in answer.json()["detail"]


@pytest.mark.parametrize("query", [{"format": "xlsx"}, {"manifest": "1"}, {"column": "x"}, {"sort": "text"}])
def test_what_a_stream_does_not_take_is_refused(reader: Program, query: dict[str, str]) -> None:
    assert reader.get("/exports/analyses.csv", query).status_code == 422


def test_the_worker_writes_a_file_for_a_program(reader: Program) -> None:
    for score in (0.5, 0.25, -0.5):
        make_scored(score)
    wanted = {"filter": "?sentiment_min=0", "format": "jsonl", "sort": "-sentiment_score", "columns": ["id"]}

    posted = reader.post("/exports", wanted)
    address = f"/exports/{posted.json()['id']}"
    early = reader.get(f"{address}/file")
    WorkLoop().step()
    manifest = reader.get(address).json()
    file = reader.get(f"{address}/file")

    assert (posted.status_code, early.status_code) == (202, 404)
    assert (posted.json()["state"], posted.json()["promised_rows"]) == ("queued", 2)
    assert (manifest["state"], manifest["rows"], manifest["columns"]) == ("completed", 2, ["id"])
    content = body(file)
    assert [json.loads(line)["id"] for line in content.splitlines()] == list(
        TextAnalysis.objects.filter(sentiment_score__gt=0)
        .order_by("-sentiment_score")
        .values_list("id", flat=True)
    )
    assert manifest["sha256"] == hashlib.sha256(content.encode()).hexdigest()
    assert file["Content-Length"] == str(len(content))


def test_a_program_cancels_its_export(reader: Program) -> None:
    address = f"/exports/{reader.post('/exports', {}).json()['id']}"

    for _ in range(2):
        assert reader.post(f"{address}/cancel").json()["state"] == "cancelled"


def test_exports_of_others_are_not_there(reader: Program, producer: Program) -> None:
    address = f"/exports/{reader.post('/exports', {}).json()['id']}"

    for path in (address, f"{address}/file"):
        assert producer.get(path).status_code == 404
    assert producer.post(f"{address}/cancel").status_code == 404


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"format": "pdf"}, "format"),
        ({"filter": "status=lost"}, "status"),
        ({"columns": ["x"]}, "column"),
        ({"sort": "text_content"}, "sort"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_a_file_that_cannot_be_is_refused(reader: Program, wanted: dict[str, Any], field: str) -> None:
    answer = reader.post("/exports", wanted)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_me_is_the_tokens_owner_also_for_the_worker(producer: Program, editor: User) -> None:
    """The file's manifest names the owner: whoever makes the file later is somebody else."""
    own = make_scored(0.1, batch_analysis=make_batch(created_by=editor))
    make_scored(0.2, batch_analysis=make_batch())

    listed = producer.get("/analyses", {"started_by": "me"}).json()
    streamed = list(csv.DictReader(io.StringIO(body(producer.get("/exports/analyses.csv?started_by=me")))))
    ordered = producer.post("/exports", {"filter": "started_by=me"}).json()

    assert [one["id"] for one in listed["items"]] == [own.pk]
    assert [one["id"] for one in streamed] == [str(own.pk)]
    assert (ordered["filter"], ordered["promised_rows"]) == (f"started_by={editor.username}", 1)


def test_the_documentation_names_filters_by_person(reader: Program) -> None:
    parameters = reader.get("/openapi.json").json()["paths"]["/api/analyses"]["get"]["parameters"]

    found = {one["name"]: one["schema"] for one in parameters}

    assert found["corrected_by"] == found["started_by"] == {"type": "string", "maxLength": 150}
