"""The database crashes, or is not there at the start: pages come back by themselves, and none is a 500."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests.faults.crew import pause, wait_for
from tests.faults.own_servers import OwnMariaDB, OwnPostgreSQL, OwnServer
from tests.faults.web_server import Readers, serving

SERVERS: dict[str, type[OwnPostgreSQL | OwnMariaDB]] = {"postgresql": OwnPostgreSQL, "mysql": OwnMariaDB}
READERS = 4
PAGE = "/explore/"

pytestmark = pytest.mark.skipif(
    not os.environ.get("DATABASE_URL", "").startswith(("postgres", "mysql")),
    reason="SQLite is no server that could go away",
)


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """Return a running server with an empty database."""
    own = SERVERS[connection.vendor]()
    yield own
    own.remove()


@pytest.fixture(scope="module")
def environment(server: OwnServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the site needs to run on the server, with tables and static files."""
    ready = os.environ | {
        "DATABASE_URL": server.url,
        "REDIS_URL": "",
        "DJANGO_SETTINGS_MODULE": "nlpadmin.settings",
        "VAR_DIR": str(tmp_path_factory.mktemp("var")),
        "WEB_PROCESSES": "1",
    }
    for command in (("migrate",), ("collectstatic", "--noinput")):
        arguments = (sys.executable, "manage.py", *command, "--verbosity=0")
        subprocess.run(arguments, cwd=settings.BASE_DIR, env=ready, check=True)
    return ready


@pytest.fixture(scope="module")
def session(environment: dict[str, str]) -> str:
    """Return the key of an analyst's session on the server."""
    made = subprocess.run(
        (sys.executable, "-m", "tests.faults.make_reader"),
        cwd=settings.BASE_DIR,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return made.stdout.strip()


def test_f20_a_crash_of_the_database_costs_no_reader_a_500(
    server: OwnServer,
    environment: dict[str, str],
    session: str,
    is_full: bool,
    figures: Any,
) -> None:
    crashes = 10 if is_full else 1
    backs = []
    with serving(environment, log=Path(environment["VAR_DIR"], "web.log")) as site:
        assert site.get(PAGE, session=session).status_code == 200
        with Readers(site, PAGE, session=session, count=READERS, pause_seconds=0.1) as readers:
            for _ in range(crashes):
                pause(1)
                server.crash()
                server.start()
                started = time.monotonic()
                wait_for(lambda: site.get(PAGE, session=session).status_code == 200, seconds=10)
                backs.append(time.monotonic() - started)
            pause(1)

    statuses = readers.statuses()
    figures(
        crashes=crashes,
        pages=len(statuses),
        refused=statuses.count(503),
        slowest_page=f"{max(readers.seconds):.1f} s",
        slowest_return=f"{max(backs):.1f} s",
    )
    assert set(statuses) <= {200, 503}
    assert statuses[-READERS:] == [200] * READERS
    assert all(one.headers["Retry-After"] == "2" for one in readers.answers if one.status_code == 503)
    assert max(backs) < 5


def test_f22_a_site_started_before_its_database_recovers_by_itself(
    server: OwnServer,
    environment: dict[str, str],
    session: str,
    is_full: bool,
    figures: Any,
) -> None:
    away_seconds = 20 if is_full else 4
    server.crash()
    with serving(environment, log=Path(environment["VAR_DIR"], "web.log")) as site:
        until = time.monotonic() + away_seconds
        refused = []
        while time.monotonic() < until:
            refused.append(site.get(PAGE, session=session))
        server.start()
        started = time.monotonic()
        wait_for(lambda: site.get(PAGE, session=session).status_code == 200, seconds=10)
        back = time.monotonic() - started

    figures(away=f"{away_seconds} s", refused=len(refused), back_after=f"{back:.1f} s")
    assert {one.status_code for one in refused} == {503}
    assert all(one.headers["Retry-After"] == "2" for one in refused)
    assert all("Reload this page in a few seconds" in one.text for one in refused)
    assert back < 5
