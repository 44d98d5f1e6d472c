"""Lines 3, 12, 50-59, 78 and 111-113 of the conformance list: migrations and backups, on a database of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connections, models
from django.db.migrations.loader import MigrationLoader

from analyses.models import BatchAnalysis, TextAnalysis
from tests.own_databases import own_database

CHUNK_ROWS = 2000


@pytest.fixture
def using(django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """Return the alias of an empty database that no other test uses."""
    with django_db_blocker.unblock(), own_database() as alias:  # type: ignore[attr-defined]
        yield alias


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
