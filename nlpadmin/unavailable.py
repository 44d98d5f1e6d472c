"""Pages while the database is away, full or slow: asked once more where that may help, then 503 and never 500.

An exception is turned into an answer before any middleware outside sees it; `handler500` is where it can still be
told apart, and the middleware then looks at the note that it leaves on the request.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from http import HTTPStatus

from django.db import connections
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template import loader
from django.views import defaults

from analyses.exceptions import DatabaseError
from analyses.queries import driver_errors
from analyses.queries.driver_errors import Fault

RETRY_AFTER_SECONDS = 2
SAFE_METHODS = ("GET", "HEAD")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def handle_exception(request: HttpRequest) -> HttpResponseBase:
    """Answer 503 when the database could not do its part for the moment, 500 for a bug."""
    fault = fault_of(sys.exc_info()[1])
    if fault is Fault.OTHER:
        return defaults.server_error(request)
    request.database_fault = fault  # type: ignore[attr-defined]
    return _not_now(fault)


def fault_of(error: BaseException | None) -> Fault:
    """Say what became of the database; OTHER where it is not to blame, or will not get better by waiting."""
    if isinstance(error, DatabaseError):
        return Fault(str(error.details.get("fault", Fault.OTHER)))
    return driver_errors.fault_of(error) if isinstance(error, Error) else Fault.OTHER


def _not_now(fault: Fault) -> HttpResponse:
    """Say what is the matter on a page that needs neither the database nor a session."""
    page = loader.render_to_string("503.html", {"reason": driver_errors.REASONS[fault]})
    response = HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


class AskAgainMiddleware:
    """Ask once more, on a new connection, for a page whose connection broke: a restart costs no reader a page.

    Only what changes nothing is asked again. A full pool is not: its wait is over, and the answer must come soon.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_lost = getattr(request, "database_fault", None) is Fault.LOST
        if not is_lost or request.method not in SAFE_METHODS:
            return response
        del request.database_fault  # type: ignore[attr-defined]
        connections.close_all()
        return self.get_response(request)
