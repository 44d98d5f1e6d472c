"""Bar charts: what is drawn where, and what happens at the edges."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.charts.bars import (
    Bin,
    DayCount,
    Tick,
    days_label,
    histogram,
    range_label,
    sentiment_tone,
    timeline,
)


def test_the_highest_bin_reaches_the_top_margin_and_the_others_keep_their_proportion() -> None:
    chart = histogram([Bin(-1, 0, 50), Bin(0, 1, 100)], width=200, height=120)

    low, high = chart.bars

    assert (high.y, high.height) == (6.0, 94.0)
    assert (low.y, low.height) == (53.0, 47.0)
    assert chart.baseline_y == 100


def test_bars_stand_side_by_side_with_a_gap_of_two_units() -> None:
    first, second = histogram([Bin(0, 1, 1), Bin(1, 2, 1)], width=200).bars

    assert (first.x, first.width) == (1.0, 98.0)
    assert second.x - (first.x + first.width) == 2.0


def test_the_slot_of_a_bar_is_as_wide_as_its_share_of_the_chart() -> None:
    first, second = histogram([Bin(0, 1, 0), Bin(1, 2, 7)], width=200).bars

    assert (first.slot_x, first.slot_width, second.slot_x) == (0.0, 100.0, 100.0)


def test_one_row_among_a_million_is_still_drawn() -> None:
    one, _million = histogram([Bin(0, 1, 1), Bin(1, 2, 1_000_000)]).bars

    assert one.height == 1.0


def test_a_bin_without_rows_has_no_height_but_keeps_its_link() -> None:
    empty, _full = histogram([Bin(0, 1, 0, "/?score_min=0"), Bin(1, 2, 3)]).bars

    assert (empty.height, empty.url) == (0.0, "/?score_min=0")


def test_nothing_but_zeros_draws_no_bar_and_says_so() -> None:
    chart = histogram([Bin(0, 1, 0), Bin(1, 2, 0)])

    assert [bar.height for bar in chart.bars] == [0.0, 0.0]
    assert chart.is_empty


def test_no_bins_give_a_chart_without_bars_and_ticks() -> None:
    chart = histogram([])

    assert (chart.bars, chart.ticks, chart.total, chart.maximum) == ((), (), 0, 0)
    assert chart.is_empty


def test_total_and_maximum_count_rows() -> None:
    chart = histogram([Bin(0, 1, 4), Bin(1, 2, 9)])

    assert (chart.total, chart.maximum) == (13, 9)


def test_zero_is_marked_where_it_lies() -> None:
    chart = histogram([Bin(-1, 0, 1), Bin(0, 3, 1)], width=400)

    assert chart.ticks == (Tick(0.0, "−1", "start"), Tick(100.0, "0", "middle"), Tick(400.0, "3", "end"))


def test_a_range_that_starts_at_zero_marks_it_once() -> None:
    assert [tick.text for tick in histogram([Bin(0, 100, 1)]).ticks] == ["0", "100"]


def test_tone_and_url_reach_the_bar() -> None:
    bar = histogram([Bin(-1, 0, 1, "/explore/?score_max=0", "negative")]).bars[0]

    assert (bar.tone, bar.url, bar.count, bar.label) == ("negative", "/explore/?score_max=0", 1, "−1 to 0")


@pytest.mark.parametrize(
    ("lower", "upper", "tone"),
    [(-1, -0.9, "negative"), (-0.1, 0.0, "negative"), (-0.05, 0.05, "neutral"), (0.0, 0.1, "positive")],
)
def test_a_bin_has_the_tone_of_its_side_of_zero(lower: float, upper: float, tone: str) -> None:
    assert sentiment_tone(lower, upper) == tone


def test_ranges_hide_the_dust_of_floating_point() -> None:
    assert range_label(0.1 + 0.2, 0.4) == "0.3 to 0.4"
    assert range_label(-0.1 - 0.2, -0.0) == "−0.3 to 0"


def test_a_timeline_names_its_first_middle_and_last_day() -> None:
    days = [DayCount(date(2026, 10, 9) + timedelta(days=n), n) for n in range(45)]

    chart = timeline(days, width=450)

    assert [(tick.text, tick.anchor) for tick in chart.ticks] == [
        ("9 Oct", "start"), ("31 Oct", "middle"), ("22 Nov", "end"),
    ]  # fmt: skip
    assert chart.ticks[1].x == 225.0


def test_a_single_day_is_named_in_the_middle() -> None:
    chart = timeline([DayCount(date(2026, 11, 22), 4)], width=300)

    assert chart.ticks == (Tick(150.0, "22 Nov", "middle"),)


def test_few_days_name_only_the_ends() -> None:
    days = [DayCount(date(2026, 11, day), 1) for day in (1, 2, 3)]

    assert [tick.text for tick in timeline(days).ticks] == ["1 Nov", "3 Nov"]


def test_no_days_give_an_empty_timeline() -> None:
    assert timeline([]).ticks == ()


def test_a_bucket_of_days_is_named_by_both_its_ends() -> None:
    week = DayCount(date(2026, 10, 28), 7, last_day=date(2026, 11, 3))

    assert timeline([week]).bars[0].label == "28 Oct to 3 Nov"
    assert days_label(date(2026, 10, 28), date(2026, 10, 28)) == "28 Oct"


def test_only_a_chart_of_many_bars_leaves_the_tab_order() -> None:
    few = histogram([Bin(n, n + 1, 1) for n in range(31)])
    many = histogram([Bin(n, n + 1, 1) for n in range(32)])

    assert (few.is_crowded, many.is_crowded) == (False, True)


def test_only_wide_charts_ask_for_larger_words_on_a_telephone() -> None:
    assert (histogram([], width=560).is_wide, histogram([], width=300).is_wide) == (True, False)


@given(st.lists(st.integers(min_value=0, max_value=10**12), max_size=400))
def test_every_bar_stays_inside_the_chart(counts: list[int]) -> None:
    chart = histogram([Bin(n, n + 1, count) for n, count in enumerate(counts)])

    for bar in chart.bars:
        assert bar.width > 0
        assert bar.x >= 0
        assert bar.x + bar.width <= chart.width + 0.01
        assert bar.y >= 5.99
        assert bar.y + bar.height == pytest.approx(chart.baseline_y, abs=0.01)
