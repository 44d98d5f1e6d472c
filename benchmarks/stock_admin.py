"""Django's own admin over the same table, as a tutorial sets it up: what explore.py is measured beside."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.urls import path

from analyses.models import TextAnalysis

TEMPLATES: list[dict[str, Any]] = [{**settings.TEMPLATES[0], "DIRS": [], "APP_DIRS": True}]
site = admin.AdminSite()


@admin.register(TextAnalysis, site=site)
class StockTextAnalysisAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The same columns and filters as ours."""

    list_display = (
        "id",
        "text_content",
        "analysis_type",
        "status",
        "sentiment_score",
        "batch_analysis",
        "dated_at",
    )
    list_filter = ("analysis_type", "status", "optimization_tier")
    search_fields = ("text_content", "external_id")
    date_hierarchy = "created_at"
    list_per_page = 50
    list_select_related: ClassVar[list[str]] = ["batch_analysis"]


urlpatterns = [path("", site.urls)]
