"""Paired bars: two histograms of one scale side by side, each bar as high as its share of its own side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from analyses.charts.bars import AXIS_HEIGHT, GAP, TOP_MARGIN, Tick, bar_height, range_label, score_ticks

Side = Literal["first", "second"]
SIDES: tuple[Side, Side] = ("first", "second")


@dataclass(frozen=True)
class Pair:
    """A range of a scale: how many rows each side has in it, and where they are listed."""

    lower: float
    upper: float
    counts: tuple[int, int]
    urls: tuple[str, str] = ("", "")

    @property
    def label(self) -> str:
        """Say the range as people read it."""
        return range_label(self.lower, self.upper)


@dataclass(frozen=True)
class PairedBar:
    """A drawn bar in SVG units; `share` is its part of its side's rows, 0 to 1."""

    side: Side
    x: float
    y: float
    width: float
    height: float
    label: str
    count: int
    share: float
    url: str


@dataclass(frozen=True)
class PairedChart:
    """Everything a template needs; `totals` are the rows of the sides, `maximum` is the largest share."""

    width: int
    height: int
    baseline_y: int
    pairs: tuple[Pair, ...]
    bars: tuple[PairedBar, ...]
    ticks: tuple[Tick, ...]
    totals: tuple[int, int]
    maximum: float

    @property
    def tick_y(self) -> int:
        """Where the words under the axis stand."""
        return self.height - 4


def paired_histogram(pairs: Sequence[Pair], *, width: int = 560, height: int = 168) -> PairedChart:
    """Draw two bars a bin, the first side's on the left; a side without rows has no bars.

    >>> chart = paired_histogram([Pair(-1, 0, (3, 10)), Pair(0, 1, (9, 0))])
    >>> [(bar.side, bar.share) for bar in chart.bars]
    [('first', 0.25), ('second', 1.0), ('first', 0.75)]
    """
    totals = (sum(pair.counts[0] for pair in pairs), sum(pair.counts[1] for pair in pairs))
    maximum = max((_share(pair, side, totals) for pair in pairs for side in (0, 1)), default=0.0)
    baseline_y = height - AXIS_HEIGHT
    slot = width / len(pairs) if pairs else 0.0
    bars = (
        bar
        for index, pair in enumerate(pairs)
        for bar in _bars(
            pair, left=index * slot, slot=slot, baseline_y=baseline_y, maximum=maximum, totals=totals
        )
    )
    return PairedChart(
        width=width,
        height=height,
        baseline_y=baseline_y,
        pairs=tuple(pairs),
        bars=tuple(bars),
        ticks=tuple(score_ticks(pairs, width)),
        totals=totals,
        maximum=maximum,
    )


def _bars(
    pair: Pair, *, left: float, slot: float, baseline_y: int, maximum: float, totals: tuple[int, int]
) -> Iterator[PairedBar]:
    gap = min(GAP, slot / 4)
    width = (slot - gap) / 2
    for index, side in enumerate(SIDES):
        if pair.counts[index]:
            share = _share(pair, index, totals)
            high = bar_height(share, maximum=maximum, room=baseline_y - TOP_MARGIN)
            yield PairedBar(
                side=side,
                x=round(left + gap / 2 + index * width, 2),
                y=round(baseline_y - high, 2),
                width=round(width, 2),
                height=high,
                label=pair.label,
                count=pair.counts[index],
                share=share,
                url=pair.urls[index],
            )


def _share(pair: Pair, side: int, totals: tuple[int, int]) -> float:
    return pair.counts[side] / totals[side] if totals[side] else 0.0
