"""Line 116 of the conformance list: a benchmark measures every documented target. What it measures is no test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as project
from django.db import connection

from tests.conftest import running_database_url

# The documented target, and what a line of the table that measures it begins with.
DOCUMENTED = {
    ("simple query", "< 10 ms"),
    ("bulk creation", ">= 1,000 records/s"),
    ("connections to the database", ">= 50 connections"),
    ("clients at once", ">= 50 clients"),
    ("cache hit rate", "> 80 %"),
    ("memory of a process", "< 500 MB"),
    ("memory of the site's processes", "< 500 MB"),
}
LINE = re.compile(r"\| (.+?) \| (.+?) \| ([\d,]+\.\d\d) \| (yes|no) \|")


@pytest.fixture
def benchmark_environment(redis_cache: Any, settings: Any) -> dict[str, str]:
    """Return an environment with both services; the benchmark makes a database and keys of its own on them."""
    location = settings.CACHES["default"]["LOCATION"]
    return os.environ | {
        "DATABASE_URL": running_database_url(),
        "REDIS_URL": location if isinstance(location, str) else location[0],
        "DJANGO_SETTINGS_MODULE": "nlpadmin.settings",
    }


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the targets are measured on PostgreSQL")
def test_line_116_every_documented_target_is_measured(benchmark_environment: dict[str, str]) -> None:
    done = subprocess.run(
        (sys.executable, "-m", "benchmarks.targets", "--rows", "60", "--rounds", "1"),
        cwd=project.BASE_DIR,
        env=benchmark_environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    found = [match.groups() for match in map(LINE.fullmatch, done.stdout.splitlines()) if match]
    assert len(found) == len(DOCUMENTED)
    for begin, documented in DOCUMENTED:
        (measured,) = [line[2] for line in found if line[0].startswith(begin) and line[1] == documented]
        assert float(measured.replace(",", "")) > 0
    page = (project.BASE_DIR / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert "`python -m benchmarks.targets --save`" in page
