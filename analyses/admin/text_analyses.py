"""The list and the page of text analyses: look, correct, edit, trash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from analyses import choices
from analyses.admin.filters import BatchFilter, StatusFilter, TierFilter, TrashFilter, TypeFilter
from analyses.admin.records import SELECTED_MAX, RecordAdmin, by_number, guard, name_of, status_tag
from analyses.admin.result_forms import AddForm, CorrectionForm, TextForm
from analyses.choices import RESULT_FIELD_BY_TYPE, AnalysisStatus, AnalysisType
from analyses.exceptions import ValidationError
from analyses.models import Correction, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import exports, search
from analyses.queries.filtering import Filtered
from analyses.search import parsing
from analyses.services import analyses
from analyses.templatetags import results
from analyses.templatetags.formatting import excerpt, moment
from analyses.views import explanations, links, neighbours, pages, same_text

EXCERPT_READ = 300
TYPE_LABELS, STATUS_LABELS = dict(AnalysisType.choices), dict(AnalysisStatus.choices)
LISTED = (
    "analysis_type",
    "status",
    "optimization_tier",
    "dated_at",
    "deleted_at",
    "line_number",
    "batch_analysis__batch_name",
    *RESULT_FIELD_BY_TYPE.values(),
)


@admin.register(TextAnalysis)
class TextAnalysisAdmin(RecordAdmin):
    """Text analyses, newest first; lists read an excerpt, never the whole text."""

    list_display = ("number", "text", "kind", "status_label", "result", "batch", "date")
    list_display_links = ("text",)
    list_filter = (TypeFilter, StatusFilter, TierFilter, BatchFilter, TrashFilter)
    list_select_related = ("batch_analysis",)
    # By date, as Explore: the indexes of batch, type and model hold it, and by number a batch of a million is walked.
    ordering = ("-dated_at", "-id")
    search_fields = ("text_content", "external_id")
    search_help_text = gettext_lazy("A number such as #12, an external id, or words of the text.")
    actions = ("move_to_trash", "restore")
    can_be_trashed = True
    export_name = "text-analyses"

    def csv_of(self, changelist: Any) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        """Give the columns of every export of text analyses, the file's own behind ours."""
        # The list's parameters are not Explore's, also where they are called the same.
        asked = tuple((f"list.{name}", value) for name, value in changelist.params.items())
        filtered = Filtered(queryset=changelist.matches, parameters=asked, values={})
        selection = exports.select(filtered)
        return selection.columns, exports.rows(selection)

    def for_list(self, rows: QuerySet[TextAnalysis]) -> QuerySet[TextAnalysis]:
        """Read what the list shows: an excerpt, the result, whether a person corrected it."""
        corrections = Correction.objects.filter(analysis=OuterRef("pk"))
        return (
            rows.select_related("batch_analysis")
            .only(*LISTED)
            .annotate(start=Substr("text_content", 1, EXCERPT_READ), is_corrected=Exists(corrections))
        )

    def search(self, rows: QuerySet[TextAnalysis], words: list[str]) -> QuerySet[TextAnalysis]:
        """Narrow the rows to those with a number or external id where there are such, else to what the texts say.

        A word without a digit is taken for no external id, which has no index. Raises ValidationError for a question
        that cannot be.
        """
        if len(words) == 1 and any(letter.isdigit() for letter in words[0]):
            named = rows.filter(by_number(words) | Q(external_id=words[0]))
            if found := list(named.order_by().values_list("pk", flat=True)[:SELECTED_MAX]):
                return rows.filter(pk__in=found)
        return search.narrow(cast("TextAnalysisQuerySet", rows), parsing.parse(" ".join(words)))

    # --- One analysis -----------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add the address that asks a slow engine for its reasons."""
        view = self.admin_site.admin_view(require_POST(self.explain_view))
        name = "analyses_textanalysis_explain"
        return [path("<path:object_id>/explain/", view, name=name), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("analyses.add_textanalysis")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Create a single analysis, or lead to the one that exists."""
        guard(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = AddForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                row, is_new = analyses.create(**form.cleaned_data, user=request.user)
            except ValidationError as error:
                put_error(form, error)
            else:
                said = (
                    gettext("The text waits for its engine.")
                    if is_new
                    else gettext("This analysis exists already.")
                )
                messages.success(request, said)
                return redirect(links.record(row.pk))
        context = {"title": gettext("Add a text analysis"), "form": form, "list_url": self.list_url()}
        status = 422 if form.is_bound else 200
        return pages.render_page(request, "admin/analyses/textanalysis/add.html", context, status=status)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the analysis; a POST corrects, withdraws, edits the text or takes it out of the trash."""
        guard(request)
        row = self.get_record(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        correction, text = CorrectionForm(row), TextForm(row)
        if request.method == "POST":
            if not request.user.has_perm("analyses.change_textanalysis"):
                raise PermissionDenied
            do = request.POST.get("do", "")
            if do == "correct":
                correction = CorrectionForm(row, request.POST)
            if do == "text":
                text = TextForm(row, request.POST)
            if self._act(request, row, do, {"correct": correction, "text": text}.get(do)):
                return redirect(links.record(row.pk, within=request.GET.get(links.WITHIN, "")))
        status = 422 if request.method == "POST" else 200
        context = self._page_context(request, row) | {"correction": correction, "text_form": text}
        return pages.render_page(request, "admin/analyses/textanalysis/page.html", context, status=status)

    def _act(self, request: HttpRequest, row: TextAnalysis, do: str, form: forms.Form | None) -> bool:
        """Do what a button of the page asks for; False leaves the person on the page with the reason."""
        acts: dict[str, Callable[[], str]] = {
            "correct": lambda: self._correct(request, row, form),
            "text": lambda: self._edit_text(request, row, form),
            "withdraw": lambda: self._withdraw(request, row),
            "restore": lambda: self._restore(request, row),
        }
        if do not in acts:
            raise BadRequest(gettext("This page has no such button."))
        if form is not None and not form.is_valid():
            return False
        try:
            said = acts[do]()
        except ValidationError as error:
            if form is None:
                messages.error(request, error.reason)
                return True
            put_error(form, error)
            return False
        messages.success(request, said)
        return True

    def _correct(self, request: HttpRequest, row: TextAnalysis, form: Any) -> str:
        values = {form.result: form.cleaned_data[form.result]}
        analyses.correct(row.pk, values=values, reason=form.cleaned_data["reason"], user=request.user)
        return gettext("The correction is in force; what the model said is kept beside it.")

    def _edit_text(self, request: HttpRequest, row: TextAnalysis, form: Any) -> str:
        analyses.edit_text(row.pk, text_content=form.cleaned_data["text_content"], user=request.user)
        return gettext("The text was saved.")

    def _withdraw(self, request: HttpRequest, row: TextAnalysis) -> str:
        field = RESULT_FIELD_BY_TYPE[AnalysisType(row.analysis_type)]
        analyses.withdraw_correction(row.pk, field=field, user=request.user)
        return gettext("The correction was withdrawn; what the model said is in force.")

    def _restore(self, request: HttpRequest, row: TextAnalysis) -> str:
        if not self.has_delete_permission(request, row):
            raise PermissionDenied
        if not analyses.restore([row.pk], user=request.user):
            raise ValidationError("id", gettext("It stays in the trash as long as its batch does."))
        return gettext("The analysis is in use again.")

    def explain_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask an engine that may be slow or away why it said what it said; nothing is written."""
        guard(request)
        row = self.get_record(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        corrected = find_correction(row)
        model_value = corrected.model_value if corrected else value_of(row)
        explanation = explanations.of_row_at_any_cost(row, model_value=model_value)
        if request.headers.get("HX-Request"):
            context = {"row": row, "explanation": explanation, "corrected": corrected}
            return render(request, "admin/analyses/textanalysis/_text.html", context)
        context = self._page_context(request, row) | {
            "explanation": explanation,
            "correction": CorrectionForm(row),
            "text_form": TextForm(row),
        }
        return pages.render_page(request, "admin/analyses/textanalysis/page.html", context)

    def _page_context(self, request: HttpRequest, row: TextAnalysis) -> dict[str, Any]:
        is_live = row.deleted_at is None
        may_change = request.user.has_perm("analyses.change_textanalysis")
        corrected = find_correction(row)
        model_value = corrected.model_value if corrected else value_of(row)
        return {
            "title": str(row),
            "row": row,
            "value": value_of(row),
            "shown": shown_value(row),
            "corrected": corrected,
            "model_said": results.brief(row.analysis_type, model_value, row.status) if corrected else "",
            "explanation": explanations.of_row(row, model_value=model_value),
            "may_correct": may_change and is_live and row.status in choices.DONE_STATUSES,
            "may_change": may_change and is_live,
            "may_delete": self.has_delete_permission(request, row),
            "place": neighbours.of_row(request, row),
            "same_text": same_text.beside(row),
            "list_url": self.list_url(),
        }

    # --- Trash ------------------------------------------------------------------------------------

    def trash_rows(self, ids: Iterable[int], user: Any) -> int:
        return analyses.trash(ids, user=user)

    def restore_rows(self, ids: Iterable[int], user: Any) -> int:
        return analyses.restore(ids, user=user)

    # --- Columns ----------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("id"), ordering="id")
    def number(self, row: TextAnalysis) -> str:
        return f"#{row.pk}"

    @admin.display(description=gettext_lazy("text"))
    def text(self, row: Any) -> str:
        return format_html('<span class="excerpt" dir="auto">{}</span>', excerpt(row.start) or "–")

    @admin.display(description=gettext_lazy("type"))
    def kind(self, row: TextAnalysis) -> str:
        return str(TYPE_LABELS[row.analysis_type])

    @admin.display(description=gettext_lazy("status"))
    def status_label(self, row: TextAnalysis) -> str:
        return status_tag(row.status, str(STATUS_LABELS[row.status]))

    @admin.display(description=gettext_lazy("result"))
    def result(self, row: Any) -> str:
        shown = shown_value(row)
        return format_html("{} <small>{}</small>", shown, gettext("corrected")) if row.is_corrected else shown

    @admin.display(description=gettext_lazy("batch"))
    def batch(self, row: TextAnalysis) -> str:
        return name_of(row.batch_analysis.batch_name) if row.batch_analysis else "–"

    @admin.display(description=gettext_lazy("date"), ordering="dated_at")
    def date(self, row: TextAnalysis) -> str:
        return moment(row.dated_at)


def find_correction(row: TextAnalysis) -> Correction | None:
    """Give the correction of the row's result with who made it, or None, in one query."""
    field = RESULT_FIELD_BY_TYPE[AnalysisType(row.analysis_type)]
    return Correction.objects.filter(analysis=row, field=field).select_related("user").first()


def put_error(form: forms.Form, error: ValidationError) -> None:
    """Show a service's refusal beside the field it is about."""
    form.add_error(error.field if error.field in form.fields else None, error.reason)


def shown_value(row: TextAnalysis) -> str:
    """Draw the result in force in a line."""
    return results.brief(row.analysis_type, value_of(row), row.status)


def value_of(row: TextAnalysis) -> Any:
    """Give the result in force."""
    return getattr(row, RESULT_FIELD_BY_TYPE[AnalysisType(row.analysis_type)])
