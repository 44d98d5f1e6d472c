"""F01, F02: workers are killed and frozen at random moments; every row ends with exactly one answer."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict

from analyses.choices import JobKind, JobState
from analyses.models import BatchAnalysis, Import, Job
from analyses.queries import filtering
from analyses.services import batch_texts, batches, reruns
from analyses.services.imports import Mapping
from tests.faults.crew import LOOK_SECONDS, Crew, check_settled, numbered, pause, start_file, start_import

pytestmark = pytest.mark.django_db(transaction=True)

FREEZE_SECONDS_MAX = 8
# Reading a block takes a tenth of a second, a slow chunk several seconds.
SECONDS_INTO: dict[str, float] = {
    JobKind.IMPORT_FILE: 0.05,
    JobKind.ANALYSE_CHUNK: 0.4,
    JobKind.COPY_ROWS: 0.2,
}


def kill_in(crew: Crew, kind: str) -> None:
    """Kill a worker in the midst of a job of a kind, at a random moment, and hire another."""
    while True:
        worker = crew.catch(kind)
        pause(random.uniform(0, SECONDS_INTO[kind]))
        if worker.held_kind() == kind:
            break
    worker.kill()
    crew.hire()


def posted(texts: list[str]) -> BatchAnalysis:
    """Post a batch of texts whose analysis was called off."""
    batch = batch_texts.create(batch_name="posted", analysis_type="sentiment", optimization_tier="basic")
    batch_texts.add_texts(batch.pk, texts)
    batches.cancel(batch.pk, user=None)
    return batch


def run_again(batch: BatchAnalysis) -> Import:
    """Start the rows of a batch again."""
    rows = filtering.parse(QueryDict(f"batch={batch.pk}"), zone=UTC)
    return reruns.start(
        rows, zone="UTC", name="again", analysis_types=("sentiment",), tier="standard", user=None
    )


def freeze_past_the_lease(crew: Crew) -> bool:
    """Freeze a worker until another has its job, and say so; one that had just stored its job loses none."""
    frozen = crew.catch(JobKind.ANALYSE_CHUNK)
    frozen.freeze()
    held = Job.objects.filter(state=JobState.RUNNING, claimed_by=frozen.name)
    began_at = time.monotonic()
    holds = had = held.exists()
    # It may be frozen inside a transaction, and then nobody else can write on SQLite: not for ever.
    while holds and time.monotonic() - began_at < FREEZE_SECONDS_MAX:
        pause(LOOK_SECONDS)
        holds = held.exists()
    frozen.thaw()
    return had and not holds


def computed(crew: Crew) -> int:
    """Give how many texts the engines answered in all processes."""
    path = Path(crew.environment["FAULT_LOG"])
    return path.stat().st_size if path.exists() else 0


def test_killed_workers_lose_and_repeat_nothing(crew: Crew, is_full: bool, figures: Any) -> None:
    kills, rows = (100, 12_000) if is_full else (10, 3_000)
    crew.environment["FAULT_PACE_MS"] = "10" if is_full else "4"
    crew.hire_many(3)
    record = start_import(numbered(rows))

    kill_in(crew, JobKind.IMPORT_FILE)
    for _ in range(kills - 1):
        kill_in(crew, JobKind.ANALYSE_CHUNK)
        pause(random.uniform(0.15, 0.6))
    left = record.batches.get().waiting_count
    crew.finish()

    assert left > 0, "every kill came before the work was over"
    assert check_settled(record, rows=rows) == {"completed": rows}
    assert crew.unwanted_lines() == []
    figures(kills=kills, items=rows, lost=0, **{"texts computed again": computed(crew) - rows})


def test_kills_while_a_file_is_read_lose_no_line(crew: Crew, is_full: bool, figures: Any) -> None:
    kills, rows = (10, 60_000) if is_full else (4, 16_000)
    crew.hire_many(2)
    record = start_import(numbered(rows))

    for _ in range(kills):
        kill_in(crew, JobKind.IMPORT_FILE)
    crew.finish()

    check_settled(record, rows=rows)
    assert crew.unwanted_lines() == []
    figures(kills=kills, lines=rows, lost=0)


def test_kills_while_rows_are_run_again_lose_and_repeat_none(crew: Crew, is_full: bool, figures: Any) -> None:
    kills, rows = (8, 60_000) if is_full else (3, 16_000)
    source = posted(numbered(rows))
    crew.hire_many(2)
    record = run_again(source)

    for _ in range(kills):
        kill_in(crew, JobKind.COPY_ROWS)
    crew.finish()

    assert check_settled(record, rows=rows) == {"completed": rows}
    assert crew.unwanted_lines() == []
    figures(kills=kills, rows=rows, lost=0)


@pytest.mark.data
def test_airline_file_survives_five_kills(
    crew: Crew, is_reported: bool, data_dir: Path, figures: Any
) -> None:
    if not is_reported:
        pytest.skip("the airline file belongs to the reported run: make faults")
    crew.environment["FAULT_PACE_MS"] = "1"
    body = (data_dir / "airline" / "Tweets.csv").read_bytes()
    mapping = Mapping("text", "tweet_id", "tweet_created", "month/day/year", "UTC")
    crew.hire_many(2)
    record = start_file([body], mapping, "sentiment", "language")

    kinds = [JobKind.IMPORT_FILE] * 2 + [JobKind.ANALYSE_CHUNK] * 3
    for kind in kinds:
        kill_in(crew, kind)
    crew.finish()

    statuses = Counter(check_settled(record, rows=14_640))
    assert statuses.total() == 2 * 14_640
    assert crew.unwanted_lines() == []
    figures(kills=len(kinds), rows=2 * 14_640, failed=statuses["error"], lost=0)


def test_frozen_worker_that_wakes_changes_nothing(crew: Crew, is_full: bool, figures: Any) -> None:
    # Slow enough that there is still work when the last of them is stopped.
    pauses, kills, rows, pace_ms = (20, 20, 16_000, 20) if is_full else (2, 2, 2_000, 5)
    crew.environment["FAULT_PACE_MS"] = str(pace_ms)
    crew.hire_many(3)
    record = start_import(numbered(rows))

    lost = 0
    for number in range(10 * pauses):
        lost += freeze_past_the_lease(crew)
        if number < kills:
            kill_in(crew, JobKind.ANALYSE_CHUNK)
        if lost == pauses:
            break
    crew.finish()

    refused = crew.logs().count("belongs to another worker")
    assert lost == pauses
    assert refused > 0
    assert check_settled(record, rows=rows) == {"completed": rows}
    assert crew.unwanted_lines() == []
    figures(pauses=pauses, kills=min(pauses, kills), items=rows, lost=0, **{"late writes refused": refused})
