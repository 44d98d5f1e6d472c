"""Measurements reach the table: every quarter of a minute, by a thread of each web process and by each worker's loop.

A process that ends loses what it measured since; a database that is away gets it later. What this writes is not
measured itself.
"""

from __future__ import annotations

import atexit
import logging
import os
import socket
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

from django.conf import settings
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from analyses import measuring
from analyses.exceptions import DatabaseError
from analyses.measuring import Measured, recorder
from analyses.models import Measurement
from analyses.queries import driver_errors

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 15.0
# The health page shows an hour; minutes are whole.
KEPT = timedelta(minutes=62)
SLOW_KEPT = timedelta(days=1)
MERGED_ROWS_MIN = 20
MERGED = "all"

_stopped = Event()
_start = Lock()
_thread: Thread | None = None


def measure(connection: BaseDatabaseWrapper, **signal: object) -> None:
    """Measure the statements of a new connection, unless ENABLE_METRICS is off."""
    wrappers = connection.execute_wrappers
    if settings.ENABLE_METRICS and measuring.measure_statement not in wrappers:
        wrappers.append(measuring.measure_statement)


def start() -> None:
    """Begin to write what this process measures, in a thread; once a process, however often it is asked."""
    global _thread  # noqa: PLW0603 - one thread a process
    if _thread is not None or not settings.ENABLE_METRICS:
        return
    with _start:
        if _thread is None:
            _thread = Thread(target=_keep_flushing, name="measurements", daemon=True)
            _thread.start()
            atexit.register(_stopped.set)


def _keep_flushing() -> None:
    while not _stopped.wait(FLUSH_SECONDS):
        try:
            flush()
        except Exception:
            # A thread that ends would lose all that is measured from now on.
            logger.exception("Measurements could not be written.")
        finally:
            connections.close_all()


def flush() -> None:
    """Write what this process measured since the last time; where the database does not take it, it waits."""
    measured = recorder.drain()
    if measured is None:
        return
    try:
        with measuring.source(None), driver_errors.translated("write measurements"):
            Measurement.objects.create(
                process=f"{socket.gethostname()}:{os.getpid()}"[:200],
                taken_at=timezone.now(),
                measured=measured.to_json(),
            )
    except DatabaseError as error:
        recorder.give_back(measured)
        logger.warning("Measurements wait: %s", error)
        return
    try:
        with measuring.source(None), driver_errors.translated("merge measurements"):
            merge_old()
    except DatabaseError as error:
        logger.warning("Old measurements are merged later: %s", error)


def merge_old(*, now: datetime | None = None) -> int:
    """Merge what is older than an hour into one row and give how many rows that were; two at once share the work."""
    now = now or timezone.now()
    old = Measurement.objects.filter(taken_at__lt=now - KEPT).order_by("pk")
    if len(old.values_list("pk")[:MERGED_ROWS_MIN]) < MERGED_ROWS_MIN:
        return 0
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            old = old.select_for_update(skip_locked=True)
        rows = list(old)
        if len(rows) < MERGED_ROWS_MIN:
            return 0
        total = Measured()
        for row in rows:
            total.merge(Measured.from_json(row.measured))
        forgotten_before = (now - SLOW_KEPT).timestamp()
        total.slowest = [one for one in total.slowest if one.at >= forgotten_before]
        Measurement.objects.filter(pk__in=[row.pk for row in rows]).delete()
        taken_at = max(row.taken_at for row in rows)
        Measurement.objects.create(process=MERGED, taken_at=taken_at, measured=total.to_json())
    return len(rows)
