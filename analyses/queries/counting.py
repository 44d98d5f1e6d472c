"""How many rows match: capped where counting on would take long, exact on request."""

from __future__ import annotations

from dataclasses import dataclass

from analyses import choices
from analyses.queries import dashboard
from analyses.queries.filtering import Filtered


@dataclass(frozen=True)
class RowCount:
    """A number of rows; when it is capped, there are more."""

    rows: int
    is_capped: bool = False

    def __str__(self) -> str:
        return f"{self.rows:,}+" if self.is_capped else f"{self.rows:,}"


def capped(filtered: Filtered, *, limit: int = choices.LIST_MATCHES_MAX) -> RowCount:
    """Count at most `limit` matching rows, in one query; everything is counted exactly, from the rollup."""
    if filtered.is_everything:
        return exact(filtered)
    counted = filtered.queryset.order_by()[: limit + 1].count()
    return RowCount(min(counted, limit), is_capped=counted > limit)


def exact(filtered: Filtered) -> RowCount:
    """Count all matching rows, in one query; everything from the rollup."""
    if filtered.is_everything:
        return RowCount(dashboard.live_count())
    return RowCount(filtered.queryset.order_by().count())
