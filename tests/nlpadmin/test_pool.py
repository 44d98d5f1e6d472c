"""What each setting of the pool does, seen on a real server."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from analyses.queries import driver_errors
from analyses.queries.driver_errors import Fault
from tests.nlpadmin.pools import ALIAS, backend_pid, pooled, terminate

pytestmark = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="only PostgreSQL is read through a pool"
)


@pytest.fixture(autouse=True)
def every_connection(django_db_blocker: Any) -> Iterator[None]:
    """Let a test open connections of its own, which Django's test cases forbid."""
    with django_db_blocker.unblock():
        yield


# A pool whose first client must wait long grows; where one connection is looked at, there must be one only.
ONE = {"DB_POOL_SIZE": "1", "DB_MAX_OVERFLOW": "0", "DB_POOL_TIMEOUT": "10"}


def pids_held_at_once(count: int) -> list[int]:
    """Hold several connections in threads until each has one, and give their processes."""
    everybody = Barrier(count)

    def hold() -> int:
        mine: BaseDatabaseWrapper = connections[ALIAS]
        try:
            pid = backend_pid(mine)
            everybody.wait(10)
            return pid
        finally:
            mine.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(lambda _: hold(), range(count)))


def test_a_connection_is_used_again_by_the_next_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with pooled(monkeypatch, **ONE) as mine:
        first = backend_pid(mine)
        mine.close()

        assert backend_pid(mine) == first


def test_size_and_overflow_together_are_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    with pooled(monkeypatch, DB_POOL_SIZE="2", DB_MAX_OVERFLOW="1", DB_POOL_TIMEOUT="5") as mine:
        assert len(set(pids_held_at_once(3))) == 3
        assert mine.pool.get_stats()["pool_size"] == 3  # type: ignore[attr-defined]
        assert mine.pool.get_stats()["pool_max"] == 3  # type: ignore[attr-defined]


def test_who_finds_the_pool_empty_waits_for_the_timeout_and_is_told_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pooled(monkeypatch, DB_POOL_SIZE="1", DB_MAX_OVERFLOW="0", DB_POOL_TIMEOUT="0.3") as mine:
        backend_pid(mine)

        with (
            ThreadPoolExecutor(1) as threads,
            pytest.raises(OperationalError, match=r"couldn't get a connection after 0\.30 sec") as caught,
        ):
            threads.submit(lambda: backend_pid(connections[ALIAS])).result(5)

    assert driver_errors.fault_of(caught.value) is Fault.CROWDED


def test_a_connection_past_its_age_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with pooled(monkeypatch, **ONE, DB_POOL_RECYCLE="1") as mine:
        first = backend_pid(mine)
        Event().wait(1.1)
        mine.close()

        assert backend_pid(mine) != first


def test_a_connection_that_the_server_ended_is_replaced_before_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with pooled(monkeypatch, **ONE, DB_POOL_PRE_PING="true") as mine:
        first = backend_pid(mine)
        mine.close()
        terminate(first)

        assert backend_pid(mine) != first


def test_without_the_check_the_next_statement_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pooled(monkeypatch, **ONE, DB_POOL_PRE_PING="false") as mine:
        first = backend_pid(mine)
        mine.close()
        terminate(first)

        with pytest.raises(OperationalError):
            backend_pid(mine)


def test_what_the_pool_does_is_logged_without_the_password(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "psycopg.pool")
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "canary")

    with pooled(monkeypatch) as mine:
        backend_pid(mine)

    assert "connection requested from" in caplog.text
    assert "connection given by" in caplog.text
    assert "canary" not in caplog.text


def test_a_statement_that_fails_gives_its_connection_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with pooled(monkeypatch, DB_POOL_SIZE="1", DB_MAX_OVERFLOW="0", DB_POOL_TIMEOUT="1") as mine:
        for _ in range(5):
            with pytest.raises(Exception, match="division by zero"), mine.cursor() as cursor:
                cursor.execute("SELECT 1/0")
            mine.close()

        assert mine.pool.get_stats()["pool_available"] == 1  # type: ignore[attr-defined]
        assert backend_pid(mine)
