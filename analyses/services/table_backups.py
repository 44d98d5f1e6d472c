"""Copies of tables, and putting them back with their keys, indexes, constraints and counters.

A copy holds the rows; the record beside it holds the schema, the number of rows and their checksum. What is put back is
compared with that record before it counts. Rows written between backup and restore are lost: stop the writers first.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from analyses.exceptions import DatabaseError, ValidationError
from analyses.services import caching, table_definitions
from analyses.services.table_definitions import Definition

logger = logging.getLogger(__name__)

RECORD = "table_backups"
SAFE_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
NAME_LENGTH_MAX = 63


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy and what it must hold."""

    name: str
    definition: Definition
    row_count: int
    checksum: str
    made_at: str  # ISO 8601, UTC


def backup_table(table: str, suffix: str = "_backup", *, using: str = DEFAULT_DB_ALIAS) -> str:
    """Copy a table and return the copy's name; an older copy stays, and the new one takes the next number.

    ValidationError for a table that is not there, or names that are not safe.
    """
    connection = connections[using]
    if connection.in_atomic_block and not connection.features.can_rollback_ddl:
        raise DatabaseError("backup", "making a table here would end the transaction around it")
    with _translated("backup"):
        _check_table(connection, table)
        name = _free_name(connection, table, suffix)
        _make_record(connection)
        definition = table_definitions.read(connection, table)
        columns = _names(connection, definition)
        quote = connection.ops.quote_name
        with transaction.atomic(using), connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {quote(name)} AS SELECT {columns} FROM {quote(table)}")  # noqa: S608
            count, checksum = table_definitions.fingerprint(connection, name, definition.columns)
            cursor.execute(
                f"INSERT INTO {RECORD} (name, definition, row_count, checksum, made_at)"  # noqa: S608
                " VALUES (%s, %s, %s, %s, %s)",
                [name, definition.to_json(), count, checksum, datetime.now(UTC).isoformat()],
            )
    logger.info("Copied %s rows of %s to %s.", count, table, name)
    return name


def list_backups(using: str = DEFAULT_DB_ALIAS) -> list[Backup]:
    """Return the copies that there are, oldest first; none where none was ever made."""
    connection = connections[using]
    if RECORD not in connection.introspection.table_names():
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT name, definition, row_count, checksum, made_at FROM {RECORD} ORDER BY made_at, name"  # noqa: S608
        )
        rows = cursor.fetchall()
    return [Backup(row[0], Definition.from_json(row[1]), row[2], row[3], row[4]) for row in rows]


def drop_backup(name: str, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Remove a copy and its record; ValidationError when there is none of that name."""
    connection = connections[using]
    with _translated("drop backup"):
        backup = _get(connection, name)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(backup.name)}")
            cursor.execute(f"DELETE FROM {RECORD} WHERE name = %s", [backup.name])  # noqa: S608


def restore_table(table: str, backup: str, *, using: str = DEFAULT_DB_ALIAS) -> bool:
    """Put a table back as the copy and its record say; see `restore_tables`."""
    return restore_tables({table: backup}, using=using)


def restore_tables(backups: Mapping[str, str], *, using: str = DEFAULT_DB_ALIAS) -> bool:
    """Put tables back together, so that references among them hold: True once counts and checksums agree.

    A table whose schema is unchanged gets its rows replaced; another, or a missing one, is built anew. The copies stay,
    and repeating is safe. Anything that fails raises DatabaseError and undoes all of it; on MariaDB a table built anew
    may then stay empty, for it cannot undo that: restore again.
    """
    connection = connections[using]
    if connection.in_atomic_block:
        raise DatabaseError("restore", "tables are put back outside any transaction")
    with _translated("restore"):
        wanted = [_checked(connection, table, name) for table, name in backups.items()]
        left = [backup for backup in wanted if not _is_as(connection, backup)]
        if left:
            with connection.constraint_checks_disabled(), transaction.atomic(using):
                _put_back(connection, left)
        caching.clear_cache_of(connection)
    logger.info("Put back %s; %s were as they had been.", list(backups), len(wanted) - len(left))
    return True


def referring_tables(connection: BaseDatabaseWrapper, tables: set[str]) -> set[str]:
    """Return the tables with foreign keys to any of these. One query a table."""
    introspection = connection.introspection
    found = set()
    with connection.cursor() as cursor:
        for name in introspection.table_names(cursor):
            targets = {target[1] for target in introspection.get_relations(cursor, name).values()}
            if targets & tables:
                found.add(name)
    return found


# --- Names ----------------------------------------------------------------------------------------


def _check_table(connection: BaseDatabaseWrapper, table: str) -> None:
    if not re.fullmatch(SAFE_NAME, table):
        reason = f"{table!r} is not a table's name: letters, digits and underscores, not a digit first"
        raise ValidationError("table", reason)
    if table not in connection.introspection.table_names():
        raise ValidationError("table", f"there is no table {table!r}")


def _free_name(connection: BaseDatabaseWrapper, table: str, suffix: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_]{1,30}", suffix):
        raise ValidationError("suffix", "a suffix has 1 to 30 letters, digits and underscores")
    taken = {name.casefold() for name in connection.introspection.table_names()}
    for number in range(1, 10_000):
        ending = suffix if number == 1 else f"{suffix}_{number}"
        name = table[: NAME_LENGTH_MAX - len(ending)] + ending
        if name.casefold() not in taken:
            return name
    raise ValidationError("suffix", "there are 9,999 copies already; drop some")


def _names(connection: BaseDatabaseWrapper, definition: Definition) -> str:
    return ", ".join(connection.ops.quote_name(column) for column in definition.columns)


# --- The record -----------------------------------------------------------------------------------


def _make_record(connection: BaseDatabaseWrapper) -> None:
    """Make the table of copies: no migration does, for it must be there before the first and after the last."""
    if RECORD in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {RECORD} (name VARCHAR(64) PRIMARY KEY, definition TEXT NOT NULL,"
            " row_count BIGINT NOT NULL, checksum VARCHAR(40) NOT NULL, made_at VARCHAR(40) NOT NULL)"
        )


def _get(connection: BaseDatabaseWrapper, name: str) -> Backup:
    found = [backup for backup in list_backups(connection.alias) if backup.name == name]
    if not found:
        raise ValidationError("backup", f"there is no backup {name!r}")
    return found[0]


def _checked(connection: BaseDatabaseWrapper, table: str, name: str) -> Backup:
    """Return a copy of the table that still holds what was copied."""
    backup = _get(connection, name)
    if backup.definition.table != table:
        raise ValidationError("backup", f"{name} is a copy of {backup.definition.table}, not of {table}")
    if not _holds(connection, name, backup):
        raise DatabaseError("restore", f"{name} does not hold what was copied; nothing was changed")
    return backup


def _holds(connection: BaseDatabaseWrapper, table: str, backup: Backup) -> bool:
    found = table_definitions.fingerprint(connection, table, backup.definition.columns)
    return found == (backup.row_count, backup.checksum)


# --- Putting back ---------------------------------------------------------------------------------


def _has_schema(connection: BaseDatabaseWrapper, definition: Definition) -> bool:
    if definition.table not in connection.introspection.table_names():
        return False
    return table_definitions.read(connection, definition.table) == definition


def _is_as(connection: BaseDatabaseWrapper, backup: Backup) -> bool:
    table = backup.definition.table
    return _has_schema(connection, backup.definition) and _holds(connection, table, backup)


def _put_back(connection: BaseDatabaseWrapper, backups: list[Backup]) -> None:
    """Work in stages over all tables: what refers goes first and comes last."""
    changed = [backup.definition for backup in backups if not _has_schema(connection, backup.definition)]
    with connection.cursor() as cursor:
        others = _take_off_references(cursor, connection, [backup.definition.table for backup in backups])
        for definition in changed:
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(definition.table)}")
            _run(cursor, definition.create)
        for backup in backups:
            _replace_rows(cursor, connection, backup)
        _check(connection, backups)
        for definition in changed:
            _run(cursor, definition.finish)
        references = [reference for backup in backups for reference in backup.definition.references]
        _put_on_references(cursor, connection, [*references, *others])
        for definition in changed:
            _run(cursor, definition.counters)


def _run(cursor: Any, statements: list[str]) -> None:
    for statement in statements:
        cursor.execute(statement)


def _take_off_references(cursor: Any, connection: BaseDatabaseWrapper, tables: list[str]) -> list[list[str]]:
    """Drop foreign keys from and to the tables, where they are objects of their own (PostgreSQL).

    Return those that belong to other tables, which keep them whatever they were at the time of the backup.
    """
    quote = connection.ops.quote_name
    others = []
    for table in tables:
        if table not in connection.introspection.table_names(cursor):
            continue
        for owner, name, clause in table_definitions.read(connection, table).references:
            cursor.execute(f"ALTER TABLE {quote(owner)} DROP CONSTRAINT {quote(name)}")
            if owner not in tables:
                others.append([owner, name, clause])
    return others


def _put_on_references(cursor: Any, connection: BaseDatabaseWrapper, references: list[list[str]]) -> None:
    """Add foreign keys, each once, where their tables still are; PostgreSQL checks every row then."""
    quote = connection.ops.quote_name
    tables = connection.introspection.table_names(cursor)
    clauses = {(owner, name): clause for owner, name, clause in references if owner in tables}
    for (owner, name), clause in clauses.items():
        cursor.execute(f"ALTER TABLE {quote(owner)} ADD CONSTRAINT {quote(name)} {clause}")


def _replace_rows(cursor: Any, connection: BaseDatabaseWrapper, backup: Backup) -> None:
    quote = connection.ops.quote_name
    table, columns = quote(backup.definition.table), _names(connection, backup.definition)
    # An identity that is ALWAYS generated would refuse the numbers of before.
    overriding = " OVERRIDING SYSTEM VALUE" if connection.vendor == "postgresql" else ""
    cursor.execute(f"DELETE FROM {table}")  # noqa: S608
    cursor.execute(
        f"INSERT INTO {table} ({columns}){overriding} SELECT {columns} FROM {quote(backup.name)}"  # noqa: S608
    )


def _check(connection: BaseDatabaseWrapper, backups: list[Backup]) -> None:
    for backup in backups:
        if not _holds(connection, backup.definition.table, backup):
            raise DatabaseError("restore", f"{backup.definition.table} did not become what was copied")
    tables = {backup.definition.table for backup in backups}
    connection.check_constraints(table_names=sorted(tables | referring_tables(connection, tables)))


@contextmanager
def _translated(operation: str) -> Iterator[None]:
    try:
        yield
    except Error as error:
        logger.exception("The %s failed.", operation)
        raise DatabaseError(operation, "the database refused it; the log says why") from error
