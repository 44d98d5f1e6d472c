"""How many texts there are by day, or by type, status and score bin: some hundred rows at any size, and exact.

They are the rollup's folded totals, and its deltas since; one statement sees both as they were at one moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.db.models import (
    CharField,
    DateField,
    F,
    IntegerField,
    Max,
    Q,
    QuerySet,
    SmallIntegerField,
    Sum,
    Value,
)
from django.db.models.functions import Cast

from analyses.models import Rollup, RollupLevel, RollupTotal
from analyses.scales import NO_BIN

COLUMNS = ("day", "analysis_type", "status", "score_bin")


class Total(NamedTuple):
    """Rows of a day, or (no day) of a type, status and score bin; a key may come more than once, to be summed up."""

    day: date | None
    analysis_type: str
    status: str
    score_bin: int
    rows: int
    micros: int


def read(*, first_day: date, last_day: date) -> list[Total]:
    """Give the totals of every type, status and score bin, and of some UTC days, both included; one query."""
    days = {"day__gte": first_day, "day__lte": last_day}
    nothing, no_bin = Value("", CharField()), Value(NO_BIN, SmallIntegerField())
    by_day = _deltas().filter(**days).values_list(F("day"), nothing, nothing, no_bin).annotate(**_summed())
    by_kind = _deltas().values_list(_no_day(), "analysis_type", "status", "score_bin").annotate(**_summed())
    folded = RollupTotal.objects.filter(Q(day__isnull=True) | Q(**days)).order_by()
    found = folded.values_list(*COLUMNS, "count", "score_micros").union(by_day, by_kind, all=True)
    return [Total(*row) for row in found]


def count(**conditions: Any) -> int:
    """Count the rows by lookups of `analysis_type` and `status`, in one query."""
    return sum(rows for _type, rows in _by_type(conditions))


def by_type() -> dict[str, int]:
    """Count the rows of each type that has any, in one query."""
    counted: dict[str, int] = {}
    for analysis_type, rows in _by_type({}):
        counted[analysis_type] = counted.get(analysis_type, 0) + rows
    return {analysis_type: rows for analysis_type, rows in counted.items() if rows}


def newest_day(*, until: date) -> date | None:
    """Give the last UTC day, not after `until`, that has rows; one query."""
    lookups = {"day__lte": until, "count__gt": 0}
    found = [
        rows.filter(**lookups).values_list(Value(1, IntegerField())).annotate(newest=Max("day"))
        for rows in _both()
    ]
    return max((day for _one, day in found[0].union(found[1], all=True) if day), default=None)


def _by_type(conditions: dict[str, Any]) -> Iterator[tuple[str, int]]:
    folded, deltas = (
        rows.filter(**conditions).values_list("analysis_type").annotate(rows=Sum("count")) for rows in _both()
    )
    yield from folded.filter(day__isnull=True).union(deltas, all=True)


def _both() -> tuple[QuerySet[RollupTotal], QuerySet[Rollup]]:
    return RollupTotal.objects.order_by(), _deltas()


def _deltas() -> QuerySet[Rollup]:
    return Rollup.objects.filter(level=RollupLevel.DELTA).order_by()


def _summed() -> dict[str, Sum]:
    return {"rows": Sum("count"), "micros": Sum("score_micros")}


def _no_day() -> Cast:
    return Cast(Value(None), DateField())
