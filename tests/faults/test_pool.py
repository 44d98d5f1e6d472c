"""All connections are taken: a clear 503 in time, never 500, and everything works again afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from tests import factories
from tests.conftest import logged_in, running_database_url
from tests.faults.crew import wait_for
from tests.faults.web_server import WebServer, serving

ASKED_AT_ONCE = 12
IN_TIME_SECONDS = 2.5  # 2 s of waiting and the answer itself, on a busy machine
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
HELD = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"

pytestmark = pytest.mark.skipif(
    "postgres" not in os.environ.get("DATABASE_URL", ""), reason="only PostgreSQL is read through a pool"
)


@pytest.fixture(scope="module")
def static_files() -> None:
    """Collect what pages name."""
    command = (sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0")
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "nlpadmin.settings"}
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True)


@pytest.fixture
def session(child_environment: dict[str, str], analyst: User) -> str:
    """Return the key of an analyst's session."""
    factories.make_scored(0.5)
    return logged_in(analyst).cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def small(
    child_environment: dict[str, str], static_files: None, tmp_path: Path, session: str
) -> Iterator[WebServer]:
    """Return a server of one process with twelve threads and a pool of two."""
    variables = {
        "WEB_PROCESSES": "1",
        "WEB_THREADS": str(ASKED_AT_ONCE + 1),
        "DB_POOL_SIZE": "1",
        "DB_MAX_OVERFLOW": "1",
    }
    with serving(child_environment | variables, log=tmp_path / "web.log") as server:
        assert server.get("/explore/", session=session).status_code == 200
        yield server


def outside() -> psycopg.Connection[Any]:
    """Open a connection that is none of the site's."""
    return psycopg.connect(running_database_url(), autocommit=True)


def count(statement: str) -> int:
    with outside() as watcher:
        row = watcher.execute(statement, (connection.settings_dict["NAME"],)).fetchone()
    assert row
    return int(row[0])


def ask(server: WebServer, path: str, session: str) -> tuple[float, httpx.Response]:
    started = time.monotonic()
    answer = server.get(path, session=session)
    return time.monotonic() - started, answer


def test_f24_a_full_pool_answers_503_in_time_and_recovers(
    small: WebServer, session: str, figures: Any
) -> None:
    with ThreadPoolExecutor(ASKED_AT_ONCE) as many, outside() as blocker:
        blocker.execute("BEGIN; LOCK TABLE text_analyses IN ACCESS EXCLUSIVE MODE")
        asked = [many.submit(ask, small, "/explore/", session) for _ in range(ASKED_AT_ONCE)]
        wait_for(lambda: count(WAITING) == 2)
        beside = ask(small, "/livez", "")
        wait_for(lambda: sum(one.done() for one in asked) == ASKED_AT_ONCE - 2, seconds=4)
        blocker.execute("ROLLBACK")
        answers = [one.result() for one in asked]

    statuses = sorted(answer.status_code for _, answer in answers)
    slowest = max(seconds for seconds, answer in answers if answer.status_code == 503)
    figures(requests=len(answers), refused=statuses.count(503), slowest_refusal=f"{slowest:.1f} s")
    assert statuses == [200] * 2 + [503] * (ASKED_AT_ONCE - 2)
    assert slowest < IN_TIME_SECONDS
    assert (beside[1].status_code, beside[0] < 0.5) == (200, True)
    for _, answer in answers:
        if answer.status_code == 503:
            assert answer.headers["Retry-After"] == "2"
            assert "All connections to the database are taken. Try again shortly." in answer.text
    assert [ask(small, "/explore/", session)[1].status_code for _ in range(4)] == [200] * 4
    assert count(HELD) <= 2 + 1


def test_f25_a_server_without_a_free_connection_answers_503_in_time(
    child_environment: dict[str, str], static_files: None, tmp_path: Path, session: str, figures: Any
) -> None:
    name = connection.settings_dict["NAME"]
    with ExitStack() as stack:
        stack.callback(connection.close)
        role = f"{name}_reader"
        _make_limited_role(role)
        stack.callback(_drop_role, role)
        limited = child_environment["DATABASE_URL"].replace("//postgres@", f"//{role}@")
        environment = child_environment | {"DATABASE_URL": limited}
        with ExitStack() as held, serving(environment, log=tmp_path / "web.log", WEB_PROCESSES="1") as server:
            assert server.get("/login/").status_code == 200
            for _ in range(5):
                held.enter_context(psycopg.connect(limited))
            answers = [ask(server, "/explore/", session) for _ in range(5)]
            held.close()
            wait_for(lambda: server.get("/explore/", session=session).status_code == 200, seconds=10)

    slowest = max(seconds for seconds, _ in answers)
    figures(requests=len(answers), slowest_refusal=f"{slowest:.1f} s")
    assert [answer.status_code for _, answer in answers] == [503] * 5
    assert all(answer.headers["Retry-After"] == "2" for _, answer in answers)
    assert slowest < IN_TIME_SECONDS


def _make_limited_role(role: str) -> None:
    """Make a role of whose connections the server grants five: the shared one need not be filled for it."""
    with outside() as administrator:
        administrator.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 5")
        administrator.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
        administrator.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")


def _drop_role(role: str) -> None:
    with outside() as administrator:
        administrator.execute(f"DROP OWNED BY {role}")
        administrator.execute(f"DROP ROLE {role}")
