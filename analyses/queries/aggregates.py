"""What the filtered rows have in common: facets, a histogram, days and coverage.

Every number comes with the changes to the query string that list exactly the rows it counts. Where too many rows match,
the rollup answers what it knows, for all of them; the rest counts the newest rows and says so (`is_partial`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import CharField, Count, IntegerField, Sum, Value
from django.db.models.functions import TruncDate, TruncHour

from analyses import choices
from analyses.choices import AnalysisStatus, AnalysisType, OptimizationTier
from analyses.models import BatchAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import counting, histograms, own_columns, rolled_up
from analyses.queries.counting import RowCount
from analyses.queries.filtering import Filtered
from analyses.queries.filters import EXTRA_PREFIX, TYPE_BY_PARAMETER
from analyses.queries.histograms import Scale
from analyses.scales import NO_BIN

EXACT_ROWS_MAX = 50_000
NEWEST_ROWS = 50_000
FACET_VALUES_MAX = 12
OWN_COLUMNS_MAX = 4
BARS_MAX = 60
HOURS_SHOWN_TO_DAYS = 2
HOUR = timedelta(hours=1)

# Parameter -> column. One GROUP BY over them all reads the rows once.
FACETS = {
    "analysis_type": "analysis_type",
    "status": "status",
    "optimization_tier": "optimization_tier",
    "language": "language_detected",
    "model_used": "model_used",
    "batch": "batch_analysis",
}
LABELS: Mapping[str, Mapping[str, Any]] = {
    "analysis_type": dict(AnalysisType.choices),
    "status": dict(AnalysisStatus.choices),
    "optimization_tier": dict(OptimizationTier.choices),
}

Changes = Mapping[str, str | None]


@dataclass(frozen=True)
class FacetValue:
    """A value, its rows, and how the query string changes to list them."""

    value: str
    label: str
    count: int
    changes: Changes


@dataclass(frozen=True)
class Facet:
    """The most frequent values of a column; `is_own` marks a column of the file, `is_partial` the newest rows only."""

    name: str
    values: Sequence[FacetValue]
    is_own: bool = False
    is_partial: bool = False


@dataclass(frozen=True)
class ScoreBin:
    """A bin of a histogram: from `lower` to `upper`."""

    lower: float
    upper: float
    count: int
    changes: Changes


@dataclass(frozen=True)
class DayBar:
    """The rows dated from one UTC day to another, both included; in hours, of one day's hour from `hour` on."""

    first_day: date
    last_day: date
    count: int
    changes: Changes
    hour: int | None = None


@dataclass(frozen=True)
class Coverage:
    """How many of the rows have a result, wait for one, or failed."""

    done: int
    waiting: int
    failed: int


@dataclass(frozen=True)
class Summary:
    """The numbers beside a list: those of `filtered`, where not all could be counted its newest rows.

    Without any row all are empty; `is_too_large` tells that nothing was counted at all. `scores` are of `scale`, the
    name of a histogram, empty where none is drawn; `scores_are_partial` where they are of the newest rows only.
    """

    filtered: Filtered
    is_newest_only: bool = False
    is_too_large: bool = False
    facets: Sequence[Facet] = ()
    scale: str = ""
    scores: Sequence[ScoreBin] = ()
    scores_are_partial: bool = False
    days: Sequence[DayBar] = ()
    coverage: Coverage = Coverage(0, 0, 0)

    @cached_property
    def score_count(self) -> int:
        """Give the number of rows that have the value that is drawn."""
        return sum(one.count for one in self.scores)


@dataclass(frozen=True)
class _Group:
    """Rows that agree in every facet and in their bin."""

    values: Mapping[str, Any]
    score_bin: int
    count: int


def count_for_summary(filtered: Filtered) -> RowCount:
    """Count the rows as far as summaries are exact, in one query."""
    return counting.capped(filtered, limit=EXACT_ROWS_MAX)


def summarise(
    filtered: Filtered, *, count: RowCount, seen: Iterable[Mapping[str, Any]] = (), chart: str = ""
) -> Summary:
    """Group the rows by facets and bin and by day, two queries; one more for hours, one for columns of a file.

    `count` is that of `count_for_summary`; `seen` are some rows, whose `extra` hints at columns of few values; `chart`
    is a name of `histograms.SCALES`, by default the rows' own score. More than 50,000 rows take up to three queries
    more: the newest 50,000 (with those of the same moment) are counted, except where the rollup knows of all.
    """
    if count.rows == 0:
        return Summary(filtered)
    scale = histograms.SCALES.get(chart or histograms.default_for(filtered.listed_type))
    is_large = is_beyond(count)
    part = counted_part(filtered, count)
    if is_large and rolled_up.covers(filtered):
        return _from_rollup(filtered, part, scale, seen)
    if part is None:
        return Summary(filtered, is_too_large=True)
    groups = list(_groups(part.queryset, scale))
    return Summary(
        filtered=part,
        is_newest_only=is_large,
        facets=[*_facets(part, groups), *_own_facets(part, seen)],
        scale=scale.name if scale else "",
        scores=_scores(part, groups, scale),
        days=_days(part, _rows_by_day(part)),
        coverage=_coverage(groups),
    )


def is_beyond(count: RowCount) -> bool:
    """Tell whether there are more rows than are counted one by one."""
    return count.is_capped or count.rows > EXACT_ROWS_MAX


def counted_part(filtered: Filtered, count: RowCount) -> Filtered | None:
    """Give the rows that are counted one by one: all, or the newest 50,000; None where one date has more.

    Two queries where there are more than 50,000, else none.
    """
    if not is_beyond(count):
        return filtered
    part = newest(filtered)
    return None if counting.capped(part, limit=EXACT_ROWS_MAX).is_capped else part


def _from_rollup(
    filtered: Filtered, part: Filtered | None, scale: Scale | None, seen: Iterable[Mapping[str, Any]]
) -> Summary:
    """Take from the rollup what it knows, and the rest from the newest rows, where they can be counted."""
    groups = list(_rolled_groups(filtered))
    facets, scores, is_partial = [*_facets(filtered, groups)], [], False
    if scale is not None and scale.name in choices.SCORE_BY_TYPE:
        of_type = [group for group in groups if group.values["analysis_type"] == scale.name]
        scores = _scores(filtered, of_type, scale)
    elif part is not None:
        scores, is_partial = _scores(part, list(_groups(part.queryset, scale, columns=())), scale), True
    if part is not None:
        rest = [*_facets(part, list(_language_groups(part))), *_own_facets(part, seen)]
        facets += [_partial(facet, part) for facet in rest]
    return Summary(
        filtered=filtered,
        facets=facets,
        scale=scale.name if scale else "",
        scores=[_narrowed(one, part) for one in scores] if is_partial and part else scores,
        scores_are_partial=is_partial,
        days=_days(filtered, rolled_up.days(filtered)),
        coverage=_coverage(groups),
    )


def _partial(facet: Facet, part: Filtered) -> Facet:
    return replace(facet, values=[_narrowed(one, part) for one in facet.values], is_partial=True)


_Counted = TypeVar("_Counted", FacetValue, ScoreBin)


def _narrowed(one: _Counted, part: Filtered) -> _Counted:
    """Let a number of the newest rows list those only."""
    return replace(one, changes={**one.changes, "date_from": moment(part.values["date_from"])})


def newest(filtered: Filtered) -> Filtered:
    """Narrow a filter to its newest 50,000 rows by their date, in one query; the same filter when it has fewer."""
    moments = filtered.queryset.order_by("-dated_at", "-id").values_list("dated_at", flat=True)
    boundary = next(iter(moments[NEWEST_ROWS - 1 : NEWEST_ROWS]), None)
    if boundary is None:
        return filtered
    kept = tuple(pair for pair in filtered.parameters if pair[0] != "date_from")
    return replace(
        filtered,
        queryset=filtered.queryset.filter(dated_at__gte=boundary),
        parameters=(*kept, ("date_from", moment(boundary))),
        values={**filtered.values, "date_from": boundary},
    )


def _groups(
    rows: TextAnalysisQuerySet, scale: Scale | None, columns: Sequence[str] = tuple(FACETS.values())
) -> Iterator[_Group]:
    """Group rows by columns and bin."""
    bins = scale.bin_number() if scale else Value(NO_BIN, output_field=IntegerField())
    grouped = rows.order_by().values_list(*columns, bins).annotate(rows=Count("pk"))
    for *values, score_bin, count in grouped:
        yield _Group(dict(zip(columns, values, strict=True)), score_bin, count)


def _rolled_groups(filtered: Filtered) -> Iterator[_Group]:
    """Group all rows by what the rollup knows."""
    columns = [column for name, column in FACETS.items() if name not in ("language", "batch")]
    keys = (*columns, "batch", "score_bin")
    for *values, batch, score_bin, count in (
        rolled_up.rows(filtered).values_list(*keys).annotate(rows=Sum("count"))
    ):
        if count:
            yield _Group(
                dict(zip((*columns, "batch_analysis"), (*values, batch), strict=True)), score_bin, count
            )


def _language_groups(part: Filtered) -> Iterator[_Group]:
    """Group rows by the language that was found."""
    found = part.queryset.filter(language_detected__isnull=False)
    return _groups(found, None, columns=("language_detected",))


def _facets(filtered: Filtered, groups: Sequence[_Group]) -> Iterator[Facet]:
    listed_type = filtered.listed_type
    for name, column in FACETS.items():
        if listed_type is not None and TYPE_BY_PARAMETER.get(name, listed_type) != listed_type:
            continue  # there it asks about other analyses of the same text, which nobody counted
        counted: Counter[Any] = Counter()
        for group in groups:
            counted[group.values.get(column)] += group.count
        # Rows without a value cannot be asked for.
        pairs = [(value, rows) for value, rows in _most_common(counted) if value not in (None, "")]
        pairs = pairs[:FACET_VALUES_MAX]
        labels = _batch_names(filtered, pairs) if name == "batch" else LABELS.get(name, {})
        values = [
            FacetValue(str(one), str(labels.get(one, one)), rows, {name: str(one)}) for one, rows in pairs
        ]
        if values:
            yield Facet(name, values)


def _batch_names(filtered: Filtered, pairs: Sequence[tuple[Any, int]]) -> Mapping[Any, str]:
    """Name batches, in one query unless the filter knows: grouping many rows by their names sorts on disk."""
    if filtered.batch is not None:
        return {filtered.batch.pk: filtered.batch.batch_name}
    numbers = [number for number, _rows in pairs]
    return (
        dict(BatchAnalysis.objects.filter(pk__in=numbers).values_list("pk", "batch_name")) if numbers else {}
    )


def _most_common(counted: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], str(pair[0])))


def _own_facets(filtered: Filtered, seen: Iterable[Mapping[str, Any]]) -> list[Facet]:
    columns = _columns_of_few_values(filtered, seen)
    if not columns:
        return []
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    first, *others = (_values_of_column(filtered.queryset, name) for name in columns)
    for name, value, rows in first.union(*others, all=True) if others else first:
        counted[name][value] = rows
    return [
        Facet(name, [_own_value(name, value, rows) for value, rows in _most_common(values)], is_own=True)
        for name, values in counted.items()
        if len(values) <= FACET_VALUES_MAX
    ]


def _own_value(name: str, value: str, rows: int) -> FacetValue:
    return FacetValue(value, value, rows, {EXTRA_PREFIX + name: value})


def _columns_of_few_values(filtered: Filtered, seen: Iterable[Mapping[str, Any]]) -> list[str]:
    """Guess from some rows which of the file's columns group them: more than one row a value, few values."""
    if filtered.source_import is None:
        return []
    values: defaultdict[str, set[str]] = defaultdict(set)
    rows = [row["extra"] or {} for row in seen]
    for extra in rows:
        for name, value in extra.items():
            if value:
                values[name].add(value)
    few = min(FACET_VALUES_MAX, len(rows) - 1)
    names = own_columns.of_import(filtered.source_import)
    found = [name for name in names if 0 < len(values[name]) <= few and _are_short(values[name])]
    return found[:OWN_COLUMNS_MAX]


def _are_short(values: Iterable[str]) -> bool:
    return all(len(value) <= choices.EXTERNAL_ID_LENGTH_MAX for value in values)


def _values_of_column(rows: TextAnalysisQuerySet, name: str) -> Any:
    """Count the most frequent values of a column: (name, value, rows)."""
    column = own_columns.OwnColumn(name)
    return (
        rows.order_by()
        .annotate(own_name=Value(name, output_field=CharField()), own_value=column)
        .exclude(own_value="")
        .filter(own_value__isnull=False)
        .values_list("own_name", "own_value")
        .annotate(rows=Count("pk"))
    )


def _scores(filtered: Filtered, groups: Sequence[_Group], scale: Scale | None) -> list[ScoreBin]:
    """Give the bins of a scale, none where no row has a value; bins that grow leave out the empty ones at the end."""
    if scale is None:
        return []
    counts = [0] * (len(scale.edges) - 1)
    for group in groups:
        if group.score_bin != NO_BIN:
            counts[group.score_bin] += group.count
    if not any(counts):
        return []
    last = max(index for index, rows in enumerate(counts) if rows or scale.is_even)
    return [
        ScoreBin(scale.edges[index], scale.edges[index + 1], rows, _bin_changes(filtered, scale, index))
        for index, rows in enumerate(counts[: last + 1])
    ]


def _bin_changes(filtered: Filtered, scale: Scale, index: int) -> Changes:
    """Give the range of a bin within the range of the filter; the last bin holds its own end."""
    lower, upper = filtered.bounds(scale.name)
    low = scale.edges[index] if lower is None else max(lower, scale.edges[index])
    high = scale.edges[index + 1] if upper is None else min(upper, scale.edges[index + 1])
    return {f"{scale.name}_min": repr(low), f"{scale.name}_max": repr(high)}


def _rows_by_day(filtered: Filtered) -> dict[date, int]:
    grouped = (
        filtered.queryset.order_by()
        .annotate(day=TruncDate("dated_at", tzinfo=UTC))
        .values_list("day")
        .annotate(rows=Count("pk"))
    )
    return dict(grouped)


def _days(filtered: Filtered, counts: Mapping[date, int]) -> list[DayBar]:
    """Give the rows of each day, of weeks from Monday where there are many days, of hours where there are few."""
    if not counts:
        return []
    first, last = min(counts), max(counts)
    span = (last - first).days + 1
    if span <= HOURS_SHOWN_TO_DAYS and sum(counts.values()) <= EXACT_ROWS_MAX:
        return _hours(filtered, first, last)
    width = 1
    if span > BARS_MAX:
        first -= timedelta(days=first.weekday())
        span = (last - first).days + 1
        width = 7 * -(-span // (7 * BARS_MAX))
    return [
        _day_bar(filtered, start, min(last, start + timedelta(days=width - 1)), counts)
        for start in (first + timedelta(days=offset) for offset in range(0, span, width))
    ]


def _hours(filtered: Filtered, first: date, last: date) -> list[DayBar]:
    """Give the rows of each UTC hour from the first to the last one that has some, in one query."""
    grouped = (
        filtered.queryset.order_by()
        .annotate(hour=TruncHour("dated_at", tzinfo=UTC))
        .values_list("hour")
        .annotate(rows=Count("pk"))
    )
    counts: dict[datetime, int] = dict(grouped)
    start, end = min(counts), max(counts)
    hours = (start + timedelta(hours=offset) for offset in range(int((end - start) / HOUR) + 1))
    return [
        DayBar(
            first_day=hour.date(),
            last_day=hour.date(),
            count=counts.get(hour, 0),
            changes=_range_changes(filtered, hour, hour + HOUR),
            hour=hour.hour,
        )
        for hour in hours
    ]


def _day_bar(filtered: Filtered, first: date, last: date, counts: Mapping[date, int]) -> DayBar:
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    start = datetime.combine(first, time.min, tzinfo=UTC)
    end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=UTC)
    return DayBar(
        first_day=first,
        last_day=last,
        count=sum(counts.get(day, 0) for day in days),
        changes=_range_changes(filtered, start, end),
    )


def _range_changes(filtered: Filtered, start: datetime, end: datetime) -> Changes:
    """Give a stretch of time within the filter's own."""
    earliest, latest = filtered.values["date_from"], filtered.values["date_to"]
    return {
        "date_from": moment(start if earliest is None else max(start, earliest)),
        "date_to": moment(end if latest is None else min(end, latest)),
    }


def moment(value: datetime) -> str:
    """Write a moment as the filter reads it, exact to the microsecond."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _coverage(groups: Sequence[_Group]) -> Coverage:
    by_status: Counter[str] = Counter()
    for group in groups:
        by_status[group.values["status"]] += group.count
    return Coverage(
        done=sum(by_status[status] for status in choices.DONE_STATUSES),
        waiting=sum(by_status[status] for status in choices.WAITING_STATUSES),
        failed=by_status[AnalysisStatus.ERROR],
    )
