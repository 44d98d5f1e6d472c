"""Moments at which everything cached before is void, because the cache could not be told of a change."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CacheReset(models.Model):
    """Only ever added: a counter in place would make all writers wait for each other while Redis is away."""

    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # Until then nothing is read from the cache or put into it.
    closed_until = models.DateTimeField(_("closed until"), null=True, editable=False)

    class Meta:
        db_table = "cache_resets"
        verbose_name = _("cache reset")
        verbose_name_plural = _("cache resets")

    def __str__(self) -> str:
        return f"#{self.pk} {self.created_at:%Y-%m-%d %H:%M:%S}"
