"""The command `migrations`: each of its steps by hand, and sentences instead of tracebacks."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import Error

from analyses.models import BatchAnalysis
from tests.own_databases import own_database

Run = Callable[..., str]


@pytest.fixture
def run(django_db_blocker: Any, tmp_path: Path) -> Iterator[Run]:
    """Return a function that runs a step on an empty database, with an empty directory, and gives what it says."""

    def step(*arguments: str) -> str:
        out = io.StringIO()
        common = (f"--directory={tmp_path}", f"--database={using}")
        call_command("migrations", *common, *arguments, stdout=out)
        return out.getvalue()

    with django_db_blocker.unblock(), own_database() as using:
        yield step


def test_up_down_and_where_we_are(run: Run) -> None:
    assert run("current") == "base\n"
    assert run("upgrade", "0003") == "0003_imports\n"
    assert run("downgrade", "-1") == "0002_workers\n"
    assert run("current") == "0002_workers\n"
    assert run("downgrade", "base") == "base\n"


def test_create_says_the_name_and_upgrade_goes_there(run: Run, tmp_path: Path) -> None:
    name = run("create", "Add nothing", "--empty").strip()

    assert (tmp_path / f"{name}.py").is_file()
    assert run("upgrade") == f"{name}\n"


def test_history_begins_with_the_newest(run: Run) -> None:
    run("upgrade", "0001")

    lines = run("history").splitlines()

    assert lines[-1].startswith("0001_profiles  20")
    assert lines[-1].endswith(" UTC  Create the table profiles.")
    assert "0002_workers  not applied  " in lines[-2]


def test_check_is_content_when_all_agree(run: Run) -> None:
    run("upgrade")

    assert "is_up_to_date: True\npending_migrations: False\n" in run("check")


def test_check_fails_when_something_is_pending(run: Run) -> None:
    with pytest.raises(CommandError, match="pending: `migrations upgrade`"):
        run("check")


def test_check_fails_when_the_models_say_more(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("upgrade")
    monkeypatch.setattr(BatchAnalysis._meta.get_field("batch_name"), "max_length", 99)

    with pytest.raises(CommandError, match="Alter field batch_name"):
        run("check")


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (("backup", "no such"), "not a table's name"),
        (("restore", "jobs", "jobs_backup"), "there is no backup 'jobs_backup'"),
        (("upgrade", "0999"), "0 migrations are called '0999'"),
        (("downgrade", "-1"), "there are 0 steps to undo, not 1"),
        (("create", "?"), "Latin letters"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(run: Run, step: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*step)


def test_an_upgrade_with_backup_goes_back_when_it_fails(run: Run, tmp_path: Path) -> None:
    run("upgrade")
    before = run("current")
    name = run("create", "Broken", "--empty").strip()
    path = tmp_path / f"{name}.py"
    operation = "operations = [migrations.RunSQL('SELECT * FROM nowhere')]"
    path.write_text(path.read_text().replace("operations = [\n    ]", operation))

    with pytest.raises(Error, match="nowhere"):
        run("upgrade", "--with-backup")

    assert run("current") == before
    path.unlink()
    assert run("upgrade", "--with-backup") == before


def test_a_table_is_copied_listed_put_back_and_its_copy_dropped(run: Run) -> None:
    run("upgrade")

    assert run("backup", "auth_group") == "auth_group_backup\n"
    assert run("backups").endswith("  3 rows of auth_group\n")
    assert (
        run("restore", "auth_group", "auth_group_backup") == "auth_group is as auth_group_backup was taken.\n"
    )
    run("drop-backup", "auth_group_backup")
    assert run("backups") == ""
