"""The answers of the API: JSON, and the one shape of everything that went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from analyses.exceptions import ValidationError
from analyses.tabular.json_lines import dumped

JSON = "application/json"
NDJSON = "application/x-ndjson"

# The word in `error` by status; programs may rely on it, people read `detail`.
CODES: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.CONFLICT: "conflict",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
    HTTPStatus.UNPROCESSABLE_ENTITY: "validation_error",
    HTTPStatus.TOO_MANY_REQUESTS: "too_many_requests",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal_error",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
}
OTHER_CODE = "error"


def as_json(content: Any, *, status: int = HTTPStatus.OK) -> HttpResponse:
    """Answer with values as they are; moments come out in UTC."""
    return HttpResponse(dumped(content), status=status, content_type=JSON)


def problem(request: HttpRequest, status: int, detail: str, /, **more: Any) -> HttpResponse:
    """Answer that something went wrong, in the one shape."""
    content = {
        "error": CODES.get(status, OTHER_CODE),
        "detail": detail,
        "timestamp": datetime.now(UTC),
        "request_id": request_id(request),
    }
    return as_json(content | more, status=status)


def refused(request: HttpRequest, errors: Iterable[ValidationError]) -> HttpResponse:
    """Answer 422: what was read is not allowed; each field with its reason."""
    found = [{"field": error.field, "reason": error.reason} for error in errors]
    detail = "; ".join(f"{one['field']}: {one['reason']}" for one in found)
    return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=found)


def request_id(request: HttpRequest) -> str:
    """Give the id under which this request is spoken of."""
    return str(getattr(request, "request_id", ""))
