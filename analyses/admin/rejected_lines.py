"""The list of refused records of imported files."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from analyses.admin.filters import ImportFilter
from analyses.admin.records import RecordAdmin, name_of
from analyses.models import RejectedLine
from analyses.templatetags.formatting import number


@admin.register(RejectedLine)
class RejectedLineAdmin(RecordAdmin):
    """Refused records with line, column and reason."""

    list_display = ("number", "import_link", "column_name", "why")
    list_display_links = ("number",)
    list_filter = (ImportFilter,)
    list_select_related = ("source_import",)
    search_fields = ("reason",)
    ordering = ("-pk",)
    fields = ("import_link", "line", "column", "reason", "as_it_came")
    readonly_fields = ("import_link", "as_it_came")
    export_name = "rejected-lines"
    export_columns = (
        ("import", "source_import_id"),
        ("line", "line"),
        ("column", "column"),
        ("reason", "reason"),
    )

    def for_list(self, rows: QuerySet[RejectedLine]) -> QuerySet[RejectedLine]:
        """Leave out the bytes, up to 64 KiB a record."""
        return rows.defer("raw")

    @admin.display(description=_("line"))
    def number(self, row: RejectedLine) -> str:
        return number(row.line)

    @admin.display(description=_("import"))
    def import_link(self, row: RejectedLine) -> str:
        url = reverse("admin:import", args=[row.source_import_id])
        return format_html('<a href="{}"><bdi>{}</bdi></a>', url, row.source_import)

    @admin.display(description=_("column"))
    def column_name(self, row: RejectedLine) -> str:
        return name_of(row.column or "–")

    @admin.display(description=_("reason"))
    def why(self, row: RejectedLine) -> str:
        return row.reason

    @admin.display(description=_("as it came"))
    def as_it_came(self, row: RejectedLine) -> str:
        text = bytes(row.raw).decode("utf-8", "backslashreplace").replace("\x00", "␀")
        return format_html('<pre class="foreign" dir="auto">{}</pre>', text)
