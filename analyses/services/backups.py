"""Backups of the whole database: made while the site goes on, restored into an empty one.

A backup is what the database's own tool writes, of one moment: `pg_dump` (custom format), `mariadb-dump` or
`mysqldump` (SQL), or a copy of the SQLite file. It is written beside its place and moved there when it is whole.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _

from analyses.exceptions import DatabaseError

BACK_UP, RESTORE = "back up", "restore"
TOOLS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "postgresql": {BACK_UP: ("pg_dump",), RESTORE: ("pg_restore",)},
    "mysql": {BACK_UP: ("mariadb-dump", "mysqldump"), RESTORE: ("mariadb", "mysql")},
}


@dataclass(frozen=True)
class Backup:
    """A file, its size in bytes and its SHA-256."""

    path: Path
    size_bytes: int
    sha256: str


def back_up(path: Path) -> Backup:
    """Write a backup of one moment; raise DatabaseError when there is such a file, or the tool fails or is missing."""
    if path.exists():
        raise DatabaseError(BACK_UP, _("%(path)s exists already.") % {"path": path})
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        _write(unfinished)
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Backup(path, path.stat().st_size, digest)


def restore(path: Path) -> None:
    """Fill an empty database from a backup; raise DatabaseError when it is not empty, or the tool fails."""
    if not path.is_file():
        raise DatabaseError(RESTORE, _("There is no file %(path)s.") % {"path": path})
    if tables := connection.introspection.table_names():
        reason = _("The database is not empty: it has %(count)s tables. Create an empty one for the backup.")
        raise DatabaseError(RESTORE, reason % {"count": len(tables)})
    _read(path)
    connection.close()


def _write(path: Path) -> None:
    place = _place()
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(path)) as copy:
            connection.connection.backup(copy)
    elif connection.vendor == "postgresql":
        _run(BACK_UP, ("--format=custom", "--no-owner", "--no-privileges", f"--file={path}"), place)
    else:
        options = ("--single-transaction", "--quick", "--hex-blob", "--default-character-set=utf8mb4")
        _run(BACK_UP, (*options, f"--result-file={path}", *_of_mysql(place)), place)


def _read(path: Path) -> None:
    place = _place()
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
                copy.backup(connection.connection)
        except sqlite3.DatabaseError as error:
            raise DatabaseError(RESTORE, _("The file is no backup of SQLite.")) from error
    elif connection.vendor == "postgresql":
        whole_or_nothing = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
        _run(RESTORE, (*whole_or_nothing, f"--dbname={place['NAME']}", str(path)), place)
    else:
        _run(RESTORE, ("--default-character-set=utf8mb4", "--batch", *_of_mysql(place)), place, stdin=path)


def _place() -> Mapping[str, str]:
    names = ("NAME", "HOST", "PORT", "USER", "PASSWORD")
    return {name: str(connection.settings_dict[name] or "") for name in names}


def _of_mysql(place: Mapping[str, str]) -> Sequence[str]:
    host = place["HOST"]
    by_socket = (f"--socket={host}",) if host.startswith("/") else ()
    by_host = (f"--host={host}", "--protocol=TCP") if host and not by_socket else ()
    by_port = (f"--port={place['PORT']}",) if place["PORT"] and not by_socket else ()
    return (*by_socket, *by_host, *by_port, f"--user={place['USER']}", place["NAME"])


def _run(
    operation: str, options: Sequence[str], place: Mapping[str, str], *, stdin: Path | None = None
) -> None:
    """Run the tool, its password in the environment, where other people of the machine do not see it."""
    names = TOOLS[connection.vendor][operation]
    tool = next((found for name in names if (found := shutil.which(name))), None)
    if tool is None:
        reason = _("%(tool)s is not installed on this machine.") % {"tool": " / ".join(names)}
        raise DatabaseError(operation, reason)
    secrets = {"PGPASSWORD": place["PASSWORD"], "MYSQL_PWD": place["PASSWORD"]} if place["PASSWORD"] else {}
    where = {
        "PGHOST": place["HOST"],
        "PGPORT": place["PORT"],
        "PGUSER": place["USER"],
        "PGDATABASE": place["NAME"],
    }
    known = {name: value for name, value in where.items() if value}
    with stdin.open("rb") if stdin else open(os.devnull, "rb") as given:  # noqa: PTH123 - no file is one, too
        done = subprocess.run(
            (tool, *options),
            env=os.environ | known | secrets,
            stdin=given,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise DatabaseError(operation, said[-1][:500])
