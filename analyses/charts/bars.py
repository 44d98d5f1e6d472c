"""Bar charts: a histogram of scores, a timeline of days and a series of values share one geometry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

Tone = Literal["plain", "negative", "neutral", "positive", "danger"]
Anchor = Literal["start", "middle", "end"]

AXIS_HEIGHT = 20
TOP_MARGIN = 6
GAP = 2.0
# More bars than this are left out of the tab order: the table under the chart has the same links.
TABBABLE_BARS_MAX = 31
WIDE_FROM = 400
MIDDLE_TICK_FROM = 5


class Ranged(Protocol):
    """What lies between two values of a scale."""

    @property
    def lower(self) -> float:
        """Where it begins."""
        ...

    @property
    def upper(self) -> float:
        """Where it ends."""
        ...


@dataclass(frozen=True)
class Bin:
    """A range of a score: from `lower` (included) to `upper`, how many rows, and where they are listed."""

    lower: float
    upper: float
    count: int
    url: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True)
class DayCount:
    """A day, the days until `last_day`, or an `hour` of a day; how many rows, and where they are listed."""

    day: date
    count: int
    url: str = ""
    last_day: date | None = None
    hour: int | None = None


@dataclass(frozen=True)
class Bar:
    """A drawn bar in SVG units; the slot is the full-height area that can be pointed at."""

    x: float
    y: float
    width: float
    height: float
    slot_x: float
    slot_width: float
    tone: Tone
    label: str
    count: float
    url: str


@dataclass(frozen=True)
class Tick:
    """A word under the axis."""

    x: float
    text: str
    anchor: Anchor


@dataclass(frozen=True)
class Chart:
    """Everything a template needs to draw bars; `total` and `maximum` are those of the bars."""

    width: int
    height: int
    baseline_y: int
    bars: tuple[Bar, ...] = ()
    ticks: tuple[Tick, ...] = ()
    total: float = field(default=0)
    maximum: float = field(default=0)

    @property
    def tick_y(self) -> int:
        """Where the words under the axis stand."""
        return self.height - 4

    @property
    def is_crowded(self) -> bool:
        """Whether tabbing through every bar would be a burden."""
        return len(self.bars) > TABBABLE_BARS_MAX

    @property
    def is_wide(self) -> bool:
        """Whether a telephone shrinks it so far that the words under the axis must be drawn larger."""
        return self.width > WIDE_FROM

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return self.total == 0


@dataclass(frozen=True)
class _Column:
    label: str
    count: float
    url: str
    tone: Tone


def histogram(bins: Sequence[Bin], *, width: int = 560, height: int = 168) -> Chart:
    """Draw one bar a bin, with the bounds of the whole range (and zero, when inside it) under the axis.

    No bins give a chart without bars; bins that are all zero give columns without height.

    >>> histogram([Bin(-1, 0, 3), Bin(0, 1, 9)]).ticks[1].text
    '0'
    """
    columns = [_Column(range_label(each.lower, each.upper), each.count, each.url, each.tone) for each in bins]
    return _chart(columns, score_ticks(bins, width), width=width, height=height)


def timeline(days: Sequence[DayCount], *, width: int = 560, height: int = 168) -> Chart:
    """Draw one bar a day (or bucket of days), with first, middle and last day under the axis.

    The caller chooses the buckets and fills the gaps: a missing day is not drawn as zero.

    >>> [tick.text for tick in timeline([DayCount(date(2026, 11, 22), 4)]).ticks]
    ['22 Nov']
    """
    columns = [
        _Column(days_label(day.day, day.last_day, day.hour), day.count, day.url, "plain") for day in days
    ]
    return _chart(columns, _day_ticks(days, width), width=width, height=height)


def series(values: Sequence[tuple[str, float]], *, width: int = 560, height: int = 168) -> Chart:
    """Draw one bar a value under its name, with the first, middle and last name under the axis.

    >>> [tick.text for tick in series([("12:00", 3.5), ("12:01", 0.0)]).ticks]
    ['12:00', '12:01']
    """
    columns = [_Column(label, value, "", "plain") for label, value in values]
    return _chart(columns, _ticks([label for label, _value in values], width), width=width, height=height)


def sentiment_tone(lower: float, upper: float) -> Tone:
    """Name the side of zero on which a bin lies; a bin that has zero inside it is neutral.

    >>> sentiment_tone(-0.1, 0.0), sentiment_tone(-0.05, 0.05), sentiment_tone(0.0, 0.1)
    ('negative', 'neutral', 'positive')
    """
    if upper <= 0:
        return "negative"
    return "positive" if lower >= 0 else "neutral"


def range_label(lower: float, upper: float) -> str:
    """Say a range as people read it, with a true minus sign.

    >>> range_label(-0.1, 0.0)
    '−0.1 to 0'
    """
    return f"{_number(lower)} to {_number(upper)}"


def days_label(day: date, last_day: date | None = None, hour: int | None = None) -> str:
    """Say a day, a span of days or an hour, without the year.

    >>> days_label(date(2026, 10, 28), date(2026, 11, 3)), days_label(date(2026, 10, 28), hour=9)
    ('28 Oct to 3 Nov', '28 Oct 09:00')
    """
    first = f"{day.day} {day:%b}"
    if hour is not None:
        return f"{first} {hour:02}:00"
    if last_day is None or last_day == day:
        return first
    return f"{first} to {last_day.day} {last_day:%b}"


def _chart(columns: Sequence[_Column], ticks: Iterable[Tick], *, width: int, height: int) -> Chart:
    baseline_y = height - AXIS_HEIGHT
    maximum = max((column.count for column in columns), default=0)
    slot = width / len(columns) if columns else 0.0
    bars = tuple(
        _bar(column, index=index, slot=slot, baseline_y=baseline_y, maximum=maximum)
        for index, column in enumerate(columns)
    )
    return Chart(
        width=width,
        height=height,
        baseline_y=baseline_y,
        bars=bars,
        ticks=tuple(ticks),
        total=sum(column.count for column in columns),
        maximum=maximum,
    )


def _bar(column: _Column, *, index: int, slot: float, baseline_y: int, maximum: float) -> Bar:
    high = bar_height(column.count, maximum=maximum, room=baseline_y - TOP_MARGIN)
    gap = min(GAP, slot / 4)
    return Bar(
        x=round(index * slot + gap / 2, 2),
        y=round(baseline_y - high, 2),
        width=round(slot - gap, 2),
        height=high,
        slot_x=round(index * slot, 2),
        slot_width=round(slot, 2),
        tone=column.tone,
        label=column.label,
        count=column.count,
        url=column.url,
    )


def bar_height(count: float, *, maximum: float, room: int) -> float:
    """Give a bar's height in SVG units where the highest one fills the room."""
    # One row among a million must still be seen: nothing that exists is drawn lower than one unit.
    if count <= 0:
        return 0.0
    return max(1.0, round(room * count / maximum, 2))


def score_ticks(bins: Sequence[Ranged], width: int) -> list[Tick]:
    """Name the ends of a whole range, and zero when it is inside."""
    if not bins:
        return []
    lower, upper = bins[0].lower, bins[-1].upper
    ticks = [Tick(0.0, _number(lower), "start"), Tick(float(width), _number(upper), "end")]
    if lower < 0 < upper:
        zero_x = round(width * (0 - lower) / (upper - lower), 2)
        ticks.insert(1, Tick(zero_x, "0", "middle"))
    return ticks


def _day_ticks(days: Sequence[DayCount], width: int) -> list[Tick]:
    labels = [days_label(day.day) for day in days]
    if len(days) > 1:
        labels[-1] = days_label(days[-1].last_day or days[-1].day)
    return _ticks(labels, width)


def _ticks(labels: Sequence[str], width: int) -> list[Tick]:
    """Name the first, the middle and the last column."""
    if not labels:
        return []
    if len(labels) == 1:
        return [Tick(width / 2, labels[0], "middle")]
    first, last = Tick(0.0, labels[0], "start"), Tick(float(width), labels[-1], "end")
    if len(labels) < MIDDLE_TICK_FROM:
        return [first, last]
    middle = len(labels) // 2
    middle_x = round(width * (middle + 0.5) / len(labels), 2)
    return [first, Tick(middle_x, labels[middle], "middle"), last]


def _number(value: float) -> str:
    text = f"{round(value, 4):g}".replace("-", "−")
    return "0" if text == "−0" else text
