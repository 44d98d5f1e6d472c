"""The Explore page: one filter, its rows, and numbers that each lead to exactly their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analyses import choices
from analyses.exceptions import InvalidFilterError, ValidationError
from analyses.queries import conditions, counting, jumps, paging, query_bar, search
from analyses.queries.counting import RowCount
from analyses.queries.filtering import Filtered
from analyses.queries.paging import Page
from analyses.templatetags.formatting import number
from analyses.views import explore_news, explore_numbers, explore_table, links, pages, query_bars, saved_views
from analyses.views.forms.explore import ExploreForm

TEMPLATE = "analyses/explore/page.html"
COUNT_EXACTLY = "exact"
FILTERS = "filters"


@require_GET
@pages.requires("analyses.view_textanalysis")
def explore(request: HttpRequest) -> HttpResponse:
    """Show the rows of a filter and what they have in common; a filter that cannot be is answered with why."""
    try:
        if query_bar.PARAMETER in request.GET:
            return redirect(links.explore(query_bars.address_of(request.GET)))
        if (clean := _without_defaults(request.GET)) is not None:
            return redirect(links.explore(clean))
        filtered, counted = counting.gathered(pages.read_filter(request))
        count = _count(filtered, request.GET.get("count", ""), counted)
        page = _page(request.GET, filtered)
        explore_numbers.check(request.GET, filtered)
        shown = explore_table.layout(request, filtered)
    except InvalidFilterError as error:
        return _refused(request, error.errors)
    except ValidationError as error:
        return _refused(request, [error])
    context = {
        **_frame(request, filtered),
        **_head(filtered, count, page.sort),
        **_results(filtered, page, count),
        **explore_table.table(filtered, page, shown),
        **explore_news.beside(filtered, page),
        **explore_numbers.beside(request.GET, filtered, page.rows),
    }
    return pages.render_page(request, TEMPLATE, context)


def _page(query: QueryDict, filtered: Filtered) -> Page:
    """Read the page at a place: behind a cursor, before one, or with a number."""
    sort, place, before = (query.get(name, "") for name in ("sort", "after", "before"))
    page = jumps.number(query.get(jumps.FIELD, ""))
    if page > 1 and (place or before):
        raise ValidationError(jumps.FIELD, _("Give page, after or before, not two of them."))
    if page > 1:
        place = jumps.after(filtered, page, sort=sort)
    found = paging.page(filtered.queryset, sort=sort, after=place, before=before)
    if page > 1 and not found.rows:
        raise jumps.beyond()
    return found


def _without_defaults(query: QueryDict) -> str | None:
    """Give the query string without what a form sends needlessly, fit to be shared; None where it is fit already."""
    given = [(name, value) for name, values in query.lists() for value in values]
    kept = [pair for pair in given if pair[1] and pair != ("sort", paging.DEFAULT_SORT)]
    return None if kept == given else urlencode(kept)


def _count(filtered: Filtered, asked: str, counted: RowCount | None) -> RowCount:
    if asked not in ("", COUNT_EXACTLY):
        raise ValidationError("count", _("count can only be “exact”."))
    if counted is not None and not (asked and counted.is_capped):
        return counted
    return counting.exact(filtered) if asked else counting.capped(filtered)


def _refused(request: HttpRequest, errors: Sequence[ValidationError]) -> HttpResponse:
    """Show the form as it was filled, with a sentence for each mistake."""
    return pages.render_page(request, TEMPLATE, {**_frame(request), "errors": errors}, status=400)


def _frame(request: HttpRequest, filtered: Filtered | None = None) -> dict[str, Any]:
    return {
        "line": query_bars.line_of(request.GET, filtered),
        "kept": query_bars.kept(request.GET),
        "title": _("Explore"),
        **_filters_or_address(request.GET, filtered),
        "address": reverse("admin:explore"),
        "zone": timezone.get_current_timezone_name(),
        **saved_views.beside(request),
    }


def _filters_or_address(query: QueryDict, filtered: Filtered | None) -> dict[str, Any]:
    """Give the form of all filters where it is asked for or to be corrected, else the address that gives it."""
    if filtered is None or FILTERS in query:
        return _form(query)
    display = {name: value for name, value in query_bars.kept(query) if name not in ("view", "zone")}
    return {
        "filters_url": links.explore(filtered.query, display, name="admin:explore_filters"),
        "filters_inline_url": links.explore(filtered.query, {**display, FILTERS: "open"}),
    }


def _form(query: QueryDict) -> dict[str, Any]:
    return {
        "form": ExploreForm(query),
        "carried": [(name, value) for name in ("view", "zone") if (value := query.get(name))],
        "address": reverse("admin:explore"),
    }


@require_GET
@pages.requires("analyses.view_textanalysis")
def filters(request: HttpRequest) -> HttpResponse:
    """Give the form of all filters, as the address has them, for a page that stands already."""
    return render(request, "analyses/explore/_fields.html", _form(request.GET))


def _head(filtered: Filtered, count: RowCount, sort: str) -> dict[str, Any]:
    query, order = filtered.query, {"sort": explore_table.given_sort(sort)}
    return {
        "count": count,
        "count_url": links.explore(query, order),
        "count_exactly_url": links.explore(query, {**order, "count": COUNT_EXACTLY})
        if count.is_capped
        else "",
        "run_again_url": links.run_again(query),
        "compare_url": links.comparison(conditions.encoded(filtered.question)),
        "export_url": links.explore(query, order, name="admin:explore_export"),
        "export_page_url": links.explore(query, order, name="admin:export_form"),
        "chips": [(chip, links.explore(chip.remove_query)) for chip in filtered.conditions],
        "indexing": search.progress() if filtered.values["q"] and not count.rows else None,
        "is_console_empty": filtered.is_everything and count.rows == 0,
    }


def _results(filtered: Filtered, page: Page, count: RowCount) -> dict[str, Any]:
    def address(**place: str) -> str:
        return links.explore(filtered.query, {"sort": explore_table.given_sort(page.sort), **place})

    summary = _("%(shown)s of %(count)s") % {"shown": number(len(page.rows)), "count": number(str(count))}
    return {
        "pager": {
            "summary": summary,
            "first_url": address() if page.has_previous else "",
            "previous_url": address(before=page.before) if page.has_previous else "",
            "next_url": address(after=page.after) if page.has_next else "",
            "last_url": address(before=paging.LAST_PAGE) if page.has_next else "",
            "jump": _jump(filtered, page, count),
        },
    }


def _jump(filtered: Filtered, page: Page, count: RowCount) -> dict[str, Any] | None:
    """Give what a form needs that leads to a page by number; None where there is one page."""
    if not (page.has_next or page.has_previous):
        return None
    sort = explore_table.given_sort(page.sort)
    return {
        "fields": [*filtered.parameters, *filtered.carried, *([("sort", sort)] if sort else [])],
        "pages": -(-count.rows // choices.PAGE_ROWS),
        "has_more": count.is_capped,
    }
