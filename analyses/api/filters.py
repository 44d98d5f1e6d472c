"""Explore's filters as parameters of the API, and the two ways through a list: by page, and by key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import django_filters
from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.translation import gettext as _

from analyses import choices
from analyses.exceptions import InvalidFilterError, ValidationError
from analyses.models import TextAnalysis
from analyses.queries import analyses as queries
from analyses.queries import counting, filter_fields, filtering, paging
from analyses.queries.filtering import Filtered, TextAnalysisFilter

SIZE_DEFAULT, SIZE_MAX = 20, 100
PAGE_MAX = choices.LIST_MATCHES_MAX
WHOLE_NUMBER = re.compile(r"\d{1,6}", re.ASCII)
ORDER_DEFAULT = "created_at"
TRUE, FALSE = "true", "false"
BY_PAGE = ("page", "order_by", "order_desc")
BY_KEY = ("after", "sort")
PLACE = (*BY_PAGE, "size", *BY_KEY)

Place = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """Rows of a page, and where in the list they are."""

    rows: Sequence[TextAnalysis]
    place: Place


def read_filter(query: QueryDict, *, reader: User) -> Filtered:
    """Understand the filter; days are UTC days and "me" is the token's owner.

    Raises InvalidFilterError, also for what only steers a display.
    """
    unknown = [name for name in query if name in filtering.DISPLAY_PARAMETERS]
    if unknown:
        raise InvalidFilterError([ValidationError(name, _("This is no filter.")) for name in unknown])
    return filtering.parse(query, zone=UTC, reader=reader)


def read_list(query: QueryDict, *, reader: User) -> Found:
    """Give a page of the list: by number, with the exact total, or by key from a cursor on.

    Raises InvalidFilterError and ValidationError naming the parameter.
    """
    place = _place(query)
    filtered, _count = counting.gathered(read_filter(_without_place(query), reader=reader))
    size = _number(place, "size", default=SIZE_DEFAULT, most=SIZE_MAX)
    if place.keys() & set(BY_KEY):
        if other := sorted(place.keys() & set(BY_PAGE)):
            raise ValidationError(
                other[0], _("Page by number (page, order_by) or by key (after, sort), not both.")
            )
        return _by_key(filtered, sort=place.get("sort", ""), after=place.get("after", ""), size=size)
    return _by_page(filtered, place, size)


def _without_place(query: QueryDict) -> QueryDict:
    given = QueryDict(mutable=True)
    for name, values in query.lists():
        if name not in PLACE:
            given.setlist(name, values)
    return given


def _place(query: QueryDict) -> dict[str, str]:
    place = {}
    for name in PLACE:
        values = [value for value in query.getlist(name) if value]
        if len(values) > 1:
            raise ValidationError(name, _("%(name)s must be given once.") % {"name": name})
        if values:
            place[name] = values[0]
    return place


def _number(place: Mapping[str, str], name: str, *, default: int, most: int) -> int:
    text = place.get(name, str(default))
    if not WHOLE_NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
        raise ValidationError(name, _("Give a whole number from 1 to %(most)s.") % {"most": f"{most:,}"})
    return int(text)


def _by_page(filtered: Filtered, place: Mapping[str, str], size: int) -> Found:
    """Read a page by its number; two queries, one more where values end and missing ones begin."""
    page = _number(place, "page", default=1, most=PAGE_MAX)
    if page * size > choices.LIST_MATCHES_MAX:
        reason = _(
            "Pages reach the first 10,000 matches; go on by key: after=… with the cursor of a page, or sort=…."
        )
        raise ValidationError("page", reason)
    descending = place.get("order_desc", TRUE)
    if descending not in (TRUE, FALSE):
        raise ValidationError("order_desc", _("Give true or false."))
    order_by = place.get("order_by", ORDER_DEFAULT)
    rows = queries.select_from(
        filtered.queryset,
        limit=size,
        offset=(page - 1) * size,
        order_by=order_by,
        order_desc=descending == TRUE,
    )
    total = counting.exact(filtered).rows
    has_next = page * size < total
    sort = ("-" if descending == TRUE else "") + order_by
    after = paging.cursor_after(rows[-1], sort) if rows and has_next else None
    return Found(
        rows, _as_place(total=total, page=page, size=size, has_next=has_next, has_prev=page > 1, after=after)
    )


def _by_key(filtered: Filtered, *, sort: str, after: str, size: int) -> Found:
    """Read a page from a cursor on; two queries, one more where values end and missing ones begin.

    The cursor knows the order that it was made with.
    """
    page = paging.page(filtered.queryset, sort=sort or paging.sort_of(after), after=after, size=size)
    rows = queries.by_ids([row["id"] for row in page.rows])
    place = _as_place(
        total=None,
        page=None,
        size=size,
        has_next=page.has_next,
        has_prev=page.has_previous,
        after=page.after or None,
    )
    return Found(rows, place)


def _as_place(**place: Any) -> Place:
    return place


# --- For the OpenAPI document -----------------------------------------------------------------------


def list_parameters() -> list[Place]:
    """Describe everything that a list takes."""
    sortable = list(paging.SORT_COLUMNS)
    return [
        _parameter(
            "page", {"type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": 1}, "By number."
        ),
        _parameter(
            "size", {"type": "integer", "minimum": 1, "maximum": SIZE_MAX, "default": SIZE_DEFAULT}, ""
        ),
        _parameter("order_by", {"type": "string", "enum": sortable, "default": ORDER_DEFAULT}, "With page."),
        _parameter("order_desc", {"type": "boolean", "default": True}, "With page."),
        _parameter(
            "after", {"type": "string"}, "By key: the cursor that a page gave; its filters must come along."
        ),
        _parameter(
            "sort", {"type": "string", "enum": list(paging.SORTS)}, "By key: begins the list in this order."
        ),
        *filter_parameters(),
    ]


def filter_parameters() -> list[Place]:
    """Describe the filters of Explore; beside them there is extra.<column> for each column of an imported file."""
    return [
        _parameter(name, _schema(one), f"{one.label}: {one.accepted}.")
        for name, one in TextAnalysisFilter.base_filters.items()
    ]


def _parameter(name: str, schema: Place, description: str) -> Place:
    found = {"in": "query", "name": name, "required": False, "schema": schema}
    return found | {"description": description} if description else found


def _schema(one: django_filters.Filter) -> Place:
    allowed = one.extra.get("choices")
    if allowed is not None:
        words = {"type": "string", "enum": [str(value) for value, _name in allowed]}
        is_repeatable = isinstance(one, django_filters.MultipleChoiceFilter)
        return {"type": "array", "items": words} if is_repeatable else words
    for field_class, describe in _SCHEMAS.items():
        if issubclass(one.field_class, field_class):
            return describe(one)
    return {"type": "string"}


_SCHEMAS: Mapping[type, Callable[[Any], Place]] = {
    filter_fields.WordListField: lambda one: {
        "type": "array",
        "items": {"type": "string", "maxLength": one.limit},
        "maxItems": filtering.VALUES_MAX,
    },
    filter_fields.IdField: lambda one: {"type": "integer", "minimum": 1, "maximum": filter_fields.ID_MAX},
    filter_fields.BoundField: lambda one: {
        "type": "number",
        "minimum": one.extra["scale"][0],
        "maximum": one.extra["scale"][1],
    },
    filter_fields.MomentField: lambda one: {
        "anyOf": [
            {"type": "string", "format": "date"},
            {"type": "string", "format": "date-time"},
            {"type": "string", "maxLength": 0},
        ]
    },
    filter_fields.TextHashField: lambda one: {
        "type": "string",
        "pattern": f"^{filter_fields.TEXT_HASH.pattern}$",
    },
    filter_fields.WordsField: lambda one: {"type": "string", "maxLength": one.limit},
}
