"""The scales of scores: twenty bins each, with edges that SQL, Python and links agree on."""

from bisect import bisect_right
from functools import cache

from analyses.choices import SCORE_BINS, SCORE_BY_TYPE

NO_BIN = -1


@cache
def bin_edges(analysis_type: str) -> tuple[float, ...]:
    """Give the 21 edges of a type's bins; bin i holds edge[i] <= score < edge[i + 1], the last one its end too.

    >>> bin_edges("sentiment")[:3]
    (-1.0, -0.9, -0.8)
    """
    _column, lower, upper = SCORE_BY_TYPE[analysis_type]
    step = (upper - lower) / SCORE_BINS
    return tuple(round(lower + step * index, 6) for index in range(SCORE_BINS + 1))


def score_bin(analysis_type: str, score: float | None) -> int:
    """Give the bin of a score, 0..19, or `NO_BIN` where the type has no scale or the score is missing.

    >>> score_bin("sentiment", 0.7), score_bin("sentiment", 1.0), score_bin("language", None)
    (17, 19, -1)
    """
    if score is None or analysis_type not in SCORE_BY_TYPE:
        return NO_BIN
    return min(bisect_right(bin_edges(analysis_type), score), SCORE_BINS) - 1
