"""Which exception becomes which answer: 4xx is the caller's, 503 may be tried again, 500 is our bug."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pydantic
from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db.utils import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.errors import ValidationError as NinjaValidationError

from analyses.api import answers
from analyses.api.reading import UnreadableBodyError
from analyses.exceptions import (
    DatabaseError,
    EngineUnavailableError,
    InvalidFilterError,
    KeyReusedError,
    LeaseLostError,
    ValidationError,
)
from analyses.queries import driver_errors
from analyses.queries.driver_errors import Fault

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 2


def install(api: NinjaAPI) -> None:
    """Let the API answer exceptions by this table."""
    table: Mapping[type[Exception], Any] = {
        ValidationError: lambda request, error: answers.refused(request, [error]),
        InvalidFilterError: lambda request, error: answers.refused(request, error.errors),
        NinjaValidationError: _unfit,
        UnreadableBodyError: _unreadable,
        RequestDataTooBig: _too_big,
        SuspiciousOperation: _suspicious,
        HttpError: _http_error,
        Http404: _not_found,
        ObjectDoesNotExist: lambda request, error: _not_found(request, Http404()),
        PermissionDenied: _forbidden,
        KeyReusedError: _conflict,
        LeaseLostError: lambda request, error: answers.problem(request, HTTPStatus.CONFLICT, str(error)),
        DatabaseError: _database_failed,
        Error: _driver_failed,
        EngineUnavailableError: _engine_away,
        Exception: _bug,
    }
    for kind, answer in table.items():
        api.add_exception_handler(kind, answer)


def _unfit(request: HttpRequest, error: NinjaValidationError) -> HttpResponse:
    return answers.refused(
        request, [ValidationError(_field(one["loc"]), _reason(one)) for one in error.errors]
    )


def reasons(error: pydantic.ValidationError) -> list[tuple[str, str]]:
    """Give each field with its reason."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [(".".join(map(str, one["loc"])) or "body", _reason(one)) for one in found]


def _reason(one: Any) -> str:
    if one["type"] in ("model_type", "model_attributes_type"):
        return _("Send a JSON object.")
    return str(one["msg"])


def _field(place: tuple[Any, ...]) -> str:
    """Name a field as its sender knows it: without where it came in and what we call the body."""
    parts = place[2:] if place[0] == "body" else place[1:]
    return ".".join(map(str, parts)) or "body"


def _unreadable(request: HttpRequest, error: UnreadableBodyError) -> HttpResponse:
    return answers.problem(request, error.status, error.detail)


def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return answers.problem(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("The body is too large."))


def _suspicious(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
    return answers.problem(request, HTTPStatus.BAD_REQUEST, _("This request cannot be read."))


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, UnreadableBodyError):
        return _unreadable(request, error.__cause__)
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        sentence = _("Send a valid token: Authorization: Bearer nlp_…")
        response = answers.problem(request, error.status_code, sentence)
        response.headers["WWW-Authenticate"] = "Bearer"
    else:
        response = answers.problem(request, error.status_code, str(error))
    for name, value in getattr(error, "headers", {}).items():
        response.headers[name] = value
    return response


def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return answers.problem(request, HTTPStatus.NOT_FOUND, str(error) or _("There is no such thing."))


def _forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return answers.problem(request, HTTPStatus.FORBIDDEN, str(error) or _("This is not allowed."))


def _conflict(request: HttpRequest, error: KeyReusedError) -> HttpResponse:
    return answers.problem(request, HTTPStatus.CONFLICT, error.reason)


def _database_failed(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    """Answer 503 for what passes, 500 for what does not; the driver's words are in the log."""
    fault = error.details.get("fault", Fault.CONFLICT)
    if fault == Fault.OTHER:
        return answers.problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, _("The database refused it."))
    # Read by the project's middleware, which asks once more when the connection broke.
    request.database_fault = fault  # type: ignore[attr-defined]
    return _later(request, error.reason, seconds=RETRY_AFTER_SECONDS)


def _driver_failed(request: HttpRequest, error: Error) -> HttpResponse:
    translated = driver_errors.translate(request.path_info, error)
    if isinstance(translated, ValidationError):
        return answers.refused(request, [translated])
    return _database_failed(request, translated)


def _engine_away(request: HttpRequest, error: EngineUnavailableError) -> HttpResponse:
    return _later(request, error.reason, seconds=error.retry_after_seconds)


def _later(request: HttpRequest, detail: str, *, seconds: float) -> HttpResponse:
    response = answers.problem(request, HTTPStatus.SERVICE_UNAVAILABLE, detail)
    response.headers["Retry-After"] = str(max(1, round(seconds)))
    return response


def _bug(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("Request %s failed.", answers.request_id(request), exc_info=error)
    sentence = _("This is our mistake; the log has it under this request id.")
    return answers.problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, sentence)
