"""What orchestrators and monitors ask: is the process alive, can it serve, how is it. Open to all; no secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils import timezone

from analyses.queries import health, shared_cache

METHODS = ("GET", "HEAD")


def livez() -> HttpResponse:
    """Say that the process answers; asks nothing of anybody, because a restart would not mend a database."""
    return JsonResponse({"alive": True})


def readyz() -> HttpResponse:
    """Say whether requests may come: 503 names what is missing, `database` or `migrations`."""
    missing = health.missing()
    status = HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK
    return JsonResponse({"ready": not missing, "missing": missing}, status=status)


def healthz() -> HttpResponse:
    """Tell how the process is: 503 when it is not healthy; a cache that is away makes it slower, not unhealthy."""
    found = health.status()
    content = {
        "status": "healthy" if found.is_healthy else "unhealthy",
        "database": "database" not in found.details,
        "migrations": "migrations" not in found.details,
        "cache": shared_cache.is_reachable() if shared_cache.is_enabled() else None,
        "timestamp": timezone.now().isoformat(),
    }
    status = HTTPStatus.OK if found.is_healthy else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(content, status=status)


PROBES: Mapping[str, Callable[[], HttpResponse]] = {"/livez": livez, "/readyz": readyz, "/health": healthz}


def answer(request: HttpRequest) -> HttpResponse | None:
    """Answer a probe; None for any other address."""
    probe = PROBES.get(request.path_info.rstrip("/"))
    if probe is None:
        return None
    response = probe() if request.method in METHODS else HttpResponseNotAllowed(METHODS)
    response.headers["Cache-Control"] = "no-store"
    return response
