"""A service that an engine asks goes down in the middle of a batch, without a word, and comes back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from analyses.models import BatchAnalysis, Job, TextAnalysis
from analyses.queries import batches
from tests.engines.service import free_port
from tests.faults.crew import Crew, check_settled, numbered, start_import, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

BATCH_SIZE = 20
WORKERS = 2


@contextmanager
def service_process(port: int, log: Path) -> Iterator[None]:
    """Run the service and kill it at the end of the block."""
    process = subprocess.Popen(
        (sys.executable, "-m", "tests.faults.service_process", str(port), str(log)),
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def port(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the port at which the crew's sentiment engine looks for its service."""
    number = free_port()
    spec = {"type": "sentiment", "tier": "standard", "name": "acme", "version": "1", "batch_size": BATCH_SIZE}
    # A call may take half of the lease: on a busy machine nothing of a short one would be left.
    crew.environment["LEASE_SECONDS"] = "30"
    address = f"http://127.0.0.1:{number}/v1"
    crew.environment["ULTRA_ENGINES"] = json.dumps([spec | {"endpoint": address, "timeout_seconds": 0.5}])
    # The product's own worker, with no engine but those of its settings.
    monkeypatch.setattr("tests.faults.crew.SCRIPT", settings.BASE_DIR / "manage.py")
    return number


def answered(batch: BatchAnalysis) -> int:
    return TextAnalysis.objects.filter(batch_analysis=batch).exclude(status="pending").count()


def test_a_service_that_goes_down_in_the_middle_of_a_batch_fails_no_row(
    crew: Crew, port: int, is_full: bool, tmp_path: Path, figures: Any
) -> None:
    outages, rows = (6, 12_000) if is_full else (1, 1_500)
    for worker in [crew.hire("run_worker") for _ in range(WORKERS)]:
        worker.wait_until_ready()
    record = start_import(numbered(rows), "sentiment", "language")
    sentiment, language = record.batches.order_by("pk")

    for number in range(outages):
        with service_process(port, tmp_path / "answered"):
            goal = rows * (number + 1) // (outages + 2)
            wait_for(lambda goal=goal: answered(sentiment) > goal, seconds=120)  # type: ignore[misc]
        wait_for(lambda: batches.engine_wait(sentiment.pk) is not None)
        wait_for(lambda: answered(language) == rows)
        assert 0 < answered(sentiment) < rows
    with service_process(port, tmp_path / "answered"):
        assert crew.hire("run_worker", "--until-idle").end(seconds=300) == 0, crew.logs()

    assert check_settled(record, rows=rows) == {"completed": 2 * rows}
    assert not Job.objects.filter(arguments__rows__lt=100).exists()  # no chunk was cut into smaller ones
    assert_answers_are_the_service_s(sentiment)
    times = Counter((tmp_path / "answered").read_text().splitlines())
    again = times.total() - rows
    assert len(times) == rows
    assert again <= outages * WORKERS * BATCH_SIZE  # requests whose answers were lost on their way
    assert crew.unwanted_lines() == []
    figures(outages=outages, rows=rows, failed=0, **{"texts asked for again": again})


def assert_answers_are_the_service_s(batch: BatchAnalysis) -> None:
    found = TextAnalysis.objects.filter(batch_analysis=batch)
    assert set(found.values_list("model_used", flat=True)) == {"acme 1"}
    for text, score in found.values_list("text_content", "sentiment_score"):
        assert score == len(text) % 10 / 10
