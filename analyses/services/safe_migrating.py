"""Migrating with a way back: copy what the pending migrations touch, migrate, and put it back when that fails."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.migration import Migration
from django.db.migrations.operations import (
    AlterField,
    AlterModelTable,
    RenameField,
    RenameModel,
    RunPython,
    RunSQL,
    SeparateDatabaseAndState,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from analyses.exceptions import DatabaseError
from analyses.services import migration_locks, table_backups, table_definitions
from analyses.services.migrating import HEAD, MigrationManager
from analyses.services.migration_runs import Executor

logger = logging.getLogger(__name__)

SUFFIX = "_before"
# Code that may touch anything; a migration says in `touched_tables` what it does touch.
OPAQUE = (RunPython, RunSQL, SeparateDatabaseAndState)
NAME_FIELDS = ("name", "model_name", "old_name", "new_name")

Plan = list[tuple[Migration, bool]]


def safe_migrate(target: str = HEAD, *, manager: MigrationManager | None = None) -> None:
    """Migrate up or down to the target; what a failing migration raises is raised again, with all as it was before.

    Rows that others write meanwhile may be lost on the way back: stop web processes and workers first. After a run
    that was killed, run it again; its copies stay until somebody drops them.
    """
    manager = manager or MigrationManager()
    connection = connections[manager.using]
    with migration_locks.one_at_a_time(manager.using):
        executor = Executor(connection, directory=manager.directory)
        plan = manager.plan(executor, target)
        tables_before = _live_tables(connection)
        applied_before = _applied(connection)
        copies = {
            table: table_backups.backup_table(table, SUFFIX, using=manager.using)
            for table in sorted(touched_tables(executor, plan))
        }
        try:
            manager.migrate_to(target)
        except Exception:
            logger.exception("Migrating to %s failed; going back.", target)
            is_untouched = _undoes_itself(connection, plan) and _applied(connection) == applied_before
            if not is_untouched:
                _go_back(connection, tables_before, copies)
            _drop(copies.values(), manager.using)
            raise
        _drop(copies.values(), manager.using)


def _go_back(connection: BaseDatabaseWrapper, tables_before: set[str], copies: dict[str, str]) -> None:
    """Drop the tables that were not there, put back the others; when that fails the copies are named and kept."""
    try:
        _drop_tables(connection, _live_tables(connection) - tables_before)
        table_backups.restore_tables(copies, using=connection.alias)
    except (DatabaseError, Error) as error:
        logger.critical("The tables could not be put back. Their copies: %s.", copies)
        reason = f"neither the migration nor the way back worked; the copies are {', '.join(copies.values())}"
        raise DatabaseError("safe_migrate", reason) from error


def _drop_tables(connection: BaseDatabaseWrapper, tables: set[str]) -> None:
    cascade = " CASCADE" if connection.vendor == "postgresql" else ""
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}{cascade}")


def _drop(copies: Iterable[str], using: str) -> None:
    for name in copies:
        table_backups.drop_backup(name, using=using)


def _undoes_itself(connection: BaseDatabaseWrapper, plan: Plan) -> bool:
    """Whether a failing migration leaves nothing behind: its statements were one transaction."""
    return connection.features.can_rollback_ddl and all(migration.atomic for migration, _ in plan)


def _live_tables(connection: BaseDatabaseWrapper) -> set[str]:
    """Return all tables but copies and their record."""
    copies = {backup.name for backup in table_backups.list_backups(connection.alias)}
    return table_definitions.table_names(connection) - copies - {table_backups.RECORD}


def _applied(connection: BaseDatabaseWrapper) -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())


# --- What a plan touches --------------------------------------------------------------------------


def touched_tables(executor: Executor, plan: Plan) -> set[str]:
    """Return the tables there are that a plan's migrations change, and the record of migrations among them.

    Everything, when a migration runs code and does not say in `touched_tables` what that touches.
    """
    if not plan:
        return set()
    live = _live_tables(executor.connection)
    planned = {migration for migration, _ in plan}
    state = ProjectState(real_apps=executor.loader.unmigrated_apps)
    found = {MigrationRecorder.Migration._meta.db_table}
    for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True):
        if migration not in planned:
            migration.mutate_state(state, preserve=False)
            continue
        for operation in migration.operations:
            tables = _tables_of(operation, migration, state)
            operation.state_forwards(migration.app_label, state)
            tables |= _tables_of(operation, migration, state)
            if isinstance(operation, OPAQUE):
                tables |= set(getattr(migration, "touched_tables", live))
            if _reaches_further(operation, migration, state):
                tables |= table_backups.referring_tables(executor.connection, tables)
            found |= tables
    return found & live


def _tables_of(operation: Operation, migration: Migration, state: ProjectState) -> set[str]:
    """Return the tables of the models that an operation names, with those of their many-to-many fields."""
    found = set()
    for name in (getattr(operation, field, None) for field in NAME_FIELDS):
        model = state.models.get((migration.app_label, str(name).lower()))
        if model:
            table = model.options.get("db_table") or f"{migration.app_label}_{str(name).lower()}"
            links = {f"{table}_{field}" for field, kind in model.fields.items() if kind.many_to_many}
            found |= {table, *links}
    return found


def _reaches_further(operation: Operation, migration: Migration, state: ProjectState) -> bool:
    """Whether an operation may also change the tables that refer to its own: new names, new keys."""
    if isinstance(operation, (RenameModel, AlterModelTable)):
        return True
    if isinstance(operation, (AlterField, RenameField)):
        name = operation.name if isinstance(operation, AlterField) else operation.new_name
        model = state.models[migration.app_label, operation.model_name.lower()]
        return bool(model.fields[name].primary_key)
    return False
