"""The table of attempts: how often somebody failed within a window of time, by a hash of who it was."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from analyses.choices import AttemptKind


class Attempt(models.Model):
    """Failures of one address; the worker drops a row once its window is over."""

    kind = models.CharField(_("kind"), max_length=20, choices=AttemptKind.choices)
    key = models.CharField(max_length=64)
    window_ends_at = models.DateTimeField(_("window ends"), db_index=True)
    count = models.PositiveIntegerField(_("count"))

    class Meta:
        db_table = "attempts"
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = (models.UniqueConstraint(fields=("key", "window_ends_at"), name="uniq_attempt_window"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.key[:8]}"
