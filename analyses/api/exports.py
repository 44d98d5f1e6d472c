"""Exports: exactly the rows of a filter, streamed, or as a file that the worker makes."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router

from analyses.api import filters
from analyses.api.answered import NOT_FOUND, WITH_BODY, answers
from analyses.api.answers import NDJSON, as_json
from analyses.api.bearer import EXPORTS, STEERS_EXPORTS, holder_of
from analyses.api.schemas import ExportIn, ExportOut, Id
from analyses.choices import ExportFormat
from analyses.models import Export
from analyses.queries import counting, export_records, paging
from analyses.queries import exports as queries
from analyses.queries.exports import ID_ORDER, Wanted
from analyses.services import exports as services
from analyses.tabular.json_lines import dumped
from analyses.views import downloads

router = Router(tags=["exports"])

CSV = "text/csv"
XLSX = downloads.CONTENT_TYPES[ExportFormat.XLSX]
ZONE = "UTC"


def _streams(content_type: str) -> dict[str, Any]:
    """Describe an answer that is no JSON."""
    content = {content_type: {"schema": {"type": "string"}}}
    words: dict[str, Any] = {"in": "query", "required": False}
    parameters = [
        words
        | {"name": "sort", "schema": {"type": "string", "enum": list(paging.SORTS), "default": ID_ORDER}},
        words | {"name": "column", "schema": {"type": "array", "items": {"type": "string"}}},
        *filters.filter_parameters(),
    ]
    return {"parameters": parameters, "responses": {200: {"content": content}}}


@router.get(
    "/analyses.csv",
    auth=EXPORTS,
    response=answers({200: None}),
    summary="Export as CSV",
    operation_id="export_csv",
    openapi_extra=_streams(CSV),
)
def export_csv(request: HttpRequest) -> HttpResponseBase:
    """Stream up to 1,000,000 rows as CSV; a text that a spreadsheet would calculate has an apostrophe before it.

    `Export-Rows` says how many there are, and `Export-Manifest` where the sha256 will be. All exports may be given an
    order (`sort`) and columns (`column`, repeated).
    """
    return _streamed(request, ExportFormat.CSV)


@router.get(
    "/analyses.ndjson",
    auth=EXPORTS,
    response=answers({200: None}),
    summary="Export as NDJSON",
    operation_id="export_ndjson",
    openapi_extra=_streams(NDJSON),
)
def export_ndjson(request: HttpRequest) -> HttpResponseBase:
    """Stream up to 1,000,000 rows as one JSON object a line, values unchanged.

    The last line is `{"end": true, "rows": ...}`: an export without it was cut off. The manifest is about those before.
    """
    return _streamed(request, ExportFormat.JSON_LINES)


@router.get(
    "/analyses.xlsx",
    auth=EXPORTS,
    response=answers({200: None}),
    summary="Export as XLSX",
    operation_id="export_xlsx",
    openapi_extra=_streams(XLSX),
)
def export_xlsx(request: HttpRequest) -> HttpResponseBase:
    """Stream up to 100,000 rows as a sheet in which texts are texts, never formulas."""
    return _streamed(request, ExportFormat.XLSX)


@router.post(
    "",
    auth=EXPORTS,
    response=answers({202: ExportOut}, *WITH_BODY),
    summary="Let the worker make a file",
    operation_id="create_export",
)
def create(request: HttpRequest, body: ExportIn) -> HttpResponse:
    """Let the worker write a file of any number of rows (XLSX: 100,000); it can be fetched for 24 hours."""
    user = holder_of(request).user
    filtered = filters.read_filter(QueryDict(body.filter.lstrip("?")), reader=user)
    selection = queries.select(filtered, sort=body.sort, columns=body.columns)
    wanted = Wanted(selection, ZONE, body.format, is_packed=body.manifest)
    record = services.order(wanted, rows=counting.exact(filtered).rows, user=user)
    return as_json(export_records.manifest(record), status=HTTPStatus.ACCEPTED)


@router.get(
    "/{export_id}",
    auth=EXPORTS,
    response=answers({200: ExportOut}, NOT_FOUND),
    summary="Get an export's manifest",
    operation_id="get_export",
    url_name="export",
)
def get(request: HttpRequest, export_id: Id) -> HttpResponse:
    """Tell what one's own export holds, how far it is, and how its file can be checked."""
    return as_json(export_records.manifest(_found(request, export_id)))


@router.get(
    "/{export_id}/file",
    auth=EXPORTS,
    response=answers({200: None}, NOT_FOUND),
    summary="Fetch the worker's file",
    operation_id="get_export_file",
    openapi_extra={
        "responses": {200: {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}}
    },
)
def get_file(request: HttpRequest, export_id: Id) -> HttpResponseBase:
    """Fetch the file of one's own export with its length; `Range: bytes=N-` gets the rest of a broken download."""
    record = _found(request, export_id)
    path = services.find_file(record)
    if path is None:
        raise Http404(_("The file of this export is not there yet, or not any more."))
    return downloads.stored(request, record, path)


@router.post(
    "/{export_id}/cancel",
    auth=STEERS_EXPORTS,
    response=answers({200: ExportOut}, NOT_FOUND),
    summary="Cancel an export",
    operation_id="cancel_export",
)
def cancel(request: HttpRequest, export_id: Id) -> HttpResponse:
    """Stop one's own export in the making. Safe to repeat; one that is over stays as it is."""
    services.cancel(_found(request, export_id))
    return as_json(export_records.manifest(_found(request, export_id)))


def _streamed(request: HttpRequest, file_format: str) -> HttpResponseBase:
    given, user = request.GET.copy(), holder_of(request).user
    columns, sorts = given.pop("column", []), given.pop("sort", [ID_ORDER])
    selection = queries.select(filters.read_filter(given, reader=user), sort=sorts[-1], columns=columns)
    wanted = Wanted(selection, ZONE, file_format)
    stream = services.stream(wanted, user=user, limit=services.most_rows(file_format))
    blocks = _Ended(stream) if file_format == ExportFormat.JSON_LINES else stream
    manifest_url = reverse("api:export", args=[stream.record.pk])
    return downloads.export(blocks, stream.record, manifest_url=manifest_url)


class _Ended:
    """A stream with a last line that says that it is whole."""

    def __init__(self, stream: services.Stream) -> None:
        self._stream = stream
        self.close = stream.close

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream
        yield dumped({"end": True, "rows": self._stream.record.row_count}) + b"\n"


def _found(request: HttpRequest, export_id: int) -> Export:
    record = export_records.owned_by(holder_of(request).owner_id).filter(pk=export_id).first()
    if record is None:
        raise Http404(_("There is no export %(id)s of yours.") % {"id": export_id})
    return record
