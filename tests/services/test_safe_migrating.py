"""The safe procedure: a migration that fails leaves rows, schema and record as they were, on every database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from analyses.exceptions import DatabaseError
from analyses.models import BatchAnalysis, Worker
from analyses.services import safe_migrating, table_backups, table_definitions
from analyses.services.migrating import MigrationManager
from analyses.services.migration_runs import Executor
from analyses.services.safe_migrating import safe_migrate
from tests.own_databases import own_database

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ADD_FIELD = 'migrations.AddField("batchanalysis", "word", models.CharField(max_length=9, null=True))'
REMOVE_CHECK = 'migrations.RemoveConstraint("batchanalysis", "batch_size_not_negative")'
CREATE_MODEL = """migrations.CreateModel("Word", [
    ("id", models.BigAutoField(primary_key=True)),
    ("batch", models.ForeignKey("analyses.batchanalysis", models.CASCADE)),
])"""
RENAME_MODEL = 'migrations.RenameModel("BatchAnalysis", "Pile"), migrations.AlterModelTable("Pile", "piles")'
RENAME_FIELD = 'migrations.RenameField("batchanalysis", "batch_name", "label")'
SPOIL = "migrations.RunPython(spoil)"
FAIL = "migrations.RunPython(fail)"
FILE = '''"""{message}"""

from django.db import migrations, models


def spoil(apps, schema_editor):
    alias = schema_editor.connection.alias
    for model in apps.get_app_config("analyses").get_models():
        if model._meta.db_table == "batch_analyses":
            model.objects.using(alias).update(status="error")


def fail(apps, schema_editor):
    spoil(apps, schema_editor)
    raise LookupError("no such word")


class Migration(migrations.Migration):
    dependencies = [("analyses", "{parent}")]
    {extra}
    operations = [{operations}]
'''


@pytest.fixture
def manager(django_db_blocker: Any, tmp_path: Path) -> Iterator[MigrationManager]:
    """Return a manager of a migrated database with a batch and a worker."""
    with django_db_blocker.unblock(), own_database() as using, MigrationManager(tmp_path, using) as made:
        made.upgrade_or_raise()
        BatchAnalysis.objects.using(using).create(batch_name="kept", analysis_type="topics")
        yield made


def add(manager: MigrationManager, operations: str, extra: str = "") -> str:
    """Write a migration with these operations after the last one."""
    parent = manager.migration_history()[0]["revision"]
    name = manager.create_migration("Step", autogenerate=False)
    body = FILE.format(message="Step", parent=parent, operations=operations, extra=extra)
    Path(str(manager.directory), f"{name}.py").write_text(body)
    return name


def everything(manager: MigrationManager) -> dict[str, Any]:
    """Return schema and content of each table."""
    connection = connections[manager.using]
    found = {}
    for table in sorted(safe_migrating._live_tables(connection)):
        definition = table_definitions.read(connection, table)
        found[table] = (definition, table_definitions.fingerprint(connection, table, definition.columns))
    return found


@pytest.mark.parametrize(
    "steps",
    [
        [FAIL],
        [SPOIL, FAIL],
        [ADD_FIELD, FAIL],
        [REMOVE_CHECK, SPOIL, FAIL],
        [CREATE_MODEL, FAIL],
        [RENAME_FIELD, FAIL],
        [RENAME_MODEL, FAIL],
        [f"{ADD_FIELD}, {REMOVE_CHECK}, {FAIL}"],
        [f"{CREATE_MODEL}, {FAIL}"],
    ],
)
def test_a_failure_leaves_all_as_it_was_and_is_raised_again(
    manager: MigrationManager, steps: list[str]
) -> None:
    before = everything(manager)
    for operations in steps:
        add(manager, operations)

    with pytest.raises(LookupError, match="no such word"):
        safe_migrate(manager=manager)

    assert everything(manager) == before
    assert table_backups.list_backups(manager.using) == []


def test_success_leaves_no_copies(manager: MigrationManager) -> None:
    name = add(manager, ADD_FIELD)

    safe_migrate(manager=manager)

    assert manager.current_revision() == name
    assert table_backups.list_backups(manager.using) == []
    assert BatchAnalysis.objects.using(manager.using).get().batch_name == "kept"


def test_it_goes_down_as_well(manager: MigrationManager) -> None:
    last = manager.migration_history()[0]["down_revision"]

    safe_migrate("-1", manager=manager)

    assert manager.current_revision() == last


def test_from_nothing_there_is_nothing_to_copy(manager: MigrationManager) -> None:
    manager.downgrade_or_raise("base")

    safe_migrate(manager=manager)
    safe_migrate(manager=manager)

    assert manager.check_migrations()["is_up_to_date"] is True


def test_where_the_failure_undid_itself_rows_of_others_are_left_alone(
    manager: MigrationManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_meanwhile(self: MigrationManager, target: str) -> None:
        Worker.objects.using(self.using).create(name="meanwhile", started_at=NOON, heartbeat_at=NOON)
        migrate_to(self, target)

    migrate_to = MigrationManager.migrate_to
    monkeypatch.setattr(MigrationManager, "migrate_to", write_meanwhile)
    add(manager, FAIL)

    with pytest.raises(LookupError):
        safe_migrate(manager=manager)

    undoes_itself = connections[manager.using].features.can_rollback_ddl
    assert Worker.objects.using(manager.using).exists() is undoes_itself


def test_copies_stay_and_are_named_when_the_way_back_fails(
    manager: MigrationManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **named: object) -> bool:
        raise DatabaseError("restore", "out of space")

    add(manager, ADD_FIELD)
    add(manager, FAIL, extra='touched_tables = ("batch_analyses",)')
    monkeypatch.setattr(table_backups, "restore_tables", refuse)

    with pytest.raises(
        DatabaseError, match=r"the copies are batch_analyses_before, django_migrations_before"
    ):
        safe_migrate(manager=manager)

    assert len(table_backups.list_backups(manager.using)) == 2


@pytest.mark.parametrize(
    ("operations", "extra", "tables"),
    [
        (ADD_FIELD, "", {"batch_analyses"}),
        (CREATE_MODEL, "", set()),
        (RENAME_FIELD, "", {"batch_analyses"}),
        (RENAME_MODEL, "", {"batch_analyses", "text_analyses", "jobs", "rollups"}),
        (SPOIL, 'touched_tables = ("batch_analyses",)', {"batch_analyses"}),
    ],
)
def test_only_what_is_touched_is_copied(
    manager: MigrationManager, operations: str, extra: str, tables: set[str]
) -> None:
    add(manager, operations, extra)

    executor = Executor(connections[manager.using], directory=manager.directory)
    found = safe_migrating.touched_tables(executor, manager.plan(executor, "head"))

    assert found == tables | {"django_migrations"}


def test_code_that_does_not_say_what_it_touches_has_everything_copied(manager: MigrationManager) -> None:
    add(manager, SPOIL)

    executor = Executor(connections[manager.using], directory=manager.directory)
    found = safe_migrating.touched_tables(executor, manager.plan(executor, "head"))

    assert found == safe_migrating._live_tables(connections[manager.using])
