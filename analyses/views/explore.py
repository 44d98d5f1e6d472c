"""The Explore page: one filter, its rows, and numbers that each lead to exactly their rows."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analyses import choices
from analyses.charts.bars import Bin, Chart, DayCount, histogram, sentiment_tone, timeline
from analyses.choices import AnalysisStatus, AnalysisType
from analyses.exceptions import InvalidFilterError, ValidationError
from analyses.queries import aggregates, counting, exports, filtering, paging
from analyses.queries.aggregates import Facet, Summary
from analyses.queries.counting import RowCount
from analyses.queries.filtering import Filtered
from analyses.queries.paging import Page
from analyses.templatetags import results
from analyses.templatetags.formatting import number
from analyses.views import downloads, pages, value_lists
from analyses.views.forms.explore import ExploreForm
from analyses.views.value_lists import ValueList

logger = logging.getLogger(__name__)

TEMPLATE = "analyses/explore/page.html"
COUNT_EXACTLY = "exact"
EXPORT_NAME = "text-analyses.csv"
STATUS_LABELS = dict(AnalysisStatus.choices)
TYPE_LABELS = dict(AnalysisType.choices)


@require_GET
@pages.requires("analyses.view_textanalysis")
def explore(request: HttpRequest) -> HttpResponse:
    """Show the rows of a filter and what they have in common; a filter that cannot be is answered with why."""
    if (clean := _without_defaults(request.GET)) is not None:
        return redirect(_address(request.path, clean, {}))
    try:
        filtered = filtering.parse(request.GET, zone=timezone.get_current_timezone())
        count = _count(filtered, request.GET.get("count", ""))
        page = paging.page(
            filtered.queryset,
            sort=request.GET.get("sort", ""),
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
    except InvalidFilterError as error:
        return _refused(request, error.errors)
    except ValidationError as error:
        return _refused(request, [error])
    summary = aggregates.summarise(filtered, count=count, seen=page.rows)
    context = {
        **_frame(request),
        **_head(filtered, count),
        **_results(filtered, page, count),
        **_numbers(summary, count),
    }
    return pages.render_page(request, TEMPLATE, context)


@require_GET
@pages.requires("analyses.export_textanalysis")
def export_csv(request: HttpRequest) -> HttpResponseBase:
    """Stream exactly the rows of a filter as CSV."""
    query = request.GET.copy()
    for name in filtering.DISPLAY_PARAMETERS:
        query.pop(name, None)
    try:
        filtered = filtering.parse(query, zone=timezone.get_current_timezone())
    except InvalidFilterError as error:
        return _refused(request, error.errors)
    export = exports.CsvExport(filtered)
    blocks = _logged(export, user_id=request.user.pk, query=filtered.query)
    return downloads.csv_stream(blocks, file_name=EXPORT_NAME)


def _logged(export: exports.CsvExport, *, user_id: object, query: str) -> Iterator[bytes]:
    """Pass the file on and log at the end who took how many rows of which."""
    try:
        yield from export
    finally:
        state = "whole" if export.is_whole else "broken off"
        logger.info("Export by user %s: %s rows, %s, filter %r", user_id, export.count, state, query)


def _without_defaults(query: QueryDict) -> str | None:
    """Give the query string without what a form sends needlessly, fit to be shared; None where it is fit already."""
    given = [(name, value) for name, values in query.lists() for value in values]
    kept = [pair for pair in given if pair[1] and pair != ("sort", paging.DEFAULT_SORT)]
    return None if kept == given else urlencode(kept)


def _count(filtered: Filtered, asked: str) -> RowCount:
    if asked not in ("", COUNT_EXACTLY):
        raise ValidationError("count", _("count can only be “exact”."))
    return counting.exact(filtered) if asked else aggregates.count_for_summary(filtered)


def _refused(request: HttpRequest, errors: Sequence[ValidationError]) -> HttpResponse:
    """Show the form as it was filled, with a sentence for each mistake."""
    return pages.render_page(request, TEMPLATE, {**_frame(request), "errors": errors}, status=400)


def _frame(request: HttpRequest) -> dict[str, Any]:
    return {
        "title": _("Explore"),
        "form": ExploreForm(request.GET),
        "address": reverse("admin:explore"),
        "zone": timezone.get_current_timezone_name(),
    }


def _head(filtered: Filtered, count: RowCount) -> dict[str, Any]:
    address, query = reverse("admin:explore"), filtered.query
    return {
        "count": count,
        "count_url": _address(address, query, {}),
        "count_exactly_url": _address(address, query, {"count": COUNT_EXACTLY}) if count.is_capped else "",
        "export_url": _address(reverse("admin:explore_export"), query, {}),
        "chips": [(chip, _address(address, chip.remove_query, {})) for chip in filtered.conditions],
        "is_console_empty": filtered.is_everything and count.rows == 0,
    }


def _results(filtered: Filtered, page: Page, count: RowCount) -> dict[str, Any]:
    def address(**place: str) -> str:
        return _address(reverse("admin:explore"), filtered.query, {"sort": _given_sort(page.sort), **place})

    summary = _("%(shown)s of %(count)s") % {"shown": number(len(page.rows)), "count": number(str(count))}
    return {
        "rows": [_shown(row) for row in page.rows],
        "result_class": _result_class(filtered),
        "headings": [*_headings(filtered, page.sort)],
        "pager": {
            "summary": summary,
            "first_url": address() if page.has_previous else "",
            "previous_url": address(before=page.before) if page.has_previous else "",
            "next_url": address(after=page.after) if page.has_next else "",
            "last_url": address(before=paging.LAST_PAGE) if page.has_next else "",
        },
    }


def _address(address: str, query: str, display: Mapping[str, str]) -> str:
    steering = urlencode({name: value for name, value in display.items() if value})
    parts = "&".join(part for part in (query, steering) if part)
    return f"{address}?{parts}" if parts else address


def _given_sort(sort: str) -> str:
    return "" if sort == paging.DEFAULT_SORT else sort


def _headings(filtered: Filtered, sort: str) -> Iterator[dict[str, str]]:
    """Name the columns; those with an index link to their order, rising and falling by turns."""
    kind = aggregates.type_of(filtered)
    scale = choices.SCORE_BY_TYPE.get(kind or AnalysisType.SENTIMENT)
    columns = (
        (_("Text"), "", ""),
        (_("Type"), "", ""),
        (_("Result"), scale[0] if scale else "", _result_class(filtered)),
        (_("Confidence"), "", "num"),
        (_("Status"), "", ""),
        (_("Batch"), "", ""),
        (_("Date (%(zone)s)") % {"zone": timezone.get_current_timezone_name()}, "dated_at", ""),
    )
    for label, column, css_class in columns:
        turned = column if sort == f"-{column}" else f"-{column}"
        sorted_as = {column: "ascending", f"-{column}": "descending"}.get(sort, "") if column else ""
        display = {"sort": _given_sort(turned)}
        url = _address(reverse("admin:explore"), filtered.query, display) if column else ""
        yield {"label": label, "url": url, "sorted": sorted_as, "css_class": css_class}


def _result_class(filtered: Filtered) -> str:
    """Put figures under each other; where there are words too, all begin at the left."""
    kind = aggregates.type_of(filtered)
    return "num" if kind is not None and kind in choices.SCORE_BY_TYPE else ""


def _shown(row: paging.Row) -> dict[str, Any]:
    """Give what a row of the table shows."""
    kind = row["analysis_type"]
    return {
        **row,
        "type_label": TYPE_LABELS[kind],
        "status_label": STATUS_LABELS[row["status"]],
        "is_failed": row["status"] == AnalysisStatus.ERROR,
        "result": results.brief(kind, row[choices.RESULT_FIELD_BY_TYPE[AnalysisType(kind)]], row["status"]),
        "url": reverse("admin:analyses_textanalysis_change", args=[row["id"]]),
    }


def _numbers(summary: Summary, count: RowCount) -> dict[str, Any]:
    return {
        "facets": [_facet(summary.filtered, facet) for facet in summary.facets],
        "score_title": summary.score_type.label.capitalize(),
        "score_chart": _score_chart(summary),
        "value_list": _value_list(summary.filtered),
        "days_chart": _days_chart(summary),
        "coverage": _coverage(summary),
        "is_newest_only": summary.is_newest_only,
        "is_too_large": summary.is_too_large,
        "newest_rows": aggregates.NEWEST_ROWS,
    }


def _link(filtered: Filtered, changes: aggregates.Changes) -> str:
    return _address(reverse("admin:explore"), filtered.query_with(changes), {})


def _facet(filtered: Filtered, facet: Facet) -> dict[str, Any]:
    largest = max(one.count for one in facet.values)
    chosen = set(filtered.parameters)
    label = facet.name if facet.is_own else str(filtering.TextAnalysisFilter.base_filters[facet.name].label)
    return {
        "title": _("%(column)s (from the file)") % {"column": label} if facet.is_own else label,
        "values": [
            {
                "label": results.language_name(one.label) if facet.name == "language" else one.label,
                "count": one.count,
                "url": _link(filtered, one.changes),
                "share": round(100 * one.count / largest, 1),
                "selected": set(one.changes.items()) <= chosen,
            }
            for one in facet.values
        ],
    }


def _value_list(filtered: Filtered) -> ValueList | None:
    """List the values of a type without score, where all rows are of one."""
    kind = aggregates.type_of(filtered)
    if kind is None:
        return None
    address = reverse("admin:explore")
    return value_lists.value_list(
        filtered.queryset,
        kind,
        url_of=lambda wanted: _address(address, filtered.query_narrowed(wanted), {}),
        asked=filtered.parameters,
    )


def _score_chart(summary: Summary) -> Chart | None:
    if not summary.scores:
        return None
    is_sentiment = summary.score_type == AnalysisType.SENTIMENT
    return histogram(
        [
            Bin(
                lower=one.lower,
                upper=one.upper,
                count=one.count,
                # A bin outside the filter's own range is empty and has no list.
                url=_link(summary.filtered, one.changes) if one.count else "",
                tone=sentiment_tone(one.lower, one.upper) if is_sentiment else "plain",
            )
            for one in summary.scores
        ],
        width=420,
        height=140,
    )


def _days_chart(summary: Summary) -> Chart | None:
    if not summary.days:
        return None
    return timeline(
        [
            DayCount(
                one.first_day,
                one.count,
                _link(summary.filtered, one.changes) if one.count else "",
                one.last_day,
            )
            for one in summary.days
        ],
        width=420,
        height=140,
    )


def _coverage(summary: Summary) -> str:
    found = summary.coverage
    parts = {
        "scored": number(summary.score_count),
        "rows": number(found.done + found.waiting + found.failed),
        "waiting": number(found.waiting),
        "failed": number(found.failed),
    }
    return _("%(scored)s of %(rows)s texts have a score; %(waiting)s wait, %(failed)s failed.") % parts
