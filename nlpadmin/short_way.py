"""The API's way past what only pages need: sessions, messages, translation, forms' tokens, static files."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import get_resolver

GetResponse = Callable[[HttpRequest], HttpResponseBase]

PREFIX = "/api/"
# A program reads data; nothing of the answer may run or be framed.
POLICY = "default-src 'none'; frame-ancestors 'none'"
HEADERS = {
    "Cache-Control": "no-store, private",
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
}
# Pages of the documentation: people read them with their session.
FOR_PEOPLE = ("openapi-view", "openapi-json", "api-root", None)


class ApiShortWayMiddleware:
    """Answer the API's operations here; everything else goes on.

    What stands before it in MIDDLEWARE holds for the API, too: proxies, the request's id, headers, https. An operation
    answers all of its own exceptions; a host that is not ours is refused as it is everywhere.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        match = get_resolver().resolve(request.path_info)
        if match.url_name in FOR_PEOPLE:
            return self.get_response(request)
        request.get_host()
        request.resolver_match = match
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))  # type: ignore[attr-defined]
        return response
