"""F21: the database crashes while a file is read and while its rows are analysed; the same workers go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from analyses.models import Import
from tests.faults.conftest import LEASE_SECONDS
from tests.faults.crew import Crew, check_settled, crew_of, numbered, start_import, wait_for
from tests.faults.own_servers import OwnServer
from tests.faults.own_sites import OwnSite, manage

WORKERS = 2


@pytest.fixture
def crew(inside: tuple[OwnServer, OwnSite], settings: Any) -> Iterator[Crew]:
    """Return a crew that works on the server's database."""
    _server, site = inside
    settings.SPOOL_DIR = site.environment["SPOOL_DIR"]
    with crew_of(site.environment | {"LEASE_SECONDS": str(LEASE_SECONDS)}) as hired:
        yield hired


def crash_and_start(server: OwnServer) -> None:
    server.crash()
    connection.close()
    server.start()


def test_f21_crashes_while_a_file_is_read_and_analysed_lose_no_line(
    server: OwnServer, site: OwnSite, crew: Crew, is_full: bool, figures: Any
) -> None:
    crashes, rows = (10, 100_000) if is_full else (2, 20_000)
    half = crashes // 2
    record = start_import(numbered(rows))
    crew.hire_many(WORKERS)

    for number in range(half):
        goal = rows * number // half
        wait_for(lambda goal=goal: Import.objects.get(pk=record.pk).last_line > goal)  # type: ignore[misc]
        crash_and_start(server)
    was_read = Import.objects.get(pk=record.pk).completed_at is not None
    wait_for(lambda: Import.objects.get(pk=record.pk).completed_at is not None, seconds=120)
    for number in range(crashes - half):
        goal = rows * (number + 1) // (crashes - half + 2)
        wait_for(lambda goal=goal: record.batches.get().completed_count > goal, seconds=120)  # type: ignore[misc]
        crash_and_start(server)
    is_left = record.batches.get().waiting_count > 0
    started = time.monotonic()
    wait_for(lambda: record.batches.get().waiting_count == 0, seconds=300)

    assert (was_read, is_left) == (False, True), "a crash came when the work was over"
    assert sum(worker.is_alive() for worker in crew.everybody) == WORKERS
    crew.finish()
    assert check_settled(record, rows=rows) == {"completed": rows}
    manage(site.environment, "check_data")
    figures(crashes=crashes, lines=rows, lost=0, ended_after=f"{time.monotonic() - started:.0f} s")
