"""Whether the connection settings do anything here, and whether the server grants what they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Info, Tags, Warning  # noqa: A004
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from nlpadmin.environment import ENGINE_BY_VENDOR, Environment

POOL_VARIABLES = ("DB_POOL_SIZE", "DB_MAX_OVERFLOW", "DB_POOL_TIMEOUT", "DB_POOL_RECYCLE", "DB_POOL_PRE_PING")
LIMITS = {
    # The last ones are kept for the administrator.
    "postgresql": "SELECT current_setting('max_connections')::int"
    " - current_setting('superuser_reserved_connections')::int",
    "mysql": "SELECT @@max_connections",
}
# Two probes, and the one that writes what was measured.
THREADS_BESIDE = 3


def register() -> None:
    """Put the checks under `manage.py check` and, where a database is asked, `migrate`."""
    checks.register(check_variables)
    checks.register(check_connections, Tags.database)


def check_variables(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    """Return a note for each variable that somebody set and that changes nothing here; no query."""
    environment: Environment = settings.ENVIRONMENT
    is_set = environment.model_fields_set.__contains__
    if environment.database()["ENGINE"] != ENGINE_BY_VENDOR["PostgreSQL"]:
        for name in filter(is_set, POOL_VARIABLES):
            yield Info(
                f"{name} is set, but only PostgreSQL is read through a pool: it has no effect.",
                hint="Here a connection lives for a request. docs/deployment.md has what else applies.",
                id="nlpadmin.I001",
            )
    if is_set("CACHE_TTL") and not (settings.REDIS_URL and settings.ENABLE_CACHING):
        yield Info(
            "CACHE_TTL is set, but nothing is cached: it has no effect.",
            hint="Set REDIS_URL, and ENABLE_CACHING to true.",
            id="nlpadmin.I002",
        )


def check_connections(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Warn when the web processes together may open more connections than the server grants; one query."""
    if "default" in (databases or ()):
        yield from _too_many(connections["default"], settings.ENVIRONMENT)


def connections_max(environment: Environment, vendor: str) -> int:
    """Return what the web processes may hold together: a thread holds one, and a pool gives no more than its size."""
    threads = environment.WEB_THREADS + THREADS_BESIDE
    pool = environment.DB_POOL_SIZE + environment.DB_MAX_OVERFLOW if vendor == "postgresql" else threads
    return environment.WEB_PROCESSES * min(threads, pool)


def _too_many(connection: BaseDatabaseWrapper, environment: Environment) -> Iterator[CheckMessage]:
    question = LIMITS.get(connection.vendor)
    if question is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(question)
        (granted,) = cursor.fetchone()
    wanted = connections_max(environment, connection.vendor)
    if wanted > granted:
        yield Warning(
            f"{environment.WEB_PROCESSES} web processes may hold {wanted} connections together;"
            f" the server grants {granted} to everybody.",
            hint="Lower WEB_PROCESSES, WEB_THREADS or DB_POOL_SIZE and DB_MAX_OVERFLOW, or raise max_connections.",
            id="nlpadmin.W001",
        )
