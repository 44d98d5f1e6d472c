"""Shares of a whole: the parts of a progress bar and the bars behind facet values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PROGRESS_WIDTH = 1000
PART_WIDTH_MIN = 2.0


@dataclass(frozen=True)
class Part:
    """A rectangle of a progress bar; `tone` is done or failed."""

    x: float
    width: float
    tone: str


@dataclass(frozen=True)
class Progress:
    """A progress bar of `width` units: the counts, and the parts to draw (what waits is the ground)."""

    done: int
    failed: int
    waiting: int
    parts: tuple[Part, ...]
    width: int = PROGRESS_WIDTH

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self.done + self.failed + self.waiting


def progress(*, done: int, failed: int, waiting: int) -> Progress:
    """Lay done and failed rows side by side; without rows there are no parts.

    >>> [part.width for part in progress(done=1, failed=1, waiting=2).parts]
    [250.0, 250.0]
    """
    total = done + failed + waiting
    room = PROGRESS_WIDTH - (PART_WIDTH_MIN if done else 0.0)
    failed_width = _width(failed, total=total, room=room)
    done_width = _width(done, total=total, room=PROGRESS_WIDTH - failed_width)
    laid = (Part(0.0, done_width, "done"), Part(done_width, failed_width, "failed"))
    parts = tuple(part for part in laid if part.width)
    return Progress(done=done, failed=failed, waiting=waiting, parts=parts)


def shares(counts: Sequence[float]) -> list[float]:
    """Compare counts or measures with the largest one, as percentages from 0 to 100; nothing but zeros gives zeros.

    >>> shares([50, 100, 1])
    [50.0, 100.0, 1.0]
    """
    largest = max(counts, default=0)
    if largest <= 0:
        return [0.0 for _ in counts]
    return [round(100 * count / largest, 2) for count in counts]


@dataclass(frozen=True)
class ShareBar:
    """A named share of a whole: `value` from 0 to 1, `percent` the bar's length, `url` the rows behind it."""

    label: str
    value: float
    percent: float
    tone: str = "plain"
    url: str = ""


def share_bars(values: Mapping[str, float], tones: Mapping[str, str] | None = None) -> tuple[ShareBar, ...]:
    """Give a bar for each share, largest first; a label that `tones` leaves out is plain.

    >>> [(bar.label, bar.percent) for bar in share_bars({"joy": 0.25, "anger": 0.7})]
    [('anger', 70.0), ('joy', 25.0)]
    """
    ordered = sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))
    known = tones or {}
    return tuple(
        ShareBar(
            label, value, percent=round(100 * min(1.0, max(0.0, value)), 1), tone=known.get(label, "plain")
        )
        for label, value in ordered
    )


def _width(count: int, *, total: int, room: float) -> float:
    # A single failure among a million rows stays visible; what is beside it gives way.
    if count <= 0:
        return 0.0
    return round(min(max(PART_WIDTH_MIN, PROGRESS_WIDTH * count / total), room), 2)
