"""What every page of the console shares: its frame and its permission."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from analyses.queries import filtering
from analyses.queries.filter_fields import find_zone
from analyses.queries.filtering import Filtered

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def render_page(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page of the console inside its shell."""
    return render(request, template, {**admin.site.each_context(request), **context}, status=status)


def read_filter(request: HttpRequest, query: QueryDict | None = None) -> Filtered:
    """Understand a query string, the request's own by default, for its reader; InvalidFilterError says why not."""
    given = request.GET if query is None else query
    return filtering.parse(given, zone=zone_of(given), reader=request.user)


def zone_of(query: QueryDict) -> tzinfo:
    """Give the zone in which a query string's days are meant: the one it fixes, else the reader's."""
    return find_zone(query.get("zone", "")) or timezone.get_current_timezone()


def requires(permission: str) -> Callable[[View], View]:
    """Refuse (403) whoever lacks the permission; visitors were sent to the login before by the site."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast("View", guarded)

    return decorate
