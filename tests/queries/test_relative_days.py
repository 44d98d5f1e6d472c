"""Days told from today: which moments they are, in which words they are said, and what stays of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from time_machine import travel

from analyses.exceptions import InvalidFilterError
from analyses.queries import filtering, query_bar, relative_days
from tests.factories import make_analysis

BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")
# A Wednesday.
TODAY = date(2026, 3, 4)


def bounds(query: str, zone: Any = UTC) -> tuple[str, str]:
    """Give both ends of the dates as UTC; nothing for an end that is open."""
    values = filtering.parse(QueryDict(query), zone=zone).values
    ends = (values["date_from"], values["date_to"])
    return tuple(f"{end.astimezone(UTC):%m-%dT%H:%M}" if end else "" for end in ends)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("today", date(2026, 3, 4), date(2026, 3, 5)),
        ("yesterday", date(2026, 3, 3), date(2026, 3, 4)),
        ("-1d", date(2026, 3, 4), date(2026, 3, 4)),
        ("-7d", date(2026, 2, 26), date(2026, 2, 26)),
        ("this-week", date(2026, 3, 2), date(2026, 3, 9)),
        ("last-week", date(2026, 2, 23), date(2026, 3, 2)),
        ("this-month", date(2026, 3, 1), date(2026, 4, 1)),
        ("last-month", date(2026, 2, 1), date(2026, 3, 1)),
        ("this-year", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_text_is_a_first_day_and_the_day_after_the_last(text: str, first: date, after: date) -> None:
    assert relative_days.span(text, TODAY) == (first, after)


def test_months_end_where_the_calendar_ends_them() -> None:
    assert relative_days.span("this-month", date(2026, 12, 31)) == (date(2026, 12, 1), date(2027, 1, 1))
    assert relative_days.span("last-month", date(2026, 1, 31)) == (date(2025, 12, 1), date(2026, 1, 1))
    assert relative_days.span("this-month", date(2028, 2, 29)) == (date(2028, 2, 1), date(2028, 3, 1))


@travel("2026-03-04T22:30:00Z", tick=False)
def test_today_is_the_day_of_the_readers_zone() -> None:
    day = "date_from=today&date_to=today"

    assert bounds(day) == ("03-04T00:00", "03-05T00:00")
    assert bounds(day, BERLIN) == ("03-03T23:00", "03-04T23:00")
    assert bounds(day, AUCKLAND) == ("03-04T11:00", "03-05T11:00")


@travel("2026-10-25T12:00:00Z", tick=False)
def test_days_of_25_and_23_hours_are_whole() -> None:
    assert bounds("date_from=today&date_to=today", BERLIN) == ("10-24T22:00", "10-25T23:00")
    with travel("2026-03-30T06:00:00Z", tick=False):
        assert bounds("date_from=-2d&date_to=yesterday", BERLIN) == ("03-28T23:00", "03-29T22:00")


@pytest.mark.django_db
@travel("2026-03-04T12:00:00Z", tick=False)
def test_the_last_days_and_those_before_them_share_no_row() -> None:
    days = {
        day: make_analysis(occurred_at=datetime(2026, month, day, tzinfo=UTC)).pk
        for month, day in ((2, 18), (2, 19), (2, 25), (2, 26), (3, 4))
    }

    def found(query: str) -> set[int]:
        return set(filtering.parse(QueryDict(query), zone=UTC).queryset.values_list("pk", flat=True))

    assert found("date_from=-7d") == {days[26], days[4]}
    assert found("date_from=-14d&date_to=-7d") == {days[19], days[25]}


@pytest.mark.parametrize(
    ("query", "label", "text"),
    [
        ("date_from=-7d", "Date", "last 7 days"),
        ("date_from=-1d", "Date", "today"),
        ("date_to=-7d", "Date", "before the last 7 days"),
        ("date_to=-1d", "Date", "before today"),
        ("date_from=this-month&date_to=this-month", "Date", "this month"),
        ("date_from=this-month", "From", "this month"),
        ("date_to=yesterday", "To", "yesterday"),
    ],
)
def test_a_chip_says_it_in_words(query: str, label: str, text: str) -> None:
    chips = filtering.parse(QueryDict(f"status=error&{query}"), zone=UTC).conditions

    assert [(chip.label, chip.text, chip.remove_query) for chip in chips[1:]] == [
        (label, text, "status=error")
    ]


@travel("2026-03-04T12:00:00Z", tick=False)
def test_what_is_read_later_keeps_the_moments_of_now() -> None:
    filtered = filtering.parse(QueryDict("date_from=-7d&date_to=today&status=error"), zone=BERLIN)

    assert filtered.query == "date_from=-7d&date_to=today&status=error"
    fixed = filtering.parse(QueryDict(filtered.fixed_query), zone=AUCKLAND)
    assert "-7d" not in filtered.fixed_query
    assert (fixed.values["date_from"], fixed.values["date_to"]) == (
        datetime(2026, 2, 25, 23, tzinfo=UTC),
        datetime(2026, 3, 4, 23, tzinfo=UTC),
    )
    plain = filtering.parse(QueryDict("date_from=2026-03-04"), zone=BERLIN)
    assert plain.fixed_query == "date_from=2026-03-04"


@pytest.mark.parametrize(
    "text", ["-0d", "-7", "7d", "-00007d", "-٧d", "--7d", "-7D", "tomorrow", "next-week"]
)
def test_anything_else_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(InvalidFilterError, match="or one of -7d"):
        filtering.parse(QueryDict(f"date_from={text}"), zone=UTC)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidFilterError, match="date_to must not be below date_from"):
        filtering.parse(QueryDict("date_from=-7d&date_to=-8d"), zone=UTC)


@pytest.mark.parametrize(
    ("line", "parameters"),
    [
        ("date:-7d", [("date_from", "-7d")]),
        ("date:-14d..-7d", [("date_from", "-14d"), ("date_to", "-7d")]),
        ("date:this-month", [("date_from", "this-month"), ("date_to", "this-month")]),
        ("date:>=this-month", [("date_from", "this-month")]),
        ("date:<=-7d", [("date_to", "-7d")]),
    ],
)
def test_the_query_bar_reads_and_writes_them(line: str, parameters: list[tuple[str, str]]) -> None:
    assert query_bar.parse(line) == parameters
    assert query_bar.write(parameters) == line
