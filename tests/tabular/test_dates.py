"""Moments in files: closed formats, zones and their gaps."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.choices import DATE_BOUNDS
from analyses.tabular.dates import DATE_FORMATS, FORMAT_KEYS, DateFormat, guess_date_format, parse_moment

EXAMPLES = {known.key: known.example for known in DATE_FORMATS}


@pytest.mark.parametrize(
    ("value", "key", "zone", "moment"),
    [
        ("2/24/2015 11:35", "month/day/year", "America/New_York", "2015-02-24T16:35:00+00:00"),
        ("2/24/2015", "month/day/year", "UTC", "2015-02-24T00:00:00+00:00"),
        ("02/24/2015 12:05 AM", "month/day/year", "UTC", "2015-02-24T00:05:00+00:00"),
        ("24/2/2015 11:35:07", "day/month/year", "UTC", "2015-02-24T11:35:07+00:00"),
        ("24.2.2015 11:35", "day.month.year", "Europe/Berlin", "2015-02-24T10:35:00+00:00"),
        ("2015/02/24 11:35", "year/month/day", "UTC", "2015-02-24T11:35:00+00:00"),
        ("2015-02-24", "iso", "Europe/Berlin", "2015-02-23T23:00:00+00:00"),
        ("2015-02-24T11:35:00Z", "iso", "Europe/Berlin", "2015-02-24T11:35:00+00:00"),
        ("2015-02-24 11:35:52 -0800", "iso", "UTC", "2015-02-24T19:35:52+00:00"),
        ("1424777700", "unix seconds", "Europe/Berlin", "2015-02-24T11:35:00+00:00"),
        ("1424777700250", "unix milliseconds", "UTC", "2015-02-24T11:35:00.250000+00:00"),
    ],
)
def test_a_written_moment_is_read(value: str, key: str, zone: str, moment: str) -> None:
    assert parse_moment(value, format=key, zone=zone).isoformat() == moment


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("24/2/2015 11:35", "month/day/year"),
        ("2/30/2015", "month/day/year"),
        ("2/24/2015 13:00 PM", "month/day/year"),
        ("2/24/2015 11:35 or so", "month/day/year"),
        ("2/24/15", "month/day/year"),
        ("٢٤.٢.٢٠١٥", "day.month.year"),
        ("yesterday", "iso"),
        ("nan", "unix seconds"),
        ("", "iso"),
    ],
)
def test_what_is_not_in_the_format_is_refused_in_words(value: str, key: str) -> None:
    with pytest.raises(ValueError, match="is not a date such as"):
        parse_moment(value, format=key, zone="UTC")


@pytest.mark.parametrize(
    ("value", "key", "zone"),
    [
        ("9999-12-31 23:59", "iso", "America/New_York"),
        ("0001-01-01", "iso", "Asia/Tokyo"),
        ("1969-12-31 23:59", "iso", "UTC"),
        ("99999999999999", "unix milliseconds", "UTC"),
    ],
)
def test_years_that_break_a_list_are_refused(value: str, key: str, zone: str) -> None:
    with pytest.raises(ValueError, match="does not lie between 1970 and 2200"):
        parse_moment(value, format=key, zone=zone)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "Europe", "\x00"])
def test_an_unknown_zone_is_refused_in_words(zone: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone"):
        parse_moment("2015-02-24 11:35", format="iso", zone=zone)


def test_a_time_that_the_clocks_skipped_is_refused() -> None:
    with pytest.raises(ValueError, match="clocks were put forward"):
        parse_moment("2015-03-29 02:30", format="iso", zone="Europe/Berlin")


def test_a_time_that_happened_twice_is_the_first() -> None:
    moment = parse_moment("2015-10-25 02:30", format="iso", zone="Europe/Berlin")

    assert moment == datetime(2015, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        (["01/02/2015", "03/04/2015"], None),
        (["01/02/2015", "", "13/04/2015"], "day/month/year"),
        (["2/24/2015 11:35"], "month/day/year"),
        (["2015-02-24 11:35:52 -0800"], "iso"),
        (["24.2.2015"], "day.month.year"),
        (["1424777700"], "unix seconds"),
        (["1424777700000"], "unix milliseconds"),
        (["yesterday"], None),
        ([], None),
        (["", " "], None),
    ],
)
def test_a_format_is_guessed_only_where_one_fits(values: list[str], key: str | None) -> None:
    assert guess_date_format(values) == key


@pytest.mark.parametrize("known", DATE_FORMATS, ids=FORMAT_KEYS)
def test_every_example_is_in_its_format(known: DateFormat) -> None:
    assert parse_moment(known.example, format=known.key, zone="UTC").year == 2015


@given(
    st.one_of(st.text(max_size=30), st.from_regex(r"[0-9/.: T+Z-]{1,30}", fullmatch=True)),
    st.sampled_from(FORMAT_KEYS),
    st.sampled_from(["UTC", "America/New_York", "Pacific/Apia"]),
)
def test_any_value_is_a_moment_within_bounds_or_a_sentence(value: str, key: str, zone: str) -> None:
    lower, upper = DATE_BOUNDS
    refusal = ""
    moment = lower
    try:
        moment = parse_moment(value, format=key, zone=zone)
    except ValueError as error:
        refusal = str(error)

    assert refusal == "" or refusal.endswith(("date such as " + EXAMPLES[key] + ".", "2200.", "forward."))
    assert lower <= moment < upper
    assert moment.tzinfo is UTC
