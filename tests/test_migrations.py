"""Migrations run backwards to nothing and forwards again, and match the models."""

import pytest
from django.core.management import call_command
from django.db import connection

from analyses.models import Profile, TextAnalysis
from tests.factories import make_analysis


@pytest.mark.django_db(transaction=True)
def test_migrations_run_to_zero_and_back() -> None:
    """56. Down to base and up to head restores a working schema."""
    call_command("migrate", "analyses", "zero", verbosity=0)
    without = connection.introspection.table_names()
    call_command("migrate", verbosity=0)

    assert TextAnalysis._meta.db_table not in without
    assert Profile._meta.db_table not in without
    row = make_analysis(text_content="still works")
    assert TextAnalysis.objects.get().pk == row.pk


@pytest.mark.django_db
def test_models_need_no_further_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
