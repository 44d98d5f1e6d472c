"""All analyses of one text, whatever the type, tier, model and batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef

from analyses.choices import RESULT_FIELD_BY_TYPE, AnalysisType, OptimizationTier
from analyses.models import Correction, TextAnalysis
from analyses.queries.counting import RowCount

SHOWN_MAX = 50
# A text that a million rows have costs no more than one that a thousand have.
LOOKED_AT_MAX = 1_000

ROW_FIELDS = (
    "id",
    "analysis_type",
    "status",
    "optimization_tier",
    "model_used",
    "confidence_score",
    "processing_time_ms",
    "processed_at",
    "created_at",
    "batch_analysis_id",
    *RESULT_FIELD_BY_TYPE.values(),
)
_TYPES, _TIERS = list(AnalysisType.values), list(OptimizationTier.values)

Row = dict[str, Any]
# Id, type, tier, model and batch.
_Found = tuple[int, str, str, str | None, int | None]


@dataclass(frozen=True)
class SameText:
    """Live rows of a text, of one type first, then by type and tier, newest first; `count` counts all there are."""

    rows: Sequence[Row]
    count: RowCount


def find(text_hash: str, *, first_type: str) -> SameText:
    """Find the analyses of a text in two queries by the index of the hash, one where there are none.

    Of more than 50 the newest of each type, tier, model and batch come before others of the same.
    """
    rows = TextAnalysis.objects.live().filter(text_hash=text_hash).order_by()
    columns = ("id", "analysis_type", "optimization_tier", "model_used", "batch_analysis_id")
    found: list[_Found] = list(rows.values_list(*columns)[: LOOKED_AT_MAX + 1])
    is_capped = len(found) > LOOKED_AT_MAX
    count = RowCount(min(len(found), LOOKED_AT_MAX), is_capped=is_capped)
    ids = [one[0] for one in sorted(_most_different(found), key=lambda one: _place(one, first_type))]
    by_id = {row["id"]: row for row in _read(ids)}
    return SameText([by_id[pk] for pk in ids if pk in by_id], count)


def _most_different(found: Iterable[_Found]) -> list[_Found]:
    """Keep as many as are shown: every kind's newest, then every kind's next."""
    seen: Counter[tuple[object, ...]] = Counter()
    turns: list[tuple[int, _Found]] = []
    for one in sorted(found, reverse=True):
        seen[one[1:]] += 1
        turns.append((seen[one[1:]], one))
    turns.sort(key=lambda turn: turn[0])
    return [one for _turn, one in turns[:SHOWN_MAX]]


def _place(one: _Found, first_type: str) -> tuple[object, ...]:
    pk, analysis_type, tier, _model, _batch = one
    return (analysis_type != first_type, _TYPES.index(analysis_type), _TIERS.index(tier), -pk)


def _read(ids: Sequence[int]) -> list[Row]:
    if not ids:
        return []
    corrections = Correction.objects.filter(analysis=OuterRef("pk"))
    rows = TextAnalysis.objects.filter(pk__in=ids).order_by()
    named = {"batch_name": F("batch_analysis__batch_name"), "is_corrected": Exists(corrections)}
    return list(rows.values(*ROW_FIELDS, **named))
