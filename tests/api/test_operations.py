"""Health and metrics for programs: operators' tokens alone."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from analyses import measuring
from analyses.measuring import Recorder
from analyses.models import Worker
from analyses.queries import metrics
from tests.api.conftest import Program, program_of

pytestmark = pytest.mark.django_db

PATHS = ("/api/metrics", "/api/health", "/metrics")


@pytest.fixture
def operating(operator: User) -> Program:
    return program_of(operator, "read")


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    fresh = Recorder()
    monkeypatch.setattr(measuring, "recorder", fresh)
    monkeypatch.setattr(metrics, "recorder", fresh)
    return fresh


def families(program: Program | Client) -> dict[str, dict[tuple[str, ...], float]]:
    client = program.client if isinstance(program, Program) else program
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.content
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.values()))] = sample.value
    return found


@pytest.mark.parametrize("path", PATHS)
def test_only_operators_programs_may_read(path: str, reader: Program, stranger: Program) -> None:
    assert reader.client.get(path).status_code == 403
    assert stranger.client.get(path).status_code == 401


def test_a_token_must_read(operator: User) -> None:
    writer = program_of(operator, "ingest")

    assert [writer.client.get(path).status_code for path in PATHS] == [403, 403, 403]


def test_an_operator_may_look_in_the_browser(operator_client: Client) -> None:
    assert families(operator_client)["nlpadmin_up"]


def test_only_reading_is_possible(operating: Program) -> None:
    assert operating.client.post("/metrics").status_code == 405


def test_prometheus_reads_what_was_measured(operating: Program, recorder: Recorder) -> None:
    for duration_ms in (1.0, 1.0, 90.0):
        recorder.add_request("a page", duration_ms, is_success=duration_ms < 50)
    recorder.add_texts("sentiment", 10, failed=2, total_ms=5.0)
    Worker.objects.create(name="host:1", started_at=timezone.now(), heartbeat_at=timezone.now())

    found = families(operating)

    assert found["nlpadmin_requests_total"]["a page", "success"] == 2
    assert found["nlpadmin_requests_total"]["a page", "failure"] == 1
    assert found["nlpadmin_request_seconds_by_page_total"]["a page",] == pytest.approx(0.092)
    assert found["nlpadmin_texts_total"] == {("sentiment", "success"): 8, ("failure", "sentiment"): 2}
    assert found["nlpadmin_workers_alive"] == {(): 1}
    assert found["nlpadmin_worker_heartbeat_age_seconds"]["host:1",] < 60
    buckets = {float(bound): count for (bound,), count in found["nlpadmin_request_seconds_bucket"].items()}
    assert buckets[float("inf")] == found["nlpadmin_request_seconds_count"][()] == 3
    assert [buckets[0.001], buckets[0.064], buckets[0.128]] == [2, 2, 3]
    assert sorted(buckets.values()) == [buckets[bound] for bound in sorted(buckets)]


def test_no_text_and_no_secret_is_told(operating: Program) -> None:
    operating.get("/analyses", {"q": "secret words"})

    page = operating.client.get("/metrics").content.decode()

    assert "secret words" not in page
    assert operating.secret not in page
