"""What every request to the API passes: its id, addresses with and without a slash, errors in the one shape."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from analyses.api import answers

logger = logging.getLogger(__name__)

PREFIX = "/api/"
HEADER = "X-Request-ID"
KNOWN_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}", re.ASCII)
LEAKS = ("token", "access_token", "api_key")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ApiMiddleware:
    """Give each request under /api/ an id, the caller's own where it can be one, and answer failures as JSON."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        given = request.headers.get(HEADER, "")
        request.request_id = given if KNOWN_ID.fullmatch(given) else uuid.uuid4().hex  # type: ignore[attr-defined]
        if request.path_info != PREFIX:
            request.path_info = request.path_info.rstrip("/")
        response = _refusal(request) or self.get_response(request)
        if response.status_code >= HTTPStatus.BAD_REQUEST and not _is_ours(response):
            response = _in_our_shape(request, response)
        response.headers[HEADER] = answers.request_id(request)
        return response


def _refusal(request: HttpRequest) -> HttpResponseBase | None:
    """Refuse what would show a token to others: plain HTTP, where TLS is demanded, and a token in the address."""
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        sentence = _("The API is served over https only. A token sent over http is to be revoked.")
        return answers.problem(request, HTTPStatus.FORBIDDEN, sentence)
    query = request.META.get("QUERY_STRING")
    if query and (leaked := [name for name in LEAKS if name in request.GET]):
        logger.warning("A token came in the address, as %s; request %s.", leaked, answers.request_id(request))
        sentence = _(
            "Send the token in the Authorization header; one that was in an address is to be revoked."
        )
        return answers.problem(request, HTTPStatus.BAD_REQUEST, sentence)
    return None


def _is_ours(response: HttpResponseBase) -> bool:
    return response.headers.get("Content-Type", "").startswith(answers.JSON)


def _in_our_shape(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Replace Django's own page; what it says in headers stays."""
    status = response.status_code
    shaped = answers.problem(
        request, status, str(HTTPStatus(status).description or HTTPStatus(status).phrase)
    )
    for name, value in response.headers.items():
        if name.lower() not in ("content-type", "content-length"):
            shaped.headers[name] = value
    return shaped
