"""The table of worker processes and when each was last heard of."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Worker(models.Model):
    """A worker process; alive while `heartbeat_at` is recent and `stopped_at` is empty."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    started_at = models.DateTimeField(_("started"))
    heartbeat_at = models.DateTimeField(_("last heard of"), db_index=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)

    class Meta:
        db_table = "workers"
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ("-heartbeat_at", "-id")

    def __str__(self) -> str:
        return self.name
