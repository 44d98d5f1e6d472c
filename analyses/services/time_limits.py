"""A limit on the time that code may take which nobody can ask to stop."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

logger = logging.getLogger(__name__)

# Code outside Python does not hear the alarm. After this much more the process goes, and the lease ends with it.
GRACE_SECONDS = 10.0
EXIT_CODE = 70  # EX_SOFTWARE of sysexits.h


class TimeLimitError(Exception):
    """What was limited took longer."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TimeLimitError in what runs inside once it has taken `seconds`; the process ends when that does not help.

    Only the main thread hears alarms: elsewhere, as in a web process, nothing is limited. Limits do not nest.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _raise)
    last_resort = threading.Timer(seconds + GRACE_SECONDS, _end_process, (seconds,))
    last_resort.daemon = True
    last_resort.start()
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
        last_resort.cancel()


def _raise(signal_number: int, frame: FrameType | None) -> None:
    raise TimeLimitError


def _end_process(seconds: float) -> None:
    logger.critical("Something hangs beyond %s seconds and cannot be stopped; this process ends.", seconds)
    os._exit(EXIT_CODE)
