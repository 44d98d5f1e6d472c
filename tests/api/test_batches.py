"""Batches through the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from analyses.models import BatchAnalysis, Job, TextAnalysis
from analyses.services import batches
from tests.api.conftest import Program
from tests.factories import make_analysis, make_batch, make_scored


def filled(*statuses: str) -> BatchAnalysis:
    """Make a batch with a row of each status."""
    batch = make_batch()
    for status in statuses:
        if status == "completed":
            make_scored(0.5, batch_analysis=batch)
        else:
            reason = "too odd" if status == "error" else None
            make_analysis(batch_analysis=batch, status=status, error_message=reason)
    batch.refresh_from_db()
    return batch


def test_a_batch_is_read_in_two_queries(reader: Program, django_assert_num_queries: Any) -> None:
    batch = filled("completed", "error", "pending")

    with django_assert_num_queries(2):
        found = reader.get(f"/batches/{batch.pk}").json()

    assert {
        name: found[name] for name in ("batch_size", "completed_count", "error_count", "waiting_count")
    } == {
        "batch_size": 3,
        "completed_count": 1,
        "error_count": 1,
        "waiting_count": 1,
    }
    assert (found["state"], found["status"]) == ("running", "processing")


def test_progress_counts_and_ends(reader: Program, django_assert_num_queries: Any) -> None:
    open_one, finished = filled("completed", "pending", "error", "pending"), filled("completed", "error")

    with django_assert_num_queries(4):
        first = reader.get(f"/batches/{open_one.pk}/progress").json()
    second = reader.get(f"/batches/{finished.pk}/progress").json()

    assert (first["percent"], first["finished"], first["worker_alive"]) == (50.0, False, False)
    assert (second["percent"], second["finished"]) == (100.0, True)
    assert second["state"] == "completed with errors"


def test_the_list_is_walked_newest_first(reader: Program, django_assert_num_queries: Any) -> None:
    ids = [make_batch().pk for _number in range(51)]

    with django_assert_num_queries(3):
        first = reader.get("/batches").json()
    second = reader.get("/batches", {"after": first["after"]}).json()

    assert [one["id"] for one in first["items"] + second["items"]] == ids[::-1]
    assert (first["total"], first["has_next"], first["has_prev"]) == (51, True, False)
    assert (second["has_next"], second["has_prev"], second["after"]) == (False, True, None)


def test_cancel_resume_and_delete(producer: Program, reviewer: Program) -> None:
    batch = filled("completed", "pending")

    cancelled = producer.post(f"/batches/{batch.pk}/cancel").json()
    again = producer.post(f"/batches/{batch.pk}/cancel").json()
    resumed = producer.post(f"/batches/{batch.pk}/resume").json()
    deleted = reviewer.delete(f"/batches/{batch.pk}")

    assert (cancelled["state"], again["cancelled_at"]) == ("cancelled", cancelled["cancelled_at"])
    assert resumed["state"] == "running"
    assert deleted.status_code == 200
    assert producer.get(f"/batches/{batch.pk}").status_code == 404
    assert not TextAnalysis.objects.live().exists()


def test_retry_touches_only_failed_rows_of_the_reason(producer: Program) -> None:
    batch = filled("completed", "error", "error")

    other = producer.post(f"/batches/{batch.pk}/retry", {"reason": "another"})
    answer = producer.post(f"/batches/{batch.pk}/retry", {"reason": "too odd"})
    nothing = producer.post(f"/batches/{batch.pk}/retry", {})

    assert [one.json() for one in (other, answer, nothing)] == [
        {"retried": 0},
        {"retried": 2},
        {"retried": 0},
    ]
    assert Job.objects.filter(batch=batch).count() == 1


def test_what_is_absent_or_trashed_is_answered_404(producer: Program, reviewer: Program) -> None:
    trashed = make_batch()
    batches.trash(trashed.pk, user=None)

    for number in (trashed.pk, 10**6):
        answers = [
            producer.get(f"/batches/{number}"),
            producer.get(f"/batches/{number}/progress"),
            producer.post(f"/batches/{number}/cancel"),
            producer.post(f"/batches/{number}/resume"),
            producer.post(f"/batches/{number}/retry", {}),
            reviewer.delete(f"/batches/{number}"),
        ]
        assert [one.status_code for one in answers] == [404] * 6


@pytest.mark.parametrize("query", [{"after": 0}, {"after": "x"}, {"after": 2**63}])
def test_an_impossible_place_is_answered_422(reader: Program, query: dict[str, Any]) -> None:
    assert reader.get("/batches", query).status_code == 422


def wish(*texts: str, **changes: Any) -> dict[str, Any]:
    return {"batch_name": "May", "analysis_type": "sentiment", "texts": texts} | changes


def test_a_batch_is_posted_with_its_texts(producer: Program, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(45):
        answer = producer.post("/batches", wish(*(f"Text {number}." for number in range(100))))

    found = answer.json()
    assert answer.status_code == 201
    assert (found["batch_size"], found["waiting_count"], found["state"], found["refused"]) == (
        100,
        100,
        "waiting",
        [],
    )
    assert TextAnalysis.objects.filter(batch_analysis=found["id"]).count() == 100
    assert BatchAnalysis.objects.get().created_by == User.objects.get(username="edi")
    call_command("check_data")


def test_a_posted_batch_costs_the_same_for_many_texts(
    producer: Program, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(70):
        producer.post("/batches", wish(*(f"Text {number}." for number in range(1000))))


def test_a_batch_posted_again_with_its_key_is_one_batch(producer: Program) -> None:
    answers = [
        producer.post("/batches", wish("One.", "Two."), headers={"idempotency-key": "b-1"})
        for _turn in range(2)
    ]

    assert answers[0].content == answers[1].content
    assert BatchAnalysis.objects.count() == 1
    assert TextAnalysis.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"texts": []}, "texts"),
        ({"texts": ["a"] * 1001}, "texts"),
        ({"texts": [1]}, "texts.0"),
        ({"texts": ["", "\x00"]}, "texts"),
        ({"batch_name": ""}, "batch_name"),
        ({"batch_name": "  "}, "batch_name"),
        ({"batch_name": "x" * 201}, "batch_name"),
        ({"analysis_type": "mood"}, "analysis_type"),
        ({"optimization_tier": "ultra"}, "optimization_tier"),
        ({"model_config": {"a": "\x00"}}, "model_config"),
        ({"status": "completed"}, "status"),
    ],
)
def test_a_batch_that_is_not_allowed_leaves_nothing(
    producer: Program, changes: dict[str, Any], field: str
) -> None:
    answer = producer.post(
        "/batches", wish("One.", **changes) if "texts" not in changes else wish() | changes
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert not BatchAnalysis.objects.exists()


def test_large_numbers_in_settings_come_back_as_they_went(producer: Program) -> None:
    settings = {"a": 6.917520833922032e228, "b": [-1e20, 1e-20, 0.1], "c": {"d": 9007199254740992}}

    posted = producer.post("/batches", wish("One.", model_config=settings)).json()
    single = producer.post(
        "/analyses", {"text_content": "One.", "analysis_type": "sentiment", "model_config": settings}
    ).json()

    assert posted["model_config"] == settings
    assert producer.get(f"/batches/{posted['id']}").json()["model_config"] == settings
    assert producer.get(f"/analyses/{single['id']}").json()["model_config"] == settings


def test_texts_are_added_to_a_posted_batch(producer: Program) -> None:
    batch_id = producer.post("/batches", wish("One.")).json()["id"]

    answer = producer.post(f"/batches/{batch_id}/texts", {"texts": ["Two.", ""]})

    assert answer.status_code == 201
    assert answer.json()["count"] == 1
    assert answer.json()["refused"][0]["position"] == 1
    assert producer.get(f"/batches/{batch_id}").json()["batch_size"] == 2
    assert producer.post("/batches/1000000/texts", {"texts": ["Two."]}).status_code == 404
    call_command("check_data")


def test_bodies_larger_than_a_batch_are_answered_413(producer: Program) -> None:
    large = producer.post("/batches", wish(*["a" * 10_000] * 1000))
    too_large = producer.post("/batches", b'"' + b"a" * (12 * 1024 * 1024) + b'"')

    assert (large.status_code, too_large.status_code) == (201, 413)


def test_pages_of_batches_have_filters_an_order_and_a_total(
    reader: Program, django_assert_num_queries: Any
) -> None:
    small, large = make_batch(batch_size=1), make_batch(batch_size=9)
    make_batch(analysis_type="quality")
    make_batch(optimization_tier="basic")
    query = {
        "analysis_type": "sentiment",
        "optimization_tier": "standard",
        "order_by": "batch_size",
        "size": 1,
    }

    with django_assert_num_queries(3):
        first = reader.get("/batches", query).json()
    second = reader.get("/batches", query | {"page": 2}).json()

    assert [one["items"][0]["id"] for one in (first, second)] == [large.pk, small.pk]
    assert (first["total"], first["has_next"], second["has_next"], second["has_prev"]) == (
        2,
        True,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"page": 0}, "page"),
        ({"size": 101}, "size"),
        ({"page": 101, "size": 100}, "page"),
        ({"status": "odd"}, "status"),
        ({"order_by": "created_by__password"}, "order_by"),
        ({"page": 1, "after": 3}, "after"),
    ],
)
def test_a_wrong_parameter_of_the_list_is_named(reader: Program, query: dict[str, Any], field: str) -> None:
    answer = reader.get("/batches", query)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_a_batch_whose_texts_are_elsewhere_is_counted(producer: Program) -> None:
    posted = producer.post("/batches", wish(batch_size=3) | {"texts": []}).json()
    address = f"/batches/{posted['id']}/progress"

    half = producer.send("PUT", address, {"completed_count": 1, "error_count": 0}).json()
    too_many = producer.send("PUT", address, {"completed_count": 4, "error_count": 0})
    done = producer.send("PUT", address, {"completed_count": 2, "error_count": 1}).json()
    unknown = producer.send("PUT", "/batches/1000000/progress", {"completed_count": 1, "error_count": 0})

    assert (half["status"], half["completed_count"]) == ("processing", 1)
    assert (too_many.status_code, unknown.status_code) == (422, 404)
    assert (done["status"], done["state"], done["completed_at"] is None) == (
        "completed",
        "completed with errors",
        False,
    )
    assert producer.post("/batches", wish("One.", batch_size=3)).status_code == 422
