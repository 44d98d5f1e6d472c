"""The table of analyses: one text, one analysis type, one result."""

from __future__ import annotations

from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analyses import choices
from analyses.choices import AnalysisStatus, AnalysisType, OptimizationTier
from analyses.models import as_dict, bounds
from analyses.models.batch_analyses import BatchAnalysis
from analyses.models.imports import Import


def _within(limits: tuple[float, float]) -> list[Any]:
    return [MinValueValidator(limits[0]), MaxValueValidator(limits[1])]


class TextAnalysisQuerySet(models.QuerySet["TextAnalysis"]):
    """Narrow the analyses."""

    def live(self) -> Self:
        """Leave out what lies in the trash."""
        return self.filter(deleted_at__isnull=True)

    def waiting(self) -> Self:
        """Keep what no engine has answered yet."""
        return self.filter(status__in=choices.WAITING_STATUSES)

    def done(self) -> Self:
        """Keep what has a result, computed or copied."""
        return self.filter(status__in=choices.DONE_STATUSES)


class TextAnalysis(models.Model):
    """One text under one analysis type; result columns hold the value in force (see `Correction`)."""

    text_content = models.TextField(_("text"))
    text_hash = models.CharField(_("text hash"), max_length=64, editable=False)
    content_length = models.IntegerField(_("characters"), editable=False)
    analysis_type = models.CharField(_("type"), max_length=50, choices=AnalysisType.choices)
    status = models.CharField(
        _("status"), max_length=20, choices=AnalysisStatus.choices, default=AnalysisStatus.PENDING
    )
    sentiment_score = models.FloatField(
        _("sentiment"), null=True, blank=True, validators=_within(choices.SENTIMENT_BOUNDS)
    )
    quality_score = models.FloatField(
        _("quality"), null=True, blank=True, validators=_within(choices.QUALITY_BOUNDS)
    )
    emotion_scores = models.JSONField(_("emotions"), null=True, blank=True)
    language_detected = models.CharField(
        _("language"), max_length=choices.LANGUAGE_CODE_LENGTH_MAX, null=True, blank=True
    )
    keywords = models.JSONField(_("keywords"), null=True, blank=True)
    readability_score = models.FloatField(
        _("readability"), null=True, blank=True, validators=_within(choices.READABILITY_BOUNDS)
    )
    entities = models.JSONField(_("entities"), null=True, blank=True)
    topics = models.JSONField(_("topics"), null=True, blank=True)
    processing_time_ms = models.FloatField(
        _("processing time (ms)"),
        null=True,
        blank=True,
        validators=_within(choices.PROCESSING_TIME_MS_BOUNDS),
    )
    model_used = models.CharField(_("model"), max_length=choices.MODEL_NAME_LENGTH_MAX, null=True, blank=True)
    confidence_score = models.FloatField(
        _("confidence"), null=True, blank=True, validators=_within(choices.CONFIDENCE_BOUNDS)
    )
    optimization_tier = models.CharField(
        _("tier"), max_length=20, choices=OptimizationTier.choices, default=OptimizationTier.STANDARD
    )
    model_config = models.JSONField(_("model settings"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True, editable=False)
    error_message = models.TextField(_("error"), null=True, blank=True)
    retry_count = models.IntegerField(_("retries"), default=0, editable=False)
    batch_analysis = models.ForeignKey(
        BatchAnalysis,
        models.CASCADE,
        verbose_name=_("batch"),
        related_name="text_analyses",
        null=True,
        blank=True,
        editable=False,
        db_index=False,  # the first column of uniq_batch_line
    )
    source_import = models.ForeignKey(
        Import,
        models.SET_NULL,
        verbose_name=_("import"),
        related_name="text_analyses",
        null=True,
        blank=True,
        editable=False,
        db_column="import_id",
        db_index=False,  # batches of an import are found through `batch_analyses`
    )
    line_number = models.IntegerField(_("line"), null=True, blank=True, editable=False)
    external_id = models.CharField(
        _("external id"), max_length=choices.EXTERNAL_ID_LENGTH_MAX, blank=True, default=""
    )
    extra = models.JSONField(_("the file's own columns"), default=dict, blank=True)
    occurred_at = models.DateTimeField(_("written"), null=True, blank=True)
    dated_at = models.GeneratedField(
        expression=Coalesce("occurred_at", "created_at"),
        output_field=models.DateTimeField(_("date")),
        db_persist=True,
    )
    dedupe_key = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)

    objects = TextAnalysisQuerySet.as_manager()

    class Meta:
        db_table = "text_analyses"
        verbose_name = _("text analysis")
        verbose_name_plural = _("text analyses")
        ordering = ("-id",)
        permissions = (("export_textanalysis", "Can export text analyses"),)
        indexes = (
            models.Index(fields=("text_hash", "analysis_type"), name="idx_text_hash_analysis_type"),
            models.Index(fields=("status", "created_at"), name="idx_status_created_at"),
            models.Index(fields=("optimization_tier", "processing_time_ms"), name="idx_tier_processing_time"),
            models.Index(fields=("sentiment_score", "id"), name="idx_sentiment_score"),
            models.Index(fields=("quality_score", "id"), name="idx_quality_score"),
            models.Index(fields=("readability_score", "id"), name="idx_readability_score"),
            models.Index(fields=("language_detected",), name="idx_language_detected"),
            models.Index(fields=("analysis_type", "dated_at", "id"), name="idx_analysis_type_dated_at"),
            models.Index(fields=("batch_analysis", "dated_at", "id"), name="idx_batch_dated_at"),
            models.Index(fields=("model_used", "dated_at", "id"), name="idx_model_used_dated_at"),
            models.Index(fields=("dated_at", "id"), name="idx_dated_at"),
            models.Index(fields=("created_at", "id"), name="idx_created_at"),
            # Rows of a batch in one state; with no batch: what was posted singly and waits.
            models.Index(fields=("batch_analysis", "status"), name="idx_batch_status"),
        )
        constraints = (
            models.UniqueConstraint(fields=("batch_analysis", "line_number"), name="uniq_batch_line"),
            bounds.one_of("analysis_type", AnalysisType.values, name="text_type_allowed"),
            bounds.one_of("status", AnalysisStatus.values, name="text_status_allowed"),
            bounds.one_of("optimization_tier", OptimizationTier.values, name="text_tier_allowed"),
            bounds.between("content_length", (1, choices.TEXT_LENGTH_MAX), name="text_length_bounds"),
            bounds.between("sentiment_score", choices.SENTIMENT_BOUNDS, name="text_sentiment_bounds"),
            bounds.between("quality_score", choices.QUALITY_BOUNDS, name="text_quality_bounds"),
            bounds.between("readability_score", choices.READABILITY_BOUNDS, name="text_readability_bounds"),
            bounds.between("confidence_score", choices.CONFIDENCE_BOUNDS, name="text_confidence_bounds"),
            bounds.between(
                "processing_time_ms", choices.PROCESSING_TIME_MS_BOUNDS, name="text_processing_time_bounds"
            ),
            bounds.not_negative("retry_count", name="text_retries_not_negative"),
            bounds.dated("created_at", name="text_created_at_bounds"),
            bounds.dated("occurred_at", name="text_occurred_at_bounds"),
        )

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_analysis_type_display()}"

    def to_dict(self) -> dict[str, Any]:
        """Give every column by name, as Python values; works before saving too."""
        return as_dict.to_dict(self)

    def to_json_dict(self) -> dict[str, Any]:
        """Give every column by name, as values that JSON has; works before saving too."""
        return as_dict.to_json_dict(self)
