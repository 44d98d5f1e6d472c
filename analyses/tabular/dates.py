"""Moments in files: a closed list of formats, a zone, and clear refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from analyses.choices import DATE_BOUNDS

_HALF_DAY_HOURS = 12
_CLOCK = (
    r"(?:[ T,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?\s*(?P<half>[AaPp][Mm])?)?"
)


@dataclass(frozen=True)
class DateFormat:
    """A way to write a moment; `example` shows it to a person."""

    key: str
    example: str
    parse: Callable[[str], datetime]


def _by_parts(pattern: str) -> Callable[[str], datetime]:
    compiled = re.compile(pattern + _CLOCK + r"\s*\Z", re.ASCII)

    def parse(value: str) -> datetime:
        match = compiled.match(value)
        if match is None:
            raise ValueError(value)
        parts = match.groupdict()
        hour = int(parts["hour"] or 0)
        if parts["half"]:
            if not 1 <= hour <= _HALF_DAY_HOURS:
                raise ValueError(value)
            hour = hour % _HALF_DAY_HOURS + (_HALF_DAY_HOURS if parts["half"].lower() == "pm" else 0)
        day = (int(parts["year"]), int(parts["month"]), int(parts["day"]))
        return datetime(*day, hour, int(parts["minute"] or 0), int(parts["second"] or 0))  # noqa: DTZ001

    return parse


def _iso(value: str) -> datetime:
    if not value.isascii() or not value[:4].isdigit() or value[4:5] != "-":
        raise ValueError(value)
    return datetime.fromisoformat(value)


def _unix(value: str, divisor: int) -> datetime:
    if not re.fullmatch(r"-?\d{1,16}(\.\d{1,6})?", value, re.ASCII):
        raise ValueError(value)
    return datetime.fromtimestamp(float(value) / divisor, UTC)


DATE_FORMATS = (
    DateFormat("iso", "2015-02-24 11:35", _iso),
    DateFormat(
        "month/day/year", "2/24/2015 11:35", _by_parts(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})")
    ),
    DateFormat(
        "day/month/year", "24/2/2015 11:35", _by_parts(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})")
    ),
    DateFormat(
        "day.month.year",
        "24.2.2015 11:35",
        _by_parts(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})"),
    ),
    DateFormat(
        "year/month/day", "2015/2/24 11:35", _by_parts(r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})")
    ),
    DateFormat("unix seconds", "1424777700", lambda value: _unix(value, 1)),
    DateFormat("unix milliseconds", "1424777700000", lambda value: _unix(value, 1000)),
)
FORMAT_KEYS = tuple(known.key for known in DATE_FORMATS)
_BY_KEY = {known.key: known for known in DATE_FORMATS}
_UNIX_KEYS = ("unix seconds", "unix milliseconds")


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(_("“%(zone)s” is not a time zone.") % {"zone": name}) from None


@lru_cache(maxsize=4096)
def parse_moment(value: str, *, format: str, zone: str) -> datetime:  # noqa: A002 - the field's name
    """Give the aware UTC moment that a cell says; a value with an offset of its own keeps it.

    Raises ValueError with a sentence: not in the format, not in the calendar, skipped by the zone's summer time,
    outside 1970 to 2200. A time that a zone has twice is the first of the two.

    >>> parse_moment("2/24/2015 11:35", format="month/day/year", zone="America/New_York").isoformat()
    '2015-02-24T16:35:00+00:00'
    """
    known = _BY_KEY[format]
    try:
        local = known.parse(value)
    except (ValueError, OverflowError, OSError):
        shown = {"value": value[:40], "example": known.example}
        raise ValueError(_("“%(value)s” is not a date such as %(example)s.") % shown) from None
    aware = local if local.tzinfo else local.replace(tzinfo=_zone(zone))
    lower, upper = DATE_BOUNDS
    # Compared with a day to spare first: years 1 and 9999 cannot be converted at all.
    if not lower.year - 1 <= aware.year <= upper.year:
        raise ValueError(_("The date %(value)s does not lie between 1970 and 2200.") % {"value": value[:40]})
    moment = aware.astimezone(UTC)
    if not lower <= moment < upper:
        raise ValueError(_("The date %(value)s does not lie between 1970 and 2200.") % {"value": value[:40]})
    if local.tzinfo is None and moment.astimezone(_zone(zone)).replace(tzinfo=None) != local:
        shown = {"value": value[:40], "zone": zone}
        raise ValueError(_("“%(value)s” does not exist in %(zone)s: the clocks were put forward.") % shown)
    return moment


def guess_date_format(values: Sequence[str]) -> str | None:
    """Give the one format that reads every non-empty value, or None where none or several do."""
    written = [value.strip() for value in values if value.strip()]
    if not written:
        return None
    fitting = [known.key for known in DATE_FORMATS if all(_reads(known, value) for value in written)]
    if set(fitting) <= set(_UNIX_KEYS):
        fitting = [key for key in fitting if _is_recent(key, written)]
    return fitting[0] if len(fitting) == 1 else None


def _reads(known: DateFormat, value: str) -> bool:
    try:
        known.parse(value)
    except (ValueError, OverflowError, OSError):
        return False
    return True


def _is_recent(key: str, values: Sequence[str]) -> bool:
    """Tell seconds from milliseconds: only one of them lies between 1990 and tomorrow's century."""
    earliest = datetime(1990, 1, 1, tzinfo=UTC)
    latest = datetime.now(UTC) + timedelta(days=36_525)
    return all(earliest <= _BY_KEY[key].parse(value) <= latest for value in values)
