"""The addresses under /api/; whatever is none of them is a 404 of the API and not the console's login."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, re_path, reverse_lazy
from django.views.generic import RedirectView

from analyses.api.application import api


def unknown(request: HttpRequest) -> HttpResponse:
    """Answer that there is no such address."""
    return api.on_exception(request, Http404())


unknown.csrf_exempt = True  # type: ignore[attr-defined]

urlpatterns = [
    path("", RedirectView.as_view(url=reverse_lazy("api:openapi-view"))),
    path("", api.urls),
    re_path("", unknown),
]
