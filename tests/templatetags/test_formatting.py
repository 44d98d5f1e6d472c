"""Numbers, scores, times and texts as people read them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone

from analyses.templatetags import formatting

BERLIN = ZoneInfo("Europe/Berlin")
AFTERNOON = datetime(2026, 11, 22, 13, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1_204_311, "1,204,311"), (0, "0"), (-1500, "−1,500"), (2.6, "3"), ("10,000+", "10,000+"), (None, "–")],
)
def test_number_groups_digits_and_leaves_words_alone(value: object, shown: str) -> None:
    assert formatting.number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (999, "999"), (1000, "1k"), (1249, "1.2k"), (12_345, "12k"), (999_999, "999k"),
        (1_204_311, "1.2M"), (5_000_000_000, "5B"), (None, "–"),
    ],
)  # fmt: skip
def test_compact_keeps_three_digits_and_never_promises_more(value: int | None, shown: str) -> None:
    assert formatting.compact(value) == shown


@pytest.mark.parametrize(
    ("value", "shown", "tone"),
    [
        (0.14, "+0.14", "positive"), (-0.718, "−0.72", "negative"), (0.0, "0.00", "neutral"),
        (-0.0, "0.00", "neutral"), (-0.004, "0.00", "neutral"), (0.006, "+0.01", "positive"),
        (1.0, "+1.00", "positive"), (None, "–", "neutral"),
    ],
)  # fmt: skip
def test_score_and_tone_agree_about_the_sign(value: float | None, shown: str, tone: str) -> None:
    assert formatting.score(value) == shown
    assert formatting.tone(value) == tone


def test_decimals_show_no_sign() -> None:
    assert formatting.decimals(0.15626661103791162) == "0.16"
    assert formatting.decimals(None) == "–"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.0 ms"), (0.036, "0.04 ms"), (0.48, "0.5 ms"), (12.3, "12 ms"), (999.97, "1.0 s"), (1234, "1.2 s"),
        (59_999, "1.0 min"), (150_000, "2.5 min"), (7_200_000, "2.0 h"), (None, "–"),
    ],
)  # fmt: skip
def test_duration_takes_the_unit_that_fits(value: float | None, shown: str) -> None:
    assert formatting.duration_ms(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "under a minute left"), (29, "under a minute left"), (100, "2 min left"), (3570, "1 h left"),
        (7200, "2 h left"), (172_800, "2 days left"), (None, ""),
    ],
)  # fmt: skip
def test_left_says_how_long_it_will_still_take(seconds: float | None, shown: str) -> None:
    assert formatting.left(seconds) == shown


@time_machine.travel(AFTERNOON, tick=False)
def test_moment_is_in_the_readers_zone_and_exact_in_its_title() -> None:
    with timezone.override(BERLIN):
        shown = Template("{% load formatting %}{{ value|moment }}").render(Context({"value": AFTERNOON}))

    assert shown == (
        '<time datetime="2026-11-22T14:02:05+01:00" title="22 November 2026, 14:02:05 CET">'
        "22 Nov, 14:02</time>"
    )


def test_moment_names_another_year() -> None:
    with timezone.override(UTC):
        shown = formatting.moment_text(datetime(2025, 12, 31, 23, 59, tzinfo=UTC), now=AFTERNOON)

    assert shown == "31 Dec 2025, 23:59"


def test_the_year_is_compared_in_the_readers_zone() -> None:
    new_year_in_berlin = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)

    with timezone.override(BERLIN):
        assert formatting.moment_text(new_year_in_berlin, now=AFTERNOON) == "1 Jan, 00:30"


def test_no_moment_is_a_dash() -> None:
    assert formatting.moment(None) == "–"


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        ("short", 16, "short"),
        ("  two\r\n lines ", 16, "two lines"),
        ("late delivery of my bag", 16, "late delivery…"),
        ("x" * 20, 8, "xxxxxxx…"),
        ("a " + "x" * 20, 8, "a xxxxx…"),
        ("", 16, ""),
        (None, 16, ""),
    ],
)
def test_excerpt_ends_at_a_word_and_keeps_to_its_length(text: str | None, length: int, shown: str) -> None:
    assert formatting.excerpt(text, length) == shown
    assert len(formatting.excerpt(text, length)) <= length


def test_excerpt_does_not_hide_markup_from_the_escape() -> None:
    shown = Template("{% load formatting %}{{ text|excerpt }}").render(Context({"text": "<b>bold</b>"}))

    assert shown == "&lt;b&gt;bold&lt;/b&gt;"


@pytest.mark.parametrize(
    ("status", "tone"),
    [
        ("completed", "done"), ("cached", "done"), ("processing", "run"), ("error", "fail"),
        ("failed", "fail"), ("reading", "run"), ("pending", ""), ("never heard of", ""),
    ],
)  # fmt: skip
def test_a_status_has_a_tone(status: str, tone: str) -> None:
    assert formatting.status_tone(status) == tone
