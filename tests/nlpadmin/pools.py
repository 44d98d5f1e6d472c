"""A connection as pages have it, beside the suite's own: through the pool, with the settings of an environment."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from nlpadmin import databases
from nlpadmin.environment import Environment
from tests.own_databases import own_database, own_environment

ALIAS = "pooled"


@contextmanager
def pooled(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Iterator[BaseDatabaseWrapper]:
    """Give a pooled connection to an empty database; both are gone afterwards."""
    with own_database() as own:
        monkeypatch.setenv("DATABASE_URL", own_environment()["DATABASE_URL"])
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "nlpadmin.wsgi", sys)
            parts: dict[str, Any] = databases.configure(Environment.read())
        with _registered(connections.databases[own] | parts):
            yield connections[ALIAS]


@contextmanager
def _registered(parts: dict[str, Any]) -> Iterator[None]:
    connections.databases[ALIAS] = parts
    try:
        yield
    finally:
        connections[ALIAS].close()
        connections[ALIAS].close_pool()  # type: ignore[attr-defined]
        del connections[ALIAS]
        del connections.databases[ALIAS]


def backend_pid(pooled: BaseDatabaseWrapper) -> int:
    """Say which process of the server serves the connection; it is a new one for a new connection."""
    with pooled.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def terminate(pid: int) -> None:
    """Let the server end a connection, as a restart does."""
    with psycopg.connect(own_environment()["DATABASE_URL"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
