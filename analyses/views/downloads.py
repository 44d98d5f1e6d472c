"""Files for the reader: streamed as they are made, or from the disk and resumable."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from analyses.choices import ExportFormat
from analyses.models import Export
from analyses.tabular.writing import write_rows

CSV = "text/csv; charset=utf-8"
ZIP = "application/zip"
CONTENT_TYPES: Mapping[str, str] = {
    ExportFormat.CSV: CSV,
    ExportFormat.JSON_LINES: "application/x-ndjson; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# The rest of a file is all that a broken download asks for; other ranges get the whole.
REST = re.compile(r"bytes=(\d{1,18})-", re.ASCII)


def csv_download(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, file_name: str
) -> StreamingHttpResponse:
    """Stream rows as a CSV file in UTF-8 whose cells a spreadsheet takes for text, not for formulas."""
    return stream(write_rows(header, rows), content_type=CSV, file_name=file_name)


def stream(blocks: Iterable[bytes], *, content_type: str, file_name: str) -> StreamingHttpResponse:
    """Stream a file as it comes; an error in it breaks the connection, so that no part passes for the whole."""
    response = StreamingHttpResponse(blocks, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file_name)
    return response


def export(blocks: Iterable[bytes], record: Export, *, manifest_url: str) -> StreamingHttpResponse:
    """Stream an export; its head says how many rows are promised and where the manifest will be."""
    response = stream(blocks, content_type=content_type_of(record), file_name=record.served_name)
    response["Export-Rows"] = str(record.promised_count)
    response["Export-Manifest"] = manifest_url
    return response


def content_type_of(record: Export) -> str:
    """Name what the reader of an export gets."""
    return ZIP if record.is_packed else CONTENT_TYPES[record.file_format]


def stored(request: HttpRequest, record: Export, path: Path) -> HttpResponseBase:
    """Send the file of an export with its length, or what is left of it to whoever has its beginning."""
    size, etag = path.stat().st_size, f'"{path.name}"'
    rest = REST.fullmatch(request.headers.get("Range", ""))
    start = int(rest[1]) if rest and request.headers.get("If-Range", etag) == etag else 0
    if start >= size > 0:
        whole = {"Content-Range": f"bytes */{size}"}
        return HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=whole)
    file = path.open("rb")
    file.seek(start)
    response = FileResponse(
        file, as_attachment=True, filename=record.served_name, content_type=content_type_of(record)
    )
    response["Accept-Ranges"], response["ETag"] = "bytes", etag
    if start:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
    return response
