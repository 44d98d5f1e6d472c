"""What came in since a list was opened: the list stands still, and says how many more there are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from analyses.exceptions import InvalidFilterError
from analyses.queries import aggregates, counting, paging
from analyses.queries.filter_fields import MomentField, start_of
from analyses.queries.filtering import Filtered
from analyses.views import links, pages

SINCE = "since"
COUNTED_MAX = 999
# Orders whose first page new rows come to.
NEWEST_FIRST = ("-dated_at", "-created_at", "-id")


@require_GET
@pages.requires("analyses.view_textanalysis")
def news(request: HttpRequest) -> HttpResponse:
    """Say how many rows of a filter were made since a moment; 204 while there are none."""
    query = request.GET.copy()
    asked = "".join(str(one) for one in query.pop(SINCE, []))
    try:
        given = MomentField(required=True).clean(asked)
        since = start_of(given, timezone.get_current_timezone(), timezone.localdate())
        filtered = pages.read_filter(request, query)
    except (InvalidFilterError, forms.ValidationError):
        return HttpResponseBadRequest()
    count = counting.capped_rows(filtered.queryset.filter(created_at__gt=since), limit=COUNTED_MAX)
    if not count.rows:
        return HttpResponse(status=204)
    context = {"count": count, "url": links.explore(filtered.query, {"sort": request.GET.get("sort", "")})}
    return render(request, "analyses/explore/_news.html", context)


def beside(filtered: Filtered, page: paging.Page) -> dict[str, Any]:
    """Give the address that tells of news, for a first page that they would come to."""
    if page.has_previous or page.sort not in NEWEST_FIRST:
        return {}
    display = {
        "sort": "" if page.sort == paging.DEFAULT_SORT else page.sort,
        SINCE: aggregates.moment(timezone.now()),
    }
    return {"news_url": links.explore(filtered.query, display, name="admin:explore_news")}
