"""Where a row stands in a filtered list, and the rows before and after it."""

from __future__ import annotations

from dataclasses import dataclass

from analyses.choices import LIST_MATCHES_MAX, PAGE_ROWS
from analyses.models import TextAnalysis
from analyses.queries import counting, paging
from analyses.queries.counting import RowCount
from analyses.queries.filtering import Filtered


@dataclass(frozen=True)
class Place:
    """A row's place: `position` counts from 1 and is None when the row is not in the list (any more).

    `page_after` is the cursor of a page that shows the row, empty for the first page.
    """

    position: RowCount | None
    total: RowCount
    previous_id: int | None
    next_id: int | None
    page_after: str


def find(row: TextAnalysis, filtered: Filtered, *, sort: str) -> Place:
    """Find the place of a row in five queries, up to eight where values end and missing ones begin.

    Position and total are counted up to 10,000. A row that left the list has the neighbours it would have. A sort that
    cannot be raises ValidationError.
    """
    sort = paging.checked_sort(sort)
    rows, here = filtered.queryset, paging.cursor_after(row, sort)
    before = paging.page(rows, sort=sort, before=here, size=1)
    after = paging.page(rows, sort=sort, after=here, size=1)
    position = _position(row, filtered, sort=sort, cursor=here)
    return Place(
        position=position,
        total=counting.capped(filtered),
        previous_id=before.rows[0]["id"] if before.rows else None,
        next_id=after.rows[0]["id"] if after.rows else None,
        page_after="" if position and position.rows <= PAGE_ROWS else before.after,
    )


def _position(row: TextAnalysis, filtered: Filtered, *, sort: str, cursor: str) -> RowCount | None:
    if not filtered.queryset.filter(pk=row.pk).exists():
        return None
    before = paging.count_before(filtered.queryset, sort=sort, cursor=cursor, limit=LIST_MATCHES_MAX)
    is_capped = before == LIST_MATCHES_MAX
    return RowCount(before if is_capped else before + 1, is_capped=is_capped)
