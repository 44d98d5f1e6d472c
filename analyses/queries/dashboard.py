"""The home page's numbers, from the rollup alone: exact at any size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import DateField, F, Max, SmallIntegerField, Sum, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast

from analyses import choices
from analyses.choices import AnalysisStatus, AnalysisType
from analyses.models import Rollup
from analyses.scales import NO_BIN

MICRO = 1_000_000


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


class _Total(NamedTuple):
    day: date | None
    analysis_type: str
    status: str
    score_bin: int
    rows: int
    micros: int


def dashboard(*, days: int, today: date) -> Dashboard:
    """Sum the rollup by type, status and score bin, and by day for the last `days` UTC days; one query."""
    first_day = today - timedelta(days=days - 1)
    totals = _totals(first_day=first_day, last_day=today)
    by_type_status, by_day = _by_type_status(totals), {total.day: total.rows for total in totals if total.day}
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
    newest: date | None = Rollup.objects.filter(day__lte=today, count__gt=0).aggregate(day=Max("day"))["day"]
    return newest if newest is not None and newest <= today - timedelta(days=days) else today


def counts_by_type() -> dict[str, int]:
    """Count all live rows of each type that has any by the rollup, in one query."""
    counted = Rollup.objects.values_list("analysis_type").annotate(total=Sum("count")).order_by()
    return {kind: total for kind, total in counted if total}


def _totals(*, first_day: date, last_day: date) -> list[_Total]:
    rows_and_micros = {"rows": Sum("count"), "micros": Sum("score_micros")}
    no_day = Cast(Value(None), DateField())
    by_kind = Rollup.objects.values_list(no_day, "analysis_type", "status", "score_bin").annotate(
        **rows_and_micros
    )
    nothing = Value("", output_field=CharField())
    no_bin = Value(NO_BIN, output_field=SmallIntegerField())
    by_day = (
        Rollup.objects.filter(day__gte=first_day, day__lte=last_day)
        .values_list(F("day"), nothing, nothing, no_bin)
        .annotate(**rows_and_micros)
    )
    return [_Total(*row) for row in by_kind.order_by().union(by_day.order_by(), all=True)]


def _by_type_status(totals: Sequence[_Total]) -> dict[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for total in totals:
        if total.day is None:
            found[total.analysis_type, total.status] += total.rows
    return {key: rows for key, rows in sorted(found.items()) if rows}


def _summed(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for name, rows in pairs:
        found[name] += rows
    return dict(found)


def _sentiment(totals: Sequence[_Total]) -> tuple[tuple[int, ...], float | None]:
    """Give the histogram and the mean of the sentiment results."""
    bins, micros = [0] * choices.SCORE_BINS, 0
    for total in totals:
        is_score = total.day is None and total.analysis_type == AnalysisType.SENTIMENT
        if is_score and total.status in choices.DONE_STATUSES and total.score_bin != NO_BIN:
            bins[total.score_bin] += total.rows
            micros += total.micros
    count = sum(bins)
    return tuple(bins), micros / MICRO / count if count else None
