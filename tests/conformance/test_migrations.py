"""Lines 3, 12, 50-59, 78 and 111-113 of the conformance list: migrations and backups, on a database of their own."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import Error, connections, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis, TextAnalysis
from analyses.services.migrating import MigrationManager
from analyses.services.safe_migrating import safe_migrate
from analyses.services.table_backups import backup_table, restore_table
from tests.own_databases import own_database

CHUNK_ROWS = 2000


@pytest.fixture
def using(django_db_blocker: Any) -> Iterator[str]:
    """Return the alias of an empty database that no other test uses."""
    with django_db_blocker.unblock(), own_database() as alias:
        yield alias


@pytest.fixture
def manager(using: str, tmp_path: Path) -> Iterator[MigrationManager]:
    """Return a manager of that database, with a directory of its own."""
    with MigrationManager(tmp_path / "migrations", using) as made:
        yield made


def migrate(using: str, *target: str) -> None:
    call_command("migrate", *target, database=using, verbosity=0)


def tables(using: str) -> set[str]:
    return set(connections[using].introspection.table_names())


def test_line_056_down_to_base_and_up_to_head_restores_a_working_schema(using: str) -> None:
    migrate(using)
    migrate(using, "analyses", "zero")
    without = tables(using)
    migrate(using)

    ours = {model._meta.db_table for model in (TextAnalysis, BatchAnalysis)}
    assert not ours & without
    BatchAnalysis.objects.using(using).create(batch_name="again", batch_size=3, analysis_type="sentiment")
    assert BatchAnalysis.objects.using(using).get().optimization_tier == "standard"


def test_line_055_rows_of_an_old_table_without_a_tier_become_standard(using: str) -> None:
    migrate(using, "analyses", "0025")
    old_batch = allow_missing_tiers(using)
    given = [None] * (CHUNK_ROWS + 1) + ["ultra"]
    old = [old_batch(batch_name="old", analysis_type="topics", optimization_tier=tier) for tier in given]
    old_batch._default_manager.using(using).bulk_create(old)

    migrate(using, "analyses", "0026")

    found = BatchAnalysis.objects.using(using).order_by().values_list("optimization_tier")
    assert dict(found.annotate(models.Count("id"))) == {"standard": CHUNK_ROWS + 1, "ultra": 1}


def allow_missing_tiers(using: str) -> type[models.Model]:
    """Take NOT NULL off the tier of batches, and return a model of the table as it then is."""
    connection = connections[using]
    old_apps = MigrationLoader(connection).project_state(("analyses", "0025_roles")).apps
    model = old_apps.get_model("analyses", "BatchAnalysis")
    nullable = models.CharField(max_length=20, null=True)
    nullable.set_attributes_from_name("optimization_tier")
    nullable.model = model
    with connection.schema_editor() as editor:
        editor.alter_field(model, model._meta.get_field("optimization_tier"), nullable)
    model._meta.get_field("optimization_tier").null = True
    return model


def test_line_050_t21_a_manager_is_set_up_for_a_directory_and_cleaned_up(using: str, tmp_path: Path) -> None:
    directory = tmp_path / "made" / "here"

    with MigrationManager(directory, using) as manager:
        assert directory.is_dir()
        assert manager.check_migrations()["head_revision"]

    assert connections[using].connection is None


def test_line_003_012_t31_create_upgrade_and_be_up_to_date(manager: MigrationManager) -> None:
    created = manager.create_migration("Test migration")

    assert manager.upgrade() is True
    assert manager.check_migrations() == {
        "current_revision": created,
        "head_revision": created,
        "is_up_to_date": True,
        "pending_migrations": False,
    }


def test_line_051_111_t22_created_migrations_are_named_after_their_message(manager: MigrationManager) -> None:
    assert manager.create_migration("Test migration").endswith("_test_migration")
    assert manager.create_migration("An empty one", autogenerate=False).endswith("_an_empty_one")


def test_line_052_upgrade_says_true_only_when_it_is(manager: MigrationManager) -> None:
    assert manager.upgrade() is True
    assert manager.upgrade() is True
    assert manager.upgrade("0999") is False
    name = manager.create_migration("Broken", autogenerate=False)
    path = Path(str(manager.directory), f"{name}.py")
    broken = "operations = [migrations.RunSQL('SELECT * FROM nowhere')]"
    path.write_text(path.read_text().replace("operations = [\n    ]", broken))
    assert manager.upgrade() is False


def test_line_053_every_step_has_a_command(manager: MigrationManager) -> None:
    def run(*step: str) -> str:
        out = io.StringIO()
        options = (f"--database={manager.using}", f"--directory={manager.directory}")
        call_command("migrations", *options, *step, stdout=out)
        return out.getvalue()

    created = run("create", "By hand")

    assert created.endswith("_by_hand\n")
    assert run("upgrade") == created
    before = run("downgrade", "-1")
    assert run("current") == before
    assert run("history").startswith(f"{created.strip()}  not applied  By hand\n{before.strip()}  20")


def test_line_054_113_a_data_migration_is_one_transaction(manager: MigrationManager) -> None:
    manager.upgrade()

    def rename(connection: Any, *, name: str) -> None:
        BatchAnalysis.objects.using(connection.alias).create(batch_name=name, analysis_type="topics")
        if not name:
            raise ValueError("a name is needed")

    assert manager.migrate_data(rename, name="first") is True
    assert manager.migrate_data(rename, name="") is False
    assert list(BatchAnalysis.objects.using(manager.using).values_list("batch_name", flat=True)) == ["first"]


def test_line_057_112_t24_check_has_exactly_four_keys(manager: MigrationManager) -> None:
    manager.upgrade("0001")

    report = manager.check_migrations()

    assert set(report) == {"current_revision", "head_revision", "is_up_to_date", "pending_migrations"}
    assert report["current_revision"] == "0001_profiles"
    assert (report["is_up_to_date"], report["pending_migrations"]) == (False, True)


def test_line_112_an_error_never_reads_as_nothing_pending(
    manager: MigrationManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.upgrade()
    connection = connections[manager.using]
    connection.close()
    monkeypatch.setitem(
        connection.settings_dict, "NAME", "/not/there" if connection.vendor == "sqlite" else "nil"
    )

    report = manager.check_migrations()

    assert report["error"]
    assert (report["is_up_to_date"], report["pending_migrations"]) == (False, True)


def test_line_078_an_unknown_applied_migration_is_reported_with_the_way_out(
    manager: MigrationManager,
) -> None:
    manager.upgrade()
    MigrationRecorder(connections[manager.using]).record_applied("analyses", "0099_from_elsewhere")

    report = manager.check_migrations()

    assert "0099_from_elsewhere" in str(report["error"])
    assert "manage.py migrate analyses --prune" in str(report["error"])
    assert report["is_up_to_date"] is False
    call_command("migrate", "analyses", prune=True, database=manager.using, verbosity=0)
    assert manager.check_migrations()["is_up_to_date"] is True


def test_line_111_t23_history_is_newest_first_and_current_is_none_before_the_first(
    manager: MigrationManager,
) -> None:
    assert manager.current_revision() is None
    created = manager.create_migration("Newest")

    history = manager.migration_history()

    assert set(history[0]) == {"revision", "down_revision", "message", "date"}
    assert history[0]["revision"] == created
    assert history[0]["message"] == "Newest"
    assert [line["down_revision"] for line in history] == [
        *(line["revision"] for line in history[1:]),
        None,
    ]


def test_line_058_a_table_is_put_back_with_rows_keys_indexes_and_constraints(
    manager: MigrationManager,
) -> None:
    manager.upgrade()
    batches = BatchAnalysis.objects.using(manager.using)
    kept = batches.create(batch_name="kept", analysis_type="topics")
    constraints = constraints_of(manager.using, "batch_analyses")
    backup = backup_table("batch_analyses", using=manager.using)
    damage = manager.create_migration("Damage", autogenerate=False)
    path = Path(str(manager.directory), f"{damage}.py")
    remove = 'migrations.RemoveConstraint("batchanalysis", "batch_counts_within_size")'
    operations = f"operations = [{remove}, migrations.RunSQL('DELETE FROM batch_analyses')]"
    path.write_text(path.read_text().replace("operations = [\n    ]", operations))
    assert manager.upgrade() is True
    assert not batches.exists()

    assert restore_table("batch_analyses", backup, using=manager.using) is True

    assert batches.get() == kept
    assert constraints_of(manager.using, "batch_analyses") == constraints
    assert batches.create(batch_name="next", analysis_type="topics").pk > kept.pk


def constraints_of(using: str, table: str) -> dict[str, Any]:
    connection = connections[using]
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, table)


def test_line_059_the_safe_procedure_restores_and_raises_again(manager: MigrationManager) -> None:
    manager.upgrade()
    before = manager.current_revision()
    BatchAnalysis.objects.using(manager.using).create(batch_name="kept", analysis_type="topics")
    manager.create_migration("Fine", autogenerate=False)
    broken = manager.create_migration("Broken", autogenerate=False)
    path = Path(str(manager.directory), f"{broken}.py")
    statements = "migrations.RunSQL('DELETE FROM batch_analyses'), migrations.RunSQL('SELECT * FROM nowhere')"
    path.write_text(path.read_text().replace("operations = [\n    ]", f"operations = [{statements}]"))

    with pytest.raises(Error, match="nowhere"):
        safe_migrate(manager=manager)

    assert BatchAnalysis.objects.using(manager.using).get().batch_name == "kept"
    assert manager.current_revision() == before


def test_line_113_backups_are_named_kept_and_only_of_tables(manager: MigrationManager) -> None:
    manager.upgrade()

    assert backup_table("jobs", using=manager.using) == "jobs_backup"
    assert backup_table("jobs", using=manager.using) == "jobs_backup_2"
    assert {"jobs_backup", "jobs_backup_2"} <= tables(manager.using)
    with pytest.raises(ValidationError):
        backup_table("jobs; DROP TABLE jobs", using=manager.using)
