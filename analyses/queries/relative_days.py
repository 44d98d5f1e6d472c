"""Days told from today in the reader's zone: `-7d` for the last 7 days, and names for periods.

`-7d` is the midnight at which the last 7 days begin, of which today is the last: from it on there are the last 7 days,
and up to it what was before them. A period (`today`, `last-month`) has a first and a last day, which belong to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

LAST_DAYS = re.compile(r"-([1-9]\d{0,3})d", re.ASCII)
PERIODS = {
    "today": gettext_lazy("today"),
    "yesterday": gettext_lazy("yesterday"),
    "this-week": gettext_lazy("this week"),
    "last-week": gettext_lazy("last week"),
    "this-month": gettext_lazy("this month"),
    "last-month": gettext_lazy("last month"),
    "this-year": gettext_lazy("this year"),
}
OFFERED = ("today", "yesterday", "-7d", "-30d", "-90d", *list(PERIODS)[2:])
DAY, WEEK = timedelta(days=1), timedelta(days=7)
# Longer than any month, and shorter than two.
BEYOND_A_MONTH = timedelta(days=32)


def is_relative(text: str) -> bool:
    """Tell whether a text is told from today."""
    return text in PERIODS or LAST_DAYS.fullmatch(text) is not None


def span(text: str, today: date) -> tuple[date, date]:
    """Give the first day and the day after the last; both are the same where the text is a midnight."""
    if text in PERIODS:
        return _SPANS[text](today)
    start = today - DAY * (last_days(text) - 1)
    return start, start


def last_days(text: str) -> int:
    """Give how many days `-7d` tells of, 0 where it is a period."""
    found = LAST_DAYS.fullmatch(text)
    return int(found[1]) if found else 0


def words(text: str, *, is_end: bool = False) -> str:
    """Say one in words: as the start of a range, or as its end."""
    count = last_days(text)
    if not count:
        return str(PERIODS[text])
    if is_end:
        return ngettext("before today", "before the last %(count)s days", count) % {"count": count}
    return _("today") if count == 1 else _("last %(count)s days") % {"count": count}


def _this_month(today: date) -> tuple[date, date]:
    first = today.replace(day=1)
    return first, (first + BEYOND_A_MONTH).replace(day=1)


def _last_month(today: date) -> tuple[date, date]:
    after = today.replace(day=1)
    return (after - DAY).replace(day=1), after


def _this_week(today: date) -> tuple[date, date]:
    monday = today - DAY * today.weekday()
    return monday, monday + WEEK


def _last_week(today: date) -> tuple[date, date]:
    monday = _this_week(today)[0]
    return monday - WEEK, monday


_SPANS: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda today: (today, today + DAY),
    "yesterday": lambda today: (today - DAY, today),
    "this-week": _this_week,
    "last-week": _last_week,
    "this-month": _this_month,
    "last-month": _last_month,
    "this-year": lambda today: (today.replace(month=1, day=1), date(today.year + 1, 1, 1)),
}
