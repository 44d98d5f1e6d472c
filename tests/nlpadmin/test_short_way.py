"""The API goes past what only pages need, and loses nothing that protects it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.api.conftest import Program, program_of

pytestmark = pytest.mark.django_db

EXPECTED = {
    "Cache-Control": "no-store, private",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.fixture
def program(analyst: User) -> Program:
    return program_of(analyst, "read")


def test_an_answer_has_every_header_that_protects_it(program: Program) -> None:
    answer = program.get("/analyses")

    assert answer.status_code == 200
    assert {name: answer.headers[name] for name in EXPECTED} == EXPECTED
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert "Set-Cookie" not in answer.headers
    assert not answer.cookies


def test_a_refusal_has_them_too(client: Client) -> None:
    answer = client.get("/api/analyses")

    assert answer.status_code == 401
    assert {name: answer.headers[name] for name in EXPECTED} == EXPECTED


def test_https_is_kept_to(program: Program, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 3600

    assert "max-age=3600" in Client(headers={"authorization": f"Bearer {program.secret}"}).get(
        "/api/analyses", secure=True
    ).headers.get("Strict-Transport-Security", "")


def test_a_host_that_is_not_ours_is_refused(program: Program) -> None:
    answer = program.client.get("/api/analyses", headers={"host": "evil.example"})

    assert answer.status_code == 400
    assert answer.json()["error"] == "bad_request"


def test_a_cookie_opens_nothing(operator_client: Client) -> None:
    assert operator_client.get("/api/analyses").status_code == 401


def test_people_still_read_the_documentation(analyst_client: Client, client: Client) -> None:
    page = analyst_client.get("/api/docs")

    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert client.get("/api/docs", headers={"accept": "text/html"}).status_code == 302


def test_an_export_is_streamed_as_before(program: Program) -> None:
    answer = program.get("/exports/analyses.csv")

    assert answer.streaming
    assert "Content-Length" not in answer.headers
    assert b"".join(answer).startswith(b"id,")
