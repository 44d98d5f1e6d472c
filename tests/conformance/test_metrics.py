"""Lines 6, 66, 74, 79, 80, 103, 106 and 108 of the conformance list: what is measured, and how the site is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from analyses import measuring
from analyses.measuring import Kind, Recorder
from analyses.models import Measurement
from analyses.queries import health, metrics, site_state
from analyses.services import analyses, measurements
from tests.api.conftest import Program, program_of
from tests.faults.crew import wait_for
from tests.faults.test_pool import static_files  # noqa: F401 - a fixture
from tests.faults.web_server import serving

KEYS = {
    "database": {
        "total_queries",
        "successful_queries",
        "failed_queries",
        "success_rate",
        "avg_query_time",
        "uptime_seconds",
    },
    "cache": {"size", "hits", "misses", "hit_rate"},
    "health": {"is_healthy", "connection_count", "pool_size", "last_check"},
}
REQUESTS = 30


@pytest.fixture(autouse=True)
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    fresh = Recorder()
    for module in (measuring, measurements, metrics):
        monkeypatch.setattr(module, "recorder", fresh)
    return fresh


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a busy machine take its time."""
    monkeypatch.setattr(health, "_migrated_at", float("-inf"))
    monkeypatch.setattr(health, "DATABASE_SECONDS", 30.0)
    monkeypatch.setattr(health, "MIGRATIONS_SECONDS", 30.0)


@pytest.fixture
def operating(operator: User) -> Program:
    return program_of(operator, "read")


@pytest.mark.django_db
def test_line_103_metrics_hold_the_fourteen_keys() -> None:
    analyses.create(text_content="A fine day.", analysis_type="sentiment")

    found = metrics.performance_metrics()

    assert {name: set(figures) for name, figures in found.items()} == KEYS
    database = found["database"]
    assert database["total_queries"] > 0
    assert database["successful_queries"] + database["failed_queries"] == database["total_queries"]
    assert 0.0 <= database["success_rate"] <= 1.0
    assert database["uptime_seconds"] > 0.0


@pytest.mark.django_db(transaction=True)
def test_line_066_counts_rate_and_mean_are_those_of_the_statements(recorder: Recorder) -> None:
    connection.ensure_connection()
    with measuring.source("a test"), connection.cursor() as cursor:
        for _ in range(3):
            cursor.execute("SELECT 1")
        with pytest.raises(Exception, match="no_such"):
            cursor.execute("SELECT * FROM no_such_table")
    with measuring.source(None):
        found = metrics.performance_metrics()["database"]

    mine = [one for one in recorder.statements if one.source == "a test"]
    assert len(mine) == 4
    figure = recorder.look().by_source(Kind.STATEMENT)["a test"]
    assert (figure.count, figure.failed) == (4, 1)
    assert figure.mean_ms == pytest.approx(sum(one.duration_ms for one in mine) / 4)
    # Probes ask in threads of their own and may be counted, too.
    assert found["total_queries"] >= 4
    assert found["failed_queries"] == 1
    assert found["success_rate"] == pytest.approx(1 - 1 / found["total_queries"])
    assert 0.0 < found["avg_query_time"] < 60_000.0


@pytest.mark.django_db
def test_line_106_the_last_thousand_statements_are_kept_with_their_times() -> None:
    with connection.cursor() as cursor:
        for number in range(1_001):
            cursor.execute(f"SELECT {number}")

    found = metrics.last_statements()

    assert len(found) == 1000
    assert (found[0].statement, found[-1].statement) == ("SELECT 1", "SELECT 1000")
    assert all(one.duration_ms >= 0.0 and one.is_success and one.at.tzinfo for one in found)


@pytest.mark.django_db
def test_line_108_with_metrics_off_nothing_is_recorded(
    settings: Any, operator_client: Client, recorder: Recorder
) -> None:
    settings.ENABLE_METRICS = False
    recorder.drain()
    connection.execute_wrappers.remove(measuring.measure_statement)
    client = Client()
    client.cookies = operator_client.cookies
    try:
        page = client.get(reverse("admin:health"))
        analyses.create(text_content="A fine day.", analysis_type="sentiment")
        measurements.flush()
    finally:
        connection.execute_wrappers.append(measuring.measure_statement)

    assert "ENABLE_METRICS is off" in page.content.decode()
    assert metrics.performance_metrics()["database"]["total_queries"] == 0
    assert not Measurement.objects.exists()


@pytest.mark.django_db
def test_line_079_slow_statements_are_found_with_their_page(
    operator_client: Client, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s)"
    slow = f"{numbers} SELECT count(*) FROM n a CROSS JOIN n b"
    recorder.drain()

    def ask(request: Any) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute(slow, [900])
        return HttpResponse()

    monkeypatch.setattr("analyses.views.home.home", ask)
    operator_client.get(reverse("admin:index"))
    measured = recorder.look()
    assert slow in [one.statement for one in measured.slowest if one.source == "admin:index"]

    page = operator_client.get(reverse("admin:health")).content.decode()

    assert "WITH RECURSIVE n(i)" in page
    assert "admin:index" in page


@pytest.mark.django_db
def test_line_080_memory_of_the_process_is_told(operating: Program) -> None:
    assert 10 * 1024**2 < site_state.memory().process < 16 * 1024**3

    text = operating.client.get("/metrics").content.decode()

    (line,) = [line for line in text.splitlines() if line.startswith("nlpadmin_resident_memory_bytes ")]
    assert float(line.split()[1]) > 10 * 1024**2


@pytest.mark.django_db(transaction=True)
def test_line_074_health_tells_state_database_and_metrics(operating: Program) -> None:
    answer = operating.get("/health")

    found = answer.json()
    assert answer.status_code == 200, found
    assert (found["status"], found["database"]["is_healthy"]) == ("healthy", True)
    assert {name: set(figures) for name, figures in found["performance"].items()} == KEYS


@pytest.mark.django_db(transaction=True)
def test_line_074_health_is_not_200_when_unhealthy(
    operating: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyses.queries.migrations.are_applied", lambda using: False)

    answer = operating.get("/health")

    assert answer.status_code == 503
    assert (answer.json()["status"], answer.json()["database"]["is_healthy"]) == ("unhealthy", True)
    assert "migrate" in answer.json()["detail"]


@pytest.mark.django_db(transaction=True)
def test_line_006_metrics_and_health_from_code_and_over_http(operating: Program) -> None:
    over_http = operating.get("/metrics").json()

    assert {name: set(figures) for name, figures in over_http.items()} == KEYS
    assert health.status().is_healthy
    assert over_http["health"]["is_healthy"] is True


@pytest.mark.django_db(transaction=True)
def test_line_006_metrics_are_those_of_all_processes(
    child_environment: dict[str, str],
    static_files: None,  # noqa: F811
    tmp_path: Path,
) -> None:
    def counted() -> bool:
        figure = metrics.totals().by_source(Kind.REQUEST).get("admin:login")
        return figure is not None and figure.count == REQUESTS

    environment = child_environment | {"WEB_PROCESSES": "2", "WEB_THREADS": "2"}
    with serving(environment, log=tmp_path / "web.log") as server:
        for _ in range(REQUESTS):
            server.client.cookies.clear()
            # A connection of its own each, so that both processes get some.
            assert server.client.get("/login/", headers={"Connection": "close"}).status_code == 200
        wait_for(counted, seconds=60)
