"""What `make test` runs: every test on SQLite, those that ask a database on each one found, the checks, a summary."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import psycopg
import pymysql
import redis

from nlpadmin.environment import Environment
from tests import one_database
from tests.chromium import CHROMIUM_NAMES, find_chromium

PROJECT_DIR = Path(__file__).resolve().parent.parent
BIN_DIR = Path(sys.executable).parent
CONNECT_SECONDS = 2
PROCESSES = "2"
ALL_TESTS = ("tests", "--ignore=tests/browser")
# What finds the same on every database runs in the first stage alone.
LEFT_OUT = tuple(f"--ignore={path}" for path in one_database.PATHS)
ASKING_A_DATABASE = (*ALL_TESTS, *LEFT_OUT, "-m", "not one_database")

POSTGRESQL_URL = os.environ.get("NLPADMIN_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")
MARIADB_URL = os.environ.get("NLPADMIN_TEST_MARIADB", "mysql://root@127.0.0.1:3306")
REDIS_URL = os.environ.get("NLPADMIN_TEST_REDIS", "redis://127.0.0.1:6379/15")


@dataclass(frozen=True)
class Service:
    """Something the tests can use; `probe` raises when it is not there."""

    name: str
    place: str
    probe: Callable[[], None]

    def is_there(self) -> bool:
        """Ask the service once."""
        try:
            self.probe()
        except (OSError, psycopg.Error, pymysql.Error, redis.RedisError):
            return False
        return True


@dataclass(frozen=True)
class Stage:
    """One command of the suite."""

    name: str
    command: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    report: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """How a stage ended; the counts are of tests, and of the stage itself where it runs none."""

    stage: str
    seconds: float
    is_green: bool
    passed: int
    failed: int
    skipped: int
    tests: frozenset[str] = frozenset()


def main(arguments: list[str]) -> int:
    """Run the suite, or only the checks, or only the tests that the arguments choose."""
    only_checks = arguments == ["--checks"]
    found = set() if only_checks else probe_services()
    missing = required_services() - found
    if missing and not only_checks:
        print(f"\nNot found, but required by NLPADMIN_TEST_REQUIRE: {', '.join(sorted(missing))}.")
        return 1
    with tempfile.TemporaryDirectory(prefix="nlpadmin-suite-") as scratch:
        stages: list[Stage] = []
        if not only_checks:
            stages += stages_of_tests(found, tuple(arguments), Path(scratch))
        if not arguments or only_checks:
            stages += stages_of_checks(Path(scratch))
        outcomes = [run(stage) for stage in stages]
    return summarise(outcomes)


def required_services() -> set[str]:
    """Return the names that must be found."""
    return set(re.findall(r"[a-z]+", os.environ.get("NLPADMIN_TEST_REQUIRE", "")))


def probe_services() -> set[str]:
    """Print which services there are, and return their names."""
    found = set()
    for service in SERVICES:
        if service.is_there():
            found.add(service.name)
        state = "found    " if service.name in found else "not found"
        print(f"  {service.name:<11}{state}  {service.place}")
    return found


def _probe_postgresql() -> None:
    psycopg.connect(f"{POSTGRESQL_URL}/postgres", connect_timeout=CONNECT_SECONDS).close()


def _probe_mariadb() -> None:
    parts = urlsplit(MARIADB_URL)
    pymysql.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=parts.username,
        password=parts.password or "",
        connect_timeout=CONNECT_SECONDS,
    ).close()


def _probe_redis() -> None:
    with redis.Redis.from_url(REDIS_URL, socket_connect_timeout=CONNECT_SECONDS) as client:
        client.ping()


def _probe_chromium() -> None:
    if find_chromium() is None:
        raise FileNotFoundError


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}"


SERVICES = (
    Service("postgresql", _without_login(POSTGRESQL_URL), _probe_postgresql),
    Service("mariadb", _without_login(MARIADB_URL), _probe_mariadb),
    Service("redis", _without_login(REDIS_URL), _probe_redis),
    Service("chromium", find_chromium() or ", ".join(CHROMIUM_NAMES), _probe_chromium),
)


def stages_of_tests(found: set[str], arguments: tuple[str, ...], scratch: Path) -> Iterator[Stage]:
    """Yield a run of the tests for each database found; what arguments choose runs on every one."""
    chosen = arguments or ASKING_A_DATABASE
    cache = {"REDIS_URL": REDIS_URL} if "redis" in found else {}
    beside = "with Redis" if cache else "without Redis"
    # The number keeps two suites on one server apart.
    name = f"nlpadmin_{os.getpid()}"
    yield _pytest("SQLite without Redis", arguments or ALL_TESTS, {}, scratch)
    if "postgresql" in found:
        url = {"DATABASE_URL": f"{POSTGRESQL_URL}/{name}"}
        yield _pytest(f"PostgreSQL {beside}", chosen, url | cache, scratch)
    if "mariadb" in found:
        url = {"DATABASE_URL": f"{MARIADB_URL}/{name}"}
        yield _pytest(f"MariaDB {beside}", chosen, url | cache, scratch)
    if "chromium" in found and not arguments:
        yield _pytest("Chromium", ("tests/browser",), {}, scratch)


def _pytest(name: str, chosen: tuple[str, ...], variables: dict[str, str], scratch: Path) -> Stage:
    report = scratch / f"{re.sub(r'[^a-z]+', '-', name.lower())}.xml"
    options = ("-q", "--no-header", f"--junitxml={report}", "-n", PROCESSES)
    return Stage(name, (sys.executable, "-m", "pytest", *options, *chosen), variables, report)


def stages_of_checks(scratch: Path) -> Iterator[Stage]:
    """Yield the checks that run no test."""
    manage = (sys.executable, "manage.py")
    production = {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "texts.example.org",
        "CSRF_TRUSTED_ORIGINS": "https://texts.example.org",
        "VAR_DIR": str(scratch / "var"),
    }
    yield Stage("ruff check", (sys.executable, "-m", "ruff", "check", "--quiet", "."))
    yield Stage("ruff format", (sys.executable, "-m", "ruff", "format", "--check", "--quiet", "."))
    yield Stage("mypy", (sys.executable, "-m", "mypy"))
    yield Stage("lint-imports", (str(BIN_DIR / "lint-imports"),))
    yield Stage("check --deploy", (*manage, "check", "--deploy", "--fail-level", "WARNING"), production)
    yield Stage("makemigrations", (*manage, "makemigrations", "--check", "--dry-run"), production)


def run(stage: Stage) -> Outcome:
    """Run a stage in the open and count what it did."""
    print(f"\n=== {stage.name}: {' '.join(stage.command[1:])}", flush=True)
    started = time.monotonic()
    code = subprocess.run(
        stage.command, cwd=PROJECT_DIR, env=_clean_environment() | stage.variables, check=False
    ).returncode
    seconds = time.monotonic() - started
    passed, failed, skipped = _count(stage.report) if stage.report else (int(code == 0), int(code != 0), 0)
    is_green = code == 0 and failed == 0 and passed > 0
    return Outcome(stage.name, seconds, is_green, passed, failed, skipped, _names(stage.report))


def _clean_environment() -> dict[str, str]:
    """Return our environment without the product's own variables: a developer's must not steer the tests.

    Python may keep what it compiled: the tests start some hundred processes, and each would compile all of it again.
    """
    left_out = {*Environment.model_fields, "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in left_out}


def _count(report: Path) -> tuple[int, int, int]:
    """Return tests passed, failed and skipped; a run that wrote no report failed."""
    if not report.exists():
        return 0, 1, 0
    suites = ET.parse(report).getroot().iter("testsuite")  # our own pytest wrote it
    totals = [
        [int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")] for suite in suites
    ]
    tests, failures, errors, skipped = (sum(column) for column in zip(*totals, strict=True))
    return tests - failures - errors - skipped, failures + errors, skipped


def _names(report: Path | None) -> frozenset[str]:
    """Return the tests that a run reported, passed or not; none for a stage without tests or report."""
    if report is None or not report.exists():
        return frozenset()
    cases = ET.parse(report).getroot().iter("testcase")
    return frozenset(f"{case.get('classname')}::{case.get('name')}" for case in cases)


def summarise(outcomes: list[Outcome]) -> int:
    """Print how each stage ended and what it left to the first one; return 1 when one is not green."""
    print("\n=== Summary")
    for outcome in outcomes:
        verdict = "ok    " if outcome.is_green else "FAILED"
        skipped = f", {outcome.skipped} skipped" if outcome.skipped else ""
        print(
            f"  {verdict}  {outcome.stage:<24}{outcome.seconds:6.0f} s"
            f"   {outcome.passed} passed, {outcome.failed} failed{skipped}{_left_out(outcome, outcomes[0])}"
        )
    # A stage that is not green without a failed test (none collected, a crash) counts as one failure.
    failed = sum(max(outcome.failed, int(not outcome.is_green)) for outcome in outcomes)
    passed = sum(outcome.passed for outcome in outcomes)
    skipped_total = sum(outcome.skipped for outcome in outcomes)
    seconds = sum(outcome.seconds for outcome in outcomes)
    counts = ((failed, "failed"), (passed, "passed"), (skipped_total, "skipped"))
    words = ", ".join(f"{count} {word}" for count, word in counts if count)
    # The closing line has the form of pytest's own, over all stages.
    print(f"\n===== {words} in {seconds:.2f}s =====")
    return int(failed > 0)


def _left_out(outcome: Outcome, first: Outcome) -> str:
    """Say how many tests of the first stage another run of the same tests left to it."""
    left = first.tests - outcome.tests
    return f"; {len(left)} only on {first.stage}" if left and first.tests & outcome.tests else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
