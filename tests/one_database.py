"""Which tests a whole run has on SQLite alone: those that find the same on every database, with Redis and without.

`make test` runs each of them once, in its first stage, and the others on every database found (tests/run_suite.py).
They are the folders and files below, and single tests with the mark `one_database`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

PATHS = tuple(
    Path(__file__).parent / name
    for name in (
        "charts",
        "conformance/test_test_kit.py",
        "engines",
        "evaluation",
        "look",
        "tabular",
        "templatetags",
        "test_floors.py",
        "test_run_suite.py",
        "training",
    )
)
ASKING = frozenset({"db", "transactional_db", "live_server", "redis_cache"})


def mark(items: Iterable[pytest.Item]) -> None:
    """Mark what lies in the paths; raise `pytest.UsageError` for one that asks for a database or Redis."""
    for item in items:
        if not any(item.path.is_relative_to(path) for path in PATHS):
            continue
        if ASKING & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("django_db"):
            raise pytest.UsageError(
                f"{item.nodeid} asks for a database or Redis, and tests/one_database.py has it run on SQLite alone."
                " Put it where tests run on every database."
            )
        item.add_marker(pytest.mark.one_database)
