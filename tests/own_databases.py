"""A database of its own for a test that migrates to zero, or breaks tables on purpose."""

from __future__ import annotations

import copy
import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

ALIAS = "own"
_numbers = itertools.count()


@contextmanager
def own_database() -> Iterator[str]:
    """Give the alias of an empty database of the kind under test; it is gone afterwards."""
    default = connections[DEFAULT_DB_ALIAS]
    parts = copy.deepcopy(default.settings_dict)
    with tempfile.TemporaryDirectory(prefix="nlpadmin-own-") as scratch:
        name = f"own_{os.getpid()}_{next(_numbers)}"
        parts["NAME"] = str(Path(scratch, name)) if default.vendor == "sqlite" else name
        _create(name)
        connections.databases[ALIAS] = parts
        try:
            yield ALIAS
        finally:
            connections[ALIAS].close()
            del connections[ALIAS]
            del connections.databases[ALIAS]
            _drop(name)


def _create(name: str) -> None:
    default = connections[DEFAULT_DB_ALIAS]
    _drop(name)
    if default.vendor == "postgresql":
        _execute(f"CREATE DATABASE {name}")
    elif default.vendor == "mysql":
        _execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")


def _drop(name: str) -> None:
    default = connections[DEFAULT_DB_ALIAS]
    if default.vendor == "postgresql":
        _execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    elif default.vendor == "mysql":
        _execute(f"DROP DATABASE IF EXISTS {name}")


def _execute(statement: str) -> None:
    with connections[DEFAULT_DB_ALIAS]._nodb_cursor() as cursor:
        cursor.execute(statement)


def own_environment() -> dict[str, str]:
    """Return the environment of a process that works on the database that `own_database` made."""
    return os.environ | {
        "DATABASE_URL": _url(),
        "DJANGO_SETTINGS_MODULE": "nlpadmin.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
        "PYTHONUNBUFFERED": "1",
    }


def _url() -> str:
    connection = connections[ALIAS]
    parts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{parts['NAME']}"
    login = quote(parts["USER"]) + (f":{quote(parts['PASSWORD'])}" if parts["PASSWORD"] else "")
    port = f":{parts['PORT']}" if parts["PORT"] else ""
    return f"{connection.vendor}://{login}@{parts['HOST']}{port}/{parts['NAME']}"
