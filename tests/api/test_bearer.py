"""Who is let in: tokens with scopes, and nothing else; no secret is ever written down."""

from __future__ import annotations

import logging
from typing import Any, cast

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client

from analyses.api.application import api
from analyses.api.bearer import Bearer
from analyses.choices import Role
from analyses.models import ApiToken
from analyses.services import tokens
from tests.api.conftest import Program, program_of
from tests.conftest import logged_in
from tests.factories import make_analysis, make_batch


def operations() -> list[tuple[str, str, str]]:
    """List method, path and scope of every operation."""
    return sorted(
        (method, f"{bound.prefix}{path}", cast("Bearer", operation.auth_callbacks[0]).scope)
        for bound in api._get_bound_routers()
        for path, view in bound.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    )


def called(program: Program, method: str, path: str) -> Any:
    path = path.replace("{text_hash}", "a" * 64)
    for name in ("analysis_id", "batch_id", "claim_id"):
        path = path.replace(f"{{{name}}}", "1")
    return program.client.generic(method, f"/api{path}", b"{}", content_type="application/json")


@pytest.mark.parametrize(("method", "path", "scope"), operations())
def test_every_operation_refuses_whoever_lacks_its_scope(
    editor: User, outsider: User, method: str, path: str, scope: str
) -> None:
    make_analysis(pk=1)
    make_batch(pk=1)
    others = [name for name in ("read", "ingest", "review") if name != scope]
    weak, dismissed = program_of(editor, *others), program_of(editor, scope)
    cookie = Program()
    cookie.client = logged_in(User.objects.create_superuser("root"))

    assert called(weak, method, path).status_code == 403
    assert called(Program(), method, path).status_code == 401
    assert called(cookie, method, path).status_code == 401
    assert called(Program("nlp_" + "a" * 43), method, path).status_code == 401
    editor.groups.clear()
    assert called(dismissed, method, path).status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Token abc",
        "Bearer " + "x" * 8000,
        "Bearer \udc80",
        "bearer a b",
    ],
)
def test_nonsense_in_the_header_is_answered_401(db: None, header: str) -> None:
    response = Client().get("/api/analyses", headers={"authorization": header})

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert set(response.json()) == {"error", "detail", "timestamp", "request_id"}


def test_a_revoked_token_ends_at_once(producer: Program, editor: User) -> None:
    assert producer.get("/analyses").status_code == 200

    tokens.revoke(ApiToken.objects.get().pk, user=editor)

    assert producer.get("/analyses").status_code == 401


@pytest.mark.parametrize("name", ["token", "access_token", "api_key"])
def test_a_token_in_the_address_is_refused_and_told_of(
    producer: Program, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = producer.get("/analyses", {name: producer.secret})

    assert response.status_code == 400
    assert "is to be revoked" in response.json()["detail"]
    assert "A token came in the address" in caplog.text
    assert producer.secret not in response.content.decode()


def test_no_answer_log_or_column_holds_the_secret(
    producer: Program, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    answers = [
        producer.post("/analyses", {"text_content": "Good.", "analysis_type": "sentiment"}),
        producer.post("/analyses", b"{"),
        producer.get("/analyses?foo=1"),
        producer.get("/nowhere"),
        producer.delete("/analyses/1"),
    ]

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM api_tokens")
        stored = str(cursor.fetchall())
    for text in (caplog.text, stored, *(answer.content.decode() for answer in answers)):
        assert producer.secret not in text


def test_plain_http_is_refused_where_tls_is_demanded(producer: Program, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^api/"]

    assert producer.get("/analyses").status_code == 403
    assert producer.client.get("/api/analyses", secure=True).status_code == 200


def test_reading_changes_no_row_but_notes_exports(operator: User) -> None:
    make_analysis(pk=1, batch_analysis=make_batch(pk=1))
    program = program_of(operator, "read")
    before = stored()

    for method, path, _scope in operations():
        if method == "GET":
            answer = called(program, method, path)
            assert answer.status_code in (200, 404, 422), path
            list(answer)

    after = stored()
    assert {one["created_by_id"] for one in after.pop("Export")} == {operator.pk}
    assert before.pop("Export") == []
    assert after == before


def stored() -> dict[str, list[Any]]:
    """Give every row of every table of ours."""
    return {
        model.__name__: list(model._base_manager.order_by("pk").values())
        for model in apps.get_app_config("analyses").get_models()
    }


@pytest.mark.parametrize(
    ("method", "path", "scope", "permission"),
    [
        ("GET", "/exports/analyses.csv", "read", "export_textanalysis"),
        ("GET", "/exports/analyses.ndjson", "read", "export_textanalysis"),
        ("GET", "/exports/analyses.xlsx", "read", "export_textanalysis"),
        ("POST", "/batches/1/cancel", "ingest", "run_batchanalysis"),
        ("POST", "/batches/1/resume", "ingest", "run_batchanalysis"),
        ("POST", "/batches/1/retry", "ingest", "run_batchanalysis"),
        ("DELETE", "/analyses/1", "review", "delete_textanalysis"),
        ("DELETE", "/batches/1", "review", "delete_batchanalysis"),
    ],
)
def test_what_the_console_asks_a_permission_for_the_api_asks_too(
    editor: User, method: str, path: str, scope: str, permission: str
) -> None:
    make_analysis(pk=1, batch_analysis=make_batch(pk=1))
    program = program_of(editor, scope)
    allowed = called(program, method, path)
    list(allowed)
    assert allowed.status_code == 200

    role = Group.objects.get(name=Role.EDITOR)
    role.permissions.remove(*role.permissions.filter(codename=permission))

    assert called(program, method, path).status_code == 403
