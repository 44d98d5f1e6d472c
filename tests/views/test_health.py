"""The operators' page: a line for each part, with what to do; open to operators alone."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analyses.models import Job, Measurement, Worker
from analyses.queries import health, shared_cache, site_state
from tests.factories import make_analysis

pytestmark = pytest.mark.django_db

QUERIES_MAX = 20


@pytest.fixture(autouse=True)
def well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "has_database", lambda: True)
    monkeypatch.setattr(health, "is_migrated", lambda: True)


def page_of(client: Client, query: str = "") -> str:
    response = client.get(reverse("admin:health") + query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def line(page: str, part: str) -> str:
    """Return the text of a part's line."""
    (row,) = re.findall(rf'<tr> <th scope="row">{part}.*?</tr>', page)
    return re.sub(r"<[^>]+>", " ", row)


def make_worker(name: str = "host:1", *, seconds_ago: float = 0) -> Worker:
    now = timezone.now()
    return Worker.objects.create(
        name=name, started_at=now - timedelta(hours=1), heartbeat_at=now - timedelta(seconds=seconds_ago)
    )


@pytest.fixture
def worker(db: None) -> Worker:
    return make_worker()


def test_everything_is_well(operator_client: Client, worker: Worker) -> None:
    page = page_of(operator_client)

    for part in ("Web", "Database", "Migrations", "Queue", "Worker host:1", "Disk", "Memory"):
        assert "good" in line(page, part), part
    assert "Everything is well" in page


def test_pending_migrations_say_what_to_run(
    operator_client: Client, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "is_migrated", lambda: False)

    page = page_of(operator_client)

    assert "down" in line(page, "Migrations")
    assert "manage.py migrate" in line(page, "Migrations")
    assert "1 part needs a look" in page


def test_without_redis_the_cache_is_off_and_not_broken(
    operator_client: Client, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_cache, "is_enabled", lambda: False)

    assert "off" in line(page_of(operator_client), "Cache")


def test_redis_that_does_not_answer_is_named(
    operator_client: Client, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_cache, "is_enabled", lambda: True)
    monkeypatch.setattr(shared_cache, "traffic", lambda: None)

    found = line(page_of(operator_client), "Cache")

    assert "look" in found
    assert "Start Redis again" in found


def test_no_worker_and_rows_that_wait_is_down(operator_client: Client) -> None:
    row = make_analysis()
    type(row).objects.update(created_at=timezone.now() - timedelta(hours=1))

    page = page_of(operator_client)

    assert "down" in line(page, "Queue")
    assert "manage.py run_worker" in line(page, "Workers")
    assert "1 row waits" in line(page, "Queue")


def test_a_worker_that_went_silent_is_down_and_one_that_stopped_is_gone(operator_client: Client) -> None:
    make_worker("silent:1", seconds_ago=120)
    gone = make_worker("stopped:1")
    gone.stopped_at = timezone.now()
    gone.save()

    page = page_of(operator_client)

    assert "down" in line(page, "Worker silent:1")
    assert "stopped:1" not in page


def test_a_worker_shows_its_job_and_its_last_error(operator_client: Client, worker: Worker) -> None:
    Job.objects.create(
        kind="analyse_chunk", state="failed", claimed_by=worker.name, error="ZeroDivisionError <b>"
    )
    job = Job.objects.create(kind="import_file", state="running", claimed_by=worker.name)

    page = page_of(operator_client)

    assert f"job {job.pk}" in line(page, "Worker host:1")
    assert "ZeroDivisionError" in line(page, "Worker host:1")
    assert "ZeroDivisionError" in line(page, "Queue")


@pytest.mark.parametrize(("free", "word"), [(100 * 1024**2, "down"), (900 * 1024**2, "look")])
def test_a_disk_that_fills_up_is_named(
    operator_client: Client, worker: Worker, monkeypatch: pytest.MonkeyPatch, free: int, word: str
) -> None:
    found = site_state.DiskState(free=free, total=100 * 1024**3, spool=0)
    monkeypatch.setattr(site_state, "disk", lambda: found)

    assert word in line(page_of(operator_client), "Disk")


def test_the_data_are_checked_when_asked_for(operator_client: Client, worker: Worker) -> None:
    assert 'id="data"' not in page_of(operator_client)

    page = page_of(operator_client, "?check=data")

    assert "batch counters" in page
    assert "rollup" in page


def test_number_of_queries_does_not_grow(operator_client: Client, worker: Worker) -> None:
    page_of(operator_client)
    with CaptureQueriesContext(connection) as few:
        page_of(operator_client)
    for number in range(20):
        make_worker(f"host:{number + 2}")
        Job.objects.create(kind="import_file", state="running", claimed_by=f"host:{number + 2}")
        measured = {"figures": {"request": {f"page {number}": [1, 0, 1.0, 1.0, {"0": 1}]}}, "slowest": []}
        Measurement.objects.create(process="host:1", taken_at=timezone.now(), measured=measured)

    with CaptureQueriesContext(connection) as many:
        page_of(operator_client)

    assert len(many) <= len(few) <= QUERIES_MAX


@pytest.mark.parametrize("who", ["analyst_client", "editor_client"])
def test_others_are_refused(request: pytest.FixtureRequest, who: str) -> None:
    client: Client = request.getfixturevalue(who)

    assert client.get(reverse("admin:health")).status_code == 403
    assert client.get("/metrics").status_code == 401


def test_visitors_are_sent_to_the_login(client: Client) -> None:
    assert client.get(reverse("admin:health"))["Location"].startswith("/login/?next=")


def test_nonsense_in_the_address_changes_nothing(operator_client: Client, worker: Worker) -> None:
    assert "Everything is well" in page_of(operator_client, "?check=%00&x=1")
