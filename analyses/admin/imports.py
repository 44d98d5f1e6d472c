"""The list of imports."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analyses.admin.filters import StateFilter
from analyses.admin.records import RecordAdmin, guard, name_of, status_tag
from analyses.models import Import
from analyses.templatetags.formatting import moment, number


@admin.register(Import)
class ImportAdmin(RecordAdmin):
    """Imports, newest first; each opens its own page of the console."""

    list_display = ("title", "state_tag", "accepted", "rejected", "skipped", "who", "uploaded_at")
    list_display_links = ("title",)
    list_filter = (StateFilter,)
    list_select_related = ("created_by",)
    search_fields = ("name", "file_name")
    export_name = "imports"
    export_columns = (
        ("id", "pk"),
        ("name", "name"),
        ("file_name", "file_name"),
        ("sha256", "sha256"),
        ("size_bytes", "size_bytes"),
        ("encoding", "encoding"),
        ("state", "state"),
        ("rows", "row_count"),
        ("accepted", "accepted_count"),
        ("rejected", "rejected_count"),
        ("skipped", "skipped_count"),
        ("created_by", "created_by"),
        ("created_at", "created_at"),
        ("completed_at", "completed_at"),
    )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to the import's own page."""
        guard(request)
        return redirect("admin:import", import_id=self.get_record(request, object_id).pk)

    @admin.display(description=_("import"), ordering="id")
    def title(self, row: Import) -> str:
        return format_html(
            '<bdi>{}</bdi><br><small class="muted"><bdi>{}</bdi></small>',
            row.name,
            row.file_name or gettext("rows run again"),
        )

    @admin.display(description=_("state"))
    def state_tag(self, row: Import) -> str:
        return status_tag(row.state, row.get_state_display())

    @admin.display(description=_("accepted"))
    def accepted(self, row: Import) -> str:
        return number(row.accepted_count)

    @admin.display(description=_("rejected"))
    def rejected(self, row: Import) -> str:
        return number(row.rejected_count)

    @admin.display(description=_("skipped lines"))
    def skipped(self, row: Import) -> str:
        return number(row.skipped_count)

    @admin.display(description=_("who"))
    def who(self, row: Import) -> str:
        return name_of(str(row.created_by or "–"))

    @admin.display(description=_("uploaded"), ordering="created_at")
    def uploaded_at(self, row: Import) -> str:
        return moment(row.created_at)
