"""What a histogram can be drawn of: each quantity with the edges of its bins, alike in SQL and in links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.lookups import IsNull, LessThan

from analyses import choices
from analyses.choices import AnalysisType
from analyses.queries import json_results
from analyses.queries.filters import EMOTION_PREFIX, EMOTIONS, RANGES, TYPE_BY_PARAMETER
from analyses.scales import NO_BIN, bin_edges

TWENTIETHS = tuple(round(index / 20, 2) for index in range(21))
TEXT_LENGTHS = (0, 20, 40, 60, 80, 100, 120, 140, 200, 280, 500, 1_000, 2_000, 5_000, 10_000, 100_000)
MILLISECONDS = (0, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 60_000)


@dataclass(frozen=True)
class Scale:
    """A quantity by the name of its range, its value of a row, and the edges of its bins, one more than bins.

    The last bin holds its end. `is_even` tells bins of one width from those that grow.
    """

    name: str
    value: Combinable
    edges: Sequence[float]
    is_even: bool = True

    def bin_number(self) -> Case:
        """Give the number of a row's bin, or `NO_BIN` for a row without a value."""
        inner = enumerate(self.edges[1:-1])
        return Case(
            When(Q(IsNull(self.value, True)), then=Value(NO_BIN)),
            *(When(Q(LessThan(self.value, edge)), then=Value(index)) for index, edge in inner),
            default=Value(len(self.edges) - 2),
            output_field=IntegerField(),
        )


def _scales() -> dict[str, Scale]:
    columns = {name: F(column) for name, (column, _bounds) in RANGES.items()}
    scored = {
        kind.value: Scale(kind.value, columns[kind.value], bin_edges(kind))
        for kind in map(AnalysisType, choices.SCORE_BY_TYPE)
    }
    grown = {"length": TEXT_LENGTHS, "processing_time": MILLISECONDS}
    return {
        **scored,
        "confidence": Scale("confidence", columns["confidence"], TWENTIETHS),
        **{
            name: Scale(name, columns[name], (*edges, RANGES[name][1][1]), is_even=False)
            for name, edges in grown.items()
        },
        **{
            EMOTION_PREFIX + emotion: Scale(
                EMOTION_PREFIX + emotion, json_results.EmotionScore(emotion), TWENTIETHS
            )
            for emotion in EMOTIONS
        },
    }


SCALES: dict[str, Scale] = _scales()


def names_for(kind: AnalysisType | None) -> list[str]:
    """Name what can be drawn of rows of a type, or of several, the rows' own score first."""
    own = [name for name in SCALES if TYPE_BY_PARAMETER.get(name) in _TYPES_DRAWN.get(kind, (kind,))]
    return [*own, *(name for name in SCALES if name not in TYPE_BY_PARAMETER)]


_TYPES_DRAWN: dict[Any, tuple[Any, ...]] = {
    None: (AnalysisType.SENTIMENT, AnalysisType.QUALITY, AnalysisType.READABILITY)
}


def default_for(kind: AnalysisType | None) -> str:
    """Name what is drawn unasked: the type's score, the sentiment where there are several types, else nothing."""
    if kind is None:
        return AnalysisType.SENTIMENT.value
    return kind.value if kind in choices.SCORE_BY_TYPE else ""
