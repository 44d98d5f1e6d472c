"""The table of exports: who took which rows, how many were promised and given, and how the file can be checked."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analyses.choices import ExportFormat, ExportState
from analyses.models import bounds
from analyses.models.jobs import Job

OPEN_STATES = (ExportState.QUEUED, ExportState.RUNNING)


class Export(models.Model):
    """An export: streamed to its reader, or made by the worker, with a `job` and for a time a file of ours.

    `sha256` and `size_bytes` are of the rows' file, also where that was packed with its manifest.
    """

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("who"),
        related_name="+",
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("asked for"), default=timezone.now)
    file_name = models.CharField(_("file"), max_length=100)
    file_format = models.CharField(_("format"), max_length=10, choices=ExportFormat.choices)
    is_packed = models.BooleanField(_("with manifest"), default=False)
    filter = models.TextField(_("filter"), blank=True, default="")
    zone = models.CharField(_("time zone"), max_length=64)
    sort = models.CharField(_("order"), max_length=50)
    columns = models.JSONField(_("columns"), default=list)
    state = models.CharField(
        _("state"), max_length=20, choices=ExportState.choices, default=ExportState.RUNNING
    )
    promised_count = models.BigIntegerField(_("rows promised"), null=True, blank=True)
    row_count = models.BigIntegerField(_("rows"), default=0)
    size_bytes = models.BigIntegerField(_("size (bytes)"), default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    as_of = models.DateTimeField(_("as of"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    error_message = models.TextField(_("error"), blank=True, default="")
    job = models.ForeignKey(Job, models.SET_NULL, related_name="+", null=True, blank=True)
    stored_name = models.CharField(max_length=80, blank=True, default="", db_index=True, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    class Meta:
        db_table = "exports"
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-id",)
        constraints = (
            bounds.one_of("state", ExportState.values, name="export_state_allowed"),
            bounds.one_of("file_format", ExportFormat.values, name="export_format_allowed"),
            bounds.not_negative("row_count", name="export_rows_not_negative"),
            bounds.dated("expires_at", name="export_expires_at_bounds"),
        )

    def __str__(self) -> str:
        return f"{self.file_name} #{self.pk}"

    @property
    def is_open(self) -> bool:
        """Tell whether it is still being made."""
        return self.state in OPEN_STATES

    @property
    def has_file(self) -> bool:
        """Tell whether its file can be fetched now, by this process's clock."""
        return bool(self.stored_name) and self.expires_at is not None and self.expires_at > timezone.now()

    @property
    def served_name(self) -> str:
        """Name what its reader gets: the file itself, or the ZIP that holds it and the manifest."""
        return f"{self.file_name}.zip" if self.is_packed else self.file_name
