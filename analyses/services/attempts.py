"""Failures counted by who made them, over all processes, so that guessing meets a limit.

A process counts in memory and tells the database every fifth failure, so that a flood of them costs few writes: with
the limit of 20, others learn of it after at most four more in each process. Redis has no part in this, and with the
database away each process counts for itself.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from analyses.choices import ATTEMPT_WINDOW_SECONDS, ATTEMPTS_MAX, AttemptKind
from analyses.exceptions import DatabaseError
from analyses.models import Attempt
from analyses.services import transactions

TELL_EVERY = 5
# So many are remembered in a process, about 3 MB; the ones that failed longest ago are forgotten first.
KEYS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left to somebody in this window: failures (below 0: beyond the limit), seconds until its end."""

    left: int
    seconds: int

    @property
    def is_beyond(self) -> bool:
        """Say whether this failure was one too many."""
        return self.left < 0


@dataclass(slots=True)
class _Tally:
    window: int
    told: int = 0
    untold: int = 0

    @property
    def count(self) -> int:
        return self.told + self.untold


_lock = Lock()
_tallies: OrderedDict[str, _Tally] = OrderedDict()


def failed(kind: AttemptKind, who: str) -> Standing:
    """Count a failure and say where its maker stands; at most one short transaction, for every fifth failure."""
    now = time.time()
    window = int(now // ATTEMPT_WINDOW_SECONDS)
    # The table shall hold nobody's address.
    key = salted_hmac("analyses.attempts", f"{kind}:{who}", algorithm="sha256").hexdigest()
    with _lock:
        tally = _tallies.pop(key, None)
        if tally is None or tally.window != window:
            tally = _Tally(window)
        _tallies[key] = tally
        if len(_tallies) > KEYS_MAX:
            _tallies.popitem(last=False)
        tally.untold += 1
        # Beyond the limit nothing more is to be known in this window.
        number = tally.untold if tally.untold >= TELL_EVERY and tally.told <= ATTEMPTS_MAX else 0
        tally.told, tally.untold = tally.told + number, tally.untold - number
    if number:
        with suppress(DatabaseError):
            total = _tell(kind, key, window, number)
            with _lock:
                tally.told = max(tally.told, total)
    seconds = max(1, round((window + 1) * ATTEMPT_WINDOW_SECONDS - now))
    return Standing(ATTEMPTS_MAX - tally.count, seconds)


@transactions.managed("count attempts")
def _tell(kind: AttemptKind, key: str, window: int, number: int) -> int:
    ends_at = datetime.fromtimestamp((window + 1) * ATTEMPT_WINDOW_SECONDS, UTC)
    rows = Attempt.objects.filter(key=key, window_ends_at=ends_at)
    if not rows.update(count=F("count") + number):
        try:
            with transaction.atomic():
                Attempt.objects.create(kind=kind, key=key, window_ends_at=ends_at, count=number)
        except IntegrityError:
            rows.update(count=F("count") + number)
    return rows.values_list("count", flat=True).get()


def forget_old() -> int:
    """Drop what was counted in windows that are over, and give the number of rows; one query, safe to repeat."""
    return Attempt.objects.filter(window_ends_at__lt=timezone.now()).delete()[0]


def forget_all_here() -> None:
    """Begin anew in this process, as a new one does."""
    with _lock:
        _tallies.clear()
