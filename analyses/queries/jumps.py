"""The way to a page by its number, without reading the pages before it.

Lists page by key, and a key says nothing about its place. Where the rollup knows all that is asked and the list goes by
date, it tells on which UTC day the page begins; within a day, and in the first 10,000 rows of any other list, the keys
are counted off in the index.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from django.utils.translation import gettext as _

from analyses import choices
from analyses.exceptions import ValidationError
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import paging, rolled_up
from analyses.queries.filtering import Filtered

FIELD = "page"
DIGITS_MAX = 9
# So many keys of one day are counted off.
DAY_ROWS_MAX = 200_000
DAY = timedelta(days=1)


def number(text: str) -> int:
    """Read a page's number, 1 for none; raise ValidationError for what is none."""
    if not text:
        return 1
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX and int(text)):
        raise ValidationError(FIELD, _("page must be a number from 1, not “%(text)s”.") % {"text": text[:40]})
    return int(text)


def after(filtered: Filtered, page: int, *, sort: str, size: int = choices.PAGE_ROWS) -> str:
    """Give the cursor behind which a page begins, empty for the first one; two queries, three by a missing score.

    A page behind the list's end, or too deep in a list that the rollup does not know, raises ValidationError.
    """
    sort = paging.checked_sort(sort)
    if page == 1:
        return ""
    position = (page - 1) * size - 1  # of the row before the page
    if sort.removeprefix("-") == "dated_at" and rolled_up.covers(filtered):
        rows, position = _on_its_day(filtered, position, sort)
    elif position < choices.LIST_MATCHES_MAX:
        rows = filtered.queryset
    else:
        reason = _(
            "Pages up to %(most)s can be opened by number here; sort by date, or narrow the filter by days."
        )
        raise ValidationError(FIELD, reason % {"most": choices.LIST_MATCHES_MAX // size})
    cursor = paging.cursor_at(rows, sort, position)
    if cursor is None:
        raise beyond()
    return cursor


def _on_its_day(filtered: Filtered, position: int, sort: str) -> tuple[TextAnalysisQuerySet, int]:
    """Narrow the rows to the UTC day that has the one at a position, and say where it stands there; one query."""
    for day, rows in _ordered(rolled_up.days(filtered), sort):
        if position < rows:
            if position > DAY_ROWS_MAX:
                reason = _(
                    "%(rows)s texts have the date %(day)s: their pages cannot be opened by number that deep."
                )
                raise ValidationError(FIELD, reason % {"rows": f"{rows:,}", "day": day})
            start = datetime.combine(day, time.min, tzinfo=UTC)
            return filtered.queryset.filter(dated_at__gte=start, dated_at__lt=start + DAY), position
        position -= rows
    raise beyond()


def _ordered(days: Mapping[date, int], sort: str) -> Iterator[tuple[date, int]]:
    yield from sorted(days.items(), reverse=sort.startswith("-"))


def beyond() -> ValidationError:
    """Make the error for a page behind the end of the list."""
    return ValidationError(FIELD, _("The list ends before this page."))
