"""Filters that the rollup answers: exact at any size, without a look at the rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import QuerySet, Sum

from analyses.models import Rollup
from analyses.queries import rollup_totals
from analyses.queries.filtering import Filtered

COLUMNS = {
    "analysis_type": "analysis_type",
    "status": "status__in",
    "optimization_tier": "optimization_tier",
    "model_used": "model_used",
    "batch": "batch",
}
# Of these alone the narrow totals know.
BY_KIND = {"analysis_type", "status"}
DAYS = {"date_from": "day__gte", "date_to": "day__lt"}


def covers(filtered: Filtered) -> bool:
    """Tell whether the rollup knows all that a filter asks: no score, no text, whole UTC days only."""
    asked = {name for name, _value in filtered.parameters}
    if not asked <= COLUMNS.keys() | DAYS.keys():
        return False
    return all(_is_midnight(filtered.values[name]) for name in asked & DAYS.keys())


def _is_midnight(moment: datetime) -> bool:
    return moment.astimezone(UTC).time() == time.min


def rows(filtered: Filtered) -> QuerySet[Rollup]:
    """Narrow the rollup as a filter that it covers narrows the rows."""
    return Rollup.objects.filter(**_conditions(filtered)).order_by()


def _conditions(filtered: Filtered) -> dict[str, Any]:
    asked = dict(filtered.parameters)
    conditions: dict[str, Any] = {
        lookup: filtered.values[name] for name, lookup in COLUMNS.items() if name in asked
    }
    for name, lookup in DAYS.items():
        if name in asked:
            conditions[lookup] = filtered.values[name].astimezone(UTC).date()
    return conditions


def count(filtered: Filtered) -> int:
    """Count the rows of a filter that the rollup covers, in one query."""
    if {name for name, _value in filtered.parameters} <= BY_KIND:
        return rollup_totals.count(**_conditions(filtered))
    total: int | None = rows(filtered).aggregate(total=Sum("count"))["total"]
    return total or 0


def days(filtered: Filtered) -> dict[date, int]:
    """Count the rows of each UTC day that has some, in one query."""
    found = rows(filtered).values_list("day").annotate(rows=Sum("count"))
    return {day: total for day, total in found if total}
