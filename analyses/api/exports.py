"""Exports: exactly the rows of a filter, streamed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Router

from analyses.api import filters
from analyses.api.answered import answers
from analyses.api.answers import NDJSON, dumped
from analyses.api.bearer import EXPORTS, holder_of
from analyses.queries import exports

logger = logging.getLogger(__name__)
router = Router(tags=["exports"])

CSV = "text/csv"
LINES_AT_ONCE = 500

Values = Sequence[Any]


def _streams(content_type: str) -> dict[str, Any]:
    """Describe an answer that is no JSON."""
    content = {content_type: {"schema": {"type": "string"}}}
    return {"parameters": filters.filter_parameters(), "responses": {200: {"content": content}}}


@router.get(
    "/analyses.csv",
    auth=EXPORTS,
    response=answers({200: None}),
    summary="Export as CSV",
    operation_id="export_csv",
    openapi_extra=_streams(CSV),
)
def export_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the rows as CSV in UTF-8; a text that a spreadsheet would calculate has an apostrophe before it."""
    filtered = filters.read_filter(request.GET)
    export = exports.CsvExport(filtered)
    blocks = _logged_blocks(export, user_id=holder_of(request).owner_id, query=filtered.query)
    return _stream(blocks, CSV, file_name="analyses.csv")


@router.get(
    "/analyses.ndjson",
    auth=EXPORTS,
    response=answers({200: None}),
    summary="Export as NDJSON",
    operation_id="export_ndjson",
    openapi_extra=_streams(NDJSON),
)
def export_ndjson(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the rows as one JSON object a line, values unchanged.

    The last line is `{"end": true, "rows": ...}`: an export without it was cut off.
    """
    header, rows = _rows(request)
    return _stream(_lines(header, rows), NDJSON, file_name="analyses.ndjson")


def _rows(request: HttpRequest) -> tuple[list[str], Iterator[Values]]:
    filtered = filters.read_filter(request.GET)
    own = exports.own_columns_of(filtered)
    rows = _logged(exports.rows(filtered, own), user_id=holder_of(request).owner_id, query=filtered.query)
    return exports.header(own), rows


def _logged(rows: Iterable[Values], *, user_id: int, query: str) -> Iterator[Values]:
    """Pass the rows on and log at the end who took how many."""
    written = 0
    try:
        for row in rows:
            yield row
            written += 1
    finally:
        _log(user_id, written, query)


def _logged_blocks(export: exports.CsvExport, *, user_id: int, query: str) -> Iterator[bytes]:
    try:
        yield from export
    finally:
        _log(user_id, export.count, query)


def _log(user_id: int, count: int, query: str) -> None:
    """Write who took how many rows; values of the filter may be people's words and stay out."""
    names = ",".join(sorted({part.partition("=")[0] for part in query.split("&")}))
    logger.info("User %s took %s rows through the API, filtered by (%s).", user_id, count, names)


def _lines(header: Values, rows: Iterator[Values]) -> Iterator[bytes]:
    count = 0
    while block := list(islice(rows, LINES_AT_ONCE)):
        count += len(block)
        yield b"".join(dumped(dict(zip(header, row, strict=True))) + b"\n" for row in block)
    yield dumped({"end": True, "rows": count}) + b"\n"


def _stream(
    content: Iterable[str] | Iterable[bytes], content_type: str, *, file_name: str
) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type=f"{content_type}; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file_name)
    return response
