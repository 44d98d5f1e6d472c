"""How many rows match: capped where counting on would take long, exact on request."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analyses import choices
from analyses.models import TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import rolled_up
from analyses.queries.filtering import Filtered
from analyses.queries.filters import EXTRA_PREFIX

GATHERED_MAX = 2_500


@dataclass(frozen=True)
class RowCount:
    """A number of rows; when it is capped, there are more."""

    rows: int
    is_capped: bool = False

    def __str__(self) -> str:
        return f"{self.rows:,}+" if self.is_capped else f"{self.rows:,}"


def gathered(filtered: Filtered) -> tuple[Filtered, RowCount | None]:
    """Look once for the rows that have a value in a file's own column, which no index finds; one query.

    Up to 2,500 are named by their ids from then on, so that a page and its numbers do not look again each: the list
    would be walked from row to row, a million of them for a rare value. The count is capped as `capped` does. Any other
    filter is given back as it is, without a count.
    """
    if not any(name.startswith(EXTRA_PREFIX) for name, _value in filtered.parameters):
        return filtered, None
    most = choices.LIST_MATCHES_MAX
    ids = list(filtered.queryset.order_by().values_list("pk", flat=True)[: most + 1])
    count = RowCount(min(len(ids), most), is_capped=len(ids) > most)
    if len(ids) > GATHERED_MAX:
        return filtered, count
    return replace(filtered, queryset=TextAnalysis.objects.live().filter(pk__in=ids)), count


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
