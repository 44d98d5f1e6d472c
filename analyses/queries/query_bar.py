"""The query bar: one line of text for a filter, and the filter written as such a line.

`sentiment:<-0.5 emotion.anger:>0.6 lang:de batch:"May reviews" "late delivery" -refund`

Conditions are `field:value`; a value with spaces stands in quotes, in which `""` is a quote. Ranges are `<x`, `<=x`,
`>x`, `>=x`, `x..y` (x included; y, too, where it is a day). Whatever is no condition is searched for in the text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from analyses.exceptions import InvalidFilterError, ValidationError
from analyses.models import BatchAnalysis, Import
from analyses.queries import own_columns, relative_days
from analyses.queries.filters import EXTRA_PREFIX, SCALES, range_name

PARAMETER = "bar"
LENGTH_MAX = 2_000
SHOWN_MAX = 40
DATE = "date"

# How a person writes what the filter calls otherwise.
SHORT_NAMES = {
    "type": "analysis_type",
    "tier": "optimization_tier",
    "lang": "language",
    "model": "model_used",
    "id": "external_id",
    "kind": "entity_kind",
    "time": "processing_time",
}
LONG_NAMES = {name: short for short, name in SHORT_NAMES.items()}
WORDS = (
    "analysis_type",
    "status",
    "optimization_tier",
    "language",
    "model_used",
    "batch",
    "import",
    "external_id",
    "error",
    "emotion",
    "keyword",
    "entity",
    "entity_kind",
    "topic",
    "first_topic",
    "has_topic",
    "corrected",
    "corrected_by",
    "started_by",
)
RECORDS = {"batch": (BatchAnalysis, "batch_name"), "import": (Import, "name")}

_QUOTED = r'"(?:[^"]|"")*"'
_TOKEN = re.compile(
    rf"""(?P<sign>-?)(?P<name>[A-Za-z_][\w.]*(?:\.{_QUOTED})?):(?P<value>{_QUOTED}|[^\s"]*)(?=\s|$)"""
    rf"""|(?P<phrase>-?{_QUOTED})|(?P<word>\S+)""",
)
_RANGE = re.compile(r"(?P<sign><=|>=|<|>)(?P<bound>.+)|(?P<lower>.*?)\.\.(?P<upper>.*)")

Pair = tuple[str, str]


def parse(text: str) -> list[Pair]:
    """Give the parameters that a line means, or raise InvalidFilterError with a sentence for each mistake.

    At most one query for each record that is named, and one for columns of files. Values are not checked here:
    `filtering.parse` does.
    """
    if len(text) > LENGTH_MAX:
        reason = _("The query must not be longer than %(most)s characters.")
        raise InvalidFilterError([ValidationError(PARAMETER, reason % {"most": LENGTH_MAX})])
    words: list[str] = []
    found: list[Pair] = []
    errors: list[ValidationError] = []
    for token in _TOKEN.finditer(text):
        if token["name"] is None:
            words.append(token[0])
            continue
        try:
            found += _condition(token)
        except ValidationError as error:
            errors.append(error)
    if errors:
        raise InvalidFilterError(errors)
    return [*found, ("q", " ".join(words))] if words else found


def _condition(token: re.Match[str]) -> list[Pair]:
    name, value = token["name"], _unquoted(token["value"])
    if token["sign"]:
        raise ValidationError(PARAMETER, _("“%(token)s”: a minus leaves out words only.") % _shown(token[0]))
    if not value:
        raise ValidationError(
            PARAMETER, _("“%(token)s” asks for nothing: a value is missing.") % _shown(token[0])
        )
    field = SHORT_NAMES.get(name, name)
    if field == DATE:
        return _days(value)
    if field in SCALES:
        return _range(field, value, token[0])
    if field in RECORDS:
        return [(field, _record_number(field, value))]
    if field in WORDS:
        return [(field, value)]
    return [(EXTRA_PREFIX + _own_column(name, token[0]), value)]


def _range(field: str, value: str, token: str) -> list[Pair]:
    """Read a range of scores; the filter's minimum belongs to the range and its maximum does not."""
    match = _RANGE.fullmatch(value)
    if match is None:
        words = {"token": _cut(token), "name": field}
        reason = _("“%(token)s” is no range. Write %(name)s:<0.5, %(name)s:>=0.5 or %(name)s:0.2..0.5.")
        raise ValidationError(PARAMETER, reason % words)
    if match["sign"] is None:
        ends = (("min", match["lower"]), ("max", match["upper"]))
        return [(f"{field}_{end}", bound) for end, bound in ends if bound]
    end = "max" if match["sign"].startswith("<") else "min"
    is_next = match["sign"] in ("<=", ">")
    return [(f"{field}_{end}", _next(match["bound"]) if is_next else match["bound"])]


def _next(bound: str) -> str:
    """Give the first number above one, so that a range without its minimum, or with its maximum, is exact."""
    try:
        number = float(bound)
    except ValueError:
        return bound
    return repr(math.nextafter(number, math.inf))


def _days(value: str) -> list[Pair]:
    """Read days, of which both ends belong to the range; moments and relative days are passed on as they are."""
    match = _RANGE.fullmatch(value)
    if match is None:
        start = ("date_from", value)
        return [start] if relative_days.last_days(value) else [start, ("date_to", value)]
    if match["sign"] is None:
        ends = (("date_from", match["lower"]), ("date_to", match["upper"]))
        return [(name, bound) for name, bound in ends if bound]
    bound, day = match["bound"], _day(match["bound"])
    if match["sign"] in (">", ">="):
        is_after = match["sign"] == ">" and day is not None
        return [("date_from", str(day + timedelta(days=1)) if is_after and day else bound)]
    is_before = match["sign"] == "<" and day is not None
    return [("date_to", str(day - timedelta(days=1)) if is_before and day else bound)]


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _record_number(field: str, value: str) -> str:
    """Give the number of a record that is named by it or by its name."""
    if value.isascii() and value.isdecimal():
        return value
    model, column = RECORDS[field]
    numbers = list(model.objects.filter(**{column: value}).order_by("-pk").values_list("pk", flat=True)[:3])  # type: ignore[attr-defined]
    if len(numbers) == 1:
        return str(numbers[0])
    words = {"field": field, "name": _cut(value), "numbers": ", ".join(f"{field}:{one}" for one in numbers)}
    if numbers:
        raise ValidationError(PARAMETER, _("Several are called “%(name)s”: write %(numbers)s.") % words)
    raise ValidationError(PARAMETER, _("There is no %(field)s called “%(name)s”.") % words)


def _own_column(name: str, token: str) -> str:
    """Give the column of a file that a field names, with or without `extra.` before it."""
    column = _unquoted(name.removeprefix(EXTRA_PREFIX))
    if name.startswith(EXTRA_PREFIX):
        return column
    if column in own_columns.of_imports(Import.objects.order_by("-id")):
        return column
    reason = _("“%(token)s”: there is no field “%(name)s”. To search for it as words, put it in quotes.")
    raise ValidationError(PARAMETER, reason % {"token": _cut(token), "name": _cut(name)})


def _unquoted(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1].replace('""', '"') if is_quoted else text


def _shown(token: str) -> dict[str, str]:
    return {"token": _cut(token)}


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"


def write(parameters: Sequence[Pair], *, batch_name: str = "", import_name: str = "") -> str:
    """Write parameters as a line that `parse` reads as the same; names are given where they tell the record apart."""
    names = {"batch": batch_name, "import": import_name}
    seen: set[str] = set()
    parts: list[str] = []
    words = ""
    for name, value in parameters:
        field = DATE if name in ("date_from", "date_to") else range_name(name)
        if name == "q":
            words = value
        elif field == DATE or field in SCALES:
            if field not in seen:
                seen.add(field)
                ends = dict(parameters)
                parts += _dates(ends) if field == DATE else _bounds(field, ends)
        else:
            parts.append(f"{_field(name)}:{quoted(names.get(name) or value)}")
    return " ".join([*parts, words] if words else parts)


def _bounds(field: str, ends: dict[str, str]) -> Iterator[str]:
    lower, upper = ends.get(f"{field}_min"), ends.get(f"{field}_max")
    name = LONG_NAMES.get(field, field)
    if lower is not None and upper is not None and _short(lower) == lower and _short(upper) == upper:
        yield f"{name}:{lower}..{upper}"
        return
    if lower is not None:
        yield f"{name}:>={lower}" if _short(lower) == lower else f"{name}:>{_short(lower)}"
    if upper is not None:
        yield f"{name}:<{upper}" if _short(upper) == upper else f"{name}:<={_short(upper)}"


def _short(bound: str) -> str:
    """Give the number that somebody wrote behind `>` or `<=`; any other bound as it is."""
    try:
        before = repr(math.nextafter(float(bound), -math.inf))
    except ValueError:
        return bound
    return before if len(before) < len(bound) and len(bound) > len("-0.123456789012") else bound


def _dates(ends: dict[str, str]) -> Iterator[str]:
    first, last = ends.get("date_from"), ends.get("date_to")
    if first is not None and last is not None:
        is_one = first == last and (_day(first) or first in relative_days.PERIODS)
        yield f"date:{quoted(first)}" if is_one else f"date:{first}..{last}"
    elif first is not None:
        yield f"date:{first}" if relative_days.last_days(first) else f"date:>={first}"
    else:
        yield f"date:<={last}"


def field_of_column(column: str) -> str:
    """Name a column of a file as a field."""
    return EXTRA_PREFIX + (column if re.fullmatch(r"[\w.]+", column) else quoted(column, always=True))


def _field(name: str) -> str:
    if name.startswith(EXTRA_PREFIX):
        return field_of_column(name.removeprefix(EXTRA_PREFIX))
    return LONG_NAMES.get(name, name)


def quoted(value: str, *, always: bool = False) -> str:
    """Put a value in quotes where it needs them."""
    if not always and re.fullmatch(r'[^\s"]+', value):
        return value
    escaped = value.replace('"', '""')
    return f'"{escaped}"'
