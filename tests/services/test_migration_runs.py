"""One migration: its record is part of it, and what a killed run left behind is looked at before it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.recorder import MigrationRecorder

from analyses.models import BatchAnalysis, Profile
from analyses.services.migration_runs import Executor, schema_editor
from tests.own_databases import own_database

Change = Callable[[BaseDatabaseSchemaEditor], object]

NEW_FIELD = models.CharField(max_length=9, null=True)
NEW_FIELD.set_attributes_from_name("word")
NEW_FIELD.model = BatchAnalysis
RENAMED = models.CharField(max_length=200)
RENAMED.set_attributes_from_name("label")
RENAMED.model = BatchAnalysis
NAME = BatchAnalysis._meta.get_field("batch_name")
INDEX = models.Index(fields=("batch_name",), name="idx_new")
NEW_INDEX_NAME = models.Index(fields=("batch_name",), name="idx_newer")
CHECK = models.CheckConstraint(condition=models.Q(batch_size__gte=0), name="size_again")
UNIQUE = models.UniqueConstraint(fields=("id", "batch_name"), name="uniq_again")

CHANGES: dict[str, list[Change]] = {
    "add and remove a column": [
        lambda editor: editor.add_field(BatchAnalysis, NEW_FIELD),
        lambda editor: editor.remove_field(BatchAnalysis, NEW_FIELD),
    ],
    "rename a column": [lambda editor: editor.alter_field(BatchAnalysis, NAME, RENAMED)],
    "add, rename and remove an index": [
        lambda editor: editor.add_index(BatchAnalysis, INDEX),
        lambda editor: editor.rename_index(BatchAnalysis, INDEX, NEW_INDEX_NAME),
        lambda editor: editor.remove_index(BatchAnalysis, NEW_INDEX_NAME),
    ],
    "add and remove a check": [
        lambda editor: editor.add_constraint(BatchAnalysis, CHECK),
        lambda editor: editor.remove_constraint(BatchAnalysis, CHECK),
    ],
    "add and remove a unique key": [
        lambda editor: editor.add_constraint(BatchAnalysis, UNIQUE),
        lambda editor: editor.remove_constraint(BatchAnalysis, UNIQUE),
    ],
    "rename a table": [lambda editor: editor.alter_db_table(Profile, "profiles", "people")],
    "remove a table": [lambda editor: editor.delete_model(Profile)],
}


@pytest.fixture
def using(django_db_blocker: Any) -> Iterator[str]:
    """Return the alias of an empty database that no other test uses."""
    with django_db_blocker.unblock(), own_database() as alias:
        yield alias


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_done_already_counts_as_done_where_nothing_can_be_undone(using: str, name: str) -> None:
    call_command("migrate", database=using, verbosity=0)
    connection = connections[using]
    repeats = 1 if connection.features.can_rollback_ddl else 2

    for change in CHANGES[name]:
        for _ in range(repeats):
            with schema_editor(connection, atomic=True) as editor:
                change(editor)


def test_a_table_of_the_same_name_with_other_columns_is_an_error(using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("CREATE TABLE profiles (id integer PRIMARY KEY, theirs integer)")

    with pytest.raises(DatabaseError):
        call_command("migrate", "analyses", "0001", database=using, verbosity=0)

    assert ("analyses", "0001_profiles") not in MigrationRecorder(connections[using]).applied_migrations()


def test_a_statement_that_fails_for_another_reason_is_an_error(using: str) -> None:
    call_command("migrate", database=using, verbosity=0)

    with (
        pytest.raises(DatabaseError),
        schema_editor(connections[using], atomic=True) as editor,
    ):
        editor.execute("CREATE INDEX idx_nothing ON nothing (nothing)")


def test_faking_still_only_writes_the_record(using: str) -> None:
    call_command("migrate", "auth", database=using, verbosity=0)

    call_command("migrate", "analyses", database=using, fake=True, verbosity=0)

    assert "profiles" not in connections[using].introspection.table_names()
    call_command("migrate", "analyses", "zero", database=using, fake=True, verbosity=0)
    assert ("analyses", "0001_profiles") not in MigrationRecorder(connections[using]).applied_migrations()


def test_the_record_is_undone_with_the_migration(using: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Django writes it after the transaction, when indexes or foreign keys were left for the end."""

    def fail(self: Executor, migration: object) -> None:
        raise LookupError

    monkeypatch.setattr(Executor, "record_migration", fail)
    with pytest.raises(LookupError):
        call_command("migrate", "contenttypes", database=using, verbosity=0)

    is_there = "django_content_type" in connections[using].introspection.table_names()
    assert is_there is not connections[using].features.can_rollback_ddl
