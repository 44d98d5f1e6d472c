"""Run rows again: whose texts, asked what, at which tier and how long that may take; then new batches of the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from analyses.choices import BATCH_NAME_LENGTH_MAX, AnalysisType, OptimizationTier
from analyses.engines import registry
from analyses.exceptions import InvalidFilterError, ValidationError
from analyses.models import Import
from analyses.queries import aggregates, model_performance, rollup_totals
from analyses.queries.counting import RowCount
from analyses.queries.filtering import Filtered
from analyses.services import reruns
from analyses.views import links, pages
from analyses.views.forms.questions import QuestionForm

TEMPLATE = "analyses/reruns/page.html"


@dataclass(frozen=True)
class Estimate:
    """An engine that can be asked about the rows; times are means of this site's work, None before the first."""

    tier: str
    model: str
    text_ms: float | None
    rows_ms: float | None


@require_http_methods(["GET", "HEAD", "POST"])
@pages.requires("analyses.run_batchanalysis")
def run_again(request: HttpRequest) -> HttpResponse:
    """Ask for types and tier; a POST makes the batches and leads to them. What the filter cannot be is said."""
    try:
        filtered = pages.read_filter(request)
    except InvalidFilterError as error:
        return _page(request, {"errors": error.errors}, status=400)
    if filtered.listed_type is None:
        return _page(request, _types_context(filtered))
    if request.method == "POST":
        return _start(request, filtered)
    form = QuestionForm(initial=_initial(filtered, filtered.listed_type))
    return _page(request, _context(filtered, filtered.listed_type, form))


def _start(request: HttpRequest, filtered: Filtered) -> HttpResponse:
    form = QuestionForm(request.POST)
    record = _started(request, filtered, form) if form.is_valid() else None
    if record is None:
        kind = filtered.listed_type or AnalysisType.SENTIMENT
        return _page(request, _context(filtered, kind, form), status=422)
    messages.success(
        request, _("The texts are copied into new batches; the rows themselves stay as they are.")
    )
    made = list(record.batches.values_list("pk", flat=True))
    return redirect("admin:batch", made[0]) if len(made) == 1 else redirect("admin:import", record.pk)


def _started(request: HttpRequest, filtered: Filtered, form: QuestionForm) -> Import | None:
    try:
        return reruns.start(
            filtered, zone=timezone.get_current_timezone_name(), **form.cleaned_data, user=request.user
        )
    except ValidationError as error:
        form.add_problem(error.field, error.reason)
        return None


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    frame = {"title": _("Run again"), "explore_url": reverse("admin:explore")}
    return pages.render_page(request, TEMPLATE, {**frame, **context}, status=status)


def _types_context(filtered: Filtered) -> dict[str, Any]:
    """Offer the types that have rows at all: rows of one type alone are run again."""
    counts = rollup_totals.by_type()
    return {
        "explore_url": links.explore(filtered.query),
        "types": [
            (kind.label, links.run_again(filtered.query_with({"analysis_type": kind.value})))
            for kind in AnalysisType
            if kind.value in counts
        ],
    }


def _context(filtered: Filtered, kind: AnalysisType, form: QuestionForm) -> dict[str, Any]:
    count = aggregates.count_for_summary(filtered)
    return {
        "explore_url": links.explore(filtered.query),
        "form": form,
        "count": count,
        "kind": kind.label,
        "conditions": filtered.conditions,
        "estimates": list(_estimates(kind, count)),
    }


def _initial(filtered: Filtered, kind: AnalysisType) -> dict[str, Any]:
    """Propose the rows' own type at the highest tier there is, under the name of where they are from."""
    tiers = [row.tier for row in registry.installed() if row.analysis_type == kind]
    source = filtered.batch and filtered.batch.batch_name
    source = source or (filtered.source_import and filtered.source_import.name) or _("rows of Explore")
    return {
        "name": (_("again: %(name)s") % {"name": source})[:BATCH_NAME_LENGTH_MAX],
        "analysis_types": [kind.value],
        "tier": (tiers[-1] if tiers else OptimizationTier.STANDARD).value,
    }


def _estimates(kind: AnalysisType, count: RowCount) -> Iterator[Estimate]:
    times = model_performance.mean_times_ms(kind)
    for row in registry.installed():
        if row.analysis_type == kind:
            text_ms = times.get(row.facts.model_used)
            rows_ms = None if text_ms is None else text_ms * count.rows
            yield Estimate(str(row.tier.label), row.facts.model_used, text_ms, rows_ms)
