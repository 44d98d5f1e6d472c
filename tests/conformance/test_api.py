"""Lines 17-19, 31-46, 76, 90-92, 97 and 99-102 of the conformance list, through the JSON API."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

import pytest
from django.contrib.auth.models import User

from analyses.exceptions import DatabaseError
from analyses.models import TextAnalysis
from tests.api.conftest import Program, producer, program_of, reader, reviewer, stranger
from tests.api.test_documentation import run
from tests.conftest import MakePerson
from tests.factories import make_analysis, make_scored
from tests.threads import run_at_once

__all__ = ("producer", "reader", "reviewer", "stranger")

TEXT: dict[str, Any] = {"text_content": "I love this.", "analysis_type": "sentiment"}


@pytest.mark.django_db(transaction=True)
def test_line_017_the_quick_start_creates_one_analysis_and_prints_its_id(
    live_server: Any, editor: User
) -> None:
    printed = run("Quick start", live_server, editor)

    row = TextAnalysis.objects.get()
    assert printed == f"{row.pk}\n"
    assert (row.analysis_type, row.optimization_tier, row.status) == ("sentiment", "standard", "pending")


def test_line_018_037_a_posted_text_is_stored_and_given_back(producer: Program) -> None:
    answer = producer.post("/analyses/", TEXT)

    found = answer.json()
    assert answer.status_code == 201
    assert (found["text_content"], found["status"]) == ("I love this.", "pending")
    assert found["text_hash"] == hashlib.sha256(b"I love this.").hexdigest()
    assert found["content_length"] == 12
    assert TextAnalysis.objects.get(pk=found["id"]).text_content == "I love this."


def test_line_019_an_analysis_is_given_or_not_found(producer: Program) -> None:
    posted = producer.post("/analyses/", TEXT).json()

    assert producer.get(f"/analyses/{posted['id']}").json() == posted
    missing = producer.get(f"/analyses/{posted['id'] + 1}")
    assert missing.status_code == 404
    assert missing.json()["error"] == "not_found"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 422),
        (" \t\u200b", 422),
        ("a", 201),
        ("ä" * 10_000, 201),
        ("a" * 10_001, 422),
        ("🍣" * 10_000, 201),
    ],
)
def test_line_031_texts_of_1_to_10000_characters_are_accepted(
    producer: Program, text: str, status: int
) -> None:
    assert producer.post("/analyses", TEXT | {"text_content": text}).status_code == status


@pytest.mark.parametrize(
    "changes", [{"analysis_type": "mood"}, {"analysis_type": None}, {"analysis_type": 1}]
)
def test_line_032_a_known_analysis_type_must_be_given(producer: Program, changes: dict[str, Any]) -> None:
    answers = [producer.post("/analyses", TEXT | changes), producer.post("/analyses", {"text_content": "a"})]

    assert [one.status_code for one in answers] == [422, 422]
    assert {one.json()["errors"][0]["field"] for one in answers} == {"analysis_type"}


def test_line_033_the_tier_is_standard_unless_a_known_one_is_given(producer: Program) -> None:
    assert producer.post("/analyses", TEXT).json()["optimization_tier"] == "standard"
    basic = producer.post("/analyses", TEXT | {"optimization_tier": "basic"})
    assert (basic.status_code, basic.json()["optimization_tier"]) == (201, "basic")
    assert producer.post("/analyses", TEXT | {"optimization_tier": "best"}).status_code == 422


def test_line_034_settings_of_the_model_come_back_unchanged(producer: Program) -> None:
    settings = {"temperature": 0.2, "stop": ["a", None, True], "größe": {"n": 9007199254740992, "x": "🍣"}}

    posted = producer.post("/analyses", TEXT | {"model_config": settings}).json()

    assert producer.get(f"/analyses/{posted['id']}").json()["model_config"] == settings


def test_line_035_093_an_update_leaves_absent_fields_untouched(producer: Program) -> None:
    posted = producer.post("/analyses", TEXT).json()
    address = f"/analyses/{posted['id']}"
    values = {
        "status": "completed",
        "sentiment_score": 0.25,
        "processing_time_ms": 3,
        "model_used": "ours 1",
        "confidence_score": 0.9,
    }

    producer.send("PUT", address, values)
    answer = producer.send("PUT", address, {"model_used": "ours 2"})

    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in values} == values | {"model_used": "ours 2"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"sentiment_score": 1.01}',
        b'{"sentiment_score": -1.01}',
        b'{"quality_score": 1.01}',
        b'{"quality_score": -0.01}',
        b'{"processing_time_ms": -0.01}',
        b'{"confidence_score": 2}',
        b'{"readability_score": 101}',
    ],
)
def test_line_036_numbers_out_of_bounds_are_refused(producer: Program, body: bytes) -> None:
    row = make_analysis()

    assert producer.send("PUT", f"/analyses/{row.pk}", body).status_code == 422


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_line_036_what_is_no_number_is_unreadable(producer: Program, number: bytes) -> None:
    row = make_analysis()

    answer = producer.send("PUT", f"/analyses/{row.pk}", b'{"sentiment_score": ' + number + b"}")

    row.refresh_from_db()
    assert answer.status_code == 400
    assert row.sentiment_score is None


def test_line_039_046_what_is_deleted_is_not_found(reviewer: Program) -> None:
    row = make_analysis()

    assert reviewer.delete(f"/analyses/{row.pk}").json() == {"message": f"Analysis {row.pk} was deleted."}
    assert reviewer.get(f"/analyses/{row.pk}").status_code == 404
    assert reviewer.delete(f"/analyses/{row.pk}").status_code == 404


def test_line_040_a_text_is_found_by_hash_and_type(producer: Program) -> None:
    posted = producer.post("/analyses", TEXT).json()
    address = f"/analyses/by-hash/{posted['text_hash']}"

    assert producer.get(address, {"analysis_type": "sentiment"}).json() == posted
    assert producer.get(address, {"analysis_type": "language"}).status_code == 404
    assert producer.get(address, {"analysis_type": "mood"}).status_code == 422
    assert producer.get("/analyses/by-hash/xyz", {"analysis_type": "sentiment"}).status_code == 422


def test_line_041_043_095_lists_filter_and_order(reader: Program) -> None:
    low, high = make_scored(-0.5, optimization_tier="basic"), make_scored(0.5, optimization_tier="basic")
    make_scored(0.9)
    make_analysis(analysis_type="quality", optimization_tier="basic")

    query = {"analysis_type": "sentiment", "status": "completed", "optimization_tier": "basic"}
    rising = reader.get("/analyses", query | {"order_by": "sentiment_score", "order_desc": "false"}).json()
    newest = reader.get("/analyses", query).json()

    assert [one["id"] for one in rising["items"]] == [low.pk, high.pk]
    assert [one["id"] for one in newest["items"]] == [high.pk, low.pk]


def test_line_076_a_validation_error_names_field_and_reason(producer: Program) -> None:
    answer = producer.post("/analyses", TEXT | {"text_content": "\x00 a"})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "text_content", "reason": "The text holds a NUL character."}]


@pytest.mark.parametrize(
    ("fault", "status", "code"), [("other", 500, "internal_error"), ("crowded", 503, "unavailable")]
)
def test_line_076_a_database_error_shows_no_driver_words(
    reader: Program, monkeypatch: pytest.MonkeyPatch, fault: str, status: int, code: str
) -> None:
    def broken(*_arguments: Any) -> None:
        raise DatabaseError("find analysis", "The connection broke.", fault=fault)

    monkeypatch.setattr("analyses.api.analyses.analysis_of", broken)
    answer = reader.get("/analyses/1")

    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_line_076_a_bug_is_logged_and_not_shown(
    reader: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("analyses.api.analyses.analysis_of", broken)
    with caplog.at_level(logging.ERROR):
        answer = reader.get("/analyses/1", **{"X-Request-ID": "trace-me"})

    assert answer.status_code == 500
    assert "secret detail" not in answer.content.decode()
    assert "secret detail" in caplog.text
    assert "trace-me" in caplog.text


def test_line_091_a_second_post_gives_the_first_row(producer: Program) -> None:
    first = producer.post("/analyses", TEXT)
    again = producer.post("/analyses", TEXT)
    other = producer.post("/analyses", TEXT | {"analysis_type": "language"})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 201)
    assert first.json() == again.json()
    assert other.json()["id"] != first.json()["id"]


@pytest.mark.django_db(transaction=True)
def test_line_092_ten_parallel_posts_give_one_row(make_person: MakePerson) -> None:
    program = program_of(make_person("pia", "Editor"), "ingest", "read")

    answers = run_at_once(10, lambda _number: Program(program.secret).post("/analyses", TEXT))

    assert {one.status_code for one in answers} == {200, 201}
    assert len({one.json()["id"] for one in answers}) == 1
    assert TextAnalysis.objects.count() == 1


def test_line_099_one_bad_text_adds_one_error_and_does_not_stop_the_others(producer: Program) -> None:
    texts = ["Good.", "", "Bad.", "x" * 10_001, "Fine."]

    answer = producer.post(
        "/batches", {"batch_name": "May", "analysis_type": "sentiment", "texts": texts}
    ).json()

    assert answer["batch_size"] == 3
    assert [(one["position"], one["field"]) for one in answer["refused"]] == [
        (1, "text_content"),
        (3, "text_content"),
    ]
    assert set(TextAnalysis.objects.values_list("text_content", flat=True)) == {"Good.", "Bad.", "Fine."}


@pytest.mark.parametrize(("count", "status"), [(0, 422), (1, 201), (1000, 201), (1001, 422)])
def test_line_099_a_batch_has_1_to_1000_texts(producer: Program, count: int, status: int) -> None:
    texts = [f"Text {number}." for number in range(count)]

    answer = producer.post("/batches", {"batch_name": "May", "analysis_type": "sentiment", "texts": texts})

    assert answer.status_code == status


def test_line_101_038_a_batch_is_posted_and_read(producer: Program) -> None:
    posted = producer.post(
        "/batches", {"batch_name": "May", "analysis_type": "sentiment", "texts": ["a", "b"]}
    ).json()
    refused = posted.pop("refused")

    found = producer.get(f"/batches/{posted['id']}").json()

    assert found == posted
    assert refused == []
    assert (found["batch_name"], found["batch_size"], found["status"]) == ("May", 2, "pending")
    assert producer.get("/batches/1000000").status_code == 404


def test_line_045_097_progress_sets_absolute_counts_and_completes_the_batch(producer: Program) -> None:
    wish = {"batch_name": "Elsewhere", "analysis_type": "sentiment", "batch_size": 2}
    address = f"/batches/{producer.post('/batches', wish).json()['id']}/progress"

    one = producer.send("PUT", address, {"completed_count": 1, "error_count": 0}).json()
    both = producer.send("PUT", address, {"completed_count": 1, "error_count": 1}).json()
    unknown = producer.send("PUT", "/batches/1000000/progress", {"completed_count": 1, "error_count": 0})

    assert (one["completed_count"], one["status"], one["completed_at"]) == (1, "processing", None)
    assert (both["error_count"], both["status"]) == (1, "completed")
    assert both["completed_at"] is not None
    assert unknown.status_code == 404


@pytest.mark.parametrize("number", [0, -1])
def test_line_100_ids_below_1_are_refused(producer: Program, reviewer: Program, number: int) -> None:
    answers = [
        producer.get(f"/analyses/{number}"),
        producer.send("PUT", f"/analyses/{number}", {}),
        reviewer.delete(f"/analyses/{number}"),
    ]

    assert [one.status_code for one in answers] == [422, 422, 422]


def test_line_100_pages_give_items_total_and_neighbours(reader: Program) -> None:
    for _number in range(21):
        make_analysis()

    first = reader.get("/analyses").json()
    second = reader.get("/analyses", {"page": 2}).json()

    assert (first["total"], first["page"], first["size"], len(first["items"])) == (21, 1, 20, 20)
    assert (first["has_next"], first["has_prev"]) == (True, False)
    assert (second["has_next"], second["has_prev"], len(second["items"])) == (False, True, 1)
    assert reader.get("/analyses", {"size": 101}).status_code == 422
    assert reader.get("/analyses", {"page": 0}).status_code == 422


def test_line_102_errors_have_one_shape_and_echo_the_request_id(reader: Program, stranger: Program) -> None:
    answers = [
        reader.get("/analyses/1", **{"X-Request-ID": "a-1"}),
        reader.get("/analyses?page=0", **{"X-Request-ID": "a-1"}),
        reader.get("/nowhere", **{"X-Request-ID": "a-1"}),
        stranger.get("/analyses", **{"X-Request-ID": "a-1"}),
    ]

    assert [one.status_code for one in answers] == [404, 422, 404, 401]
    for answer in answers:
        assert {"error", "detail", "timestamp", "request_id"} <= set(answer.json())
        assert (answer.json()["request_id"], answer.headers["X-Request-ID"]) == ("a-1", "a-1")
