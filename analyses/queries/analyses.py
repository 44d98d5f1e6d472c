"""Reads of single analyses: one by id or by its text, and the documented list by limit and offset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from analyses import choices, texts
from analyses.choices import AnalysisStatus, AnalysisType, OptimizationTier
from analyses.exceptions import ValidationError
from analyses.models import Rollup, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import cached_analyses, rollup_totals
from analyses.queries.driver_errors import reading
from analyses.queries.filter_fields import ID_MAX, TEXT_HASH
from analyses.queries.paging import NULLABLE_COLUMNS, SORT_COLUMNS
from analyses.queries.prepared import Prepared

LIMIT_DEFAULT = 100
LIMIT_MAX = 1000


@reading("find analysis")
def find(analysis_id: int) -> TextAnalysis | None:
    """Find a live analysis, through the cache or with its batch in one query; None when there is none."""
    if not is_id(analysis_id):
        return None
    return cached_analyses.by_id(analysis_id, lambda: _with_batches().filter(pk=analysis_id).first())


def _by_id(pk: int) -> QuerySet[TextAnalysis, Any]:
    return TextAnalysis.objects.live().filter(pk=pk).order_by().values_list(*COLUMNS)


COLUMNS = tuple(field.attname for field in TextAnalysis._meta.concrete_fields)
# One live analysis; a program that asks by id gets it with its token (`queries.tokens`).
BY_ID = Prepared(_by_id, {"pk": ID_MAX - 1})


@reading("find analysis")
def find_by_hash(text_hash: str, analysis_type: str) -> TextAnalysis | None:
    """Find the live analysis of a text: the one created singly (the newest, of several tiers), else the newest row.

    Through the cache, or at most two queries; None when there is none. An unknown type raises ValidationError.
    """
    check_choice("analysis_type", analysis_type, AnalysisType.values)
    if not TEXT_HASH.fullmatch(text_hash):
        return None
    load = partial(_load_by_hash, text_hash, analysis_type)
    return cached_analyses.by_text(text_hash, analysis_type, load=load, get=find)


def _load_by_hash(text_hash: str, analysis_type: str) -> TextAnalysis | None:
    rows = _with_batches()
    keys = [
        texts.dedupe_key(analysis_type=analysis_type, optimization_tier=tier, hash_of_text=text_hash)
        for tier in OptimizationTier.values
    ]
    singly = rows.filter(dedupe_key__in=keys).order_by("-pk").first()
    return singly or rows.filter(text_hash=text_hash, analysis_type=analysis_type).order_by("-pk").first()


def _with_batches() -> TextAnalysisQuerySet:
    return TextAnalysis.objects.live().select_related("batch_analysis")


@reading("list analyses")
def select(
    *,
    analysis_type: str | None = None,
    status: str | None = None,
    optimization_tier: str | None = None,
    limit: int = LIMIT_DEFAULT,
    offset: int = 0,
    order_by: str = "created_at",
    order_desc: bool = True,
) -> list[TextAnalysis]:
    """List live analyses with their batches, in one query (up to three where values end and missing ones begin).

    The order ends in the id; rows without a value in the sorted column come last, newest first. ValidationError names
    the parameter and what is allowed: limit 1..1000 and offset within the first 10,000 matches, a sortable column.
    """
    rows = _matching(analysis_type, status, optimization_tier)
    return _window(rows, limit=limit, offset=offset, order_by=order_by, order_desc=order_desc)


@reading("list analyses")
def select_from(
    rows: TextAnalysisQuerySet, *, limit: int, offset: int, order_by: str, order_desc: bool
) -> list[TextAnalysis]:
    """List some of the rows with their batches as `select` does, in as many queries."""
    return _window(rows, limit=limit, offset=offset, order_by=order_by, order_desc=order_desc)


def _window(
    rows: TextAnalysisQuerySet, *, limit: int, offset: int, order_by: str, order_desc: bool
) -> list[TextAnalysis]:
    check_window(limit, offset)
    if order_by not in SORT_COLUMNS:
        raise ValidationError("order_by", _one_of(SORT_COLUMNS))
    rows = rows.select_related("batch_analysis")
    if order_by not in NULLABLE_COLUMNS:
        return list(_ordered(rows, order_by, is_down=order_desc)[offset : offset + limit])
    return _with_missing_last(rows, order_by, is_down=order_desc, limit=limit, offset=offset)


@reading("list analyses")
def by_ids(ids: Sequence[int]) -> list[TextAnalysis]:
    """Give live analyses in the order of their ids given, in one query; those that are gone are left out."""
    found = TextAnalysis.objects.live().in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


@reading("count analyses")
def count(
    *, analysis_type: str | None = None, status: str | None = None, optimization_tier: str | None = None
) -> int:
    """Count live analyses exactly, from the rollup, in one query; refuses what `select` refuses."""
    given = _conditions(analysis_type, status, optimization_tier)
    if optimization_tier is None:
        return rollup_totals.count(**given)
    total: int | None = Rollup.objects.filter(**given).aggregate(total=Sum("count"))["total"]
    return total or 0


def check_choice(field: str, value: str, allowed: Iterable[str]) -> None:
    """Raise ValidationError when a value is not one of the allowed ones, and name these."""
    if value not in (names := list(allowed)):
        raise ValidationError(field, _one_of(names))


def check_window(limit: int, offset: int) -> None:
    """Raise ValidationError when limit and offset do not lie within the first 10,000 matches."""
    if type(limit) is not int or not 1 <= limit <= LIMIT_MAX:
        raise ValidationError(
            "limit", _("Give a whole number from 1 to %(most)s.") % {"most": f"{LIMIT_MAX:,}"}
        )
    if type(offset) is not int or offset < 0:
        raise ValidationError("offset", _("Give a whole number, 0 or more."))
    if offset + limit > choices.LIST_MATCHES_MAX:
        reason = _(
            "Only the first %(most)s matches can be reached by offset; go on by key (after=) from there."
        )
        raise ValidationError("offset", reason % {"most": f"{choices.LIST_MATCHES_MAX:,}"})


def is_id(number: int) -> bool:
    """Say whether a number can be the id of a row on all three databases."""
    return type(number) is int and 1 <= number <= ID_MAX


def _one_of(names: Iterable[str]) -> str:
    return _("Give one of: %(names)s.") % {"names": ", ".join(names)}


def _conditions(
    analysis_type: str | None, status: str | None, optimization_tier: str | None
) -> dict[str, str]:
    """Give what was asked for as conditions on columns that rows and rollup share."""
    asked = (
        ("analysis_type", analysis_type, AnalysisType.values),
        ("status", status, AnalysisStatus.values),
        ("optimization_tier", optimization_tier, OptimizationTier.values),
    )
    given = [(field, value, allowed) for field, value, allowed in asked if value is not None]
    for field, value, allowed in given:
        check_choice(field, value, allowed)
    return {field: value for field, value, _allowed in given}


def _matching(
    analysis_type: str | None, status: str | None, optimization_tier: str | None
) -> TextAnalysisQuerySet:
    return TextAnalysis.objects.live().filter(**_conditions(analysis_type, status, optimization_tier))


def _ordered(rows: TextAnalysisQuerySet, column: str, *, is_down: bool) -> TextAnalysisQuerySet:
    sign = "-" if is_down else ""
    return rows.order_by(*dict.fromkeys((f"{sign}{column}", f"{sign}id")))


def _with_missing_last(
    rows: TextAnalysisQuerySet, column: str, *, is_down: bool, limit: int, offset: int
) -> list[TextAnalysis]:
    """Walk two index ranges: `NULLS LAST` would sort the whole table."""
    missing = {f"{column}__isnull": True}
    valued = rows.exclude(**missing)
    found = list(_ordered(valued, column, is_down=is_down)[offset : offset + limit])
    if len(found) == limit:
        return found
    skipped = 0 if found else offset - valued.order_by()[:offset].count()
    without = rows.filter(**missing).order_by("-id")
    return found + list(without[skipped : skipped + limit - len(found)])
