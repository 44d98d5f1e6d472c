"""F03, F08: a worker that is told to stop, and a batch that is cancelled at any moment."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from analyses.choices import JobKind, JobState
from analyses.models import Job, TextAnalysis
from analyses.services import batches
from tests.faults.crew import Crew, check_settled, numbered, pause, start_import, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

# The fault list says 5 s; a tenth of it runs beside other tests on a busy machine.
EXIT_SECONDS_MAX, EXIT_SECONDS_MAX_BUSY = 5, 15


def test_stopped_worker_leaves_in_time_and_nothing_runs_again(
    crew: Crew, is_full: bool, figures: Any
) -> None:
    stops, rows = (50, 12_000) if is_full else (5, 2_000)
    # A long lease: what a stopped worker does not hand back at once would be missed, and a busy machine loses none.
    crew.environment |= {"FAULT_PACE_MS": "5", "LEASE_SECONDS": "30"}
    crew.hire_many(2)
    record = start_import(numbered(rows))

    longest = 0.0
    for number in range(stops):
        worker = crew.catch(JobKind.ANALYSE_CHUNK if number else JobKind.IMPORT_FILE)
        asked_at = time.monotonic()
        worker.send(signal.SIGTERM)
        assert worker.end() == 0
        longest = max(longest, time.monotonic() - asked_at)
        assert not Job.objects.filter(state=JobState.RUNNING, claimed_by=worker.name).exists()
        crew.hire()
    crew.finish()

    again = Path(crew.environment["FAULT_LOG"]).stat().st_size - rows
    assert longest <= (EXIT_SECONDS_MAX if is_full else EXIT_SECONDS_MAX_BUSY)
    assert again == 0
    assert check_settled(record, rows=rows) == {"completed": rows}
    figures(
        stops=stops, items=rows, **{"texts computed again": again, "s at most to exit": round(longest, 1)}
    )


def test_cancel_stops_results_at_once_and_resume_goes_on(crew: Crew, is_full: bool, figures: Any) -> None:
    cancels, rows = (50, 20_000) if is_full else (5, 4_000)
    crew.environment["FAULT_PACE_MS"] = "2"
    crew.hire_many(2)
    record = start_import(numbered(rows))
    batch_id = record.batches.get().pk
    answered = TextAnalysis.objects.filter(batch_analysis_id=batch_id).exclude(status="pending")
    wait_for(lambda: Job.objects.filter(kind=JobKind.IMPORT_FILE, state=JobState.DONE).exists())

    late = 0
    for _ in range(cancels):
        crew.catch(JobKind.ANALYSE_CHUNK)
        pause(random.uniform(0, 0.4))
        batches.cancel(batch_id, user=None)
        at_cancel = answered.count()
        pause(random.uniform(0.6, 1.0))
        late += answered.count() - at_cancel
        call_command("check_data")
        batches.resume(batch_id, user=None)
    crew.finish()

    assert late == 0
    assert check_settled(record, rows=rows) == {"completed": rows}
    assert crew.unwanted_lines() == []
    figures(cancels=cancels, items=rows, **{"results after a cancel": late})


def test_cancel_while_the_file_is_read_leaves_no_work(crew: Crew, figures: Any) -> None:
    crew.hire_many(2)
    record = start_import(numbered(16_000))
    batch = record.batches.get()
    crew.catch(JobKind.IMPORT_FILE)
    wait_for(lambda: record.batches.get().batch_size > 0)

    batches.cancel(batch.pk, user=None)
    answered = TextAnalysis.objects.filter(batch_analysis=batch).exclude(status="pending")
    at_cancel = answered.count()
    crew.finish()

    batch.refresh_from_db()
    assert batch.batch_size == 16_000
    assert answered.count() == batch.completed_count == at_cancel
    assert crew.unwanted_lines() == []
    call_command("check_data")
    figures(lines=16_000, **{"results after the cancel": answered.count() - at_cancel})
