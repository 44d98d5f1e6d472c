"""Requests sent again with an Idempotency-Key: one effect, one answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from analyses.choices import Role
from analyses.models import IdempotencyKey, TextAnalysis
from analyses.services import analyses
from tests.api.conftest import Program, program_of
from tests.conftest import MakePerson
from tests.threads import run_at_once

TEXT = {"text_content": "Good morning.", "analysis_type": "sentiment"}


def post(program: Program, key: str, content: Any = TEXT) -> Any:
    return program.post("/analyses", content, headers={"idempotency-key": key})


def test_the_same_request_gets_the_first_answer(producer: Program, django_assert_num_queries: Any) -> None:
    first = post(producer, "a-1")
    analyses.update(first.json()["id"], {"status": "completed", "sentiment_score": 0.5})

    with django_assert_num_queries(2):
        again = post(producer, "a-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (
        None,
        "true",
    )


def test_the_key_with_another_body_or_address_is_answered_409(producer: Program) -> None:
    post(producer, "a-1")

    answer = post(producer, "a-1", TEXT | {"text_content": "Good evening."})

    assert answer.status_code == 409
    assert answer.json()["error"] == "conflict"
    assert TextAnalysis.objects.count() == 1


def test_what_was_refused_leaves_no_key(producer: Program) -> None:
    refused = post(producer, "a-1", TEXT | {"text_content": "a\x00"})
    mended = post(producer, "a-1")

    assert (refused.status_code, mended.status_code) == (422, 201)


def test_keys_belong_to_their_token(producer: Program, make_person: MakePerson) -> None:
    other = program_of(make_person("pia", Role.EDITOR), "ingest")

    assert post(producer, "a-1").status_code == 201
    assert post(other, "a-1", TEXT | {"text_content": "Good evening."}).status_code == 201


def test_a_key_is_forgotten_after_a_day(producer: Program) -> None:
    post(producer, "a-1")
    IdempotencyKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert post(producer, "a-1", TEXT | {"text_content": "Good evening."}).status_code == 201
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a b", "é"])
def test_an_odd_key_is_refused(producer: Program, key: str) -> None:
    answer = post(producer, key)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_replays_have_one_effect_and_one_answer(make_person: MakePerson) -> None:
    secret = program_of(make_person("pia", Role.EDITOR), "ingest", "read").secret

    answers = run_at_once(20, lambda _number: post(Program(secret), "a-1"))

    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert sum("Idempotency-Replayed" not in one.headers for one in answers) == 1
    assert TextAnalysis.objects.count() == 1
