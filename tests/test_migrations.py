"""The migrations match the models."""

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_models_need_no_further_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
