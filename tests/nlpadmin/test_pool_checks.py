"""The checks of the connection settings."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks.registry import registry
from django.db import connection

from nlpadmin.environment import Environment
from nlpadmin.pool_checks import check_connections, check_variables, connections_max


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Any:
    """Return a function that gives the settings the variables of an environment."""

    def use(**variables: str) -> Environment:
        for name in ("CACHE_TTL", "WEB_PROCESSES", "WEB_THREADS", *variables):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.ENVIRONMENT = Environment.read()
        return Environment.read()

    return use


def test_nothing_set_is_nothing_to_say(environment: Any) -> None:
    environment()

    assert list(check_variables(None)) == []


@pytest.mark.parametrize(
    "name", ["DB_POOL_SIZE", "DB_MAX_OVERFLOW", "DB_POOL_TIMEOUT", "DB_POOL_RECYCLE", "DB_POOL_PRE_PING"]
)
def test_a_pool_setting_without_a_pool_is_noted(environment: Any, name: str) -> None:
    environment(**{name: "1"}, DATABASE_URL="mysql://u@h/n")

    (note,) = check_variables(None)

    assert (note.id, note.is_serious()) == ("nlpadmin.I001", False)
    assert note.msg == f"{name} is set, but only PostgreSQL is read through a pool: it has no effect."


def test_a_pool_setting_with_a_pool_is_not_noted(environment: Any) -> None:
    environment(DB_POOL_SIZE="5", DATABASE_URL="postgresql://u@h/n")

    assert list(check_variables(None)) == []


@pytest.mark.parametrize(
    ("redis_url", "caching", "codes"),
    [
        ("redis://127.0.0.1", True, []),
        ("", True, ["nlpadmin.I002"]),
        ("redis://127.0.0.1", False, ["nlpadmin.I002"]),
    ],
)
def test_a_lifetime_of_nothing_is_noted(
    environment: Any, settings: Any, redis_url: str, caching: bool, codes: list[str]
) -> None:
    environment(CACHE_TTL="60")
    settings.REDIS_URL, settings.ENABLE_CACHING = redis_url, caching

    assert [note.id for note in check_variables(None)] == codes


def test_a_process_holds_at_most_a_connection_a_thread_and_no_more_than_its_pool(environment: Any) -> None:
    wide = environment(WEB_PROCESSES="3", WEB_THREADS="8", DB_POOL_SIZE="2", DB_MAX_OVERFLOW="3")

    assert (connections_max(wide, "postgresql"), connections_max(wide, "mysql")) == (15, 3 * (8 + 3))
    assert connections_max(environment(DB_POOL_SIZE="20"), "postgresql") == 2 * (4 + 3)


def test_more_connections_than_the_server_grants_are_a_warning(environment: Any, db: None) -> None:
    environment(WEB_PROCESSES="200", WEB_THREADS="200", DB_POOL_SIZE="100", DB_MAX_OVERFLOW="100")

    found = list(check_connections(None, databases=["default"]))

    if connection.vendor == "sqlite":
        assert found == []
        return
    (warning,) = found
    assert warning.id == "nlpadmin.W001"
    held = 200 * (200 if connection.vendor == "postgresql" else 203)
    assert warning.msg.startswith(
        f"200 web processes may hold {held} connections together; the server grants "
    )


def test_shipped_settings_fit_the_server(environment: Any, db: None) -> None:
    environment()

    assert list(check_connections(None, databases=["default"])) == []
    assert list(check_connections(None, databases=None)) == []


def test_checks_are_registered() -> None:
    every: list[object] = list(registry.get_checks(True))

    assert check_variables in every
    assert check_connections in every
