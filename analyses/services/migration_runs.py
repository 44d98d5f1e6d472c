"""Applying one migration so that a run which was killed can be run again.

Where the database can roll DDL back (PostgreSQL, SQLite) the migration and its record are one transaction; Django
writes the record after it. MariaDB commits each statement: there a statement that fails because its effect is already
there, which is looked up and not guessed from the error, counts as done.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import IntegrityError, OperationalError, ProgrammingError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState
from django.db.models import Model

from analyses.queries.migrations import Loader

logger = logging.getLogger(__name__)

NAME = r"`([^`]+)`"


class Executor(MigrationExecutor):
    """Django's executor with records that are exact, and repeatable where the database cannot roll back."""

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        progress_callback: Any = None,
        *,
        directory: Path | None = None,
    ) -> None:
        super().__init__(connection, progress_callback)
        if directory is not None:
            self.loader = Loader(connection, directory=directory)

    def apply_migration(
        self,
        state: ProjectState,
        migration: Migration,
        fake: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        fake_initial: bool = False,  # noqa: FBT001, FBT002
    ) -> ProjectState:
        """Run a migration forwards and record it, in one transaction where there can be one."""
        if fake or fake_initial:
            return super().apply_migration(state, migration, fake=fake, fake_initial=fake_initial)
        self._report("apply_start", migration)
        with schema_editor(self.connection, atomic=migration.atomic) as editor:
            state = migration.apply(state, editor)
            _run_deferred(editor)
            self.record_migration(migration)  # type: ignore[call-arg, arg-type] # the stubs know an older one
        self._report("apply_success", migration)
        return state

    def unapply_migration(
        self,
        state: ProjectState,
        migration: Migration,
        fake: bool = False,  # noqa: FBT001, FBT002
    ) -> ProjectState:
        """Run a migration backwards and take it from the record, in one transaction where there can be one."""
        if fake:
            return super().unapply_migration(state, migration, fake=fake)
        self._report("unapply_start", migration)
        with schema_editor(self.connection, atomic=migration.atomic) as editor:
            state = migration.unapply(state, editor)
            _run_deferred(editor)
            for app_label, name in (*migration.replaces, (migration.app_label, migration.name)):
                self.recorder.record_unapplied(app_label, name)
        self._report("unapply_success", migration)
        return state

    def _report(self, event: str, migration: Migration) -> None:
        if self.progress_callback:
            self.progress_callback(event, migration, False)


def _run_deferred(editor: BaseDatabaseSchemaEditor) -> None:
    """Run now what Django keeps for the end: indexes and foreign keys belong before the record."""
    while editor.deferred_sql:
        editor.execute(editor.deferred_sql.pop(0), None)


def schema_editor(connection: BaseDatabaseWrapper, *, atomic: bool) -> BaseDatabaseSchemaEditor:
    """Return the connection's schema editor; where DDL cannot be rolled back, one that goes on after a killed run."""
    if connection.features.can_rollback_ddl:
        return connection.schema_editor(atomic=atomic)
    stock = connection.SchemaEditorClass
    resuming: type[BaseDatabaseSchemaEditor] = type("ResumingSchemaEditor", (_Resuming, stock), {})
    return resuming(connection, atomic=atomic)


class _Resuming(BaseDatabaseSchemaEditor):
    """Takes a failing DDL statement for done when the database shows its effect."""

    _expected_columns: dict[str, set[str]]

    def create_model(self, model: type[Model]) -> None:
        columns = {str(field.column) for field in model._meta.local_concrete_fields}
        self._expected_columns = {model._meta.db_table: columns}
        super().create_model(model)

    def execute(self, sql: Any, params: Any = ()) -> None:
        try:
            super().execute(sql, params)
        except (OperationalError, ProgrammingError, IntegrityError):
            if not self._is_there(str(sql)):
                raise
            logger.warning("Already there, left by a run that was stopped: %s", sql)

    def _is_there(self, sql: str) -> bool:
        for pattern, has_effect in EFFECTS:
            if found := re.match(pattern, sql):
                return has_effect(self, *found.groups())
        return False

    def _tables(self) -> list[str]:
        return self.connection.introspection.table_names()

    def _columns(self, table: str) -> set[str]:
        if table not in self._tables():
            return set()
        with self.connection.cursor() as cursor:
            found = self.connection.introspection.get_table_description(cursor, table)
        return {column.name for column in found}

    def _constraints(self, table: str) -> set[str]:
        """Names of keys, indexes and checks."""
        if table not in self._tables():
            return set()
        with self.connection.cursor() as cursor:
            return set(self.connection.introspection.get_constraints(cursor, table))

    def _has_table(self, table: str) -> bool:
        """Whether the table is there with exactly the model's columns: another one of that name is an error."""
        return self._columns(table) == getattr(self, "_expected_columns", {}).get(table)

    def _has_no_table(self, table: str) -> bool:
        return table not in self._tables()

    def _table_is_renamed(self, old: str, new: str) -> bool:
        return old not in self._tables() and new in self._tables()

    def _has_column(self, table: str, column: str) -> bool:
        return column in self._columns(table)

    def _has_no_column(self, table: str, column: str) -> bool:
        return bool(self._columns(table)) and column not in self._columns(table)

    def _column_is_renamed(self, table: str, old: str, new: str) -> bool:
        return self._has_no_column(table, old) and self._has_column(table, new)

    def _has_constraint(self, table: str, name: str) -> bool:
        return name in self._constraints(table)

    def _has_index(self, name: str, table: str) -> bool:
        return name in self._constraints(table)

    def _has_no_constraint(self, table: str, name: str) -> bool:
        return name not in self._constraints(table)

    def _has_no_index(self, name: str, table: str) -> bool:
        return name not in self._constraints(table)

    def _constraint_is_renamed(self, table: str, old: str, new: str) -> bool:
        return old not in self._constraints(table) and new in self._constraints(table)


# How Django writes each change, and how its effect is seen. MODIFY and SET DEFAULT can be repeated as they are.
EFFECTS: tuple[tuple[str, Callable[..., bool]], ...] = (
    (rf"CREATE TABLE {NAME}", _Resuming._has_table),
    (rf"DROP TABLE {NAME}", _Resuming._has_no_table),
    (rf"RENAME TABLE {NAME} TO {NAME}", _Resuming._table_is_renamed),
    (rf"ALTER TABLE {NAME} ADD COLUMN {NAME}", _Resuming._has_column),
    (rf"ALTER TABLE {NAME} DROP COLUMN {NAME}", _Resuming._has_no_column),
    (rf"ALTER TABLE {NAME} (?:CHANGE|RENAME COLUMN) {NAME} (?:TO )?{NAME}", _Resuming._column_is_renamed),
    (rf"ALTER TABLE {NAME} RENAME INDEX {NAME} TO {NAME}", _Resuming._constraint_is_renamed),
    (rf"ALTER TABLE {NAME} ADD CONSTRAINT {NAME}", _Resuming._has_constraint),
    (
        rf"ALTER TABLE {NAME} DROP (?:CONSTRAINT|FOREIGN KEY|INDEX|CHECK)(?: IF EXISTS)? {NAME}",
        _Resuming._has_no_constraint,
    ),
    (rf"CREATE (?:UNIQUE )?INDEX {NAME} ON {NAME}", _Resuming._has_index),
    (rf"DROP INDEX {NAME} ON {NAME}", _Resuming._has_no_index),
)
