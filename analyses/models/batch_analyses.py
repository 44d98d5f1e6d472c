"""The table of batches: one analysis type over many texts, with counters kept right at every moment."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analyses import choices
from analyses.choices import AnalysisStatus, AnalysisType, OptimizationTier
from analyses.models import bounds
from analyses.models.imports import Import


class BatchAnalysisQuerySet(models.QuerySet["BatchAnalysis"]):
    """Narrow the batches."""

    def live(self) -> Self:
        """Leave out what lies in the trash."""
        return self.filter(deleted_at__isnull=True)

    def running(self) -> Self:
        """Keep the batches that have work left and were not cancelled."""
        return self.live().filter(status__in=choices.WAITING_STATUSES, cancelled_at__isnull=True)

    def with_rows_here(self) -> Self:
        """Leave out the batches whose texts are elsewhere, so that only whoever works on them can count."""
        # Named through the relation: the table of the rows is made after this one.
        all_rows = self.model.text_analyses.rel.related_model._default_manager
        has_rows = Exists(all_rows.filter(batch_analysis=OuterRef("pk")))
        return self.filter(Q(batch_size=0) | Q(source_import__isnull=False) | has_rows)


class BatchAnalysis(models.Model):
    """Many texts under one analysis type; size = done + failed + waiting rows."""

    batch_name = models.CharField(_("name"), max_length=choices.BATCH_NAME_LENGTH_MAX)
    batch_size = models.IntegerField(_("texts"), default=0)
    analysis_type = models.CharField(_("type"), max_length=50, choices=AnalysisType.choices)
    status = models.CharField(
        _("status"), max_length=20, choices=AnalysisStatus.choices, default=AnalysisStatus.PENDING
    )
    completed_count = models.IntegerField(_("done"), default=0)
    error_count = models.IntegerField(_("failed"), default=0)
    total_processing_time_ms = models.FloatField(_("total processing time (ms)"), null=True, blank=True)
    avg_processing_time_ms = models.FloatField(_("mean processing time (ms)"), null=True, blank=True)
    optimization_tier = models.CharField(
        _("tier"), max_length=20, choices=OptimizationTier.choices, default=OptimizationTier.STANDARD
    )
    model_config = models.JSONField(_("model settings"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, db_index=True, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    started_at = models.DateTimeField(_("first result"), null=True, blank=True, editable=False)
    completed_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)
    source_import = models.ForeignKey(
        Import,
        models.SET_NULL,
        verbose_name=_("import"),
        related_name="batches",
        null=True,
        blank=True,
        editable=False,
        db_column="import_id",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("started by"),
        related_name="+",
        null=True,
        blank=True,
        editable=False,
    )

    objects = BatchAnalysisQuerySet.as_manager()

    class Meta:
        db_table = "batch_analyses"
        verbose_name = _("batch analysis")
        verbose_name_plural = _("batch analyses")
        ordering = ("-id",)
        permissions = (("run_batchanalysis", "Can cancel, resume and retry batches"),)
        indexes = (models.Index(fields=("status", "completed_at"), name="idx_batch_status_completed_at"),)
        constraints = (
            bounds.one_of("analysis_type", AnalysisType.values, name="batch_type_allowed"),
            bounds.one_of("status", AnalysisStatus.values, name="batch_status_allowed"),
            bounds.one_of("optimization_tier", OptimizationTier.values, name="batch_tier_allowed"),
            bounds.not_negative("batch_size", name="batch_size_not_negative"),
            bounds.not_negative("completed_count", name="batch_completed_not_negative"),
            bounds.not_negative("error_count", name="batch_error_not_negative"),
            models.CheckConstraint(
                condition=Q(batch_size__gte=F("completed_count") + F("error_count")),
                name="batch_counts_within_size",
                violation_error_message=_("Done and failed together must not exceed the number of texts."),
            ),
        )

    def __str__(self) -> str:
        return self.batch_name

    @property
    def waiting_count(self) -> int:
        """Give the number of texts that have neither a result nor a failure."""
        return self.batch_size - self.completed_count - self.error_count
