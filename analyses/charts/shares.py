"""Shares of a whole: the parts of a progress bar and the bars behind facet values."""

from collections.abc import Sequence
from dataclasses import dataclass

PROGRESS_WIDTH = 1000


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
    parts: list[Part] = []
    x = 0.0
    for tone, count in (("done", done), ("failed", failed)):
        if count > 0:
            # A single failure among a million rows stays visible; the bar may not grow past its end for it.
            width = min(max(2.0, round(PROGRESS_WIDTH * count / total, 2)), PROGRESS_WIDTH - x)
            parts.append(Part(x, width, tone))
            x = round(x + width, 2)
    return Progress(done=done, failed=failed, waiting=waiting, parts=tuple(parts))


def shares(counts: Sequence[int]) -> list[float]:
    """Compare counts with the largest one, as percentages from 0 to 100; nothing but zeros gives zeros.

    >>> shares([50, 100, 1])
    [50.0, 100.0, 1.0]
    """
    largest = max(counts, default=0)
    if largest <= 0:
        return [0.0 for _ in counts]
    return [round(100 * count / largest, 2) for count in counts]
