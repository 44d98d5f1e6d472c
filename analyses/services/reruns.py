"""Run rows again: the texts of a filter's rows in new batches of another tier or type; no row is overwritten."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses.choices import ImportState, JobKind
from analyses.exceptions import ValidationError
from analyses.models import Import, TextAnalysis
from analyses.queries import exports
from analyses.queries.filtering import Filtered
from analyses.services import audit, batches, imports, jobs
from analyses.services.batch_texts import SIZE_MAX
from analyses.services.copying import Checkpoint


@transaction.atomic
def start(
    filtered: Filtered, *, zone: str, name: str, analysis_types: Sequence[str], tier: str, user: Any
) -> Import:
    """Create one empty batch for each type, and the job that copies the texts of the filter's rows into them.

    The rows must be of one type, so that no text comes twice for being analysed in two ways; those that come later are
    left out. Repeating makes new batches. Raises ValidationError naming the field: nothing to copy, more than a batch
    holds, name, types and tier (EngineNotInstalledError says what to install).
    """
    types = imports.checked_types(analysis_types, tier)
    name = batches.clean_name(name)
    if filtered.listed_type is None:
        raise ValidationError(
            "analysis_type", _("Choose rows of one type; their texts can be asked anything.")
        )
    upto = TextAnalysis.objects.aggregate(last=Max("pk"))["last"] or 0
    _refuse_size(filtered, upto)
    record = Import.objects.create(
        name=name,
        stored_name=f"rows-{secrets.token_hex(16)}",
        size_bytes=0,
        header_line=0,
        columns=exports.own_columns_of(filtered),
        zone=zone,
        source_query=filtered.fixed_query,
        analysis_types=types,
        optimization_tier=tier,
        state=ImportState.QUEUED,
        created_by=user,
    )
    for analysis_type in types:
        batches.created(
            name=name,
            analysis_type=analysis_type,
            optimization_tier=tier,
            import_id=record.pk,
            user=user,
            created_at=timezone.now(),
        )
    start_at = Checkpoint(after_id=0, upto_id=upto, last_line=0, keeps_lines=filtered.batch is not None)
    job = jobs.new_job(
        JobKind.COPY_ROWS, start_at.as_arguments(), import_id=record.pk, priority=imports.IMPORT_PRIORITY
    )
    jobs.enqueue([job])
    audit.record(user, record, _("Started."))
    return record


def _refuse_size(filtered: Filtered, upto: int) -> None:
    """Refuse no rows, and more than a batch can count; rows are counted only where there may be so many."""
    if not filtered.queryset.exists():
        raise ValidationError("query", _("No row matches; there is nothing to run again."))
    if upto > SIZE_MAX and filtered.queryset.order_by()[: SIZE_MAX + 1].count() > SIZE_MAX:
        reason = _("A batch holds at most %(most)s texts; narrow the filter.")
        raise ValidationError("query", reason % {"most": f"{SIZE_MAX:,}"})
