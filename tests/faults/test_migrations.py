"""F34, F35: migrations at the same time, and migrations that are killed."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from analyses.services import table_backups
from tests.own_databases import own_database, own_environment

SCRIPT = str(Path(__file__).with_name("killed_migration.py"))
MIGRATE = ("manage.py", "migrate", "--verbosity", "0")
TOGETHER = 3
KILLED = -9


@pytest.fixture(autouse=True)
def may_use_databases(django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def start(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        (sys.executable, *command),
        env=own_environment(),
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=300)
    return process.returncode, output


def run(*command: str) -> str:
    code, output = end(start(*command))
    assert code == 0, output
    return output


@contextmanager
def disturbed(undisturbed: dict[str, Any]) -> Iterator[str]:
    """Give a new database; in the end it must be complete and have the same tables as an undisturbed run made."""
    with own_database() as using:
        yield using
        run("manage.py", "migrate", "--check")
        assert schema(using) == undisturbed


def schema(using: str) -> dict[str, Any]:
    """Return columns, keys, indexes and checks of each table."""
    connection = connections[using]
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = connection.introspection.get_table_description(cursor, table)
            constraints = connection.introspection.get_constraints(cursor, table)
            found[table] = ([column[:7] for column in columns], constraints)
    connection.close()
    return found


@pytest.fixture
def undisturbed() -> tuple[int, dict[str, Any]]:
    """Return the number of statements of a whole migrate, and the schema that it leaves."""
    with own_database() as using:
        return int(run(SCRIPT, "0")), schema(using)


def die_until_done(between: tuple[int, int], *arguments: str) -> int:
    """Run migrations that each die after a random number of statements until one arrives; say how many died."""
    deaths = 0
    while (ended := end(start(SCRIPT, str(random.randint(*between)), *arguments)))[0] != 0:
        assert ended[0] == KILLED, ended[1]
        deaths += 1
    return deaths


def test_f34_three_migrates_at_once_all_succeed(
    undisturbed: tuple[int, dict[str, Any]], is_full: bool, figures: Any
) -> None:
    rounds = 10 if is_full else 1

    for _ in range(rounds):
        with disturbed(undisturbed[1]):
            together = [start(*MIGRATE) for _ in range(TOGETHER)]
            ends = [end(process) for process in together]
            assert [code for code, _ in ends] == [0] * TOGETHER, ends

    figures(succeeded=rounds * TOGETHER)


def test_f35_a_migrate_that_is_killed_again_and_again_arrives(
    undisturbed: tuple[int, dict[str, Any]], figures: Any
) -> None:
    statements, expected = undisturbed

    with disturbed(expected):
        deaths = die_until_done((20, statements // 2))

    assert deaths
    figures(deaths=deaths, statements=statements)


def test_f35_a_migrate_killed_at_any_statement_can_be_run_again(
    undisturbed: tuple[int, dict[str, Any]], is_full: bool, figures: Any
) -> None:
    statements, expected = undisturbed
    every = range(1, statements + 1)

    chosen = every if is_full else random.sample(every, 2)
    for fatal in chosen:
        with disturbed(expected):
            assert end(start(SCRIPT, str(fatal)))[0] == KILLED
            run(*MIGRATE)

    figures(deaths=len(chosen), statements=statements)


def test_f35_a_downgrade_killed_midway_can_be_run_again(
    undisturbed: tuple[int, dict[str, Any]], is_full: bool, figures: Any
) -> None:
    with disturbed(undisturbed[1]) as using:
        run(*MIGRATE)
        deaths = die_until_done((3, 12), "analyses", "zero")
        assert "text_analyses" not in schema(using)
        run(*MIGRATE)

    assert deaths
    figures(deaths=deaths)


def test_f35_an_upgrade_with_backup_killed_midway_can_be_run_again(
    undisturbed: tuple[int, dict[str, Any]], is_full: bool, figures: Any
) -> None:
    """It copies, too: whatever the killed run left of that is no obstacle, and listed."""
    with disturbed(undisturbed[1]) as using:
        run(*MIGRATE, "analyses", "0010")
        deaths = die_until_done((3, 12), "with backup")
        for backup in table_backups.list_backups(using):
            table_backups.drop_backup(backup.name, using=using)
        with connections[using].cursor() as cursor:
            cursor.execute("DROP TABLE table_backups")

    assert deaths
    figures(deaths=deaths)
