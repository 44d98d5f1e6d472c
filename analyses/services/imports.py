"""Imports: start one from an uploaded file, cancel it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses.choices import AnalysisType, ImportState, JobKind, OptimizationTier
from analyses.engines import registry
from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis, Import, Job
from analyses.services import audit, batches, jobs
from analyses.tabular import dates

IMPORT_PRIORITY = 10  # reading a file comes before analysing its rows: people see it fill


@dataclass(frozen=True)
class Mapping:
    """Which columns of a file hold text, id and date; empty: none."""

    text_column: str
    id_column: str = ""
    date_column: str = ""
    date_format: str = ""
    zone: str = "UTC"


EXPORT_MAPPING = Mapping("text_content", "external_id", "occurred_at", "iso", "UTC")


@transaction.atomic
def start(
    import_id: int,
    *,
    mapping: Mapping,
    name: str,
    analysis_types: Sequence[str],
    tier: str,
    user: Any,
) -> Import:
    """Create one empty batch for each type and the job that reads the file.

    Checks columns, format, zone, name, types and tier first and raises ValidationError naming the field
    (EngineNotInstalledError when no engine is there). A file is started once: a second start raises.
    """
    record = Import.objects.select_for_update().filter(pk=import_id).first()
    if record is None or record.state != ImportState.UPLOADED:
        raise ValidationError("file", _("This file was started already, or is gone."))
    _check_mapping(mapping, record)
    types = checked_types(analysis_types, tier)
    record.name = batches.clean_name(name)
    for field in ("text_column", "id_column", "date_column", "date_format", "zone"):
        setattr(record, field, getattr(mapping, field))
    record.analysis_types, record.optimization_tier = types, tier
    record.state = ImportState.QUEUED
    record.save()
    for analysis_type in types:
        batches.created(
            name=record.name,
            analysis_type=analysis_type,
            optimization_tier=tier,
            import_id=record.pk,
            user=user,
            created_at=timezone.now(),
        )
    jobs.enqueue([jobs.new_job(JobKind.IMPORT_FILE, {}, import_id=record.pk, priority=IMPORT_PRIORITY)])
    audit.record(user, record, _("Started."))
    return record


def _check_mapping(mapping: Mapping, record: Import) -> None:
    columns = set(record.columns)
    if not mapping.text_column:
        raise ValidationError("text_column", _("Choose the column that holds the texts."))
    chosen = {
        "text_column": mapping.text_column,
        "id_column": mapping.id_column,
        "date_column": mapping.date_column,
    }
    for field, column in chosen.items():
        if column and column not in columns:
            raise ValidationError(field, _("The file has no column “%(column)s”.") % {"column": column})
    used = [column for column in chosen.values() if column]
    if len(used) != len(set(used)):
        raise ValidationError("text_column", _("Text, id and date must be different columns."))
    if mapping.date_column and mapping.date_format not in dates.FORMAT_KEYS:
        raise ValidationError("date_format", _("Choose how the dates are written."))
    if mapping.zone and mapping.zone not in available_timezones():
        raise ValidationError("zone", _("“%(zone)s” is not a time zone.") % {"zone": mapping.zone})


def checked_types(analysis_types: Sequence[str], tier: str) -> list[str]:
    """Give the types once each; raise ValidationError for none, one that is unknown, or one without an engine."""
    types = list(dict.fromkeys(analysis_types))
    if not types:
        raise ValidationError("analysis_types", _("Choose at least one type of analysis."))
    if tier not in OptimizationTier.values:
        raise ValidationError("tier", _("“%(tier)s” is not a tier.") % {"tier": tier})
    for analysis_type in types:
        if analysis_type not in AnalysisType.values:
            raise ValidationError("analysis_types", _("“%(type)s” is not a type.") % {"type": analysis_type})
        registry.require(analysis_type, tier)
    return types


@transaction.atomic
def cancel(import_id: int, *, user: Any) -> None:
    """Stop reading a file and the work on its batches; what was read stays. Safe to repeat."""
    # The job before the import, as the worker that reads locks them: the other way round is a deadlock.
    jobs.cancel(Job.objects.filter(source_import_id=import_id))
    record = Import.objects.select_for_update().filter(pk=import_id).first()
    over = (ImportState.COMPLETED, ImportState.FAILED, ImportState.CANCELLED)
    if record is None or record.state in over:
        return
    Import.objects.filter(pk=import_id).update(state=ImportState.CANCELLED, completed_at=timezone.now())
    for batch_id in (
        BatchAnalysis.objects.live().filter(source_import_id=import_id).values_list("pk", flat=True)
    ):
        batches.cancel(batch_id, user=user)
    audit.record(user, record, _("Cancelled."))
