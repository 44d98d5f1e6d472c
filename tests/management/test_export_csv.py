"""`manage.py export_csv`."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from analyses.queries import exports
from tests.factories import make_analysis, make_batch


@pytest.mark.django_db
def test_the_output_file_has_the_rows_of_the_filter(tmp_path: Path) -> None:
    batch = make_batch()
    row = make_analysis(batch_analysis=batch, status="completed")
    make_analysis(batch_analysis=batch, status="error")
    target = tmp_path / "out.csv"

    call_command("export_csv", filter=f"?batch={batch.pk}&status=completed", output=target)

    with target.open(encoding="utf-8", newline="") as file:
        assert [record["id"] for record in csv.DictReader(file)] == [str(row.pk)]
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.django_db
def test_a_wrong_filter_is_refused_in_a_sentence() -> None:
    with pytest.raises(CommandError, match=r"^status must be one of pending, .*, not “lost”\.$"):
        call_command("export_csv", filter="status=lost")


@pytest.mark.django_db
def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        call_command("export_csv", output=tmp_path / "missing" / "out.csv")


@pytest.mark.django_db
def test_a_broken_export_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")

    def broken(_export: object) -> object:
        yield b"id\r\n"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports.Content, "__iter__", broken)

    with pytest.raises(CommandError, match="nothing of it is kept"):
        call_command("export_csv", output=target)

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.django_db(transaction=True)
def test_standard_output_carries_nothing_but_the_file(child_environment: dict[str, str]) -> None:
    row = make_analysis(text_content="Grüße 🍺")
    manage = Path(__file__).parents[2] / "manage.py"

    done = subprocess.run(
        [sys.executable, manage, "export_csv"],
        env={**os.environ, **child_environment},
        capture_output=True,
        check=True,
    )

    lines = done.stdout.decode("utf-8").splitlines()
    assert lines[0].startswith("id,external_id,batch,")
    assert lines[1].startswith(f"{row.pk},")
    assert "Grüße 🍺" in lines[1]
    assert len(lines) == 2
