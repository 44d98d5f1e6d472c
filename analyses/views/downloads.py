"""CSV answers that are streamed row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from analyses.tabular.writing import write_rows


def csv_download(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, file_name: str
) -> StreamingHttpResponse:
    """Stream rows as a CSV file in UTF-8 whose cells a spreadsheet takes for text, not for formulas."""
    return csv_stream(write_rows(header, rows), file_name=file_name)


def csv_stream(blocks: Iterable[bytes], *, file_name: str) -> StreamingHttpResponse:
    """Stream what is CSV in UTF-8 already."""
    response = StreamingHttpResponse(blocks, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file_name)
    return response
