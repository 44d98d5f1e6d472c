"""What this process measures: statements, requests and texts, by what they were for; and its last thousand statements.

It knows no table and costs a statement some microseconds. `services.measurements` adds it to what other processes
measured.
"""

from __future__ import annotations

import math
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from heapq import heappush, heappushpop, nlargest
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

STATEMENTS_KEPT = 1000
SLOWEST_KEPT = 10
STATEMENT_LENGTH_MAX = 1000
# Four buckets from one power of two to the next: a quantile is at most a fifth beside the truth.
BUCKETS_A_DOUBLING = 4
LEAST_MS = 0.001
WAYS_THROUGH_DJANGO = ("manage.py", "django-admin")


class Kind(StrEnum):
    """What is measured."""

    STATEMENT = "statement"
    REQUEST = "request"
    TEXT = "text"


class StatementRecord(NamedTuple):
    """One statement: what it was for, its SQL without values, milliseconds, and what became of it."""

    source: str
    statement: str
    duration_ms: float
    is_success: bool
    error: str
    rows_affected: int
    at: datetime


class SlowStatement(NamedTuple):
    """A statement that took long; `at` is a POSIX time in seconds."""

    duration_ms: float
    source: str
    statement: str
    at: float


@dataclass(slots=True)
class Figure:
    """Counts and times in milliseconds of one kind and source; `buckets` counts times by their logarithm."""

    count: int = 0
    failed: int = 0
    total_ms: float = 0.0
    longest_ms: float = 0.0
    buckets: dict[int, int] = field(default_factory=dict)

    def add(self, duration_ms: float, *, is_success: bool = True) -> None:
        """Count one."""
        self.add_many(1, failed=not is_success, total_ms=duration_ms)
        self.longest_ms = max(self.longest_ms, duration_ms)
        bucket = bucket_of(duration_ms)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def add_many(self, count: int, *, failed: int, total_ms: float) -> None:
        """Count many whose single times nobody needs."""
        self.count += count
        self.failed += failed
        self.total_ms += total_ms

    def merge(self, other: Figure) -> None:
        """Add what another process, or this one at another time, counted."""
        self.add_many(other.count, failed=other.failed, total_ms=other.total_ms)
        self.longest_ms = max(self.longest_ms, other.longest_ms)
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count

    @property
    def succeeded(self) -> int:
        """Give how many did not fail."""
        return self.count - self.failed

    @property
    def mean_ms(self) -> float:
        """Give the mean in milliseconds; 0 when there was none."""
        return self.total_ms / self.count if self.count else 0.0

    def quantile_ms(self, share: float) -> float:
        """Give the time in milliseconds that this share (0..1) stays below; 0 when there was none.

        >>> figure = Figure()
        >>> for duration_ms in range(1, 101):
        ...     figure.add(duration_ms)
        >>> 85 < figure.quantile_ms(0.95) < 105
        True
        """
        wanted, passed = share * sum(self.buckets.values()), 0
        for bucket, count in sorted(self.buckets.items()):
            if passed + count >= wanted:
                lower, upper = bound_ms(bucket - 1), bound_ms(bucket)
                return min(lower + (upper - lower) * (wanted - passed) / count, self.longest_ms)
            passed += count
        return 0.0

    def to_json(self) -> list[Any]:
        """Give it as JSON knows it."""
        buckets = {str(bucket): count for bucket, count in self.buckets.items()}
        return [self.count, self.failed, round(self.total_ms, 3), round(self.longest_ms, 3), buckets]

    @classmethod
    def from_json(cls, value: list[Any]) -> Figure:
        """Read what `to_json` gave."""
        count, failed, total_ms, longest_ms, buckets = value
        counts = {int(bucket): number for bucket, number in buckets.items()}
        return cls(count, failed, total_ms, longest_ms, counts)


def bucket_of(duration_ms: float) -> int:
    """Number the bucket whose upper bound is the first that is not below this time."""
    return math.ceil(BUCKETS_A_DOUBLING * math.log2(max(duration_ms, LEAST_MS)))


def bound_ms(bucket: int) -> float:
    """Give the upper bound of a bucket in milliseconds."""
    return float(2.0 ** (bucket / BUCKETS_A_DOUBLING))


Figures = dict[tuple[str, str], Figure]


@dataclass
class Measured:
    """Figures by (kind, source), and the slowest statements, the slowest first."""

    figures: Figures = field(default_factory=lambda: defaultdict(Figure))
    slowest: list[SlowStatement] = field(default_factory=list)

    def merge(self, other: Measured) -> None:
        """Add what another process, or this one at another time, measured."""
        for key, figure in other.figures.items():
            self.figures[key].merge(figure)
        self.slowest = slowest_of([*self.slowest, *other.slowest])

    def of(self, kind: Kind) -> Figure:
        """Sum up one kind over all sources."""
        total = Figure()
        for (name, _source), figure in self.figures.items():
            if name == kind:
                total.merge(figure)
        return total

    def by_source(self, kind: Kind) -> dict[str, Figure]:
        """Give the figures of one kind, in the order of their sources' names."""
        return {source: figure for (name, source), figure in sorted(self.figures.items()) if name == kind}

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON knows it."""
        figures: dict[str, dict[str, Any]] = {}
        for (kind, source), figure in self.figures.items():
            figures.setdefault(kind, {})[source] = figure.to_json()
        return {"figures": figures, "slowest": [list(one) for one in self.slowest]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Measured:
        """Read what `to_json` gave."""
        found = cls()
        for kind, by_source in value["figures"].items():
            for source, figure in by_source.items():
                found.figures[kind, source] = Figure.from_json(figure)
        found.slowest = [SlowStatement(*one) for one in value["slowest"]]
        return found


def slowest_of(statements: Iterable[SlowStatement]) -> list[SlowStatement]:
    """Give the ten slowest, each statement of a source once, the slowest first."""
    worst: dict[tuple[str, str], SlowStatement] = {}
    for one in statements:
        key = (one.source, one.statement)
        worst[key] = max(worst.get(key, one), one)
    return nlargest(SLOWEST_KEPT, worst.values())


class Recorder:
    """What this process measured since it was last drained. Any thread may add to it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._figures: Figures = defaultdict(Figure)
        self._slowest: list[SlowStatement] = []
        self.statements: deque[StatementRecord] = deque(maxlen=STATEMENTS_KEPT)

    def add_statement(self, record: StatementRecord) -> None:
        """Count a statement and remember it."""
        slow = SlowStatement(record.duration_ms, record.source, record.statement, record.at.timestamp())
        with self._lock:
            self.statements.append(record)
            self._figures[Kind.STATEMENT, record.source].add(record.duration_ms, is_success=record.is_success)
            if len(self._slowest) < SLOWEST_KEPT:
                heappush(self._slowest, slow)
            elif slow > self._slowest[0]:
                heappushpop(self._slowest, slow)

    def add_request(self, source: str, duration_ms: float, *, is_success: bool) -> None:
        """Count a request; one that was answered with 500 or more failed."""
        with self._lock:
            self._figures[Kind.REQUEST, source].add(duration_ms, is_success=is_success)

    def add_texts(self, analysis_type: str, count: int, *, failed: int, total_ms: float) -> None:
        """Count texts that an engine was asked about."""
        with self._lock:
            self._figures[Kind.TEXT, analysis_type].add_many(count, failed=failed, total_ms=total_ms)

    def drain(self) -> Measured | None:
        """Give what was measured since the last time, and begin anew; None when it is nothing."""
        with self._lock:
            if not self._figures:
                return None
            found = Measured(self._figures, slowest_of(self._slowest))
            self._figures, self._slowest = defaultdict(Figure), []
        return found

    def give_back(self, measured: Measured) -> None:
        """Take back what nobody could be given."""
        with self._lock:
            for key, figure in measured.figures.items():
                self._figures[key].merge(figure)
            self._slowest = sorted(slowest_of([*self._slowest, *measured.slowest]))

    def look(self) -> Measured:
        """Give a copy of what was measured since it was last drained."""
        found = Measured()
        with self._lock:
            found.merge(Measured(self._figures, slowest_of(self._slowest)))
        return found


recorder = Recorder()
STARTED = time.monotonic()


def _process_source() -> str:
    """Name what this process does: a command by its name."""
    names = [Path(sys.argv[0]).name if sys.argv else "", *sys.argv[1:2]]
    return names[1] if len(names) > 1 and names[0] in WAYS_THROUGH_DJANGO else "python"


PROCESS_SOURCE = _process_source()
Namer = Callable[[], str]
_namer: ContextVar[Namer | None] = ContextVar("measured_source", default=lambda: PROCESS_SOURCE)


@contextmanager
def source(name: Namer | str | None) -> Iterator[None]:
    """Count what is done inside under this name (None: not at all); a callable is asked when something is counted."""
    namer = (lambda: name) if isinstance(name, str) else name
    token = _namer.set(namer)
    try:
        yield
    finally:
        _namer.reset(token)


def measure_statement(
    execute: Callable[..., Any],
    sql: str,
    params: object,
    many: bool,  # noqa: FBT001 - as Django calls it
    context: dict[str, Any],
) -> Any:
    """Run a statement and count it: an execute wrapper of Django."""
    namer = _namer.get()
    if namer is None:
        return execute(sql, params, many, context)
    started, error = time.perf_counter(), ""
    try:
        return execute(sql, params, many, context)
    except Exception as raised:
        error = type(raised).__name__
        raise
    finally:
        duration_ms = (time.perf_counter() - started) * 1000.0
        rows = 0 if error else context["cursor"].rowcount
        at = datetime.now(UTC)
        recorder.add_statement(
            StatementRecord(namer(), str(sql)[:STATEMENT_LENGTH_MAX], duration_ms, not error, error, rows, at)
        )
