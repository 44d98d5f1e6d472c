"""Exports through the API."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.api.conftest import Program
from tests.factories import make_batch, make_import, make_scored


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

    with django_assert_max_num_queries(6):
        body(reader.get(f"/exports/analyses.{kind}"))


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
@pytest.mark.parametrize("query", [{"foo": 1}, {"page": "1", "after": "x", "count": "exact"}])
def test_a_wrong_filter_is_named(reader: Program, kind: str, query: dict[str, Any]) -> None:
    answer = reader.get(f"/exports/analyses.{kind}", query)

    assert answer.status_code == 422
    assert answer.json()["errors"]
