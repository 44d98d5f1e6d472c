"""The table of models: what each version of each model did in real work, one row a type of analysis."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analyses import choices
from analyses.engines.base import model_label
from analyses.models import bounds


class ModelPerformance(models.Model):
    """Requests = successes + errors; the mean time is that of the successes.

    The four measures of accuracy stay empty until people have labelled texts. The documented single indexes of name and
    type are the first columns of the two named ones.
    """

    model_name = models.CharField(_("model"), max_length=choices.PERFORMANCE_NAME_LENGTH_MAX)
    model_version = models.CharField(_("version"), max_length=choices.PERFORMANCE_VERSION_LENGTH_MAX)
    model_type = models.CharField(_("type"), max_length=choices.PERFORMANCE_TYPE_LENGTH_MAX)
    avg_processing_time_ms = models.FloatField(_("mean processing time (ms)"))
    # Wider than documented: a fast engine passes two thousand million texts within days.
    total_requests = models.BigIntegerField(_("requests"), default=0)
    successful_requests = models.BigIntegerField(_("successes"), default=0)
    error_count = models.BigIntegerField(_("errors"), default=0)
    accuracy_score = models.FloatField(_("accuracy"), null=True, blank=True)
    precision_score = models.FloatField(_("precision"), null=True, blank=True)
    recall_score = models.FloatField(_("recall"), null=True, blank=True)
    f1_score = models.FloatField(_("F1"), null=True, blank=True)
    memory_usage_mb = models.FloatField(_("memory (MB)"), null=True, blank=True)
    gpu_usage_percent = models.FloatField(_("GPU (%)"), null=True, blank=True)
    created_at = models.DateTimeField(_("first used"), default=timezone.now, db_index=True, editable=False)
    updated_at = models.DateTimeField(_("last used"), auto_now=True)

    class Meta:
        db_table = "model_performance"
        verbose_name = _("model performance")
        verbose_name_plural = _("model performance")
        ordering = ("model_type", "model_name", "model_version", "id")
        indexes = (
            models.Index(fields=("model_name", "model_version"), name="idx_model_name_version"),
            models.Index(fields=("model_type", "avg_processing_time_ms"), name="idx_model_type_performance"),
            models.Index(fields=("accuracy_score",), name="idx_accuracy_score"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("model_name", "model_version", "model_type"), name="uniq_model_performance"
            ),
            bounds.between(
                "avg_processing_time_ms", choices.PROCESSING_TIME_MS_BOUNDS, name="model_time_range"
            ),
            bounds.not_negative("successful_requests", name="model_successes_not_negative"),
            bounds.not_negative("error_count", name="model_errors_not_negative"),
            models.CheckConstraint(
                condition=Q(total_requests=F("successful_requests") + F("error_count")),
                name="model_requests_add_up",
                violation_error_message=_("Requests must be successes and errors together."),
            ),
            bounds.between("accuracy_score", choices.MEASURE_BOUNDS, name="model_accuracy_range"),
            bounds.between("precision_score", choices.MEASURE_BOUNDS, name="model_precision_range"),
            bounds.between("recall_score", choices.MEASURE_BOUNDS, name="model_recall_range"),
            bounds.between("f1_score", choices.MEASURE_BOUNDS, name="model_f1_range"),
            bounds.between("memory_usage_mb", choices.MEMORY_MB_BOUNDS, name="model_memory_range"),
            bounds.between("gpu_usage_percent", choices.PERCENT_BOUNDS, name="model_gpu_range"),
        )

    def __str__(self) -> str:
        return f"{self.model_type}: {self.model_used}"

    @property
    def model_used(self) -> str:
        """Name the model as the results do that it gave."""
        return model_label(self.model_name, self.model_version)
