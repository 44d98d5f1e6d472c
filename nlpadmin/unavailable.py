"""Pages while the database is away, full or slow: asked once more where that may help, then 503 and never 500.

An exception is turned into an answer before any middleware outside sees it; `handler500` is where it can still be
told apart, and the middleware then looks at the note that it leaves on the request.
"""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Callable
from http import HTTPStatus

from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template import loader
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views import defaults

from analyses.queries import driver_errors
from analyses.queries.driver_errors import Fault

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 2
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
NO_SPACE_REASON = gettext_lazy("There is no space left for files on the server; nothing was kept of yours.")
SAFE_METHODS = ("GET", "HEAD")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def handle_exception(request: HttpRequest) -> HttpResponseBase:
    """Answer 503 when the database could not do its part for the moment, 507 without space, 500 for a bug."""
    error = sys.exc_info()[1]
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        logger.error("There is no space left: %s.", error)
        return _not_now(NO_SPACE_REASON, HTTPStatus.INSUFFICIENT_STORAGE)
    fault = driver_errors.fault_behind(error)
    if fault is Fault.OTHER:
        return defaults.server_error(request)
    request.database_fault = fault  # type: ignore[attr-defined]
    return _not_now(driver_errors.REASONS[fault], HTTPStatus.SERVICE_UNAVAILABLE)


def _not_now(reason: Promise, status: int) -> HttpResponse:
    """Say what is the matter on a page that needs neither the database nor a session."""
    response = HttpResponse(loader.render_to_string("503.html", {"reason": reason}), status=status)
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
