"""A breaker: what keeps failing is left alone for a while."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

FAILURES_MAX = 3
OPEN_SECONDS = 30.0
OPEN_SECONDS_MAX = 300.0


class Breaker:
    """Opens after some failures in a row; while open it lets one call through now and then, to see.

    Each of these that fails doubles the wait, up to `open_seconds_max`: a service that is silent for a day would
    otherwise cost a worker half of it. One for each service and process, used by several threads. There is no
    third state to get stuck in: letting a call through starts the wait anew, so one that never comes back costs
    another wait and no more.

    >>> breaker = Breaker(failures_max=1, open_seconds=30.0, clock=lambda: 100.0)
    >>> breaker.admits(), breaker.failed(), breaker.admits(), breaker.seconds_left()
    (True, True, False, 30.0)
    """

    def __init__(
        self,
        *,
        failures_max: int = FAILURES_MAX,
        open_seconds: float = OPEN_SECONDS,
        open_seconds_max: float = OPEN_SECONDS_MAX,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._failures_max = failures_max
        self._open_seconds = open_seconds
        self._open_seconds_max = max(open_seconds, open_seconds_max)
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._open_until = 0.0

    def admits(self) -> bool:
        """Say whether a call may go out now; whoever is let through an open breaker tries for all."""
        with self._lock:
            if self._failures < self._failures_max:
                return True
            now = self._clock()
            if now < self._open_until:
                return False
            self._open_until = now + self._wait()
            return True

    def seconds_left(self) -> float:
        """Say how long no call is let through; 0 when one is."""
        with self._lock:
            if self._failures < self._failures_max:
                return 0.0
            return max(0.0, self._open_until - self._clock())

    def succeeded(self) -> bool:
        """Note that a call came back; say whether this closes the breaker."""
        with self._lock:
            was_open = self._failures >= self._failures_max
            self._failures = 0
            return was_open

    def failed(self) -> bool:
        """Note that a call failed; say whether this opens the breaker."""
        with self._lock:
            self._failures += 1
            if self._failures < self._failures_max:
                return False
            self._open_until = self._clock() + self._wait()
            return self._failures == self._failures_max

    def _wait(self) -> float:
        doublings = min(self._failures - self._failures_max, 30)
        return min(self._open_seconds * 2.0**doublings, self._open_seconds_max)
