"""The table of corrections: what the model said, what a person says, and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analyses.models.text_analyses import TextAnalysis


class Correction(models.Model):
    """A person's value for one result field; the analysis holds it, this row keeps the model's."""

    analysis = models.ForeignKey(
        TextAnalysis, models.CASCADE, verbose_name=_("analysis"), related_name="corrections", db_index=False
    )
    field = models.CharField(_("field"), max_length=40)
    model_value = models.JSONField(_("the model said"), null=True)
    human_value = models.JSONField(_("corrected to"), null=True)
    reason = models.TextField(_("reason"), blank=True, default="")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("who"), related_name="+", null=True
    )
    created_at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)

    class Meta:
        db_table = "corrections"
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("analysis", "field"), name="uniq_analysis_field"),)

    def __str__(self) -> str:
        return f"{self.field}: {self.model_value} → {self.human_value}"
