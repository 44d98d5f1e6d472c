"""The import pages: choose a file, see how it is read, start, watch."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from analyses.choices import ERRORS_SHOWN_MAX, AnalysisType, ImportState, OptimizationTier
from analyses.exceptions import UnreadableFileError, ValidationError
from analyses.models import Import, RejectedLine
from analyses.queries import imports
from analyses.queries.imports import ImportProgress
from analyses.services import imports as import_service
from analyses.services import uploads
from analyses.tabular import dates
from analyses.tabular.reading import Preview
from analyses.views import downloads, links, pages
from analyses.views.batches import STOP_POLLING
from analyses.views.forms.imports import ImportForm, ReadingForm, UploadForm
from analyses.views.upload_limits import limited


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@pages.requires("analyses.start_import")
def upload(request: HttpRequest) -> HttpResponseBase:
    """Ask for a file and keep it.

    The token is checked one step later than elsewhere: before, the limit must be in place, for reading the
    token reads the file.
    """
    handler = limited(request)

    @csrf_protect
    def checked(request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST":
            return _upload_page(request, UploadForm())
        form = UploadForm(request.POST, request.FILES)
        if handler.is_too_large:
            form.errors["file"] = form.error_class([uploads.too_large(settings.UPLOAD_MAX_BYTES)])
            return _upload_page(request, form, status=413)
        return _store(request, form)

    return checked(request)


def _store(request: HttpRequest, form: UploadForm) -> HttpResponse:
    if not form.is_valid():
        return _upload_page(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        record = uploads.store_upload(file.chunks(), file_name=file.name, user=request.user)
    except UnreadableFileError as error:
        form.add_error("file", str(error))
    except ValidationError as error:
        form.add_error("file", error.reason)
    else:
        return redirect("admin:import_preview", record.pk)
    return _upload_page(request, form, status=422)


def _upload_page(request: HttpRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    context = {
        "title": _("Import texts"),
        "form": form,
        "limit": filesizeformat(settings.UPLOAD_MAX_BYTES),
        "limit_bytes": settings.UPLOAD_MAX_BYTES,
        "too_large": uploads.too_large(settings.UPLOAD_MAX_BYTES),
    }
    return pages.render_page(request, "analyses/imports/upload.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@pages.requires("analyses.start_import")
def preview(request: HttpRequest, import_id: int) -> HttpResponse:
    """Show how the file is read; read it another way, or start it."""
    record = _get_or_404(import_id)
    if record.state != ImportState.UPLOADED:
        return redirect("admin:import", record.pk)
    if request.method != "POST":
        return _preview_page(request, record)
    if "read" in request.POST:
        return _read_again(request, record)
    return _start(request, record)


def _read_again(request: HttpRequest, record: Import) -> HttpResponse:
    """Read the file as the person says, keeping what else was typed."""
    form = ReadingForm(request.POST)
    if form.is_valid():
        try:
            uploads.reinspect(record, **form.cleaned_data)
        except UnreadableFileError as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_error(None, error.reason)
    record.refresh_from_db()
    return _preview_page(request, record, reading_form=form if form.errors else None, typed=True)


def _start(request: HttpRequest, record: Import) -> HttpResponse:
    form = _form(record, data=request.POST)
    if form.is_valid() and _started(request, record, form):
        return redirect("admin:import", record.pk)
    return _preview_page(request, record, form=form)


def _started(request: HttpRequest, record: Import, form: ImportForm) -> bool:
    try:
        import_service.start(
            record.pk,
            mapping=form.mapping(),
            name=form.cleaned_data["name"],
            analysis_types=form.cleaned_data["analysis_types"],
            tier=form.cleaned_data["tier"],
            user=request.user,
        )
    except ValidationError as error:
        form.add_problem(error.field, error.reason)
        return False
    return True


def _preview_page(
    request: HttpRequest,
    record: Import,
    *,
    form: ImportForm | None = None,
    reading_form: ReadingForm | None = None,
    typed: bool = False,
) -> HttpResponse:
    """Show the file as it is read now; a form with errors keeps what was typed and makes the answer a 422."""
    try:
        found = uploads.preview(record)
    except UnreadableFileError as error:
        messages.error(request, str(error))
        return redirect("admin:import_upload")
    last = imports.find_same_header(record, request.user)
    initial = _initial(record, found, last) | (_typed(request, record) if typed else {})
    context = {
        "title": _("Import texts"),
        "record": record,
        "form": form or _form(record, initial=initial),
        "reading_form": reading_form or ReadingForm(initial=_reading(record)),
        "seen_before": imports.find_seen_before(record),
        "remembered": last is not None and not record.is_export,
        "sample": _sample(found, record),
    }
    status = 422 if form or reading_form else 200
    return pages.render_page(request, "analyses/imports/preview.html", context, status=status)


def _form(record: Import, **kwargs: Any) -> ImportForm:
    return ImportForm(columns=record.columns, **kwargs)


def _reading(record: Import) -> dict[str, Any]:
    return {name: getattr(record, name) for name in ("encoding", "delimiter", "header_line")}


def _initial(record: Import, found: Preview, last: Import | None) -> dict[str, Any]:
    """Preselect what was chosen for the same header last time, else what the file itself says."""
    initial: dict[str, Any] = {
        "name": record.name,
        "analysis_types": [AnalysisType.SENTIMENT.value],
        "tier": OptimizationTier.STANDARD.value,
        "zone": timezone.get_current_timezone_name(),
    }
    if record.is_export:
        return initial | _columns_of(import_service.EXPORT_MAPPING)
    if last is not None:
        asked = {"analysis_types": last.analysis_types, "tier": last.optimization_tier}
        return initial | asked | _columns_of(last)
    return initial | _guessed(found)


def _columns_of(source: Any) -> dict[str, Any]:
    names = ("text_column", "id_column", "date_column", "date_format", "zone")
    return {name: getattr(source, name) for name in names}


def _guessed(found: Preview) -> dict[str, Any]:
    """Give the columns that can hardly be others, and the only format that fits the dates."""
    guess = found.guess
    chosen = {
        "text_column": guess.text or "",
        "id_column": guess.external_id or "",
        "date_column": guess.date or "",
    }
    if guess.date:
        position = found.shape.columns.index(guess.date)
        values = [row.values[position] for row in found.rows]
        chosen["date_format"] = dates.guess_date_format(values) or ""
    return chosen


def _typed(request: HttpRequest, record: Import) -> dict[str, Any]:
    """Give what was typed before reading again, as far as the columns still exist."""
    kept: dict[str, Any] = {
        name: request.POST[name] for name in ("name", "tier", "zone", "date_format") if name in request.POST
    }
    for name in ("text_column", "id_column", "date_column"):
        if request.POST.get(name) in record.columns:
            kept[name] = request.POST[name]
    return kept | {"analysis_types": request.POST.getlist("analysis_types")}


def _sample(found: Preview, record: Import) -> list[dict[str, Any]]:
    """Show the first rows as they will be read, and between them the refused ones with their reason."""
    good = [{"line": row.line, "values": row.values, "reason": ""} for row in found.rows]
    refused = [
        {"line": one.line, "raw": _readable(one.raw, record.encoding), "reason": one.reason}
        for one in found.rejected
    ]
    return sorted([*good, *refused], key=itemgetter("line"))


@require_GET
@vary_on_headers("HX-Request")
@pages.requires("analyses.view_import")
def import_page(request: HttpRequest, import_id: int) -> HttpResponse:
    """Show what became of a file; answer polls with 204 while nothing moves and 286 when all is done."""
    if "HX-Request" in request.headers and "version" in request.GET:
        return _news(request, _progress_or_404(import_id))
    found = _progress_or_404(import_id)
    context = {"title": found.record.name, **_context(found), "rejected": _rejected(found.record)}
    return pages.render_page(request, "analyses/imports/page.html", context)


def _news(request: HttpRequest, found: ImportProgress) -> HttpResponse:
    if found.finished:
        context = _context(found) | {"rejected": _rejected(found.record)}
        return render(request, "analyses/imports/_news.html", context, status=STOP_POLLING)
    if request.GET["version"] == found.version:
        return HttpResponse(status=204)
    return render(request, "analyses/imports/_news.html", _context(found))


def _context(found: ImportProgress) -> dict[str, Any]:
    record = found.record
    return {
        "record": record,
        "progress": found,
        "poll_url": f"{reverse('admin:import', args=(record.pk,))}?version={found.version}",
        "cancellable": record.state in imports.CANCELLABLE_STATES,
        "batches": [(one.batch, one.progress, links.rows(batch=one.batch.pk)) for one in found.batches],
        "accepted_url": _accepted_url(found),
        "shown_max": ERRORS_SHOWN_MAX,
    }


def _accepted_url(found: ImportProgress) -> str:
    """List the accepted lines: the rows of a batch that still has them all; no address where none has."""
    whole = [one.batch.pk for one in found.batches if one.progress.size == found.record.accepted_count]
    return links.rows(batch=whole[0]) if whole else ""


def _rejected(record: Import) -> list[dict[str, Any]]:
    if not record.rejected_count:
        return []
    return [
        {
            "line": one.line,
            "column": one.column,
            "reason": one.reason,
            "raw": _readable(one.raw, record.encoding),
        }
        for one in imports.first_rejected_lines(record.pk)
    ]


@require_GET
@pages.requires("analyses.view_rejectedline")
def rejected_csv(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """Download every refused record with line, column, reason and what stood there."""
    record = _get_or_404(import_id)
    return downloads.csv_download(
        ("line", "column", "reason", "raw"),
        _rejected_rows(record, imports.iterate_rejected_lines(record.pk)),
        file_name=f"import-{record.pk}-rejected.csv",
    )


def _rejected_rows(record: Import, lines: Iterator[RejectedLine]) -> Iterator[tuple[int, str, str, str]]:
    for one in lines:
        yield one.line, one.column, one.reason, _readable(one.raw, record.encoding)


@require_POST
@pages.requires("analyses.start_import")
def cancel(request: HttpRequest, import_id: int) -> HttpResponseRedirect:
    """Stop reading a file and the work on its batches."""
    record = _get_or_404(import_id)
    import_service.cancel(record.pk, user=request.user)
    messages.success(request, _("The import is cancelled. What was read stays."))
    return redirect("admin:import", record.pk)


def _readable(raw: bytes | memoryview, encoding: str) -> str:
    r"""Give refused bytes as text: what is no character, and NUL, is written as an escape such as \x00."""
    data = bytes(raw)
    # Refusals for what a cell says keep it in UTF-8, refusals for damage keep the file's own bytes.
    is_wide = encoding.startswith("utf-16") and b"\x00" in data
    try:
        text = data.decode(encoding if is_wide else "utf-8")
    except UnicodeDecodeError:
        text = data.decode(encoding, "backslashreplace")
    return text.replace("\x00", "\\x00")


def _get_or_404(import_id: int) -> Import:
    try:
        return imports.get(import_id)
    except (Import.DoesNotExist, OverflowError) as error:
        raise Http404(_("There is no import %(id)s.") % {"id": import_id}) from error


def _progress_or_404(import_id: int) -> ImportProgress:
    try:
        return imports.progress(import_id)
    except (Import.DoesNotExist, OverflowError) as error:
        raise Http404(_("There is no import %(id)s.") % {"id": import_id}) from error
