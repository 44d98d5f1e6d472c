"""A pooled connection is asked whether it lives only where its silence could mean either."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from psycopg import Connection, Cursor, OperationalError
from psycopg_pool import ConnectionPool

from nlpadmin import attentive
from nlpadmin.attentive import AttentiveConnection

pytestmark = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="the pool is PostgreSQL's")


@pytest.fixture
def pooled_connection(django_db_blocker: Any) -> Iterator[AttentiveConnection]:
    with django_db_blocker.unblock(), AttentiveConnection.connect(**place(), autocommit=True) as mine:
        yield mine


def place() -> dict[str, Any]:
    """Say where the database of this test is."""
    parameters = connections[connection.alias].get_connection_params()
    return {name: parameters[name] for name in ("dbname", "user", "host", "port") if name in parameters}


@pytest.fixture
def pings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what is really sent to the server."""
    sent: list[str] = []
    execute = Cursor.execute

    def counted(self: Cursor[Any], query: Any, *args: Any, **kwargs: Any) -> Any:
        sent.append(query)
        return execute(self, query, *args, **kwargs)

    monkeypatch.setattr(Cursor, "execute", counted)
    return sent


def test_one_that_was_just_heard_is_not_asked_again(
    pooled_connection: AttentiveConnection, pings: list[str]
) -> None:
    for _turn in range(3):
        ConnectionPool.check_connection(pooled_connection)

    assert pings == [""]


def test_one_that_lay_idle_is_asked(
    pooled_connection: AttentiveConnection, pings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attentive, "TRUSTED_SECONDS", 0.0)
    for _turn in range(3):
        ConnectionPool.check_connection(pooled_connection)

    assert len(pings) == 3


def test_one_whose_server_said_good_bye_is_found_dead_at_once(pooled_connection: AttentiveConnection) -> None:
    ConnectionPool.check_connection(pooled_connection)
    with Connection.connect(**place(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pooled_connection.info.backend_pid,))

    with pytest.raises(OperationalError):
        ConnectionPool.check_connection(pooled_connection)


def test_statements_are_sent_as_ever(pooled_connection: AttentiveConnection) -> None:
    assert pooled_connection.execute("SELECT %s::int", [7]).fetchone() == (7,)
