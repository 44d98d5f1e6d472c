"""F52: no part of an export passes for the whole: servers and workers are killed in the midst of one."""

from __future__ import annotations

import hashlib
import os
import random
import signal
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from django.contrib.auth.models import User
from django.http import QueryDict

from analyses.choices import ExportState, JobKind
from analyses.models import Export, TextAnalysis
from analyses.queries import export_records, filtering
from analyses.queries import exports as queries
from analyses.queries.exports import Wanted
from analyses.services import exports, rollups
from tests.factories import make_analysis
from tests.faults.crew import Crew, pause
from tests.faults.own_sites import OwnSite, environment_of, prepared
from tests.faults.web_server import WebServer, serving

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/exports/analyses.csv"
TEXT_LENGTH = 5_000


@pytest.fixture
def site(child_environment: dict[str, str], analyst: User, tmp_path: Path) -> OwnSite:
    """Return the site on the test's own database; making the analyst makes the groups that others need."""
    return prepared(environment_of(child_environment["DATABASE_URL"], tmp_path))


def fill(rows: int) -> int:
    """Make rows with long texts and give how many there are: a stream of them fills every buffer on its way."""
    example = make_analysis(text_content="x" * TEXT_LENGTH)
    values = {field.attname: getattr(example, field.attname) for field in _columns()}
    TextAnalysis.objects.bulk_create((TextAnalysis(**values) for _ in range(rows)), batch_size=200)
    deltas = rollups.Deltas()
    rollups.add_rows(deltas, TextAnalysis.objects.filter(pk__gt=example.pk), sign=1)
    deltas.write()
    return TextAnalysis.objects.count()


def _columns() -> list[Any]:
    left_out = {"id", "dedupe_key"}
    fields = TextAnalysis._meta.concrete_fields
    return [one for one in fields if one.attname not in left_out and not one.generated]


def kill(web: WebServer) -> None:
    """End the server and its processes at once."""
    family = [*psutil.Process(web.process.pid).children(recursive=True), psutil.Process(web.process.pid)]
    for process in family:
        process.send_signal(signal.SIGKILL)
    web.process.wait(30)


def begun(web: WebServer, token: str) -> Iterator[Any]:
    """Begin a download as a program does."""
    headers = {"Authorization": f"Bearer {token}"}
    with web.client.stream("GET", PATH, headers=headers) as answer:
        yield answer


def test_f52_a_download_whose_server_dies_is_known_to_be_broken(
    site: OwnSite, is_full: bool, figures: Any
) -> None:
    rows, tries = fill(6_000), 10 if is_full else 2
    for _ in range(tries):
        with serving(site.environment, log=site.log) as web:
            for answer in begun(web, site.token):
                parts = answer.iter_bytes()
                got = len(next(parts))
                assert answer.headers["Export-Rows"] == str(rows)
                kill(web)
                with pytest.raises(httpx.RemoteProtocolError):
                    got += sum(map(len, parts))
        assert got < rows * TEXT_LENGTH

    states = set(Export.objects.values_list("state", "sha256"))
    assert states == {(ExportState.RUNNING, "")}
    figures(tries=tries, **{"parts taken for whole": 0})


def test_f52_a_download_is_as_promised_and_one_that_is_left_holds_nothing(site: OwnSite) -> None:
    rows = fill(6_000)
    with serving(site.environment, log=site.log) as web:
        for answer in begun(web, site.token):
            next(answer.iter_bytes())
        for answer in begun(web, site.token):
            content = b"".join(answer.iter_bytes())
            manifest_url = answer.headers["Export-Manifest"]
        manifest = web.get(manifest_url, token=site.token).json()

    assert content.count(b"\r\n") == rows + 1
    assert (manifest["rows"], manifest["promised_rows"], manifest["state"]) == (rows, rows, "completed")
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    left, whole = Export.objects.order_by("id")
    assert (left.state, whole.state) == (ExportState.FAILED, ExportState.COMPLETED)
    assert "Traceback" not in site.log.read_text()


def test_f52_an_export_outlives_its_killed_workers(crew: Crew, is_full: bool, figures: Any) -> None:
    kills = 20 if is_full else 3
    crew.environment["FAULT_PACE_MS"] = "20"
    rows = fill(2_000)
    selection = queries.select(filtering.parse(QueryDict(""), zone=UTC), sort="-id")
    record = exports.order(Wanted(selection, "UTC"), rows=rows, user=None)

    for _ in range(kills):
        crew.hire()
        worker = crew.catch(JobKind.EXPORT)
        pause(random.uniform(0.1, 0.8))
        worker.kill()
        assert export_records.everybodys().get(pk=record.pk).sha256 == ""
    crew.environment["FAULT_PACE_MS"] = "0"
    crew.finish()

    record = export_records.everybodys().get(pk=record.pk)
    path = exports.find_file(record)
    assert path is not None
    assert (record.state, record.row_count, record.promised_count) == (ExportState.COMPLETED, rows, rows)
    content = path.read_bytes()
    assert (len(content), content.count(b"\r\n")) == (record.size_bytes, rows + 1)
    assert hashlib.sha256(content).hexdigest() == record.sha256
    left_over = set(exports.folder().iterdir()) - {path}
    assert all(one.suffix == ".part" for one in left_over)
    for one in left_over:
        os.utime(one, (0, 0))
    assert exports.sweep() == len(left_over)
    assert list(exports.folder().iterdir()) == [path]
    assert crew.unwanted_lines() == []
    figures(kills=kills, **{"parts taken for whole": 0})
