"""F04, F09: texts that end the process, make the engine raise or hang are named; their neighbours are not harmed."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from analyses.choices import JobKind
from analyses.models import Job, TextAnalysis
from analyses.services import jobs
from tests.faults.crew import LOOK_SECONDS, Crew, check_settled, numbered, pause, start_import
from tests.faults.faulty_worker import EXITS, HANGS, RAISES

SECONDS_MAX = 240

pytestmark = pytest.mark.django_db(transaction=True)


def with_marked(count: int, marked: int, mark: str) -> list[str]:
    """Give texts of which some, at random places, carry a mark."""
    texts = numbered(count)
    for place in random.sample(range(count), marked):
        texts[place] += f" {mark}"
    return texts


def messages() -> set[str | None]:
    return set(TextAnalysis.objects.filter(status="error").values_list("error_message", flat=True))


def test_text_that_ends_the_worker_fails_alone(crew: Crew, is_full: bool, figures: Any) -> None:
    rows = 1_000 if is_full else 200
    record = start_import(with_marked(rows, 3, EXITS))

    crew.hire_many(3)
    deadline = time.monotonic() + SECONDS_MAX
    while jobs.unfinished():
        assert time.monotonic() < deadline, "the workers go round in circles"
        crew.replace_the_dead(3)
        pause(LOOK_SECONDS)
    deaths = sum(worker.process.poll() == 9 for worker in crew.everybody)
    crew.finish()

    assert check_settled(record, rows=rows) == {"completed": rows - 3, "error": 3}
    assert not TextAnalysis.objects.filter(text_content__contains=EXITS).exclude(status="error").exists()
    assert messages() == {"The engine stopped the worker 3 times on this text."}
    figures(items=rows, poison=3, failed=3, **{"workers stopped": deaths})


def test_engine_that_raises_fails_the_row_and_not_its_neighbours(
    crew: Crew, is_full: bool, figures: Any
) -> None:
    rows, bad = (1_000, 50) if is_full else (200, 4)
    crew.environment["LEASE_SECONDS"] = "30"
    crew.hire_many(2)
    record = start_import(with_marked(rows, bad, RAISES))

    crew.finish()

    assert check_settled(record, rows=rows) == {"completed": rows - bad, "error": bad}
    assert messages() == {"The engine failed 3 times on this text (ValueError)."}
    assert not TextAnalysis.objects.filter(text_content__contains=RAISES).exclude(status="error").exists()
    tries = Job.objects.filter(kind=JobKind.ANALYSE_CHUNK).order_by("-attempts")[0].attempts
    assert tries == 4  # three that failed and the one that said so
    figures(items=rows, raising=bad, failed=bad, **{"neighbours harmed": 0})


def test_engine_that_hangs_is_cut_off_and_its_neighbours_are_answered(
    crew: Crew, is_full: bool, figures: Any
) -> None:
    rows, bad = (1_000, 10) if is_full else (200, 2)
    crew.environment["LEASE_SECONDS"] = "3"
    record = start_import(with_marked(rows, bad, HANGS))

    crew.hire_many(2)
    crew.finish()

    assert check_settled(record, rows=rows) == {"completed": rows - bad, "error": bad}
    assert messages() == {"The engine took longer than 2 s on this text."}
    assert not TextAnalysis.objects.filter(text_content__contains=HANGS).exclude(status="error").exists()
    figures(items=rows, hanging=bad, failed=bad, **{"seconds to the cut": 2, "neighbours harmed": 0})
