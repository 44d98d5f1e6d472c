"""The way through a filtered list from a record's page: which row this is, the one before, the one after."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from analyses.exceptions import InvalidFilterError, ValidationError
from analyses.models import TextAnalysis
from analyses.queries import neighbours, paging
from analyses.views import links, pages


def of_row(request: HttpRequest, row: TextAnalysis) -> dict[str, Any] | None:
    """Give the row's place in the list that the address names; None without one, or where it names none that can be."""
    given = request.GET.get(links.WITHIN, "")
    if not given:
        return None
    try:
        query = QueryDict(given)
        filtered = pages.read_filter(request, query)
        sort = paging.checked_sort(query.get("sort", ""))
    # A list that cannot be is no reason to withhold the record.
    except (InvalidFilterError, ValidationError, SuspiciousOperation):
        return None
    place = neighbours.find(row, filtered, sort=sort)
    within = links.as_list(filtered.query, sort)
    page = f"&{urlencode({'after': place.page_after})}" if place.page_after else ""
    return {
        "position": place.position,
        "total": place.total,
        "within": within,
        "previous_url": links.record(place.previous_id, within=within) if place.previous_id else "",
        "next_url": links.record(place.next_id, within=within) if place.next_id else "",
        "list_url": f"{reverse('admin:explore')}?{within}{page}",
    }
