"""The list of corrections: what people said against the models."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from analyses.admin.records import RecordAdmin, name_of
from analyses.models import Correction
from analyses.templatetags.formatting import excerpt, moment

VALUE_SHOWN = 80


@admin.register(Correction)
class CorrectionAdmin(RecordAdmin):
    """Corrections, newest first; they are made and withdrawn on the page of the analysis."""

    list_display = ("analysis_link", "field_name", "model_said", "person_says", "why", "who", "at")
    list_display_links = None
    list_select_related = ("user",)
    search_fields = ("reason",)
    fields = ("analysis_link", "field", "model_value", "human_value", "reason", "user", "created_at")
    readonly_fields = ("analysis_link",)
    export_name = "corrections"
    export_columns = (
        ("analysis", "analysis_id"),
        ("field", "field"),
        ("model_value", "model_value"),
        ("human_value", "human_value"),
        ("reason", "reason"),
        ("user", "user"),
        ("created_at", "created_at"),
    )

    @admin.display(description=_("analysis"))
    def analysis_link(self, row: Correction) -> str:
        url = reverse("admin:analyses_textanalysis_change", args=[row.analysis_id])
        return format_html('<a href="{}">#{}</a>', url, row.analysis_id)

    @admin.display(description=_("result"))
    def field_name(self, row: Correction) -> str:
        return row.field

    @admin.display(description=_("the model said"))
    def model_said(self, row: Correction) -> str:
        return excerpt(str(row.model_value), VALUE_SHOWN)

    @admin.display(description=_("corrected to"))
    def person_says(self, row: Correction) -> str:
        return excerpt(str(row.human_value), VALUE_SHOWN)

    @admin.display(description=_("reason"))
    def why(self, row: Correction) -> str:
        return name_of(excerpt(row.reason))

    @admin.display(description=_("who"))
    def who(self, row: Correction) -> str:
        return name_of(str(row.user or "–"))

    @admin.display(description=_("when"), ordering="created_at")
    def at(self, row: Correction) -> str:
        return moment(row.created_at)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)
