"""The rollup: signed counts of live analyses by UTC day and what charts group by, and its narrow totals."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from analyses.models.batch_analyses import BatchAnalysis


class RollupLevel(models.IntegerChoices):
    """Whether a row of the rollup is as a writer left it, or merged and part of `RollupTotal` too."""

    DELTA = 0, _("delta")
    FOLDED = 1, _("folded")


class Rollup(models.Model):
    """A delta or a folded total; readers sum them all. `score_bin` is -1 where there is no score."""

    level = models.PositiveSmallIntegerField(
        choices=RollupLevel.choices, default=RollupLevel.DELTA, db_default=RollupLevel.DELTA
    )
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
        indexes = (
            models.Index(fields=("analysis_type", "day"), name="idx_rollup_type_day"),
            models.Index(fields=("level",), name="idx_rollup_level"),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.analysis_type} {self.status}: {self.count:+d}"


class RollupTotal(models.Model):
    """Sums of the folded rows: of a day, or (`day` is NULL) of a type, status and score bin.

    Readers add the rollup's deltas, and have with some hundred rows what else takes all of the rollup.
    """

    day = models.DateField(null=True)
    analysis_type = models.CharField(max_length=50, blank=True, default="")
    status = models.CharField(max_length=20, blank=True, default="")
    score_bin = models.SmallIntegerField(default=-1)
    count = models.BigIntegerField()
    score_micros = models.BigIntegerField(default=0)

    class Meta:
        db_table = "rollup_totals"
        verbose_name = _("total of the rollup")
        verbose_name_plural = _("totals of the rollup")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day or self.analysis_type} {self.status}: {self.count:+d}"
