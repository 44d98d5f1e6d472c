"""A filter in words: one chip a condition, with the query string that is left without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext as _

from analyses.queries import relative_days
from analyses.queries.filters import DATES, EXTRA_PREFIX, SCALES, range_name

Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Condition:
    """A chip: what is asked, in words, and the query string without it."""

    label: str
    text: str
    remove_query: str


@dataclass(frozen=True)
class Words:
    """What names the conditions: the filters by parameter, and the records that the filter names by number."""

    filters: Mapping[str, django_filters.Filter]
    record_names: Mapping[str, str]


def conditions(parameters: Parameters, values: Mapping[str, Any], words: Words) -> Iterator[Condition]:
    """Give the chips, one a value, the two ends of a range in one; `values` are the parameters' as understood."""
    seen: set[str] = set()
    for name, value in parameters:
        kind = range_name(name)
        if name in DATES and relative_days.is_relative(value):
            if value not in seen:
                seen.add(value)
                yield _relative_condition(parameters, name, value)
        elif kind not in SCALES:
            rest = [pair for pair in parameters if pair != (name, value)]
            yield Condition(_label(name, words), _text(name, value, words), encoded(rest))
        elif kind not in seen:
            seen.add(kind)
            yield _range_condition(parameters, values, kind, words)


def encoded(parameters: Parameters) -> str:
    """Write parameters as a query string."""
    query = QueryDict(mutable=True)
    for name, value in parameters:
        query.appendlist(name, value)
    return query.urlencode()


def _relative_condition(parameters: Parameters, name: str, value: str) -> Condition:
    """Say a day told from today; a period that is both ends in one."""
    ends = [pair for pair in parameters if pair[0] in DATES and pair[1] == value]
    if relative_days.last_days(value) or len(ends) == len(DATES):
        label = _("Date")
    else:
        label = _("From") if name == "date_from" else _("To")
    rest = encoded([pair for pair in parameters if pair not in ends])
    return Condition(label, relative_days.words(value, is_end=name == "date_to"), rest)


def _range_condition(parameters: Parameters, values: Mapping[str, Any], name: str, words: Words) -> Condition:
    ends = (f"{name}_min", f"{name}_max")
    return Condition(
        label=_label(ends[0], words),
        text=_range_text(values.get(ends[0]), values.get(ends[1]), end=SCALES[name][1]),
        remove_query=encoded([pair for pair in parameters if pair[0] not in ends]),
    )


def _range_text(lower: float | None, upper: float | None, *, end: float) -> str:
    words = {"lower": _number(lower), "upper": _number(upper)}
    if upper is None:
        return _("from %(lower)s") % words
    if upper == end:
        return _("up to %(upper)s") % words if lower is None else _("%(lower)s to %(upper)s") % words
    return _("below %(upper)s") % words if lower is None else _("%(lower)s to below %(upper)s") % words


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}".replace("-", "−")


def _label(name: str, words: Words) -> str:
    if name.startswith(EXTRA_PREFIX):
        return name.removeprefix(EXTRA_PREFIX)
    return str(words.filters[name].label)


def _text(name: str, value: str, words: Words) -> str:
    if name in words.record_names:
        return words.record_names[name]
    named = getattr(words.filters.get(name), "extra", {}).get("choices", ())
    return str(dict(named).get(value, value))
