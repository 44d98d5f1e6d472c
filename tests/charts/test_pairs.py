"""Paired bars: shares of two sides in one picture."""

from analyses.charts.pairs import Pair, paired_histogram


def test_bars_are_as_high_as_their_shares() -> None:
    chart = paired_histogram([Pair(0, 1, (1, 30)), Pair(1, 2, (3, 10))], width=200, height=120)

    heights = [(bar.side, bar.share, bar.height) for bar in chart.bars]

    assert heights == [
        ("first", 0.25, 31.33),
        ("second", 0.75, 94.0),
        ("first", 0.75, 94.0),
        ("second", 0.25, 31.33),
    ]
    assert chart.totals == (4, 40)


def test_the_bars_of_a_bin_touch_and_bins_do_not() -> None:
    first, second, third, _fourth = paired_histogram([Pair(0, 1, (1, 1)), Pair(1, 2, (1, 1))], width=200).bars

    assert first.x + first.width == second.x
    assert second.x + second.width < third.x


def test_a_side_without_rows_has_no_bars() -> None:
    chart = paired_histogram([Pair(0, 1, (0, 5)), Pair(1, 2, (0, 0))])

    assert [(bar.side, bar.count) for bar in chart.bars] == [("second", 5)]


def test_nothing_gives_nothing() -> None:
    chart = paired_histogram([])

    assert (chart.bars, chart.ticks, chart.totals, chart.maximum) == ((), (), (0, 0), 0.0)
