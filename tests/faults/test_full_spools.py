"""F29: no space for uploads and exports: the page says so, and no part of a file stays behind."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from analyses.models import Import
from tests import factories
from tests.faults.small_disks import SmallDisk, small_disk

DISK_MB = 4
UPLOAD = "/imports/new/"


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk(DISK_MB) as small:
        yield small


@pytest.fixture
def asked(editor: User) -> Client:
    """Return an editor's browser that shows what a server would answer."""
    client = Client(raise_request_exception=False)
    client.force_login(editor)
    return client


def upload(client: Client, megabytes: float) -> Any:
    line = b"1,A parcel came late but the crew was kind\n"
    file = io.BytesIO(b"id,text\n" + line * int(megabytes * 1024 * 1024 / len(line)))
    file.name = "parcels.csv"
    return client.post(UPLOAD, {"file": file})


def test_f29_uploads_without_space_are_refused_with_the_reason(
    disk: SmallDisk, asked: Client, settings: Any
) -> None:
    folder = disk.path / "uploads"
    folder.mkdir()
    settings.SPOOL_DIR = folder

    answer = upload(asked, DISK_MB + 1)

    assert answer.status_code == 507
    assert "no space" in answer.content.decode()


def test_f29_uploads_without_space_leave_no_part(
    disk: SmallDisk, asked: Client, settings: Any, is_full: bool, figures: Any
) -> None:
    tries = 100 if is_full else 10
    folder = disk.path / "uploads"
    folder.mkdir()
    settings.SPOOL_DIR = folder

    for _ in range(tries):
        assert upload(asked, DISK_MB + 1).status_code >= 500
        assert list(folder.iterdir()) == []
    assert not Import.objects.exists()

    assert upload(asked, 1).status_code == 302
    figures(tries=tries, **{"partial files": 0})


def test_f29_an_export_without_space_leaves_no_part(
    disk: SmallDisk, db: None, is_full: bool, figures: Any
) -> None:
    tries = 100 if is_full else 10
    for _ in range(5):
        factories.make_scored(0.5)
    disk.fill()
    before = set(disk.path.iterdir())

    for _ in range(tries):
        with pytest.raises((CommandError, OSError)):
            call_command("export_csv", output=disk.path / "all.csv")
        assert set(disk.path.iterdir()) == before

    disk.make_space()
    call_command("export_csv", output=disk.path / "all.csv")
    assert len((disk.path / "all.csv").read_text().splitlines()) == 6
    figures(tries=tries, **{"partial files": 0})


def test_f29_an_export_without_space_says_so(disk: SmallDisk, db: None) -> None:
    factories.make_scored(0.5)
    disk.fill()

    with pytest.raises(CommandError, match="space"):
        call_command("export_csv", output=disk.path / "all.csv")
