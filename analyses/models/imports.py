"""The table of imports: a file, how it was read, and what became of its lines; or rows of ours that are run again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analyses import choices
from analyses.choices import ImportState, OptimizationTier
from analyses.models import bounds


class Import(models.Model):
    """A file and its reading; rows = accepted + rejected, blank lines and lines above the header are skipped.

    Where `source_query` is set there is no file: the rows of this filter (its days are days in `zone`) were copied.
    """

    name = models.CharField(_("name"), max_length=choices.BATCH_NAME_LENGTH_MAX)
    file_name = models.CharField(_("file"), max_length=255)
    stored_name = models.CharField(max_length=64, unique=True, editable=False)
    sha256 = models.CharField(max_length=64, db_index=True, editable=False)
    size_bytes = models.BigIntegerField(_("size (bytes)"))
    encoding = models.CharField(_("encoding"), max_length=20)
    delimiter = models.CharField(_("delimiter"), max_length=1)
    header_line = models.IntegerField(_("header line"), default=1)
    columns = models.JSONField(_("columns"), default=list)
    header_hash = models.CharField(max_length=64, db_index=True, editable=False)
    is_export = models.BooleanField(_("exported from here"), default=False)
    text_column = models.CharField(_("text column"), max_length=255, blank=True, default="")
    id_column = models.CharField(_("id column"), max_length=255, blank=True, default="")
    date_column = models.CharField(_("date column"), max_length=255, blank=True, default="")
    date_format = models.CharField(_("date format"), max_length=40, blank=True, default="")
    zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    source_query = models.TextField(_("rows of"), blank=True, default="", db_default="", editable=False)
    analysis_types = models.JSONField(_("types"), default=list)
    optimization_tier = models.CharField(
        _("tier"), max_length=20, choices=OptimizationTier.choices, default=OptimizationTier.STANDARD
    )
    state = models.CharField(
        _("state"), max_length=20, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    accepted_count = models.IntegerField(_("accepted"), default=0)
    rejected_count = models.IntegerField(_("rejected"), default=0)
    skipped_count = models.IntegerField(_("skipped lines"), default=0)
    last_line = models.IntegerField(_("read up to line"), default=0)
    error_message = models.TextField(_("error"), blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("who"),
        related_name="+",
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now, db_index=True)
    completed_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        db_table = "imports"
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-id",)
        permissions = (("start_import", "Can import files"),)
        constraints = (
            bounds.one_of("state", ImportState.values, name="import_state_allowed"),
            bounds.not_negative("accepted_count", name="import_accepted_not_negative"),
            bounds.not_negative("rejected_count", name="import_rejected_not_negative"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def row_count(self) -> int:
        """Give the number of records read: accepted and rejected."""
        return self.accepted_count + self.rejected_count
