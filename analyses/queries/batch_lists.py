"""The documented reads of batches: one by id, and lists by limit and offset, with their analyses or without."""

from __future__ import annotations

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from analyses.choices import AnalysisStatus, AnalysisType, OptimizationTier
from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis, TextAnalysis
from analyses.models.batch_analyses import BatchAnalysisQuerySet
from analyses.queries.analyses import LIMIT_DEFAULT, check_choice, check_window, is_id
from analyses.queries.driver_errors import reading

SORT_COLUMNS = ("created_at", "id", "batch_name", "batch_size", "completed_count", "error_count")


@reading("find batch")
def find(batch_id: int) -> BatchAnalysis | None:
    """Find a live batch, in one query; None when there is none."""
    return BatchAnalysis.objects.live().filter(pk=batch_id).first() if is_id(batch_id) else None


@reading("list batches")
def select(
    *,
    analysis_type: str | None = None,
    status: str | None = None,
    optimization_tier: str | None = None,
    limit: int = LIMIT_DEFAULT,
    offset: int = 0,
    order_by: str = "created_at",
    order_desc: bool = True,
) -> list[BatchAnalysis]:
    """List live batches in one query; the order ends in the id. ValidationError names what is allowed."""
    rows = _ordered(analysis_type, status, optimization_tier, order_by, is_down=order_desc)
    check_window(limit, offset)
    return list(rows[offset : offset + limit])


@reading("count batches")
def count(
    *, analysis_type: str | None = None, status: str | None = None, optimization_tier: str | None = None
) -> int:
    """Count live batches, in one query; refuses what `select` refuses."""
    rows = _ordered(analysis_type, status, optimization_tier, "id", is_down=True)
    return rows.order_by().count()


@reading("list batches")
def select_with_analyses(*, limit: int = LIMIT_DEFAULT, offset: int = 0) -> list[BatchAnalysis]:
    """List live batches, newest first, each with all its live analyses in `text_analyses`; two queries."""
    check_window(limit, offset)
    rows = _ordered(None, None, None, "created_at", is_down=True)
    analyses = Prefetch("text_analyses", TextAnalysis.objects.live().order_by("line_number", "pk"))
    return list(rows.prefetch_related(analyses)[offset : offset + limit])


def _ordered(
    analysis_type: str | None,
    status: str | None,
    optimization_tier: str | None,
    order_by: str,
    *,
    is_down: bool,
) -> BatchAnalysisQuerySet:
    asked = (
        ("analysis_type", analysis_type, AnalysisType.values),
        ("status", status, AnalysisStatus.values),
        ("optimization_tier", optimization_tier, OptimizationTier.values),
    )
    given = [(field, value, allowed) for field, value, allowed in asked if value is not None]
    for field, value, allowed in given:
        check_choice(field, value, allowed)
    if order_by not in SORT_COLUMNS:
        reason = _("Give one of: %(names)s.") % {"names": ", ".join(SORT_COLUMNS)}
        raise ValidationError("order_by", reason)
    sign = "-" if is_down else ""
    rows = BatchAnalysis.objects.live().filter(**{field: value for field, value, _allowed in given})
    return rows.order_by(*dict.fromkeys((f"{sign}{order_by}", f"{sign}id")))
