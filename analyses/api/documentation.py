"""The page that shows the OpenAPI document: Swagger from django-ninja's own files, under the strict policy."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase


class ConsoleSwagger(DocsBase):
    """Swagger without anything inline and without anything from another host."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        """Show the page; its script reads the address of the document from it."""
        context = {"title": api.title, "document_url": self.get_openapi_url(api, kwargs)}
        return render(request, "analyses/api/docs.html", context)
