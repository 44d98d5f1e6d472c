"""Settings with their defaults, what they do, and what is written to the log."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from analyses.exceptions import DatabaseError, ValidationError
from nlpadmin.environment import Environment
from tests.nlpadmin.pools import ALIAS, backend_pid, pooled

ROOT = Path(settings.BASE_DIR)
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 (\S+) ([A-Z]+) (.+)")
CANARY = "canary-7f3a"
ASK = f"""
import django
django.setup()
import logging
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT CAST(%s AS CHAR(20))", ["{CANARY}"])
logging.getLogger("analyses.sample").debug("job %s", 7)
logging.getLogger("analyses.sample").warning("job %s", 8)
"""

only_with_pool = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="only PostgreSQL is read through a pool"
)


READ_WITHOUT_REDIS = """
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
from analyses.queries import analyses
from tests import factories
row = factories.make_scored(0.5)
for _ in range(5):
    assert analyses.find(row.pk).sentiment_score == 0.5
assert Client(SERVER_NAME="localhost").get("/login/").status_code == 200
"""


def log_of(tmp_path: Path, *, script: str = ASK, **variables: str) -> list[tuple[str, str, str]]:
    """Run a script in a process of its own; give logger, level and message of each line of its log."""
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'log.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "nlpadmin.settings",
        "PYTHONPATH": str(ROOT),
        "VAR_DIR": str(tmp_path),
    }
    done = subprocess.run(
        (sys.executable, "-c", script),
        cwd=ROOT,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = [LINE.fullmatch(line) for line in done.stderr.splitlines()]
    assert all(found), done.stderr
    return [(one[1], one[2], one[3]) for one in found if one]


def test_line_060_071_defaults_are_the_documented_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ("NLPADMIN_DEMO", "SECRET_KEY", "VAR_DIR")
    for name in Environment.model_fields.keys() - set(kept):
        monkeypatch.delenv(name, raising=False)

    shown = json.loads(Environment.read().model_dump_json())

    documented = {
        "DB_POOL_SIZE": 20,
        "DB_MAX_OVERFLOW": 30,
        "DB_POOL_TIMEOUT": 2.0,  # a recorded departure from 30, docs/decisions/0003
        "DB_POOL_RECYCLE": 3600,
        "DB_POOL_PRE_PING": True,
        "ECHO": False,
        "ECHO_POOL": False,
        "ENABLE_METRICS": True,
        "ENABLE_CACHING": True,
        "CACHE_TTL": 3600,
        "RETRY_ATTEMPTS": 3,
        "RETRY_DELAY": 1.0,
    }
    assert {name: shown[name] for name in documented} == documented


@pytest.mark.parametrize("spelling", ["true", "True", "TRUE", "1"])
def test_line_071_caching_is_switched_in_any_case(monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    monkeypatch.setenv("ENABLE_CACHING", spelling)

    assert Environment.read().ENABLE_CACHING


def test_line_071_wrong_values_stop_the_start_with_one_message(tmp_path: Path) -> None:
    wrong = {
        "DATABASE_URL": "oracle://h/n",
        "DB_POOL_SIZE": "many",
        "DB_MAX_OVERFLOW": "-1",
        "ENABLE_CACHING": "perhaps",
        "CACHE_TTL": "0",
        "REDIS_URL": "127.0.0.1",
    }
    done = subprocess.run(
        (sys.executable, "manage.py", "check"),
        cwd=ROOT,
        env=os.environ | wrong | {"DJANGO_SETTINGS_MODULE": "nlpadmin.settings", "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "nlpadmin cannot start: 6 environment variables are not right." in done.stderr
    assert all(f"  {name} " in done.stderr for name in wrong)


def test_line_082_a_switch_logs_every_statement_without_its_values(tmp_path: Path) -> None:
    quiet, loud = log_of(tmp_path), log_of(tmp_path, ECHO="true")

    statements = [message for name, _, message in loud if name == "nlpadmin.sql"]
    assert not [name for name, _, _ in quiet if name == "nlpadmin.sql"]
    assert re.fullmatch(r"[\d.]+ ms SELECT CAST\(%s AS CHAR\(20\)\)", statements[0])
    assert CANARY not in str(loud)


def test_line_082_another_switch_logs_connections(tmp_path: Path) -> None:
    quiet, loud = log_of(tmp_path), log_of(tmp_path, ECHO_POOL="true")

    assert "nlpadmin.connections" not in {name for name, _, _ in quiet}
    assert ("nlpadmin.connections", "DEBUG", "A connection to default is in use (sqlite).") in loud


@pytest.mark.parametrize(
    ("level", "messages"), [("debug", ["job 7", "job 8"]), ("WARNING", ["job 8"]), ("ERROR", [])]
)
def test_line_083_lines_have_time_logger_level_and_message(
    tmp_path: Path, level: str, messages: list[str]
) -> None:
    lines = log_of(tmp_path, LOG_LEVEL=level)

    assert [message for name, _, message in lines if name == "analyses.sample"] == messages


def test_line_084_licence_and_contribution_steps_are_there() -> None:
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    assert "make test" in (ROOT / "CONTRIBUTING.md").read_text()


def test_line_109_errors_have_their_documented_parts_and_forms() -> None:
    failed = DatabaseError("create analysis", "gone", id=7)
    refused = ValidationError("sentiment_score", "too high", value=2)

    assert (failed.operation, failed.reason, failed.details) == ("create analysis", "gone", {"id": 7})
    assert (refused.field, refused.reason, refused.details) == ("sentiment_score", "too high", {"value": 2})
    assert str(failed) == "Database create analysis failed: gone"
    assert str(refused) == "Validation error in sentiment_score: too high"


def crowded(request: HttpRequest) -> HttpResponse:
    """Ask for a connection from a pool that somebody else holds whole."""
    with ThreadPoolExecutor(1) as threads:
        return HttpResponse(threads.submit(lambda: backend_pid(connections[ALIAS])).result())


def broken(request: HttpRequest) -> HttpResponse:
    """Use a connection and fail."""
    backend_pid(connections[ALIAS])
    raise ValueError("a bug")


urlpatterns = [path("crowded/", crowded), path("broken/", broken)]
handler500 = "nlpadmin.unavailable.handle_exception"


@pytest.fixture
def client(django_db_blocker: Any, settings: Any) -> Iterator[Client]:
    """Return a client of the pages above, whose connections are none of the test's."""
    settings.ROOT_URLCONF = __name__
    with django_db_blocker.unblock():
        yield Client(raise_request_exception=False)


@only_with_pool
def test_line_077_an_exhausted_pool_is_a_clear_error_that_larger_settings_cure(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = {"DB_POOL_SIZE": "1", "DB_MAX_OVERFLOW": "0", "DB_POOL_TIMEOUT": "0.2"}
    with pooled(monkeypatch, **tight) as held:
        backend_pid(held)
        refused = client.get("/crowded/")
    with pooled(monkeypatch, **tight | {"DB_MAX_OVERFLOW": "1"}) as held:
        backend_pid(held)
        answered = client.get("/crowded/")

    assert (refused.status_code, answered.status_code) == (503, 200)
    assert refused.headers["Retry-After"] == "2"
    assert "All connections to the database are taken. Try again shortly." in refused.content.decode()
    assert "DB_POOL_SIZE" in (ROOT / "docs" / "troubleshooting.md").read_text()


@only_with_pool
def test_line_004_020_each_request_gives_its_connection_back_and_none_builds_a_pool(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pooled(monkeypatch, DB_POOL_SIZE="1", DB_MAX_OVERFLOW="0", DB_POOL_TIMEOUT="1") as mine:
        pool = mine.pool  # type: ignore[attr-defined]
        for _ in range(5):
            assert client.get("/broken/").status_code == 500
            mine.close()  # what the end of a request does to every connection of its thread

        assert mine.pool is pool  # type: ignore[attr-defined]
        assert pool.get_stats()["connections_num"] == 1
        assert pool.get_stats()["pool_available"] == 1


def test_line_110_a_redis_that_is_away_at_the_start_is_a_warning_and_nothing_more(tmp_path: Path) -> None:
    lines = log_of(tmp_path, script=READ_WITHOUT_REDIS, REDIS_URL="redis://127.0.0.1:1/0", DEBUG="1")

    warnings = [message for _, level, message in lines if level == "WARNING"]
    assert "The cache does not answer and is left alone for a while: ConnectionError." in warnings
    assert not [line for line in lines if line[1] in {"ERROR", "CRITICAL"}]
