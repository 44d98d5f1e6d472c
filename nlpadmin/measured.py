"""Every request is measured, and its statements are counted as its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from analyses import measuring

UNKNOWN = "unknown address"

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class MeasureMiddleware:
    """Measure how long each page takes to answer; files and probes are no pages.

    A download is measured until it begins.
    """

    def __init__(self, get_response: GetResponse) -> None:
        if not settings.ENABLE_METRICS:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        with measuring.source(lambda: _name(request)):
            response = self.get_response(request)
        if request.resolver_match:
            duration_ms = (time.perf_counter() - started) * 1000.0
            is_success = response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
            measuring.recorder.add_request(_name(request), duration_ms, is_success=is_success)
        return response


def _name(request: HttpRequest) -> str:
    """Name the page that is asked for, also before Django looked its address up."""
    match = request.resolver_match
    if match is None:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return UNKNOWN
    # Whatever catches all other addresses has no name.
    return match.view_name if match.url_name else UNKNOWN
