"""Migrations from code: created in a directory, applied, undone, reported, each on a database of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from analyses.exceptions import DatabaseError, ValidationError
from analyses.models import BatchAnalysis, TextAnalysis
from analyses.queries import migrations
from analyses.services.migrating import MigrationManager
from tests.own_databases import own_database

FAILING = '''"""Fail on purpose."""

from django.db import migrations


def fail(apps, schema_editor):
    raise LookupError("no such word")


class Migration(migrations.Migration):
    dependencies = [("analyses", "{parent}")]
    operations = [migrations.RunPython(fail)]
'''


@pytest.fixture
def manager(django_db_blocker: Any, tmp_path: Path) -> Iterator[MigrationManager]:
    """Return a manager of an empty database and an empty directory."""
    with (
        django_db_blocker.unblock(),
        own_database() as using,
        MigrationManager(tmp_path / "migrations", using) as made,
    ):
        yield made


def add_failing(manager: MigrationManager) -> str:
    """Write a migration after the last one that raises, and give its name."""
    name = manager.create_migration("Fail", autogenerate=False)
    assert manager.directory
    path = manager.directory / f"{name}.py"
    parent = manager.migration_history()[0]["down_revision"]
    path.write_text(FAILING.format(parent=parent))
    return name


def tables(manager: MigrationManager) -> list[str]:
    return connections[manager.using].introspection.table_names()


class TestCreate:
    def test_the_name_comes_from_the_message(self, manager: MigrationManager) -> None:
        name = manager.create_migration("Teach  it more: 3 new words!")

        assert name.endswith("_teach_it_more_3_new_words")
        assert manager.directory
        assert [path.stem for path in manager.directory.glob("*.py")] == [name]

    def test_the_message_survives_as_it_was(self, manager: MigrationManager) -> None:
        for message in ('Say "no" to \\ and """', "Für 🍣 a price", "plain"):
            manager.create_migration(message, autogenerate=False)

        messages = [line["message"] for line in manager.migration_history()[:3]]
        assert messages == ["plain", "Für 🍣 a price", 'Say "no" to \\ and """']

    def test_it_holds_what_the_models_say_and_no_migration_does(
        self, manager: MigrationManager, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(TextAnalysis._meta.get_field("external_id"), "max_length", 321)

        name = manager.create_migration("Longer ids")

        assert manager.directory
        assert "max_length=321" in (manager.directory / f"{name}.py").read_text()
        assert manager.upgrade() is True
        assert column_length(manager, "external_id") == 321

    def test_without_autogenerate_it_is_empty(
        self, manager: MigrationManager, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(TextAnalysis._meta.get_field("external_id"), "max_length", 321)

        name = manager.create_migration("Nothing yet", autogenerate=False)

        assert manager.directory
        assert "operations = [\n    ]" in (manager.directory / f"{name}.py").read_text()

    @pytest.mark.parametrize("message", ["", "  ", "!!", "слово", "x" * 201])
    def test_a_message_without_a_name_is_refused(self, manager: MigrationManager, message: str) -> None:
        with pytest.raises(ValidationError, match="Latin letters"):
            manager.create_migration(message)

        assert manager.directory
        assert not list(manager.directory.iterdir())


def column_length(manager: MigrationManager, name: str) -> int:
    """Ask the database how long values of a column may be; SQLite tells it, too, without minding it."""
    connection = connections[manager.using]
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, "text_analyses")
    return next(int(column.display_size) for column in columns if column.name == name)


class TestUpgrade:
    def test_one_migration_named_by_its_beginning(self, manager: MigrationManager) -> None:
        assert manager.upgrade("0001") is True

        assert manager.current_revision() == "0001_profiles"
        assert "profiles" in tables(manager)
        assert "imports" not in tables(manager)

    def test_it_never_goes_back(self, manager: MigrationManager, caplog: pytest.LogCaptureFixture) -> None:
        manager.upgrade("0003")

        assert manager.upgrade("0002") is False

        assert manager.current_revision() == "0003_imports"
        assert "downgrade goes back" in caplog.text

    def test_a_failing_migration_is_false_and_in_the_log(
        self, manager: MigrationManager, caplog: pytest.LogCaptureFixture
    ) -> None:
        manager.upgrade()
        before = manager.current_revision()
        add_failing(manager)

        assert manager.upgrade() is False

        assert "no such word" in caplog.text
        assert manager.current_revision() == before
        assert manager.check_migrations()["pending_migrations"] is True

    def test_an_unknown_target_is_false(self, manager: MigrationManager) -> None:
        assert manager.upgrade("0999_nothing") is False
        assert manager.upgrade("") is False
        assert manager.upgrade("00") is False

    def test_unknown_migrations_in_the_database_stop_it(
        self, manager: MigrationManager, caplog: pytest.LogCaptureFixture
    ) -> None:
        manager.upgrade("0001")
        MigrationRecorder(connections[manager.using]).record_applied("analyses", "0099_lost")

        assert manager.upgrade() is False

        assert "0099_lost" in caplog.text
        assert "imports" not in tables(manager)


class TestDowngrade:
    def test_two_steps(self, manager: MigrationManager) -> None:
        manager.upgrade("0004")

        assert manager.downgrade("-2") is True

        assert manager.current_revision() == "0002_workers"

    def test_to_a_name(self, manager: MigrationManager) -> None:
        manager.upgrade("0004")

        assert manager.downgrade("0001_profiles") is True

        assert manager.current_revision() == "0001_profiles"

    def test_more_steps_than_there_are_change_nothing(self, manager: MigrationManager) -> None:
        manager.upgrade("0002")

        assert manager.downgrade("-3") is False

        assert manager.current_revision() == "0002_workers"

    def test_it_never_goes_forward(self, manager: MigrationManager) -> None:
        manager.upgrade("0002")

        assert manager.downgrade("0003") is False

        assert manager.current_revision() == "0002_workers"


class TestReports:
    def test_dates_are_aware_and_only_for_what_is_applied(self, manager: MigrationManager) -> None:
        manager.upgrade("0002")

        by_name = {line["revision"]: line["date"] for line in manager.migration_history()}

        assert by_name["0002_workers"].tzinfo is not None
        assert by_name["0003_imports"] is None

    def test_reports_write_nothing(self, manager: MigrationManager) -> None:
        manager.check_migrations()
        manager.migration_history()
        manager.current_revision()

        assert tables(manager) == []

    def test_a_migration_before_what_it_needs_is_an_error(self, manager: MigrationManager) -> None:
        manager.upgrade("0001")
        MigrationRecorder(connections[manager.using]).record_applied("analyses", "0003_imports")

        report = manager.check_migrations()

        assert "before its dependency" in str(report["error"])
        assert report["is_up_to_date"] is False

    def test_a_database_out_of_reach_is_our_own_error(
        self, manager: MigrationManager, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        break_connection(manager, monkeypatch)

        with pytest.raises(DatabaseError, match="did not answer"):
            manager.current_revision()
        assert "broken" not in str(manager.check_migrations()["error"])

    def test_models_and_migrations_agree(self, manager: MigrationManager) -> None:
        assert migrations.model_changes(manager.using) == []

    def test_what_the_models_say_more_is_described(
        self, manager: MigrationManager, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(BatchAnalysis._meta.get_field("batch_name"), "max_length", 99)

        assert migrations.model_changes(manager.using) == ["Alter field batch_name on batchanalysis"]


def break_connection(manager: MigrationManager, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the database at a place where nothing is."""
    connection = connections[manager.using]
    connection.close()
    nowhere = "/nowhere/at/all" if connection.vendor == "sqlite" else "broken_name"
    monkeypatch.setitem(connection.settings_dict, "NAME", nowhere)


class TestData:
    def test_arguments_arrive(self, manager: MigrationManager) -> None:
        manager.upgrade()

        def create(connection: Any, *, name: str, using: str) -> None:
            assert connection.alias == manager.using
            BatchAnalysis.objects.using(connection.alias).create(batch_name=name, analysis_type=using)

        assert manager.migrate_data(create, name="one", using="topics") is True
        assert BatchAnalysis.objects.using(manager.using).get().batch_name == "one"

    def test_a_failure_leaves_nothing(
        self, manager: MigrationManager, caplog: pytest.LogCaptureFixture
    ) -> None:
        manager.upgrade()

        def fail(connection: Any) -> None:
            BatchAnalysis.objects.using(connection.alias).create(batch_name="x", analysis_type="topics")
            raise LookupError("no such word")

        with caplog.at_level(logging.ERROR):
            assert manager.migrate_data(fail) is False

        assert "no such word" in caplog.text
        assert not BatchAnalysis.objects.using(manager.using).exists()
