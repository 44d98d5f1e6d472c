"""Analyses through the API."""

from __future__ import annotations

from typing import Any

import pytest

from analyses import texts
from analyses.models import Correction, TextAnalysis
from tests.api.conftest import Program
from tests.factories import make_analysis, make_batch, make_scored

TEXT = {"text_content": "Good morning.", "analysis_type": "sentiment"}
PROBLEM = {"error", "detail", "timestamp", "request_id"}


def test_post_costs_as_many_queries_as_it_must(producer: Program, django_assert_max_num_queries: Any) -> None:
    # Token; transaction, row, rollup and audit trail with their savepoints.
    with django_assert_max_num_queries(8):
        assert producer.post("/analyses", TEXT).status_code == 201
    with django_assert_max_num_queries(2):
        assert producer.post("/analyses", TEXT).status_code == 200


def test_get_is_the_token_and_the_row(reader: Program, django_assert_num_queries: Any) -> None:
    row = make_scored(0.5, batch_analysis=make_batch(), external_id="a 1", extra={"airline": "B"})

    with django_assert_num_queries(1):
        found = reader.get(f"/analyses/{row.pk}").json()

    assert (found["id"], found["sentiment_score"], found["batch_analysis_id"]) == (
        row.pk,
        0.5,
        row.batch_analysis_id,
    )
    assert (found["external_id"], found["extra"]) == ("a 1", {"airline": "B"})
    assert found["created_at"].endswith("Z")


@pytest.mark.parametrize(
    "name",
    ["id", "status", "text_hash", "dedupe_key", "owner", "deleted_at", "is_staff", "batch_analysis_id"],
)
def test_a_field_that_is_not_asked_for_is_refused(producer: Program, name: str) -> None:
    row = make_analysis()
    before = row.to_dict()

    created = producer.post("/analyses", TEXT | {name: 1})
    updated = producer.send("PATCH", f"/analyses/{row.pk}", {name: 1})

    assert (created.status_code, updated.status_code) == (422, 422)
    assert created.json()["errors"][0]["field"] == name
    row.refresh_from_db()
    assert row.to_dict() == before


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_update_writes_what_was_sent(producer: Program, method: str) -> None:
    row = make_scored(0.5, model_used="one", confidence_score=0.3)

    answer = producer.send(method, f"/analyses/{row.pk}", {"confidence_score": None, "model_used": "two"})

    row.refresh_from_db()
    assert answer.status_code == 200
    assert (row.model_used, row.confidence_score, row.sentiment_score) == ("two", None, 0.5)
    assert answer.json()["model_used"] == "two"


@pytest.mark.parametrize(
    "values",
    [
        {"sentiment_score": True},
        {"sentiment_score": "0.5"},
        {"quality_score": 0.5},
        {"keywords": "a"},
        {"status": "done"},
        {"status": "error", "sentiment_score": 0.1},
        {"processing_time_ms": -1},
        {"model_used": "x" * 101},
        {"model_used": "a\x00"},
        {"error_message": "\ud800"},
    ],
)
def test_an_unfit_update_changes_nothing(producer: Program, values: dict[str, Any]) -> None:
    row = make_scored(0.5)

    answer = producer.send("PATCH", f"/analyses/{row.pk}", values)

    assert answer.status_code == 422
    assert answer.json()["errors"]
    row.refresh_from_db()
    assert (row.sentiment_score, row.status) == (0.5, "completed")


def test_what_is_absent_is_answered_404(producer: Program, reviewer: Program) -> None:
    answers = [
        producer.get("/analyses/1000"),
        producer.send("PUT", "/analyses/1000", {"sentiment_score": 0.1}),
        producer.send("PATCH", "/analyses/1000", {}),
        reviewer.delete("/analyses/1000"),
        reviewer.send("PUT", "/analyses/1000/correction", {"value": 1}),
        reviewer.delete("/analyses/1000/correction"),
        producer.get("/nowhere"),
    ]

    assert [one.status_code for one in answers] == [404] * 7
    assert all(set(one.json()) == PROBLEM for one in answers)


@pytest.mark.parametrize("number", ["0", "-1", "abc", "1.5", "9223372036854775808", "٣", "1%00"])
def test_an_impossible_id_is_answered_422(reader: Program, number: str) -> None:
    assert reader.get(f"/analyses/{number}").status_code == 422


def test_a_correction_keeps_what_the_model_said(reviewer: Program) -> None:
    row = make_scored(0.5)

    corrected = reviewer.send("PUT", f"/analyses/{row.pk}/correction", {"value": -1, "reason": "Irony."})
    assert corrected.json()["sentiment_score"] == -1.0
    assert Correction.objects.get().model_value == 0.5
    assert Correction.objects.get().user.username == "edi"  # type: ignore[union-attr]

    withdrawn = reviewer.delete(f"/analyses/{row.pk}/correction")
    assert withdrawn.json()["sentiment_score"] == 0.5
    assert reviewer.delete(f"/analyses/{row.pk}/correction").status_code == 422


def test_pages_have_numbers_and_an_exact_total(reader: Program, django_assert_num_queries: Any) -> None:
    rows = [make_scored(0.1, created_at="2026-01-01T00:00:00Z") for _number in range(5)]
    make_analysis(analysis_type="quality")

    with django_assert_num_queries(3):
        page = reader.get("/analyses", {"analysis_type": "sentiment", "page": 2, "size": 2}).json()

    assert [one["id"] for one in page["items"]] == [rows[2].pk, rows[1].pk]
    assert {name: page[name] for name in ("total", "page", "size", "has_next", "has_prev")} == {
        "total": 5,
        "page": 2,
        "size": 2,
        "has_next": True,
        "has_prev": True,
    }
    last = reader.get("/analyses", {"analysis_type": "sentiment", "page": 3, "size": 2}).json()
    assert (last["has_next"], last["after"], len(last["items"])) == (False, None, 1)


@pytest.mark.parametrize("sort", ["", "-dated_at", "id", "-id", "sentiment_score", "-sentiment_score"])
def test_the_walk_by_key_gives_every_row_once(reader: Program, sort: str) -> None:
    ids = {make_scored(number / 10).pk for number in range(4)} | {make_analysis().pk for _number in range(3)}

    seen: list[int] = []
    query = {"size": 2} | ({"sort": sort} if sort else {})
    page = (
        reader.get("/analyses", query).json()
        if sort
        else reader.get("/analyses", {"size": 2, "page": 1}).json()
    )
    while True:
        seen += [one["id"] for one in page["items"]]
        if page["after"] is None:
            break
        page = reader.get("/analyses", {"size": 2, "after": page["after"]}).json()

    assert sorted(seen) == sorted(ids)


def test_a_page_by_key_costs_the_same_anywhere(reader: Program, django_assert_num_queries: Any) -> None:
    for _number in range(6):
        make_analysis()
    after = reader.get("/analyses", {"sort": "-id", "size": 2}).json()["after"]

    with django_assert_num_queries(3):
        reader.get("/analyses", {"after": after, "size": 2})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"page": 0}, "page"),
        ({"page": "x"}, "page"),
        ({"page": 501}, "page"),
        ({"size": 0}, "size"),
        ({"size": 101}, "size"),
        ({"page": ["1", "2"]}, "page"),
        ({"order_by": "text_content"}, "order_by"),
        ({"order_by": "user__password"}, "order_by"),
        ({"order_desc": "maybe"}, "order_desc"),
        ({"after": "x"}, "after"),
        ({"after": "x", "page": 2}, "page"),
        ({"sort": "password"}, "sort"),
        ({"before": "end"}, "before"),
        ({"count": "exact"}, "count"),
        ({"text_content__regex": "(a+)+$"}, "text_content__regex"),
        ({"batch_analysis__created_by__password": "x"}, "batch_analysis__created_by__password"),
        ({"q": "a\x00b"}, "q"),
        ({"date_from": "9999-12-31"}, "date_from"),
        ({"batch": "99999999999999999999"}, "batch"),
    ],
)
def test_a_wrong_parameter_is_named(reader: Program, query: dict[str, Any], field: str) -> None:
    answer = reader.get("/analyses", query)

    assert answer.status_code == 422
    assert field in [one["field"] for one in answer.json()["errors"]]


def test_beyond_the_first_10_000_the_answer_names_the_way(reader: Program) -> None:
    answer = reader.get("/analyses", {"page": 101, "size": 100})

    assert answer.status_code == 422
    assert "after=" in answer.json()["detail"]


def test_an_address_ends_with_a_slash_or_without(producer: Program) -> None:
    assert producer.post("/analyses/", TEXT).status_code == 201
    assert producer.get("/analyses/").json()["total"] == 1


def test_request_ids_are_echoed_or_made(reader: Program) -> None:
    given = reader.get("/analyses/1000", **{"X-Request-ID": "job-17/a"})
    strange = reader.get("/analyses/1000", **{"X-Request-ID": 'x"; <script>' + "y" * 300})

    assert (given.headers["X-Request-ID"], given.json()["request_id"]) == ("job-17/a", "job-17/a")
    assert len(strange.headers["X-Request-ID"]) == 32
    assert reader.get("/analyses").headers["X-Request-ID"]


def test_other_methods_are_answered_405_as_json(reader: Program) -> None:
    answer = reader.client.generic("PATCH", "/api/analyses")

    assert answer.status_code == 405
    assert answer.headers["Allow"]
    assert set(answer.json()) == PROBLEM


def test_hash_is_the_texts_own(producer: Program) -> None:
    found = producer.post("/analyses", TEXT | {"text_content": "  Å\u030a 🍣 "}).json()

    assert found["text_hash"] == texts.text_hash("  Å\u030a 🍣 ")
    assert found["text_content"] == "  Å\u030a 🍣 "
    assert TextAnalysis.objects.get().text_content == "  Å\u030a 🍣 "
