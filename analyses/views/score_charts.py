"""Histograms of scores whose bars lead to their rows."""

from __future__ import annotations

from collections.abc import Sequence

from analyses import choices, scales
from analyses.charts.bars import Bin, Chart, histogram, sentiment_tone
from analyses.choices import AnalysisType
from analyses.views import links

_PREFIX_BY_TYPE = {
    AnalysisType.SENTIMENT: "sentiment",
    AnalysisType.QUALITY: "quality",
    AnalysisType.READABILITY: "readability",
}


def score_histogram(counts: Sequence[int], analysis_type: str, **rows: links.Parameter) -> Chart:
    """Draw twenty counts of a type that has a score; `rows` narrows the lists behind the bars."""
    kind = AnalysisType(analysis_type)
    edges = scales.bin_edges(analysis_type)
    bins = [
        Bin(
            lower=edges[index],
            upper=edges[index + 1],
            count=count,
            url=links.rows(
                analysis_type=analysis_type, status=links.DONE, **_bounds(kind, edges, index), **rows
            ),
            tone=sentiment_tone(edges[index], edges[index + 1])
            if kind == AnalysisType.SENTIMENT
            else "plain",
        )
        for index, count in enumerate(counts)
    ]
    return histogram(bins)


def _bounds(kind: AnalysisType, edges: Sequence[float], index: int) -> dict[str, links.Parameter]:
    """Give the half-open range of a bin; the last bin is open above, for its own end belongs to it."""
    prefix = _PREFIX_BY_TYPE[kind]
    upper = None if index == choices.SCORE_BINS - 1 else edges[index + 1]
    return {f"{prefix}_min": edges[index], f"{prefix}_max": upper}
