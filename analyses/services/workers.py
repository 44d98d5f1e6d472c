"""Worker processes: one short step at a time, a heartbeat, a clean stop."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from threading import Event
from time import monotonic

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models.functions import Now

from analyses import measuring
from analyses.choices import JobKind
from analyses.engines.base import EngineFacts, Outcome
from analyses.exceptions import DatabaseError, LeaseLostError
from analyses.models import Worker
from analyses.queries import driver_errors
from analyses.queries.driver_errors import Fault
from analyses.services import (
    analyses,
    analysing,
    attempts,
    copying,
    exports,
    folding,
    importing,
    jobs,
    measurements,
    search_documents,
)
from analyses.services.jobs import Claim
from analyses.services.model_performance import Tallies

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 3.0
GATHER_SECONDS = 1.0
FOLD_SECONDS = 5.0
MEND_SECONDS = 60.0
STATISTICS_SECONDS = 3.0
SPACE_SECONDS = 5.0
SWEEP_SECONDS = 60.0

HANDLERS: Mapping[str, Callable[[Claim], None]] = {
    JobKind.IMPORT_FILE: importing.run,
    JobKind.ANALYSE_CHUNK: analysing.run,
    JobKind.EXPORT: exports.run,
    JobKind.COPY_ROWS: copying.run,
    JobKind.INDEX_TEXTS: search_documents.run,
}


class WorkLoop:
    """One worker process; `step` does a little and says whether there was anything to do.

    Once `stopping` is set the job in hand ends soon: what it computed is stored and the rest handed back.
    """

    def __init__(self) -> None:
        self.stopping = Event()
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.tallies = Tallies()
        self._last: defaultdict[str, float] = defaultdict(lambda: float("-inf"))

    def start(self) -> None:
        """Say in the database that this worker is alive."""
        Worker.objects.create(name=self.name, started_at=Now(), heartbeat_at=Now())

    def stop(self) -> None:
        """Say that this worker went in good order, and keep what its models did."""
        self.tallies.flush()
        measurements.flush()
        Worker.objects.filter(name=self.name).update(stopped_at=Now(), heartbeat_at=Now())

    def step(self) -> bool:
        """Do the housekeeping that is due and one job; False when there was no job.

        A database that is away ends the step. The job is handed back if that can be said, or else its lease ends.
        """
        claim: Claim | None = None
        try:
            self._keep_house()
            claim = jobs.claim(self.name)
            if claim is None:
                return False
            self.process(claim)
        except (OperationalError, InterfaceError, DatabaseError) as error:
            logger.exception("The database did not answer; trying again.")
            connection.close()
            self._hand_back(claim, error)
            return False
        return True

    def _hand_back(self, claim: Claim | None, error: Exception) -> None:
        """Give the job back: a full disk is no fault of its own and is waited for, however long it takes."""
        if claim is None:
            return
        try:
            if driver_errors.fault_behind(error) is Fault.FULL:
                jobs.wait(claim, reason=str(driver_errors.REASONS[Fault.FULL]), seconds=SPACE_SECONDS)
            else:
                jobs.postpone(claim, type(error).__name__)
        except LeaseLostError as lost:
            logger.warning("%s", lost)
        except (OperationalError, InterfaceError):
            logger.warning("Job %s could not be handed back; its lease will end.", claim.job_id)
            connection.close()

    def is_idle(self) -> bool:
        """Say whether no job waits or runs anywhere and no single row waits; no when the database does not say."""
        try:
            return not analyses.gather_single_rows() and not jobs.unfinished()
        except (OperationalError, InterfaceError):
            logger.exception("The database did not answer; trying again.")
            connection.close()
            return False

    def _is_due(self, what: str, seconds: float) -> bool:
        if monotonic() - self._last[what] < seconds:
            return False
        self._last[what] = monotonic()
        return True

    def _keep_house(self) -> None:
        if self._is_due("heartbeat", HEARTBEAT_SECONDS):
            Worker.objects.filter(name=self.name).update(heartbeat_at=Now())
        if self._is_due("gather", GATHER_SECONDS):
            jobs.requeue_expired()
            analyses.gather_single_rows()
            search_documents.index_external()
        if self._is_due("fold", FOLD_SECONDS):
            folding.fold()
        if self._is_due("statistics", STATISTICS_SECONDS):
            self.tallies.flush()
            attempts.forget_old()
        if self._is_due("measurements", measurements.FLUSH_SECONDS):
            measurements.flush()
        if self._is_due("mend", MEND_SECONDS):
            folding.mend()
        if self._is_due("sweep", SWEEP_SECONDS):
            self._sweep()

    def _sweep(self) -> None:
        """Delete old files; a disk that is full or away must not stop the work."""
        try:
            exports.sweep()
        except OSError:
            logger.exception("The files of exports could not be looked through.")

    def process(self, claim: Claim) -> None:
        """Do a job; whatever happens to it, the worker goes on, but for a database that does not answer."""
        claim = replace(claim, is_stopping=self.stopping.is_set, count=self._count)
        logger.debug("job %s (%s) attempt %s", claim.job_id, claim.kind, claim.attempts)
        try:
            with measuring.source(claim.kind):
                HANDLERS[claim.kind](claim)
        except LeaseLostError as error:
            logger.warning("%s", error)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if driver_errors.fault_behind(error) is Fault.FULL:
                raise
            # A bug or a bad engine must not stop the worker: the job is tried again, then its rows say why.
            logger.exception("Job %s failed.", claim.job_id)
            jobs.postpone(claim, f"{type(error).__name__}")

    def _count(self, facts: EngineFacts, outcomes: Iterable[Outcome]) -> None:
        said = list(outcomes)
        self.tallies.add(facts, said)
        if settings.ENABLE_METRICS:
            failed = sum(bool(one.error) for one in said)
            total_ms = sum(one.processing_time_ms for one in said)
            measuring.recorder.add_texts(facts.analysis_type, len(said), failed=failed, total_ms=total_ms)
