"""The table of refused records: what was wrong, where, and the bytes as they came."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from analyses.models.imports import Import


class RejectedLine(models.Model):
    """A record of an imported file that became no row; `raw` is cut at 64 KiB."""

    source_import = models.ForeignKey(
        Import,
        models.CASCADE,
        verbose_name=_("import"),
        related_name="rejected_lines",
        db_column="import_id",
        db_index=False,  # the first column of uniq_import_line
    )
    line = models.IntegerField(_("line"))
    column = models.CharField(_("column"), max_length=255, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=255)
    raw = models.BinaryField(_("as it came"))

    class Meta:
        db_table = "rejected_lines"
        verbose_name = _("rejected line")
        verbose_name_plural = _("rejected lines")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("source_import", "line"), name="uniq_import_line"),)

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"
