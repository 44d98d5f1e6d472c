"""What the database must be like, checked at every migrate, and whether the engines of the site can answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, Warning  # noqa: A004
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

ENGINES_TAG = "engines"

MARIADB_COLLATION = "utf8mb4_nopad_bin"
MYSQL_COLLATION = "utf8mb4_0900_bin"


def register() -> None:
    """Register the checks of the database and of the site's engines."""
    checks.register(check_collation, Tags.database)
    checks.register(check_engines, ENGINES_TAG)


def check_engines(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    """Return a warning for each thing that keeps an engine of ULTRA_ENGINES from answering.

    No error: a folder that is not there would then keep workers from all other work. Its rows wait meanwhile.
    """
    from analyses.engines import configured  # noqa: PLC0415 - engines load much that most commands do not need

    for spec in settings.ULTRA_ENGINES:
        for sentence in configured.problems(spec, lease_seconds=settings.LEASE_SECONDS):
            yield Warning(
                f"ULTRA_ENGINES, {spec.name} for {spec.type.value}: {sentence}",
                hint="docs/ultra.md shows each setting. Texts wait for an engine that cannot answer; none fails.",
                id="analyses.W010",
            )


def check_collation(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Return an error for each MariaDB or MySQL database that takes different texts for equal.

    One query a database; the default collation takes '🍣' for '🍺', and `utf8mb4_bin` takes 'a' for 'a '.
    """
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor == "mysql":
            yield from _check_mysql_collation(connection)


def _check_mysql_collation(connection: BaseDatabaseWrapper) -> Iterable[CheckMessage]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@collation_database, DATABASE(), VERSION()")
        collation, name, version = cursor.fetchone()
    wanted = MARIADB_COLLATION if "mariadb" in version.lower() else MYSQL_COLLATION
    if collation != wanted:
        yield Error(
            f"The database {name} compares texts by {collation}, which takes different texts for equal.",
            hint=f"ALTER DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE {wanted}; and migrate anew.",
            id="analyses.E001",
        )
