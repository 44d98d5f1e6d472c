"""Pages of the filtered list, by key and in both directions: page 10,000 costs what page 1 costs.

A sortable column has an index on (column, id). Where it may be NULL, the rows without a value always come last, newest
first, and are walked as a range of their own: `NULLS LAST` would sort the whole table.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Model, Q
from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from analyses import choices
from analyses.exceptions import ValidationError
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import search
from analyses.queries.filter_fields import ID_MAX

EXCERPT_LENGTH = 300
DEFAULT_SORT = "-dated_at"
LAST_PAGE = "end"
NULLABLE_COLUMNS = ("sentiment_score", "quality_score", "readability_score")
SORT_COLUMNS = ("dated_at", "created_at", "id", *NULLABLE_COLUMNS)
SORTS = tuple(sign + column for column in SORT_COLUMNS for sign in ("", "-"))
CURSOR_LENGTH_MAX = 200

ROW_FIELDS = (
    "id",
    "external_id",
    "analysis_type",
    "status",
    "optimization_tier",
    "batch_analysis_id",
    "line_number",
    "dated_at",
    "created_at",
    "confidence_score",
    "model_used",
    *choices.RESULT_FIELD_BY_TYPE.values(),
    "extra",
)
COMPUTED_FIELDS = {
    "excerpt": Substr("text_content", 1, EXCERPT_LENGTH),
    "error": Substr("error_message", 1, EXCERPT_LENGTH),
    "batch_name": F("batch_analysis__batch_name"),
}

Row = dict[str, Any]


@dataclass(frozen=True)
class Cursor:
    """A place in the list: between rows, beside the one with this value and id."""

    sort: str
    value: Any
    row_id: int


@dataclass(frozen=True)
class Page:
    """Rows as values, with the text cut, and the cursors of the pages around them (empty: there is none)."""

    rows: Sequence[Row]
    sort: str
    after: str
    before: str

    @property
    def has_next(self) -> bool:
        """Tell whether rows follow."""
        return bool(self.after)

    @property
    def has_previous(self) -> bool:
        """Tell whether rows come before."""
        return bool(self.before)


@dataclass(frozen=True)
class _Order:
    """A sort taken apart; `backwards` walks the same order from its end."""

    column: str
    descending: bool
    backwards: bool = False


def page(
    rows: TextAnalysisQuerySet,
    *,
    sort: str = "",
    after: str = "",
    before: str = "",
    size: int = choices.PAGE_ROWS,
) -> Page:
    """Read one page in one query (two where values end and missing ones begin); an empty list gives no rows.

    `after` and `before` are cursors of an earlier page, `before="end"` is the last page; a cursor or sort that cannot
    be raises ValidationError.
    """
    sort = checked_sort(sort)
    if after and before:
        raise ValidationError("before", _("Give after or before, not both."))
    is_backwards = bool(before)
    cursor = _cursor(after or before, sort, field="before" if is_backwards else "after")
    order = _Order(sort.removeprefix("-"), descending=sort.startswith("-"), backwards=is_backwards)
    found = _walk(rows, order, cursor, limit=size + 1)
    shown, more = found[:size], len(found) > size
    if is_backwards:
        return _page(shown[::-1], sort, following=cursor is not None, preceding=more)
    return _page(shown, sort, following=more, preceding=cursor is not None)


def count_before(rows: TextAnalysisQuerySet, *, sort: str, cursor: str, limit: int) -> int:
    """Count the rows before a cursor, at most `limit`, in one query (two where values end and missing ones begin)."""
    order = _Order(sort.removeprefix("-"), descending=sort.startswith("-"), backwards=True)
    counted = 0
    for part in _ranges(rows, order, _cursor(cursor, sort, field="before")):
        counted += part.order_by()[: limit - counted].count()
        if counted == limit:
            break
    return counted


def ranges(
    rows: TextAnalysisQuerySet, sort: str, after: Cursor | None = None
) -> Iterator[TextAnalysisQuerySet]:
    """Walk a whole list in an order of SORTS, from a place on: one or two ordered index ranges after each other."""
    return _ranges(rows, _Order(sort.removeprefix("-"), descending=sort.startswith("-")), after)


def cursor_at(rows: TextAnalysisQuerySet, sort: str, position: int) -> str | None:
    """Give the cursor behind the row at a position from 0, None behind the end; it counts keys off, so keep it small.

    One query; where values end and missing ones begin before it, two more.
    """
    column = sort.removeprefix("-")
    for part in ranges(rows, sort):
        found = list(part.values(*{column, "id"})[position : position + 1])
        if found:
            return _encode(sort, found[0], column)
        if column in NULLABLE_COLUMNS:
            position -= part.order_by()[: position + 1].count()
    return None


def checked_sort(sort: str) -> str:
    """Give the sort, the default for none; refuse what has no index."""
    if not sort:
        return DEFAULT_SORT
    if sort not in SORTS:
        names = ", ".join(SORT_COLUMNS)
        reason = _("The list can be sorted by %(names)s, with a minus sign before for descending.")
        raise ValidationError("sort", reason % {"names": names})
    return sort


def cursor_after(row: Model, sort: str) -> str:
    """Give the cursor that leads on from a row in an order."""
    column = sort.removeprefix("-")
    return _encode(sort, {column: getattr(row, column), "id": row.pk}, column)


def sort_of(after: str) -> str:
    """Give the order that a cursor was made with; empty for one that cannot be, which `page` refuses."""
    try:
        return _decode(after).sort if after else ""
    except (ValueError, TypeError, RecursionError, binascii.Error):
        return ""


def _page(rows: Sequence[Row], sort: str, *, following: bool, preceding: bool) -> Page:
    column = sort.removeprefix("-")
    return Page(
        rows=rows,
        sort=sort,
        after=_encode(sort, rows[-1], column) if rows and following else "",
        before=_encode(sort, rows[0], column) if rows and preceding else "",
    )


def _walk(rows: TextAnalysisQuerySet, order: _Order, cursor: Cursor | None, *, limit: int) -> list[Row]:
    """Read up to `limit` rows from the cursor on, range after range."""
    found: list[Row] = []
    for part in _ranges(rows, order, cursor):
        left = limit - len(found)
        found += search.first_of(part, left).values(*ROW_FIELDS, **COMPUTED_FIELDS)[:left]
        if len(found) >= limit:
            break
    return found


def _ranges(
    rows: TextAnalysisQuerySet, order: _Order, cursor: Cursor | None
) -> Iterator[TextAnalysisQuerySet]:
    """Walk the index ranges that are left, in the direction of the walk."""
    if order.column not in NULLABLE_COLUMNS:
        yield _valued(rows, order, cursor)
        return
    missing = {f"{order.column}__isnull": True}
    valued, without = rows.exclude(**missing), rows.filter(**missing)
    is_among_missing = cursor is not None and cursor.value is None
    if order.backwards:
        if cursor is None or is_among_missing:
            yield _missing(without, order, cursor)
        yield _valued(valued, order, None if is_among_missing else cursor)
    else:
        if not is_among_missing:
            yield _valued(valued, order, cursor)
        yield _missing(without, order, cursor if is_among_missing else None)


def _valued(rows: TextAnalysisQuerySet, order: _Order, cursor: Cursor | None) -> TextAnalysisQuerySet:
    """Walk the rows that have a value, by (value, id)."""
    is_down = order.descending != order.backwards
    sign, past = ("-", "lt") if is_down else ("", "gt")
    by_id = order.column == "id"
    if cursor is not None and by_id:
        rows = rows.filter(**{f"id__{past}": cursor.row_id})
    elif cursor is not None:
        # The first condition is implied by the second, but it is the one that an index range can start from.
        rows = rows.filter(**{f"{order.column}__{past}e": cursor.value}).filter(
            Q(**{f"{order.column}__{past}": cursor.value}) | Q(**{f"id__{past}": cursor.row_id})
        )
    return rows.order_by(*((f"{sign}id",) if by_id else (f"{sign}{order.column}", f"{sign}id")))


def _missing(rows: TextAnalysisQuerySet, order: _Order, cursor: Cursor | None) -> TextAnalysisQuerySet:
    """Walk the rows without a value, newest first."""
    sign, past = ("", "gt") if order.backwards else ("-", "lt")
    if cursor is not None:
        rows = rows.filter(**{f"id__{past}": cursor.row_id})
    return rows.order_by(f"{sign}id")


def _encode(sort: str, row: Row, column: str) -> str:
    value = row[column]
    if isinstance(value, datetime):
        value = value.astimezone(UTC).isoformat()
    place = json.dumps([sort, value, row["id"]], separators=(",", ":"))
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _cursor(text: str, sort: str, *, field: str) -> Cursor | None:
    if not text or (field == "before" and text == LAST_PAGE):
        return None
    try:
        cursor = _decode(text)
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise ValidationError(
            field, _("This place in the list is not known: begin at its first page.")
        ) from error
    if cursor.sort != sort:
        raise ValidationError(field, _("This place belongs to another order: begin at the first page."))
    return cursor


def _decode(text: str) -> Cursor:
    if len(text) > CURSOR_LENGTH_MAX:
        raise ValueError("too long")
    sort, value, row_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if type(row_id) is not int or not 0 <= row_id <= ID_MAX or sort not in SORTS:
        raise ValueError("no id or no sort")
    return Cursor(sort, _value(sort.removeprefix("-"), value), row_id)


def _value(column: str, value: Any) -> Any:
    if column in NULLABLE_COLUMNS:
        if value is None:
            return None
        number = float(value)
        if not math.isfinite(number):
            raise ValueError("no number")
        return number
    if column == "id":
        return value if type(value) is int else None
    moment = datetime.fromisoformat(value)
    earliest, latest = choices.DATE_BOUNDS
    if moment.tzinfo is None or not earliest <= moment <= latest:
        raise ValueError("no moment")
    return moment
