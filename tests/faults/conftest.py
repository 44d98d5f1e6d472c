"""What the fault tests share: their scale, the environment of short leases, and the report of a full run."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests.faults.crew import Crew, crew_of
from tests.faults.own_redis import OwnRedis
from tests.faults.own_servers import OwnMariaDB, OwnPostgreSQL, OwnServer
from tests.faults.own_sites import OwnSite, environment_of, looking_into, prepared

# Empty: a tenth and no report, as in every test run; "tenth": with report; "full": all of it, as `make faults` does.
SCALE = os.environ.get("NLPADMIN_FAULTS", "")
LEASE_SECONDS = 2
REPORT = Path(settings.BASE_DIR, "docs", "faults.md")
FIGURE = "fault figure"
SERVERS: dict[str, type[OwnPostgreSQL | OwnMariaDB]] = {"postgresql": OwnPostgreSQL, "mysql": OwnMariaDB}


@pytest.fixture(scope="session")
def is_full() -> bool:
    """Say whether the whole numbers of the fault list are asked for (`make faults`), or a tenth."""
    return SCALE == "full"


@pytest.fixture(scope="session")
def is_reported() -> bool:
    """Say whether the run's figures go into docs/faults.md."""
    return SCALE in {"full", "tenth"}


@pytest.fixture
def fault_environment(child_environment: dict[str, str], settings: Any, tmp_path: Path) -> dict[str, str]:
    """Return the environment of workers with short leases that count what they compute."""
    settings.LEASE_SECONDS = LEASE_SECONDS
    return child_environment | {
        "LEASE_SECONDS": str(LEASE_SECONDS),
        "FAULT_LOG": str(tmp_path / "computed"),
        "LOG_LEVEL": "INFO",
    }


@pytest.fixture
def crew(fault_environment: dict[str, str]) -> Iterator[Crew]:
    """Return a crew without workers; whoever is hired is gone after the test."""
    with crew_of(fault_environment) as hired:
        yield hired


@pytest.fixture
def figures(record_property: Any) -> Any:
    """Return a function that keeps what a test did and found, for the report."""

    def keep(**named: float | str) -> None:
        for name, value in named.items():
            record_property(FIGURE, f"{value:g} {name}" if not isinstance(value, str) else f"{name} {value}")

    return keep


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """Return a running server with an empty database, of the kind under test."""
    if connection.vendor not in SERVERS:
        pytest.skip("SQLite is no server that could go away")
    own = SERVERS[connection.vendor]()
    yield own
    own.remove()


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    """Return a running Redis of the test's own."""
    own = OwnRedis()
    own.start()
    yield own
    own.remove()


@pytest.fixture(scope="module")
def site(server: OwnServer, tmp_path_factory: pytest.TempPathFactory) -> OwnSite:
    """Return a site on the server, with tables, static files and people."""
    return prepared(environment_of(server.url, tmp_path_factory.mktemp("var")))


@pytest.fixture
def inside(server: OwnServer, site: OwnSite, django_db_blocker: Any) -> Iterator[tuple[OwnServer, OwnSite]]:
    """Let this process's models read and write the site's database; return both."""
    with django_db_blocker.unblock(), looking_into(server.url):
        yield server, site


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Write this database's part of docs/faults.md after a run that asks for it."""
    if SCALE not in {"full", "tenth"}:
        return
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        if report.when == "call" and "faults/" in report.nodeid
    ]
    if reports:
        REPORT.write_text(_with_rows(_database_name(), [_row(report) for report in reports]))
        terminalreporter.write_line(f"{REPORT} has the figures.")


def _database_name() -> str:
    names = {"sqlite3": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB"}
    return names[settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[-1]]


def _row(report: Any) -> str:
    name = report.nodeid.rsplit("::", 1)[-1].removeprefix("test_").replace("_", " ")
    found = ", ".join(value for key, value in report.user_properties if key == FIGURE)
    return f"| {name} | {report.outcome} | {report.duration:.0f} | {found} | {_conditions()} |"


def _conditions() -> str:
    scale = "full" if SCALE == "full" else "a tenth"
    load = f"load {os.getloadavg()[1]:.0f} on {os.cpu_count()} cores"
    return f"{scale}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {_commit()}, {load}"


def _commit() -> str:
    command = ("git", "-C", str(settings.BASE_DIR), "rev-parse", "--short", "HEAD")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


HEAD = """# Faults survived

Figures of `tests/faults`, one row for the latest run of each test on each database. `make faults` runs them at full
scale; a row says which scale it had, and how busy the machine was. Real workers are killed, frozen and stopped;
afterwards every row has exactly one answer and `manage.py check_data` finds nothing. "Texts computed again" were
computed by a worker that died before it stored them. The airline file is always the whole file.

"""
COLUMNS = (
    "| test | outcome | seconds | figures | scale, time, commit, load |\n| --- | --- | ---: | --- | --- |\n"
)


def _with_rows(vendor: str, rows: list[str]) -> str:
    """Put one database's rows into the report; the latest run of each test stays."""
    old = REPORT.read_text() if REPORT.exists() else ""
    parts = {found[1]: found[2] for found in re.finditer(r"^## (\w+)\n(.*?)(?=^## |\Z)", old, re.M | re.S)}
    kept = [line for line in parts.get(vendor, "").splitlines() if line.startswith("| ")][2:]
    by_test = {row.split("|")[1]: row for row in [*kept, *rows]}
    parts[vendor] = COLUMNS + "\n".join(by_test[name] for name in sorted(by_test))
    order = ("SQLite", "PostgreSQL", "MariaDB")
    return HEAD + "\n\n".join(f"## {name}\n\n{parts[name].strip()}" for name in order if name in parts) + "\n"
