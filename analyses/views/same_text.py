"""How the analyses of one text are shown beside each other: what each said, and where it differs from one of them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from analyses.choices import (
    DONE_STATUSES,
    RESULT_FIELD_BY_TYPE,
    SCORE_BY_TYPE,
    AnalysisStatus,
    AnalysisType,
    OptimizationTier,
)
from analyses.models import TextAnalysis
from analyses.queries import same_text
from analyses.templatetags import results
from analyses.templatetags.formatting import NOTHING, score
from analyses.views import links
from analyses.views.explanations import is_same

TYPES, TIERS, STATUSES = (dict(words.choices) for words in (AnalysisType, OptimizationTier, AnalysisStatus))


def beside(shown: TextAnalysis) -> dict[str, Any] | None:
    """List the analyses of a row's text, in two queries; None where there is no other."""
    found = same_text.find(shown.text_hash, first_type=shown.analysis_type)
    if not any(row["id"] != shown.pk for row in found.rows):
        return None
    return {
        "rows": [_shown(row, shown) for row in found.rows],
        "count": found.count,
        "url": links.rows(text_hash=shown.text_hash),
        "is_cut": found.count.is_capped or found.count.rows > len(found.rows),
    }


def _shown(row: same_text.Row, shown: TextAnalysis) -> dict[str, Any]:
    kind = AnalysisType(row["analysis_type"])
    value = row[RESULT_FIELD_BY_TYPE[kind]]
    return {
        **row,
        "type_label": TYPES[kind],
        "tier_label": TIERS[row["optimization_tier"]],
        "status_label": STATUSES[row["status"]],
        "is_done": row["status"] in DONE_STATUSES,
        "result": results.brief(kind, value, row["status"]),
        "is_shown": row["id"] == shown.pk,
        "difference": _difference(shown, kind, value),
        "when": row["processed_at"] or row["created_at"],
        "url": links.record(row["id"]),
    }


def _difference(shown: TextAnalysis, kind: AnalysisType, value: Any) -> str:
    """Say how far another result of the same type lies from the shown one; empty for another type."""
    if kind != shown.analysis_type:
        return ""
    own = getattr(shown, RESULT_FIELD_BY_TYPE[kind])
    if own is None or value is None:
        return NOTHING
    if is_same(value, own):
        return _("same")
    return score(value - own) if kind in SCORE_BY_TYPE else _("differs")
