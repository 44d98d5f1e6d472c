"""The probes: alive, ready, healthy; open to all, quick, and without secrets."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as project
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from analyses.queries import health

ASK = """
import json, sys, time
import django
django.setup()
from django.test import Client
started = time.monotonic()
answers = {path: Client().get(path) for path in ("/livez", "/readyz", "/health")}
seconds = time.monotonic() - started
found = {path: [answer.status_code, answer.json()] for path, answer in answers.items()}
print(json.dumps(found | {"seconds": seconds}))
"""


@pytest.fixture(autouse=True)
def looked_at_anew(monkeypatch: Any) -> None:
    """Forget what was seen, and let a busy machine take its time; the processes of their own keep the short limits."""
    monkeypatch.setattr(health, "_migrated_at", float("-inf"))
    monkeypatch.setattr(health, "DATABASE_SECONDS", 30.0)
    monkeypatch.setattr(health, "MIGRATIONS_SECONDS", 30.0)


def ask_with_database(url: str) -> dict[str, Any]:
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        (sys.executable, "-c", ASK),
        env=environment,
        cwd=project.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_alive_asks_nothing_of_the_database(client: Client) -> None:
    # Without the mark of the database a query would be refused.
    answer = client.get("/livez")

    assert (answer.status_code, answer.json()) == (200, {"alive": True})
    assert not answer.cookies
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db(transaction=True)
def test_ready_and_healthy_when_all_is_there(client: Client) -> None:
    ready, healthy = client.get("/readyz"), client.get("/health")

    assert (ready.status_code, ready.json()) == (200, {"ready": True, "missing": []})
    content = healthy.json()
    assert (healthy.status_code, content["status"], content["database"]) == (200, "healthy", True)
    assert set(content) == {"status", "database", "migrations", "cache", "timestamp"}


@pytest.mark.django_db(transaction=True)
def test_not_ready_while_a_migration_is_pending(client: Client) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("analyses", "0026_tier_null_to_standard")
    try:
        ready, healthy = client.get("/readyz"), client.get("/health")
    finally:
        recorder.record_applied("analyses", "0026_tier_null_to_standard")

    assert (ready.status_code, ready.json()["missing"]) == (503, ["migrations"])
    assert (healthy.status_code, healthy.json()["status"]) == (503, "unhealthy")


@pytest.mark.django_db(transaction=True)
def test_ready_when_newer_code_has_migrated_further(client: Client) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("analyses", "9999_of_a_newer_release")
    try:
        assert client.get("/readyz").status_code == 200
    finally:
        recorder.record_unapplied("analyses", "9999_of_a_newer_release")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health"])
def test_probes_only_answer(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
    assert client.delete(path).status_code == 405


def test_a_database_that_is_away_is_named_and_the_process_lives() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

    found = ask_with_database(f"postgresql://nobody:canary-password@127.0.0.1:{port}/none")

    assert found["/livez"][0] == 200
    assert found["/readyz"] == [503, {"ready": False, "missing": ["database"]}]
    assert (found["/health"][0], found["/health"][1]["database"]) == (503, False)
    assert "canary" not in json.dumps(found)


def test_a_database_that_hangs_is_named_soon() -> None:
    """Two checks of 0.4 s at most; the margin is for a busy machine. The server's own time limit is 5 s and more."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        found = ask_with_database(f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none")

    assert found["/readyz"] == [503, {"ready": False, "missing": ["database"]}]
    assert found["/health"][0] == 503
    assert found["seconds"] < 3


@pytest.mark.django_db(transaction=True)
def test_line_067_105_health_holds_its_parts_and_never_raises(monkeypatch: Any) -> None:
    found = health.status()
    assert found.is_healthy
    assert 0.0 <= found.error_rate <= 1.0
    assert found.avg_query_time >= 0.0
    assert found.connection_count <= max(found.pool_size, 0)
    assert found.details == {} or set(found.details) == {"cache"}

    def broken(seconds: float) -> float:
        raise RuntimeError("driver words with a secret")

    monkeypatch.setattr(health._database, "answer", broken)
    ill = health.status()

    assert ill.is_healthy is False
    assert ill.error_rate > found.error_rate
    assert ill.details["database"] == "The database does not answer."
    assert "secret" not in str(ill)
