"""What every request passes: proxies, headers, session age and the reader's time zone."""

from __future__ import annotations

import ipaddress
import time
import zoneinfo
from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils import timezone

from analyses.queries import people
from analyses.queries.filter_fields import find_zone
from analyses.views import probes

GetResponse = Callable[[HttpRequest], HttpResponseBase]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_FORWARDED",
)
SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
SEEN_EVERY_SECONDS = 600


class PolicyMiddleware(CSPMiddleware):
    """Put the content security policy on what has none of its own, and compute it only there."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Leave an answer alone that says what it allows."""
        return response if HEADER in response else super().process_response(request, response)


class TrustedProxyMiddleware:
    """Forget what strangers claim in X-Forwarded-*: only the configured proxies are believed."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.networks = [ipaddress.ip_network(network) for network in settings.TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not self._is_trusted(request.META.get("REMOTE_ADDR", "")):
            for name in FORWARDED:
                request.META.pop(name, None)
        return self.get_response(request)

    def _is_trusted(self, address: str) -> bool:
        try:
            client = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(client in network for network in self.networks)


class HeadersMiddleware:
    """Refuse methods nobody needs and put the headers on every response, refusals and files too."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = (
            self.get_response(request) if request.method in METHODS else HttpResponseNotAllowed(METHODS)
        )
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class ProbesMiddleware:
    """Answer the probes before anything that needs a session, a known host or https: they come from inside."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return probes.answer(request) or self.get_response(request)


class PrivateResponsesMiddleware:
    """Keep pages out of every cache; static files never come this far."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers["Cache-Control"] = "no-store, private"
        return response


class SessionAgeMiddleware:
    """End a session after its longest life, and keep one in use from idling out.

    The renewal writes at most every ten minutes, so that reading a page does not write a row each time.
    """

    def __init__(self, get_response: GetResponse) -> None:
        if "sessions" not in settings.SESSION_ENGINE:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._renew_or_end(request)
        return self.get_response(request)

    def _renew_or_end(self, request: HttpRequest) -> None:
        now = int(time.time())
        signed_in_at = request.session.setdefault(SIGNED_IN_AT, now)
        if now - signed_in_at > settings.SESSION_AGE_MAX_SECONDS:
            logout(request)
        elif now - request.session.get(SEEN_AT, 0) > SEEN_EVERY_SECONDS:
            request.session[SEEN_AT] = now


class ReaderZoneMiddleware:
    """Show times in the zone that the address fixes, else in that of the person who reads.

    One query a request, none for a visitor.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(self._zone(request)):
            return self.get_response(request)

    def _zone(self, request: HttpRequest) -> zoneinfo.ZoneInfo:
        if not request.user.is_authenticated:
            return zoneinfo.ZoneInfo(settings.TIME_ZONE)
        own = people.reader(request.user).zone
        names = (request.GET.get("zone", ""), own, settings.TIME_ZONE)
        return next(zone for name in names if name and (zone := find_zone(name)) is not None)
