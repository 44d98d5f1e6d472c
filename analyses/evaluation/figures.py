"""One measured number, and the calibration that every type is measured by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyses.engines.accuracy import expected_calibration_error

CALIBRATION = "expected calibration error"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number: what it is, of which texts, and of how many."""

    what: str
    data: str
    value: float
    sample: int


def calibration(judged: Sequence[tuple[float, float]], data: str) -> Iterator[Figure]:
    """Measure how far confidences lie from what was right: a share, 0..1, or 0 and 1; nothing without answers."""
    if judged:
        error = expected_calibration_error([one for one, _ in judged], [right for _, right in judged])
        yield Figure(CALIBRATION, data, error, len(judged))
