"""Guessing of tokens meets a limit, and a valid token never does."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth.models import User

from analyses.services import attempts
from tests.api.conftest import Program, program_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def one_window() -> Iterator[None]:
    """Stay within a window, in the present: whether a token is valid the database says by its own clock."""
    with time_machine.travel(datetime.now(UTC).replace(second=10, microsecond=0), tick=False):
        yield


def guess(number: int) -> Program:
    return Program(f"nlp_{number:043}")


def test_the_twenty_first_wrong_token_is_answered_429(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        answers = [guess(number).get("/analyses") for number in range(22)]

    assert [answer.status_code for answer in answers] == [401] * 20 + [429] * 2
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"
    assert (answers[0].headers["RateLimit-Limit"], answers[0].headers["RateLimit-Remaining"]) == ("20", "19")
    last = answers[-1]
    assert (last.headers["Retry-After"], last.headers["RateLimit-Reset"]) == ("50", "50")
    assert last.json()["error"] == "too_many_requests"
    assert set(last.json()) == {"error", "detail", "timestamp", "request_id"}
    assert caplog.text.count("Too many wrong tokens from 127.0.0.1") == 1
    assert guess(1).secret not in caplog.text


def test_a_valid_token_behind_the_same_address_is_never_refused(editor: User) -> None:
    program = program_of(editor, "read")
    for number in range(30):
        guess(number).get("/analyses")

    assert guess(99).get("/analyses").status_code == 429
    assert program.get("/analyses").status_code == 200


def test_a_request_without_a_token_guesses_nothing() -> None:
    assert {Program().get("/analyses").status_code for _ in range(30)} == {401}
    assert guess(1).get("/analyses").headers["RateLimit-Remaining"] == "19"


def test_a_scope_that_is_missing_is_no_guess(editor: User) -> None:
    program = program_of(editor, "ingest")

    assert {program.get("/analyses").status_code for _ in range(30)} == {403}
    assert guess(1).get("/analyses").headers["RateLimit-Remaining"] == "19"


def test_another_process_refuses_after_at_most_four_more() -> None:
    for number in range(20):
        guess(number).get("/analyses")
    attempts.forget_all_here()  # as a process that begins

    assert [guess(number).get("/analyses").status_code for number in range(6)] == [401] * 4 + [429] * 2


@pytest.mark.parametrize("address", ["/api/openapi.json", "/metrics"])
def test_every_door_for_tokens_counts(address: str) -> None:
    client = guess(1).client
    statuses = [client.get(address, headers={"accept": "application/json"}).status_code for _ in range(21)]

    assert statuses == [401] * 20 + [429]
    assert client.get(address, headers={"accept": "application/json"}).headers["Retry-After"] == "50"
