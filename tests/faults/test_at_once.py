"""F05, F06, F10, F27: many at the same work at the same moment; one effect each, and no error."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from analyses.choices import JobState
from analyses.models import Job, TextAnalysis
from analyses.services import analyses, batches, jobs
from tests.factories import make_analysis, make_batch
from tests.faults.crew import Crew, check_settled, numbered, start_import

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPT = Path(__file__).with_name("actions.py")


def run_together(environment: dict[str, str], commands: Sequence[tuple[str, ...]]) -> list[str]:
    """Start a process for each command, let all begin at the same moment and give what they wrote."""
    processes = [
        subprocess.Popen(
            (sys.executable, str(SCRIPT), *command),
            env=environment,
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command in commands
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), outputs
    return outputs


def test_job_delivered_to_many_processes_has_one_effect(
    fault_environment: dict[str, str], is_full: bool, figures: Any
) -> None:
    processes = 10 if is_full else 4
    batch = make_batch()
    for line in range(2, 52):
        make_analysis(batch_analysis=batch, line_number=line)
    jobs.enqueue(batches.chunk_jobs(batch.pk, range(2, 52)))
    claim = jobs.claim("broker")
    assert claim
    # Nobody else may take the job while the processes start.
    Job.objects.update(lease_until=jobs.in_future(600))

    outputs = run_together(fault_environment, [("deliver", str(claim.job_id), claim.token)] * processes)

    batch.refresh_from_db()
    assert (batch.completed_count, batch.error_count) == (50, 0)
    assert Job.objects.get().state == JobState.DONE
    assert sum("belongs to another worker" in output for output in outputs) == processes - 1
    assert "Traceback" not in "".join(outputs)
    call_command("check_data")
    figures(processes=processes, effects=1, exceptions=0)


def test_several_workers_claim_each_chunk_once(crew: Crew, is_full: bool, figures: Any) -> None:
    workers, rows = (8, 20_000) if is_full else (4, 4_000)
    crew.environment["LEASE_SECONDS"] = "30"
    crew.hire_many(workers)

    record = start_import(numbered(rows))
    crew.finish()

    assert check_settled(record, rows=rows) == {"completed": rows}
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}
    assert Path(crew.environment["FAULT_LOG"]).stat().st_size == rows
    assert crew.unwanted_lines() == []
    figures(workers=workers, items=rows, **{"claimed twice": 0})


def test_parallel_creates_of_one_text_give_one_row(
    transactional_db: None, is_full: bool, figures: Any
) -> None:
    rounds, threads = (100 if is_full else 10), 10
    barrier = Barrier(threads)

    def create(_number: int) -> list[int]:
        try:
            found = []
            for turn in range(rounds):
                barrier.wait(60)
                row, _created = analyses.create(text_content=f"Same text {turn}", analysis_type="sentiment")
                found.append(row.pk)
            return found
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(create, range(threads)))

    assert [answer == answers[0] for answer in answers] == [True] * threads
    assert TextAnalysis.objects.count() == len(set(answers[0])) == rounds
    call_command("check_data")
    figures(creates=rounds * threads, rows=rounds, errors=0)


def test_writers_never_meet_a_locked_database(
    fault_environment: dict[str, str], is_full: bool, figures: Any
) -> None:
    writers, each = 8, (150 if is_full else 25)

    run_together(fault_environment, [("create", f"writer {n}", str(each)) for n in range(writers)])

    assert TextAnalysis.objects.count() == writers * each
    call_command("check_data")
    figures(writers=writers, transactions=writers * each, errors=0)
