"""What the filtered rows have in common: facets, the histogram of a score, days and coverage.

Every number is exact over the rows of `Summary.filtered`, and comes with the changes to the query string that list
exactly the rows it counts. Where too many rows match, that filter is narrowed to the newest ones, and says so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Case, CharField, Count, IntegerField, Value, When
from django.db.models.functions import TruncDate

from analyses import choices
from analyses.choices import AnalysisStatus, AnalysisType, OptimizationTier
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import counting, own_columns
from analyses.queries.counting import RowCount
from analyses.queries.filtering import Filtered
from analyses.queries.filters import EXTRA_PREFIX
from analyses.scales import NO_BIN, bin_edges

EXACT_ROWS_MAX = 200_000
NEWEST_ROWS = 50_000
FACET_VALUES_MAX = 12
OWN_COLUMNS_MAX = 4
BARS_MAX = 60

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
    """The most frequent values of a column; `is_own` marks a column of the file."""

    name: str
    values: Sequence[FacetValue]
    is_own: bool = False


@dataclass(frozen=True)
class ScoreBin:
    """A bin of a score: from `lower` to `upper`, cut to the filter's own range."""

    lower: float
    upper: float
    count: int
    changes: Changes


@dataclass(frozen=True)
class DayBar:
    """The rows dated from one UTC day to another, both included."""

    first_day: date
    last_day: date
    count: int
    changes: Changes


@dataclass(frozen=True)
class Coverage:
    """How many of the rows have a result, wait for one, or failed."""

    done: int
    waiting: int
    failed: int


@dataclass(frozen=True)
class Summary:
    """The numbers beside a list; `filtered` is what they count, narrowed when `is_newest_only`.

    Without any row all are empty; `is_too_large` tells that nothing was counted at all. `scores` are those of
    `score_type`: the type that the filter or its batch names where it has a score, else the sentiment.
    """

    filtered: Filtered
    is_newest_only: bool = False
    is_too_large: bool = False
    facets: Sequence[Facet] = ()
    score_type: AnalysisType = AnalysisType.SENTIMENT
    scores: Sequence[ScoreBin] = ()
    days: Sequence[DayBar] = ()
    coverage: Coverage = Coverage(0, 0, 0)

    @cached_property
    def score_count(self) -> int:
        """Give the number of rows that have the score."""
        return sum(one.count for one in self.scores)


@dataclass(frozen=True)
class _Group:
    """Rows that agree in every facet and in the bin of their score."""

    values: Mapping[str, Any]
    score_bin: int
    count: int


def count_for_summary(filtered: Filtered) -> RowCount:
    """Count the rows as far as summaries are exact, in one query."""
    return counting.capped(filtered, limit=EXACT_ROWS_MAX)


def summarise(filtered: Filtered, *, count: RowCount, seen: Iterable[Mapping[str, Any]] = ()) -> Summary:
    """Group the rows by facets and score and by day, two queries; one more with columns of a file.

    `count` is that of `count_for_summary`; `seen` are some rows, whose `extra` hints at columns of few values. More
    than 200,000 rows take two further queries and give the newest 50,000 (with those of the same moment).
    """
    if count.rows == 0:
        return Summary(filtered)
    is_large = count.is_capped or count.rows > EXACT_ROWS_MAX
    if is_large:
        filtered = newest(filtered)
        if counting.capped(filtered, limit=EXACT_ROWS_MAX).is_capped:
            return Summary(filtered, is_too_large=True)
    score_type = score_type_of(filtered)
    groups = list(_groups(filtered.queryset, score_type))
    return Summary(
        filtered=filtered,
        is_newest_only=is_large,
        facets=[*_facets(groups), *_own_facets(filtered, seen)],
        score_type=score_type,
        scores=_scores(filtered, groups, score_type),
        days=_days(filtered),
        coverage=_coverage(groups),
    )


def type_of(filtered: Filtered) -> AnalysisType | None:
    """Give the analysis type that all rows of a filter have, because it or its batch says so."""
    named = filtered.values.get("analysis_type")
    if not named and filtered.batch is not None:
        named = filtered.batch.analysis_type
    return AnalysisType(named) if named else None


def score_type_of(filtered: Filtered) -> AnalysisType:
    """Give the type whose score is drawn: that of the rows where it has one, else the sentiment."""
    named = type_of(filtered)
    return named if named is not None and named in choices.SCORE_BY_TYPE else AnalysisType.SENTIMENT


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


def _groups(rows: TextAnalysisQuerySet, score_type: AnalysisType) -> Iterator[_Group]:
    edges, column = bin_edges(score_type), choices.SCORE_BY_TYPE[score_type][0]
    bins = Case(
        When(**{f"{column}__isnull": True}, then=Value(NO_BIN)),
        *(When(**{f"{column}__lt": edge}, then=Value(index)) for index, edge in enumerate(edges[1:-1])),
        default=Value(choices.SCORE_BINS - 1),
        output_field=IntegerField(),
    )
    columns = (*FACETS.values(), "batch_analysis__batch_name")
    grouped = rows.order_by().values_list(*columns, bins).annotate(rows=Count("pk"))
    for *values, score_bin, count in grouped:
        yield _Group(dict(zip(columns, values, strict=True)), score_bin, count)


def _facets(groups: Sequence[_Group]) -> Iterator[Facet]:
    batch_names = {
        group.values["batch_analysis"]: group.values["batch_analysis__batch_name"] for group in groups
    }
    for name, column in FACETS.items():
        counted: Counter[Any] = Counter()
        for group in groups:
            counted[group.values[column]] += group.count
        labels = batch_names if name == "batch" else LABELS.get(name, {})
        # Rows without a value cannot be asked for, and a batch is shown by its name.
        pairs = [(value, rows) for value, rows in _most_common(counted) if value not in (None, "")]
        values = [
            FacetValue(str(one), str(labels.get(one, one)), rows, {name: str(one)}) for one, rows in pairs
        ]
        if values:
            yield Facet(name, values[:FACET_VALUES_MAX])


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


def _scores(filtered: Filtered, groups: Sequence[_Group], score_type: AnalysisType) -> list[ScoreBin]:
    counts = [0] * choices.SCORE_BINS
    for group in groups:
        if group.score_bin != NO_BIN:
            counts[group.score_bin] += group.count
    if not any(counts):
        return []
    edges = bin_edges(score_type)
    return [
        ScoreBin(edges[index], edges[index + 1], rows, _score_changes(filtered, score_type, index))
        for index, rows in enumerate(counts)
    ]


def _score_changes(filtered: Filtered, score_type: AnalysisType, index: int) -> Changes:
    """Give the range of a bin within the range of the filter; the last bin holds its own end."""
    edges, name = bin_edges(score_type), score_type.value
    lower, upper = filtered.bounds(name)
    low = edges[index] if lower is None else max(lower, edges[index])
    high = edges[index + 1] if upper is None else min(upper, edges[index + 1])
    return {f"{name}_min": repr(low), f"{name}_max": repr(high)}


def _days(filtered: Filtered) -> list[DayBar]:
    grouped = (
        filtered.queryset.order_by()
        .annotate(day=TruncDate("dated_at", tzinfo=UTC))
        .values_list("day")
        .annotate(rows=Count("pk"))
    )
    counts: dict[date, int] = dict(grouped)
    if not counts:
        return []
    first, last = min(counts), max(counts)
    width = -(-((last - first).days + 1) // BARS_MAX)
    return [
        _day_bar(
            filtered,
            first + timedelta(days=start),
            min(last, first + timedelta(days=start + width - 1)),
            counts,
        )
        for start in range(0, (last - first).days + 1, width)
    ]


def _day_bar(filtered: Filtered, first: date, last: date, counts: Mapping[date, int]) -> DayBar:
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    start = datetime.combine(first, time.min, tzinfo=UTC)
    end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=UTC)
    earliest, latest = filtered.values["date_from"], filtered.values["date_to"]
    return DayBar(
        first_day=first,
        last_day=last,
        count=sum(counts.get(day, 0) for day in days),
        changes={
            "date_from": moment(start if earliest is None else max(start, earliest)),
            "date_to": moment(end if latest is None else min(end, latest)),
        },
    )


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
