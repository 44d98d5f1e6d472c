"""The batch pages: the list, one batch as it moves, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from analyses.choices import AnalysisType, BatchState
from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis
from analyses.queries import batches, topic_groups
from analyses.queries.batches import BatchProgress
from analyses.services import batches as batch_service
from analyses.templatetags import results
from analyses.templatetags.formatting import duration_ms, number
from analyses.views import downloads, group_tables, links, pages, score_charts, value_lists

# htmx takes this status for "here is the last answer, ask no more".
STOP_POLLING = 286


@require_GET
@pages.requires("analyses.view_batchanalysis")
def batch_list(request: HttpRequest) -> HttpResponse:
    """List the batches, newest first."""
    page = batches.newest(
        older_than=_id_parameter(request, "older_than"), newer_than=_id_parameter(request, "newer_than")
    )
    progress = batches.progress_of(page.rows)
    address = reverse("admin:batches")
    context = {
        "title": _("Batches"),
        "rows": [(batch, progress[batch.pk]) for batch in page.rows],
        "count": batches.count(),
        "first_url": address if page.newer_than else "",
        "newer_url": f"{address}?newer_than={page.newer_than}" if page.newer_than else "",
        "older_url": f"{address}?older_than={page.older_than}" if page.older_than else "",
    }
    return pages.render_page(request, "analyses/batches/list.html", context)


@require_GET
@pages.requires("analyses.view_batchanalysis")
def batch_page(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show where a batch stands, its results so far and its failures."""
    batch = _get_or_404(batch_id)
    stand = batches.progress_of([batch])[batch.pk]
    context = {
        "title": batch.batch_name,
        "compare_url": _compare_url(batch),
        **_progress_context(batch, stand),
        **_results_context(batch, stand),
    }
    return pages.render_page(request, "analyses/batches/page.html", context)


def _compare_url(batch: BatchAnalysis) -> str:
    """Lead to the comparison with the rows that were run again, else to the question what to compare with."""
    rows = f"batch={batch.pk}"
    source = batch.source_import
    return (
        links.comparison(source.source_query, rows)
        if source and source.source_query
        else links.comparison(rows)
    )


@require_GET
@pages.requires("analyses.view_batchanalysis")
def progress(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Answer a poll: what moved, 204 when nothing did, 286 with everything when the batch is over."""
    batch = _get_or_404(batch_id)
    stand = batches.progress_of([batch])[batch.pk]
    if request.GET.get("part") == "results":
        context = _progress_context(batch, stand) | _results_context(batch, stand)
        return render(request, "analyses/batches/_results.html", context)
    if stand.finished:
        context = _progress_context(batch, stand) | _results_context(batch, stand)
        return render(request, "analyses/batches/_news.html", context, status=STOP_POLLING)
    context = _progress_context(batch, stand)
    if request.GET.get("version") == context["version"]:
        return HttpResponse(status=204)
    return render(request, "analyses/batches/_news.html", context)


@require_GET
@pages.requires("analyses.export_textanalysis")
def failures_csv(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """Download the failed rows with line, id, reason and text."""
    batch = _get_or_404(batch_id)
    return downloads.csv_download(
        ("line", "external_id", "reason", "text"),
        batches.iterate_failures(batch.pk),
        file_name=f"batch-{batch.pk}-failures.csv",
    )


@require_POST
@pages.requires("analyses.run_batchanalysis")
def cancel(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Stop a batch."""
    return _act(request, batch_id, lambda: _cancelled(batch_id, request))


@require_POST
@pages.requires("analyses.run_batchanalysis")
def resume(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Go on with a cancelled batch."""
    return _act(request, batch_id, lambda: _resumed(batch_id, request))


@require_POST
@pages.requires("analyses.run_batchanalysis")
def retry_failed(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Send the failed rows of a batch, or of one reason, back to work."""
    return _act(request, batch_id, lambda: _retried(batch_id, request))


def _cancelled(batch_id: int, request: HttpRequest) -> str:
    batch_service.cancel(batch_id, user=request.user)
    return _("The batch is cancelled. Results so far stay.")


def _resumed(batch_id: int, request: HttpRequest) -> str:
    batch_service.resume(batch_id, user=request.user)
    return _("The batch goes on where it stopped.")


def _retried(batch_id: int, request: HttpRequest) -> str:
    count = batch_service.retry_failed(batch_id, reason=request.POST.get("reason"), user=request.user)
    if not count:
        return _("No row of this batch failed for that reason any more.")
    words = ngettext("%(count)s row is tried again.", "%(count)s rows are tried again.", count)
    return words % {"count": number(count)}


def _act(request: HttpRequest, batch_id: int, action: Callable[[], str]) -> HttpResponseRedirect:
    """Do something to a batch and go back to its page, which says what was done or why not."""
    _get_or_404(batch_id)
    try:
        messages.success(request, action())
    except ValidationError as error:
        messages.error(request, error.reason)
    return redirect("admin:batch", batch_id)


def _progress_context(batch: BatchAnalysis, stand: BatchProgress) -> dict[str, Any]:
    address = reverse("admin:batch_progress", args=(batch.pk,))
    # Without a worker nobody asks the engine, and the page says so instead.
    wait = batches.engine_wait(batch.pk) if stand.worker_alive and not stand.finished else None
    version = f"{stand.version}-{wait.version}" if wait else stand.version
    return {
        "batch": batch,
        "progress": stand,
        "engine_wait": wait,
        "version": version,
        "poll_url": f"{address}?version={version}",
        "results_url": f"{address}?part=results",
        "explore_url": links.rows(batch=batch.pk),
        "kpis": _kpis(stand),
    }


def _kpis(stand: BatchProgress) -> list[dict[str, str]]:
    batch = stand.batch_id
    return [
        _kpi(number(stand.done), _("done"), links.rows(batch=batch, status=links.DONE), "positive"),
        _kpi(
            number(stand.failed),
            _("failed"),
            links.rows(batch=batch, status=links.FAILED),
            "negative" if stand.failed else "",
        ),
        _kpi(number(stand.waiting), _("waiting"), links.rows(batch=batch, status=links.WAITING)),
        _kpi(
            duration_ms(stand.mean_time_ms), _("mean time a text"), links.rows(batch=batch, status=links.DONE)
        ),
    ]


def _kpi(value: str, label: str, url: str, tone: str = "") -> dict[str, str]:
    return {"value": value, "label": label, "url": url, "tone": tone}


def _results_context(batch: BatchAnalysis, stand: BatchProgress) -> dict[str, Any]:
    """Give the histogram or the languages of the results so far, and the failures by reason."""
    failures = batches.failures_by_reason(batch.pk) if stand.failed else []
    context: dict[str, Any] = {
        "results_title": _("Results") if stand.state in _ENDED_WELL else _("Results so far"),
        "coverage": _("%(done)s of %(size)s texts.")
        % {"done": number(stand.done), "size": number(stand.size)},
        "failures": [
            (reason, count, links.rows(batch=batch.pk, status=links.FAILED, error=reason))
            for reason, count in failures
        ],
    }
    if batches.has_score(batch):
        counts = batches.score_bins(batch)
        context["chart"] = score_charts.score_histogram(counts, batch.analysis_type, batch=batch.pk)
    elif batch.analysis_type == AnalysisType.LANGUAGE:
        context["languages"] = [_language(batch, code, count) for code, count in batches.languages(batch.pk)]
    elif topic_groups.has_groups(batch):
        context["groups"] = group_tables.group_table(batch, finished=stand.finished)
    else:
        context["value_list"] = value_lists.value_list(
            batches.rows_of(batch.pk),
            batch.analysis_type,
            url_of=lambda wanted: links.rows(batch=batch.pk, **wanted),
        )
    return context


_ENDED_WELL = (BatchState.COMPLETED, BatchState.COMPLETED_WITH_ERRORS)


def _language(batch: BatchAnalysis, code: str, count: int) -> SimpleNamespace:
    url = links.rows(batch=batch.pk, status=links.DONE, language=code)
    return SimpleNamespace(label=results.language_name(code), count=count, url=url, selected=False)


def _get_or_404(batch_id: int) -> BatchAnalysis:
    try:
        return batches.get(batch_id)
    except (BatchAnalysis.DoesNotExist, OverflowError) as error:
        raise Http404(_("There is no batch %(id)s.") % {"id": batch_id}) from error


def _id_parameter(request: HttpRequest, name: str) -> int | None:
    """Read an id to page on from; refuse what is none."""
    given = request.GET.get(name)
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > len("9223372036854775807") - 1:
        raise BadRequest(_("“%(name)s” must be the number of a batch.") % {"name": name})
    return int(given)
