"""The table of measurements: what each process counted and timed, a row every quarter of a minute it had something."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Measurement(models.Model):
    """What one process measured up to a moment (`measuring.Measured` as JSON); older rows are merged into one.

    The sum of all rows is everything that was ever measured.
    """

    process = models.CharField(_("process"), max_length=200)
    taken_at = models.DateTimeField(_("taken"), db_index=True)
    measured = models.JSONField(_("measured"))

    class Meta:
        db_table = "measurements"
        verbose_name = _("measurement")
        verbose_name_plural = _("measurements")
        ordering = ("-taken_at", "-id")

    def __str__(self) -> str:
        return f"{self.process}, {self.taken_at:%Y-%m-%d %H:%M:%S}"
