"""How many rows match: capped where counting on would take long, exact on request."""

from __future__ import annotations

from dataclasses import dataclass

from analyses import choices
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import rolled_up
from analyses.queries.filtering import Filtered


@dataclass(frozen=True)
class RowCount:
    """A number of rows; when it is capped, there are more."""

    rows: int
    is_capped: bool = False

    def __str__(self) -> str:
        return f"{self.rows:,}+" if self.is_capped else f"{self.rows:,}"


def capped(filtered: Filtered, *, limit: int | None = None) -> RowCount:
    """Count at most `limit` (10,000) matching rows, in one query; exactly where the rollup knows."""
    if rolled_up.covers(filtered):
        return exact(filtered)
    return capped_rows(filtered.queryset, limit=choices.LIST_MATCHES_MAX if limit is None else limit)


def capped_rows(rows: TextAnalysisQuerySet, *, limit: int) -> RowCount:
    """Count at most `limit` rows, in one query."""
    counted = rows.order_by()[: limit + 1].count()
    return RowCount(min(counted, limit), is_capped=counted > limit)


def exact(filtered: Filtered) -> RowCount:
    """Count all matching rows, in one query; from the rollup where it knows."""
    if rolled_up.covers(filtered):
        return RowCount(rolled_up.count(filtered))
    return RowCount(filtered.queryset.order_by().count())
