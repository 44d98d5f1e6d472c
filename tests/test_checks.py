"""The check of the database's collation."""

from __future__ import annotations

import pytest
from django.core.checks.registry import registry
from django.db import connection

from analyses.checks import check_collation


def test_database_of_the_suite_is_accepted(db: None) -> None:
    assert list(check_collation(None, databases=["default"])) == []


def test_check_is_registered_under_the_databases_tag() -> None:
    registered: list[object] = [check for check in registry.get_checks(True) if "database" in check.tags]

    assert check_collation in registered


def test_collation_that_takes_different_texts_for_equal_is_refused(transactional_db: None) -> None:
    if connection.vendor != "mysql":
        pytest.skip("only MariaDB and MySQL choose a collation for the whole database")
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE `{name}` COLLATE utf8mb4_general_ci")
    try:
        (error,) = check_collation(None, databases=["default"])
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE `{name}` COLLATE utf8mb4_nopad_bin")

    assert error.id == "analyses.E001"
    assert error.hint is not None
    assert f"ALTER DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin" in error.hint
