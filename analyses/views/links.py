"""Addresses of lists of rows, so that every number shown can lead to exactly the rows it counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from analyses import choices

DONE = tuple(status.value for status in choices.DONE_STATUSES)
WAITING = tuple(status.value for status in choices.WAITING_STATUSES)
FAILED = choices.AnalysisStatus.ERROR.value

Parameter = str | int | float | tuple[str, ...] | None


def rows(**parameters: Parameter) -> str:
    """Give the address of the Explore page under a filter; None leaves a parameter out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{reverse('admin:explore')}?{urlencode(given, doseq=True)}"


def days(first_day: date, last_day: date) -> dict[str, Parameter]:
    """Give the filter of whole UTC days, from the first one's start up to the last one's end."""
    start = datetime.combine(first_day, time.min, tzinfo=UTC)
    end = datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=UTC)
    return {"date_from": f"{start:%Y-%m-%dT%H:%M:%SZ}", "date_to": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
