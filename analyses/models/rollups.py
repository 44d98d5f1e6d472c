"""The rollup: signed counts of live analyses by UTC day and what charts group by."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from analyses.models.batch_analyses import BatchAnalysis


class Rollup(models.Model):
    """A delta or a folded total; readers sum them all. `score_bin` is -1 where there is no score."""

    day = models.DateField()
    batch = models.ForeignKey(BatchAnalysis, models.CASCADE, related_name="+", null=True)
    analysis_type = models.CharField(max_length=50)
    status = models.CharField(max_length=20)
    optimization_tier = models.CharField(max_length=20)
    model_used = models.CharField(max_length=100, blank=True, default="")
    score_bin = models.SmallIntegerField(default=-1)
    count = models.BigIntegerField()
    # Millionths of the score: integers add up to the same total in any order, floats do not.
    score_micros = models.BigIntegerField(default=0)

    class Meta:
        db_table = "rollups"
        verbose_name = _("rollup")
        verbose_name_plural = _("rollups")
        indexes = (models.Index(fields=("analysis_type", "day"), name="idx_rollup_type_day"),)

    def __str__(self) -> str:
        return f"{self.day} {self.analysis_type} {self.status}: {self.count:+d}"
