"""Exports: the form, the download, and the page of what was exported and how it can be checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analyses import choices
from analyses.choices import ExportFormat, ExportState
from analyses.exceptions import InvalidFilterError, TooManyRowsError, ValidationError
from analyses.models import Export
from analyses.queries import counting, export_records, filtering, paging
from analyses.queries import exports as queries
from analyses.queries.exports import Wanted
from analyses.services import exports as services
from analyses.tabular.json_lines import dumped
from analyses.views import downloads, links, pages
from analyses.views.batches import STOP_POLLING

FORM = "analyses/exports/form.html"
NUMBER = re.compile(r"\d{1,18}", re.ASCII)
CSRF_FIELD = "csrfmiddlewaretoken"
FORMAT_HINTS = {
    ExportFormat.CSV: gettext_lazy("for spreadsheets and for importing again"),
    ExportFormat.JSON_LINES: gettext_lazy("for programs: one object a line, values as they are"),
    ExportFormat.XLSX: gettext_lazy("for Excel and LibreOffice, up to 100,000 rows"),
}
SORT_LABELS = {
    "dated_at": gettext_lazy("date"),
    "created_at": gettext_lazy("created"),
    "id": gettext_lazy("number"),
    "sentiment_score": gettext_lazy("sentiment"),
    "quality_score": gettext_lazy("quality"),
    "readability_score": gettext_lazy("readability"),
}

may_export = pages.requires("analyses.export_textanalysis")


# --- Asking for one -------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@may_export
def export_form(request: HttpRequest) -> HttpResponse:
    """Show how many rows there are and what the file may be; sent as POST, the worker makes it."""
    try:
        wanted = _read(request, request.POST if request.method == "POST" else request.GET)
        rows = counting.exact(wanted.selection.filtered).rows
        if request.method == "POST":
            return redirect("admin:export", services.order(wanted, rows=rows, user=request.user).pk)
    except InvalidFilterError as error:
        return _refused(request, error.errors)
    except ValidationError as error:
        return _refused(request, [error])
    return pages.render_page(request, FORM, {"title": _("Export"), **_form(wanted, rows)})


@require_GET
@may_export
def download(request: HttpRequest) -> HttpResponseBase:
    """Stream exactly the rows of a filter, in its order; too many lead to the form, which says what can be done."""
    try:
        wanted = _read(request, request.GET)
        _settle_session(request)
        stream = services.stream(wanted, user=request.user, limit=services.most_rows(wanted.file_format))
    except InvalidFilterError as error:
        return _refused(request, error.errors)
    except TooManyRowsError:
        return redirect(f"{reverse('admin:export_form')}?{request.GET.urlencode()}")
    except ValidationError as error:
        return _refused(request, [error])
    record = stream.record
    return downloads.export(stream, record, manifest_url=reverse("admin:export_manifest", args=[record.pk]))


def _settle_session(request: HttpRequest) -> None:
    """Write a renewed session now: after the view it would become part of the export's long transaction."""
    if request.session.modified:
        request.session.save()
        request.session.modified = False


def _read(request: HttpRequest, query: QueryDict) -> Wanted:
    given = query.copy()
    for name in (*filtering.DISPLAY_PARAMETERS, CSRF_FIELD):
        if name not in ("sort", "zone"):
            given.pop(name, None)
    return queries.read(
        given,
        read_filter=partial(pages.read_filter, request),
        zone=str(pages.zone_of(given)),
        sort=paging.DEFAULT_SORT,
    )


def _refused(request: HttpRequest, errors: Sequence[ValidationError]) -> HttpResponse:
    context = {"title": _("Export"), "errors": errors, "explore_url": reverse("admin:explore")}
    return pages.render_page(request, FORM, context, status=400)


def _form(wanted: Wanted, rows: int) -> dict[str, Any]:
    """Give the form as it was asked for; more rows than a format holds cannot be chosen in it."""
    selection = wanted.selection
    is_too_large = rows > choices.EXPORT_XLSX_ROWS_MAX
    is_impossible = is_too_large and wanted.file_format == ExportFormat.XLSX
    chosen = ExportFormat.CSV if is_impossible else wanted.file_format
    return {
        "rows": rows,
        "is_large": rows > choices.EXPORT_STREAM_ROWS_MAX,
        "most": choices.EXPORT_STREAM_ROWS_MAX,
        "hours": choices.EXPORT_HOURS,
        "problem": services.too_many(rows, ExportFormat.XLSX).reason if is_impossible else "",
        "chips": selection.filtered.conditions,
        "explore_url": _explore_url(selection.filtered.query, selection.sort),
        "hidden": selection.filtered.question,
        "formats": [
            {
                "value": one.value,
                "label": one.label,
                "hint": FORMAT_HINTS[one],
                "checked": one == chosen,
                "disabled": one == ExportFormat.XLSX and is_too_large,
            }
            for one in ExportFormat
        ],
        "sorts": [(sort, _sort_label(sort), sort == selection.sort) for sort in paging.SORTS],
        "columns": [
            (name, not selection.has_all_columns and name in selection.columns)
            for name in queries.header(selection.own)
        ],
        "has_all_columns": selection.has_all_columns,
        "is_packed": wanted.is_packed,
    }


def _explore_url(query: str, sort: str) -> str:
    return links.explore(query, {"sort": "" if sort == paging.DEFAULT_SORT else sort})


def _sort_label(sort: str) -> str:
    words = _("by %(column)s, falling") if sort.startswith("-") else _("by %(column)s, rising")
    return words % {"column": SORT_LABELS[sort.removeprefix("-")]}


# --- What was exported ----------------------------------------------------------------------------


@require_GET
@may_export
def export_list(request: HttpRequest) -> HttpResponse:
    """List one's own exports, newest first; everybody's for who looks after the site."""
    user = cast("User", request.user)
    older_than = _older_than(request)
    page = export_records.newest(export_records.visible_to(user), older_than=older_than)
    address = reverse("admin:exports")
    context = {
        "title": _("Exports"),
        "rows": [_shown(export) for export in page.rows],
        "with_owner": user.has_perm("analyses.view_worker"),
        "first_url": address if older_than else "",
        "older_url": f"{address}?older_than={page.older_than}" if page.older_than else "",
    }
    return pages.render_page(request, "analyses/exports/list.html", context)


@require_GET
@may_export
def export_page(request: HttpRequest, export_id: int) -> HttpResponse:
    """Show what an export holds, how far it is, and how its file can be checked."""
    export = _get_or_404(request, export_id)
    return pages.render_page(request, "analyses/exports/page.html", _stand(request, export))


@require_GET
@may_export
def progress(request: HttpRequest, export_id: int) -> HttpResponse:
    """Answer a poll: 204 when nothing moved, 286 with the last word when the export is over."""
    context = _stand(request, _get_or_404(request, export_id))
    if request.GET.get("version") == context["version"]:
        return HttpResponse(status=204)
    status = 200 if context["is_open"] else STOP_POLLING
    return render(request, "analyses/exports/_news.html", context, status=status)


@require_GET
@may_export
def manifest(request: HttpRequest, export_id: int) -> HttpResponse:
    """Give the manifest as JSON."""
    export = _get_or_404(request, export_id)
    response = HttpResponse(dumped(export_records.manifest(export)), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="export-{export.pk}-manifest.json"'
    return response


@require_GET
@may_export
def stored_file(request: HttpRequest, export_id: int) -> HttpResponseBase:
    """Send the file that the worker made, to its owner alone and until it expires; a broken download goes on."""
    export = _get_or_404(request, export_id)
    if export.created_by != request.user:
        raise Http404(_("This file is its owner's."))
    path = services.find_file(export)
    if path is None:
        context = _stand(request, export) | {"is_missing": True}
        return pages.render_page(request, "analyses/exports/page.html", context, status=404)
    return downloads.stored(request, export, path)


@require_POST
@may_export
def cancel(request: HttpRequest, export_id: int) -> HttpResponse:
    """Stop an export in the making."""
    export = _get_or_404(request, export_id)
    if services.cancel(export):
        messages.success(request, _("The export is cancelled."))
    else:
        messages.error(request, _("This export is over already."))
    return redirect("admin:export", export.pk)


def _stand(request: HttpRequest, export: Export) -> dict[str, Any]:
    shown = _shown(export)
    state = shown["state"]
    version = f"{state.value}-{export.row_count}-{bool(shown['wait'])}"
    poll = reverse("admin:export_progress", args=[export.pk])
    return {
        "title": export.served_name,
        **shown,
        "is_owner": export.created_by == request.user,
        "left": max((export.promised_count or 0) - export.row_count, 0),
        "version": version,
        "poll_url": f"{poll}?version={version}",
    }


def _shown(export: Export) -> dict[str, Any]:
    state = export_records.state_of(export)
    job = export.job
    return {
        "export": export,
        "state": state,
        "is_open": job is not None and state in (ExportState.QUEUED, ExportState.RUNNING),
        "wait": job.error if job is not None and state == ExportState.QUEUED else "",
        "explore_url": _explore_url(export.filter, export.sort),
        "order": _sort_label(export.sort),
    }


def _get_or_404(request: HttpRequest, export_id: int) -> Export:
    try:
        return export_records.visible_to(cast("User", request.user)).get(pk=export_id)
    except (Export.DoesNotExist, OverflowError) as error:
        raise Http404(_("There is no export %(id)s.") % {"id": export_id}) from error


def _older_than(request: HttpRequest) -> int | None:
    """Read the number to page on from; refuse what is none."""
    given = request.GET.get("older_than", "")
    if not given:
        return None
    if not NUMBER.fullmatch(given):
        raise BadRequest(_("“older_than” must be the number of an export."))
    return int(given)
