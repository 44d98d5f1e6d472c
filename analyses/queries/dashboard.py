"""The home page's numbers, from the rollup's totals alone: exact at any size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from analyses import choices
from analyses.choices import AnalysisStatus, AnalysisType
from analyses.queries import rollup_totals
from analyses.queries.rollup_totals import Total
from analyses.scales import NO_BIN

MICRO = 1_000_000

_Name = TypeVar("_Name", str, date)


@dataclass(frozen=True)
class DashboardDay:
    """How many texts are dated on a UTC day."""

    day: date
    count: int


@dataclass(frozen=True)
class Dashboard:
    """Counts of live rows; `sentiment_mean` is None where no sentiment result exists.

    `sentiment_bins` holds 20 counts between the edges of `scales.bin_edges`; `per_day` has every UTC day of the
    window, oldest first, days without texts too.
    """

    totals_by_status: dict[str, int]
    totals_by_type: dict[str, int]
    totals_by_type_status: dict[tuple[str, str], int]
    sentiment_bins: tuple[int, ...]
    sentiment_mean: float | None
    per_day: tuple[DashboardDay, ...]
    analysed_count: int
    waiting_count: int
    failed_count: int

    @property
    def total_count(self) -> int:
        """Give the number of all live rows."""
        return self.analysed_count + self.waiting_count + self.failed_count


def dashboard(*, days: int, today: date) -> Dashboard:
    """Sum up by type, status and score bin, and by day for the last `days` UTC days; one query."""
    first_day = today - timedelta(days=days - 1)
    totals = rollup_totals.read(first_day=first_day, last_day=today)
    by_type_status = _by_type_status(totals)
    by_day = _summed((total.day, total.rows) for total in totals if total.day)
    by_status = _summed((status, rows) for (_type, status), rows in by_type_status.items())
    bins, mean = _sentiment(totals)
    return Dashboard(
        totals_by_status=by_status,
        totals_by_type=_summed((kind, rows) for (kind, _status), rows in by_type_status.items()),
        totals_by_type_status=by_type_status,
        sentiment_bins=bins,
        sentiment_mean=mean,
        per_day=tuple(
            DashboardDay(day, by_day.get(day, 0))
            for day in (first_day + timedelta(days=index) for index in range(days))
        ),
        analysed_count=sum(by_status.get(status, 0) for status in choices.DONE_STATUSES),
        waiting_count=sum(by_status.get(status, 0) for status in choices.WAITING_STATUSES),
        failed_count=by_status.get(AnalysisStatus.ERROR, 0),
    )


def last_day(*, days: int, today: date) -> date:
    """Give the day that a window of `days` UTC days ends on: today, or the newest day where the window were empty.

    Runs one query.
    """
    newest = rollup_totals.newest_day(until=today)
    return newest if newest is not None and newest <= today - timedelta(days=days) else today


def _by_type_status(totals: Sequence[Total]) -> dict[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for total in totals:
        if total.day is None:
            found[total.analysis_type, total.status] += total.rows
    return {key: rows for key, rows in sorted(found.items()) if rows}


def _summed(pairs: Iterable[tuple[_Name, int]]) -> dict[_Name, int]:
    found: Counter[_Name] = Counter()
    for name, rows in pairs:
        found[name] += rows
    return dict(found)


def _sentiment(totals: Sequence[Total]) -> tuple[tuple[int, ...], float | None]:
    """Give the histogram and the mean of the sentiment results."""
    bins, micros = [0] * choices.SCORE_BINS, 0
    for total in totals:
        is_score = total.day is None and total.analysis_type == AnalysisType.SENTIMENT
        if is_score and total.status in choices.DONE_STATUSES and total.score_bin != NO_BIN:
            bins[total.score_bin] += total.rows
            micros += total.micros
    count = sum(bins)
    return tuple(bins), micros / MICRO / count if count else None
