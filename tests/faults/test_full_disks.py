"""F28: the database's disk is full: reading goes on, writing is refused with the reason, and work goes on by itself."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection

from analyses.choices import ImportState
from analyses.models import BatchAnalysis, Import
from tests.faults.crew import check_settled, crew_of, numbered, pause, start_import, wait_for
from tests.faults.own_servers import OwnPostgreSQL
from tests.faults.own_sites import environment_of, looking_into, manage, prepared
from tests.faults.small_disks import SmallDisk, small_disk
from tests.faults.web_server import serving

DISK_MB = 120
TEXTS = 400
PAGES = ("/", "/explore/", "/batches/", "/models/")


@contextmanager
def database_on(disk: SmallDisk) -> Iterator[tuple[str, Any]]:
    """Give the address of a database on a disk and a function that looks for damage."""
    if connection.vendor == "sqlite":
        path = disk.path / "texts.sqlite3"
        yield f"sqlite:///{path}", lambda: check_file(path)
        return
    server = OwnPostgreSQL(disk=disk.path)
    try:
        yield server.url, server.check
    finally:
        server.remove()


def check_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_f28_a_full_disk_stops_writing_alone_and_work_goes_on_after_it(
    tmp_path: Path, settings: Any, django_db_blocker: Any, is_full: bool, figures: Any
) -> None:
    if connection.vendor == "mysql":
        pytest.skip("the list names PostgreSQL and SQLite")
    full_seconds, rows = (60, 30_000) if is_full else (12, 10_000)
    with small_disk(DISK_MB) as disk, database_on(disk) as (url, check), django_db_blocker.unblock():
        site = prepared(environment_of(url, tmp_path))
        settings.SPOOL_DIR = site.environment["SPOOL_DIR"]
        with (
            looking_into(url),
            crew_of(site.environment | {"LEASE_SECONDS": "2"}) as crew,
            serving(site.environment, log=site.log) as web,
        ):
            crew.hire().wait_until_ready()
            assert web.get("/explore/", session=site.session).status_code == 200
            record = start_import(numbered(rows))
            wait_for(lambda: Import.objects.get(pk=record.pk).last_line > 0)
            disk.fill()

            until = time.monotonic() + full_seconds
            read: list[httpx.Response] = []
            answers: list[httpx.Response] = []
            while time.monotonic() < until:
                read += [web.get(path, session=site.session) for path in PAGES]
                read += [web.get(path, token=site.token) for path in ("/api/analyses", "/api/batches")]
                texts = [f"{number} " + 900 * "long " for number in range(TEXTS)]
                batch = {"batch_name": "b", "analysis_type": "sentiment", "texts": texts}
                key = f"key-{len(answers)}"
                answers.append(web.post("/api/batches", batch, token=site.token, key=key))
                pause(0.5)
            assert {answer.status_code for answer in read} == {200}
            # What an undone write leaves free inside the tables may hold another one.
            accepted = [answer.json()["id"] for answer in answers if answer.status_code == 201]
            refused = [answer for answer in answers if answer.status_code == 503]
            assert len(accepted) + len(refused) == len(answers)
            assert len(refused) > len(accepted)
            assert "disk is full" in refused[-1].json()["detail"]
            assert crew.everybody[0].is_alive()

            disk.make_space()
            started = time.monotonic()
            wait_for(lambda: Import.objects.get(pk=record.pk).completed_at is not None, seconds=60)
            assert Import.objects.get(pk=record.pk).state == ImportState.COMPLETED
            wait_for(lambda: record.batches.get().waiting_count == 0, seconds=120)
            back = time.monotonic() - started
            crew.finish()
            assert check_settled(record, rows=rows) == {"completed": rows}
            for number in accepted:
                assert BatchAnalysis.objects.get(pk=number).text_analyses.count() == TEXTS
        manage(site.environment, "check_data")
        check()
    figures(
        full=f"{full_seconds} s", reads=len(read), refused=len(refused), damaged=0, done_after=f"{back:.0f} s"
    )
