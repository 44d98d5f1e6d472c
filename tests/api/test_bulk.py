"""Many texts in one request."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command

from analyses.choices import Role
from analyses.models import TextAnalysis
from tests.api.conftest import Program, program_of
from tests.conftest import MakePerson
from tests.threads import run_at_once

NDJSON = "application/x-ndjson"


def line(text: Any, **changes: Any) -> bytes:
    return json.dumps({"text_content": text, "analysis_type": "sentiment"} | changes).encode()


def post(program: Program, *lines: bytes, key: str = "") -> Any:
    headers = {"idempotency-key": key} if key else {}
    return program.post("/analyses/bulk", b"\n".join(lines), content_type=NDJSON, headers=headers)


def results(answer: Any) -> list[Any]:
    return [json.loads(one) for one in answer.content.splitlines()]


def test_each_line_gets_its_result_and_a_wrong_one_stops_no_other(producer: Program) -> None:
    answer = post(
        producer,
        line("One."),
        line(""),
        b"",
        b"{half",
        line("One."),
        line("Two.", analysis_type="mood"),
        line("Two.", owner=1),
        line("Two.", analysis_type="language"),
        line("One.", optimization_tier="ultra"),
        b'{"text_content": "a", "text_content": "b"}',
        line("\ud800"),
        b"",
    )

    found = results(answer)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == NDJSON
    assert [(one["line"], one["status"]) for one in found] == [
        (1, 201),
        (2, 422),
        (4, 400),
        (5, 200),
        (6, 422),
        (7, 422),
        (8, 201),
        (9, 422),
        (10, 400),
        (11, 422),
    ]
    assert found[0]["id"] == found[3]["id"]
    assert found[1]["errors"] == [{"field": "text_content", "reason": "The text is empty."}]
    assert [one["errors"][0]["field"] for one in (found[4], found[5], found[7])] == [
        "analysis_type",
        "owner",
        "optimization_tier",
    ]
    assert TextAnalysis.objects.count() == 2
    call_command("check_data")


def test_thousand_texts_cost_as_many_queries_as_ten(
    producer: Program, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(30):
        answer = post(producer, *(line(f"Text {number}.") for number in range(1000)))

    assert {one["status"] for one in results(answer)} == {201}
    assert TextAnalysis.objects.count() == 1000


def test_a_text_posted_singly_is_found_again(producer: Program) -> None:
    single = producer.post("/analyses", {"text_content": "One.", "analysis_type": "sentiment"}).json()

    (found,) = results(post(producer, line("One.")))

    assert found == {"line": 1, "status": 200, "id": single["id"]}


def test_lines_sent_again_with_their_key_get_the_first_answer(producer: Program) -> None:
    first, again = (post(producer, line("One."), line(""), key="n-1") for _turn in range(2))
    other = post(producer, line("Two."), key="n-1")

    assert first.content == again.content
    assert (again.headers["Idempotency-Replayed"], again.headers["Content-Type"]) == ("true", NDJSON)
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"text_content": "a", "analysis_type": "sentiment"}', "application/json", 415),
        (b"\n" * 10_002, NDJSON, 413),
        (b"a" * (12 * 1024 * 1024 + 1), NDJSON, 413),
        (b"\xff\n[]\n" + b"[" * 100_000, NDJSON, 200),
    ],
)
def test_a_body_as_a_whole_is_refused_only_for_its_type_and_size(
    producer: Program, body: bytes, content_type: str, status: int
) -> None:
    answer = producer.post("/analyses/bulk", body, content_type=content_type)

    assert answer.status_code == status
    assert not TextAnalysis.objects.exists()


def test_the_address_takes_nothing_but_posts(producer: Program) -> None:
    assert producer.get("/analyses/bulk").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_ten_programs_with_the_same_texts_make_each_once(make_person: MakePerson) -> None:
    secret = program_of(make_person("pia", Role.EDITOR), "ingest", "read").secret
    lines = [line(f"Text {number}.") for number in range(50)]

    answers = run_at_once(10, lambda _number: post(Program(secret), *lines))

    ids = [[one["id"] for one in results(answer)] for answer in answers]
    assert all(one == ids[0] for one in ids)
    assert TextAnalysis.objects.count() == 50
    call_command("check_data")
