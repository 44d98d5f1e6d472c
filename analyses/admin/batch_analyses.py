"""The list and the form of batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_lazy

from analyses import choices
from analyses.admin.filters import StatusFilter, TierFilter, TrashFilter, TypeFilter
from analyses.admin.records import RecordAdmin, guard, name_of, status_tag
from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis
from analyses.services import batches
from analyses.templatetags.formatting import moment, number
from analyses.views import pages


class NameForm(forms.Form):
    """The one thing of a batch that a person may write."""

    name = forms.CharField(max_length=choices.BATCH_NAME_LENGTH_MAX, label=gettext_lazy("Name"))


@admin.register(BatchAnalysis)
class BatchAnalysisAdmin(RecordAdmin):
    """Batches, newest first."""

    list_display = ("title", "kind", "status_label", "size", "done", "failed", "created")
    list_display_links = ("title",)
    list_filter = (TypeFilter, StatusFilter, TierFilter, TrashFilter)
    search_fields = ("batch_name",)
    actions = ("move_to_trash", "restore")
    can_be_trashed = True
    trash_note = gettext_lazy("A batch takes its rows along, and its work stops.")
    export_name = "batches"
    export_columns = (
        ("id", "pk"),
        ("batch_name", "batch_name"),
        ("analysis_type", "analysis_type"),
        ("optimization_tier", "optimization_tier"),
        ("status", "status"),
        ("batch_size", "batch_size"),
        ("completed_count", "completed_count"),
        ("error_count", "error_count"),
        ("total_processing_time_ms", "total_processing_time_ms"),
        ("avg_processing_time_ms", "avg_processing_time_ms"),
        ("created_at", "created_at"),
        ("completed_at", "completed_at"),
    )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the batch; a POST gives it another name."""
        guard(request)
        batch = self.get_record(request, object_id)
        if not self.has_view_permission(request, batch):
            raise PermissionDenied
        may_change = request.user.has_perm("analyses.change_batchanalysis") and batch.deleted_at is None
        form = NameForm(
            request.POST if request.method == "POST" else None, initial={"name": batch.batch_name}
        )
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            if form.is_valid() and self._rename(request, batch, form):
                return redirect(request.path)
        context = {
            "title": batch.batch_name,
            "batch": batch,
            "form": form,
            "may_change": may_change,
            "may_delete": self.has_delete_permission(request, batch) and batch.deleted_at is None,
        }
        status = 422 if form.is_bound else 200
        return pages.render_page(request, "admin/analyses/batchanalysis/page.html", context, status=status)

    def _rename(self, request: HttpRequest, batch: BatchAnalysis, form: NameForm) -> bool:
        try:
            batches.rename(batch.pk, batch_name=form.cleaned_data["name"], user=request.user)
        except ValidationError as error:
            form.add_error(error.field if error.field in form.fields else None, error.reason)
            return False
        messages.success(request, gettext("The name was changed."))
        return True

    def trash_rows(self, ids: Iterable[int], user: Any) -> int:
        live = BatchAnalysis.objects.live().filter(pk__in=list(ids)).values_list("pk", flat=True)
        for pk in (moved := list(live)):
            batches.trash(pk, user=user)
        return len(moved)

    def restore_rows(self, ids: Iterable[int], user: Any) -> int:
        trashed = BatchAnalysis.objects.filter(pk__in=list(ids), deleted_at__isnull=False)
        for pk in (moved := list(trashed.values_list("pk", flat=True))):
            batches.restore(pk, user=user)
        return len(moved)

    @admin.display(description=gettext_lazy("batch"), ordering="id")
    def title(self, row: BatchAnalysis) -> str:
        return name_of(row.batch_name)

    @admin.display(description=gettext_lazy("type"))
    def kind(self, row: BatchAnalysis) -> str:
        return f"{row.get_analysis_type_display()} · {row.get_optimization_tier_display()}"

    @admin.display(description=gettext_lazy("status"))
    def status_label(self, row: BatchAnalysis) -> str:
        if row.cancelled_at is not None:
            return status_tag("", gettext("cancelled"))
        return status_tag(row.status, row.get_status_display())

    @admin.display(description=gettext_lazy("texts"))
    def size(self, row: BatchAnalysis) -> str:
        return number(row.batch_size)

    @admin.display(description=gettext_lazy("done"))
    def done(self, row: BatchAnalysis) -> str:
        return number(row.completed_count)

    @admin.display(description=gettext_lazy("failed"))
    def failed(self, row: BatchAnalysis) -> str:
        return number(row.error_count)

    @admin.display(description=gettext_lazy("created"), ordering="created_at")
    def created(self, row: BatchAnalysis) -> str:
        return moment(row.created_at)
