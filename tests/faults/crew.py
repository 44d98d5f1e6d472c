"""Worker processes under a test's hand, and the moments at which it lays that hand on them."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db.models import Count

from analyses.choices import DONE_STATUSES, AnalysisStatus, ImportState, JobState
from analyses.models import BatchAnalysis, Import, Job, TextAnalysis
from analyses.services import imports, uploads
from analyses.services.imports import Mapping

SCRIPT = Path(__file__).with_name("faulty_worker.py")
START_SECONDS = 60
LOOK_SECONDS = 0.01
UNWANTED_WORDS = ("deadlock", "database is locked", "Traceback")


def pause(seconds: float) -> None:
    """Let the other processes work for a moment of the test's own choosing."""
    threading.Event().wait(seconds)


def wait_for(what: Callable[[], bool], *, seconds: float = 60) -> None:
    """Look again and again until something is so; fail when it never is."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        pause(LOOK_SECONDS)


class WorkerProcess:
    """One process; what it writes is kept."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self.lines: list[str] = []
        self.name = ""
        self.is_frozen = False
        self._ready = threading.Event()
        self.process = subprocess.Popen(
            (sys.executable, str(SCRIPT), *arguments),
            env=environment,
            cwd=settings.BASE_DIR,
            stderr=subprocess.STDOUT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if found := re.match(r"Worker (\S+) is ready", line):
                self.name = found[1]
                self._ready.set()
        self._ready.set()

    def wait_until_ready(self) -> None:
        assert self._ready.wait(START_SECONDS)
        assert self.name, self.log()

    def is_ready(self) -> bool:
        return bool(self.name) and self.is_alive() and not self.is_frozen

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def held_kind(self) -> str:
        """Say which kind of job the worker holds, or nothing."""
        held = Job.objects.filter(state=JobState.RUNNING, claimed_by=self.name)
        return held.values_list("kind", flat=True).first() or ""

    def freeze(self) -> None:
        self.is_frozen = True
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self.send(signal.SIGCONT)
        self.is_frozen = False

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, *, seconds: float = 30) -> int:
        """Wait for the process to end and give its code."""
        code = self.process.wait(seconds)
        self._reader.join(5)
        assert self.process.stdout
        self.process.stdout.close()
        return code

    def kill(self) -> None:
        if self.is_alive():
            self.send(signal.SIGKILL)
        self.end()

    def log(self) -> str:
        return "\n".join(self.lines)


class Crew:
    """The workers of a test."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.everybody: list[WorkerProcess] = []

    def hire(self, *arguments: str) -> WorkerProcess:
        worker = WorkerProcess(self.environment, *arguments)
        self.everybody.append(worker)
        return worker

    def hire_many(self, count: int) -> None:
        for worker in [self.hire() for _ in range(count)]:
            worker.wait_until_ready()

    def ready(self) -> list[WorkerProcess]:
        return [worker for worker in self.everybody if worker.is_ready()]

    def replace_the_dead(self, count: int) -> None:
        for _ in range(count - sum(worker.is_alive() for worker in self.everybody)):
            self.hire()

    def catch(self, kind: str, *, seconds: float = 60) -> WorkerProcess:
        """Give a worker at a moment when it holds a job of a kind."""
        caught: list[WorkerProcess] = []

        def look() -> bool:
            workers = self.ready()
            random.shuffle(workers)
            caught.extend(worker for worker in workers if worker.held_kind() == kind)
            return bool(caught)

        wait_for(look, seconds=seconds)
        return caught[0]

    def finish(self, *, seconds: float = 300) -> None:
        """Let one more worker do what is left."""
        assert self.hire("--until-idle").end(seconds=seconds) == 0, self.everybody[-1].log()

    def dismiss(self) -> None:
        """End every process that is left."""
        for worker in self.everybody:
            worker.kill()

    def logs(self) -> str:
        return "\n".join(worker.log() for worker in self.everybody)

    def unwanted_lines(self) -> list[str]:
        return [
            line
            for line in self.logs().splitlines()
            if any(word.lower() in line.lower() for word in UNWANTED_WORDS)
        ]


@contextmanager
def crew_of(environment: dict[str, str]) -> Iterator[Crew]:
    """Give a crew and end all of it afterwards."""
    crew = Crew(environment)
    try:
        yield crew
    finally:
        crew.dismiss()


def start_import(texts: list[str], *types: str) -> Import:
    """Upload a file with one text a line and start its import; a worker does the rest."""
    body = "id,text\n" + "".join(f"{number},{text}\n" for number, text in enumerate(texts, start=1))
    return start_file([body.encode()], Mapping("text", "id"), *types)


def start_file(chunks: list[bytes], mapping: Mapping, *types: str) -> Import:
    """Upload a file and start its import."""
    record = uploads.store_upload(chunks, file_name="faults.csv", user=None)
    types = types or ("sentiment",)
    return imports.start(
        record.pk, mapping=mapping, name="faults", analysis_types=types, tier="standard", user=None
    )


def numbered(count: int, first: int = 1) -> list[str]:
    """Give texts that all differ."""
    return [f"Parcel {number} came late but the crew was kind" for number in range(first, first + count)]


def check_settled(record: Import, *, rows: int) -> dict[str, int]:
    """Assert that each row has one answer, that all counters agree and give rows by status over the batches."""
    record.refresh_from_db()
    assert record.state == ImportState.COMPLETED
    assert record.accepted_count == rows
    for batch in BatchAnalysis.objects.filter(source_import=record):
        found = TextAnalysis.objects.filter(batch_analysis=batch)
        assert found.count() == found.values("line_number").distinct().count() == rows
        done, failed = found.filter(status__in=DONE_STATUSES).count(), found.filter(status="error").count()
        assert done + failed == rows
        assert not found.filter(status="error", error_message__isnull=True).exists()
        assert (batch.batch_size, batch.completed_count, batch.error_count) == (rows, done, failed)
        assert batch.status == AnalysisStatus.COMPLETED
        assert batch.completed_at is not None
    call_command("check_data")
    statuses = TextAnalysis.objects.filter(batch_analysis__source_import=record).values_list("status")
    return dict(statuses.annotate(count=Count("id")).order_by())
