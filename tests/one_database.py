"""Which tests a whole run has on SQLite alone: those that find the same on every database, with Redis and without.

`make test` runs each of them once, in its first stage, and the others on every database found (tests/run_suite.py).
They are the folders and files below, which ask for no database or make SQLite's own, whatever the run's is, and single
tests with the mark `one_database`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

PATHS = (
    "tests/api/test_filters.py",
    "tests/charts",
    "tests/conformance/test_deployment.py",
    "tests/conformance/test_test_kit.py",
    "tests/engines",
    "tests/evaluation",
    "tests/look",
    "tests/management/test_run_demo.py",
    "tests/nlpadmin/test_responses.py",
    "tests/tabular",
    "tests/templatetags",
    "tests/test_differences.py",
    "tests/test_floors.py",
    "tests/test_run_suite.py",
    "tests/training",
)
PROJECT_DIR = Path(__file__).resolve().parent.parent
ASKING = frozenset({"db", "transactional_db", "live_server", "redis_cache"})


def mark(items: Iterable[pytest.Item]) -> None:
    """Mark what lies in the paths; raise `pytest.UsageError` for one that asks for a database or Redis."""
    for item in items:
        if not any(item.path.is_relative_to(PROJECT_DIR / path) for path in PATHS):
            continue
        if ASKING & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("django_db"):
            raise pytest.UsageError(
                f"{item.nodeid} asks for a database or Redis, and tests/one_database.py has it run on SQLite alone."
                " Put it where tests run on every database."
            )
        item.add_marker(pytest.mark.one_database)
