"""Addresses of lists of rows, so that every number shown can lead to exactly the rows it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from analyses import choices

DONE = tuple(status.value for status in choices.DONE_STATUSES)
WAITING = tuple(status.value for status in choices.WAITING_STATUSES)
FAILED = choices.AnalysisStatus.ERROR.value

# The parameter of a record's page that names the list it was opened from.
WITHIN = "list"

Parameter = str | int | float | tuple[str, ...] | None


def rows(**parameters: Parameter) -> str:
    """Give the address of the Explore page under a filter; None leaves a parameter out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{reverse('admin:explore')}?{urlencode(given, doseq=True)}"


def record(pk: int, *, within: str = "") -> str:
    """Give the address of an analysis; with a list (see `as_list`) its page leads on to the list's other rows."""
    address = reverse("admin:analyses_textanalysis_change", args=[pk])
    return f"{address}?{urlencode({WITHIN: within})}" if within else address


def run_again(query: str) -> str:
    """Give the address of the page that runs the rows of a filter again."""
    return explore(query, name="admin:run_again")


def records(*, within: str) -> Callable[[int], str]:
    """Give what makes the addresses of many records of one list: as `record`, the address looked up once."""
    before, after = record(0, within=within).split("/0/", 1)
    return lambda pk: f"{before}/{pk}/{after}"


def comparison(first: str, second: str | None = None, *, name: str = "admin:compare", **display: str) -> str:
    """Give the address that compares the rows of two filters' query strings, or asks for the second."""
    given = {"a": first, **({} if second is None else {"b": second}), **display}
    return (
        f"{reverse(name)}?{urlencode({key: value for key, value in given.items() if value or key in 'ab'})}"
    )


def as_list(query: str, sort: str) -> str:
    """Write a filter's query string and an order as the list that `record` takes."""
    return "&".join(part for part in (query, urlencode({"sort": sort})) if part)


def days(first_day: date, last_day: date) -> dict[str, Parameter]:
    """Give the filter of whole UTC days, from the first one's start up to the last one's end."""
    start = datetime.combine(first_day, time.min, tzinfo=UTC)
    end = datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=UTC)
    return {"date_from": f"{start:%Y-%m-%dT%H:%M:%SZ}", "date_to": f"{end:%Y-%m-%dT%H:%M:%SZ}"}


def explore(query: str, display: Mapping[str, str] | None = None, *, name: str = "admin:explore") -> str:
    """Give the address of a filter's query string on Explore, or on a page beside it, with what steers the display."""
    steering = urlencode({key: value for key, value in (display or {}).items() if value})
    parts = "&".join(part for part in (query, steering) if part)
    return f"{reverse(name)}?{parts}" if parts else reverse(name)
