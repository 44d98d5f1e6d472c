"""The numbers beside the rows of Explore: facets and charts, each value a link to exactly its rows.

The rows come first: the page asks for its numbers when it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analyses import choices
from analyses.charts.bars import Bin, Chart, DayCount, histogram, sentiment_tone, timeline
from analyses.choices import AnalysisType
from analyses.exceptions import InvalidFilterError, ValidationError
from analyses.queries import aggregates, counting, filtering, histograms, paging, search
from analyses.queries.aggregates import Facet, Summary
from analyses.queries.counting import RowCount
from analyses.queries.filtering import Filtered
from analyses.queries.filters import EMOTION_PREFIX, RANGE_LABELS
from analyses.templatetags import results
from analyses.templatetags.formatting import number
from analyses.views import downloads, links, pages, value_lists
from analyses.views.value_lists import ValueList

FRAGMENT = "analyses/explore/_numbers.html"
CHART, NUMBERS, DAYS = "chart", "numbers", "days"
# The order of the list beside, kept by what does not change the question.
SORT = "sort"
INLINE = "now"


@require_GET
@pages.requires("analyses.view_textanalysis")
def numbers(request: HttpRequest) -> HttpResponse:
    """Give facets and charts for a page that shows its rows already."""
    try:
        filtered = _filtered(request)
        # Rows hint at the file's own columns.
        seen = paging.page(filtered.queryset).rows if filtered.source_import else ()
    except InvalidFilterError as error:
        return pages.render_page(request, "analyses/explore/page.html", {"errors": error.errors}, status=400)
    count = aggregates.count_for_summary(filtered)
    return render(request, FRAGMENT, {**_counted(filtered, count, seen, request.GET), "oob": True})


@require_GET
@pages.requires("analyses.view_textanalysis")
def chart_table(request: HttpRequest) -> HttpResponse:
    """Give a chart of the page as a table: the one that `chart` names, or the days."""
    try:
        summary = _of_one_chart(request)
    except InvalidFilterError as error:
        return pages.render_page(request, "analyses/explore/page.html", {"errors": error.errors}, status=400)
    is_days = _asked(request.GET) == DAYS
    context = {
        "chart": days_chart(summary) if is_days else _score_chart(summary),
        "axis": _("Time (UTC)") if is_days else "",
    }
    return render(request, "analyses/_chart_table.html", context)


@require_GET
@pages.requires("analyses.view_textanalysis")
def chart_csv(request: HttpRequest) -> HttpResponseBase:
    """Give a chart of the page as CSV: the one that `chart` names, or the days."""
    try:
        summary = _of_one_chart(request)
    except InvalidFilterError as error:
        return pages.render_page(request, "analyses/explore/page.html", {"errors": error.errors}, status=400)
    if _asked(request.GET) == DAYS:
        rows: Iterable[tuple[object, ...]] = (
            (one.first_day, one.last_day, "" if one.hour is None else one.hour, one.count)
            for one in summary.days
        )
        return downloads.csv_download(("first_day", "last_day", "hour", "texts"), rows, file_name="days.csv")
    header = (f"{summary.scale}_from", f"{summary.scale}_to", "texts")
    bins = ((one.lower, one.upper, one.count) for one in summary.scores)
    return downloads.csv_download(header, bins, file_name=f"{summary.scale or 'chart'}.csv")


def _of_one_chart(request: HttpRequest) -> Summary:
    """Count what a chart shows; raise InvalidFilterError for one that cannot be."""
    filtered = _filtered(request, is_days_allowed=True)
    asked = _asked(request.GET)
    count = aggregates.count_for_summary(filtered)
    return aggregates.summarise(filtered, count=count, chart="" if asked == DAYS else asked)


def check(query: QueryDict, filtered: Filtered) -> None:
    """Raise ValidationError for a chart that cannot be drawn of these rows."""
    asked = query.get(CHART, "")
    known = histograms.names_for(filtered.listed_type)
    if asked and asked not in known:
        reason = _("chart must be one of %(names)s here.") % {"names": ", ".join(known)}
        raise ValidationError(CHART, reason)
    if query.get(NUMBERS, "") not in ("", INLINE):
        raise ValidationError(NUMBERS, _("numbers can only be “now”."))


def _filtered(request: HttpRequest, *, is_days_allowed: bool = False) -> Filtered:
    filtered = pages.read_filter(request)
    if not (is_days_allowed and request.GET.get(CHART) == DAYS):
        try:
            check(request.GET, filtered)
        except ValidationError as error:
            raise InvalidFilterError([error]) from error
    return counting.gathered(filtered)[0]


def _asked(query: QueryDict) -> str:
    return query.get(CHART, "")


def beside(query: QueryDict, filtered: Filtered, seen: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Give the address that gives the numbers, or the numbers themselves where that is asked."""
    if query.get(NUMBERS) == INLINE:
        return _counted(filtered, aggregates.count_for_summary(filtered), seen, query)
    display = {CHART: _asked(query), SORT: query.get(SORT, "")}
    return {
        "numbers_url": links.explore(filtered.query, display, name="admin:explore_numbers"),
        "numbers_inline_url": links.explore(filtered.query, {**display, NUMBERS: INLINE}),
    }


def _counted(
    filtered: Filtered, count: RowCount, seen: Iterable[Mapping[str, Any]], query: QueryDict
) -> dict[str, Any]:
    asked = _asked(query)
    summary = aggregates.summarise(filtered, count=count, seen=seen, chart=asked)
    return {
        "indexing": search.progress() if filtered.values["q"] else None,
        "facets": [_facet(summary.filtered, facet) for facet in summary.facets],
        "score_title": title(summary.scale) if summary.scale else "",
        "score_chart": _score_chart(summary),
        "score_csv_url": _chart_url(filtered, summary.scale, "csv"),
        "score_table_url": _chart_url(filtered, summary.scale, "table"),
        "charts": [*_choices(filtered, summary.scale, query.get(SORT, ""))],
        "value_list": None if asked else _value_list(summary.filtered),
        "days_chart": days_chart(summary),
        "days_csv_url": _chart_url(filtered, DAYS, "csv"),
        "days_table_url": _chart_url(filtered, DAYS, "table"),
        "is_hourly": any(one.hour is not None for one in summary.days),
        "coverage": _coverage(summary),
        "is_newest_only": summary.is_newest_only,
        "is_too_large": summary.is_too_large,
        "newest_rows": aggregates.NEWEST_ROWS,
    }


def title(scale: str) -> str:
    """Name what a histogram is drawn of."""
    if scale.startswith(EMOTION_PREFIX):
        return results.named(scale.removeprefix(EMOTION_PREFIX)).capitalize()
    return str(RANGE_LABELS[scale])


def _choices(filtered: Filtered, shown: str, sort: str) -> Iterable[dict[str, Any]]:
    """Name the other histograms that these rows have."""
    for name in histograms.names_for(filtered.listed_type):
        url = links.explore(filtered.query, {CHART: name, SORT: sort})
        yield {"label": title(name), "url": url, "is_shown": name == shown}


def _chart_url(filtered: Filtered, chart: str, form: str) -> str:
    return links.explore(filtered.query, {CHART: chart}, name=f"admin:explore_chart_{form}")


def _link(filtered: Filtered, changes: aggregates.Changes) -> str:
    return links.explore(filtered.query_with(changes))


def _facet(filtered: Filtered, facet: Facet) -> dict[str, Any]:
    largest = max(one.count for one in facet.values)
    chosen = set(filtered.parameters)
    label = facet.name if facet.is_own else str(filtering.TextAnalysisFilter.base_filters[facet.name].label)
    return {
        "title": _("%(column)s (from the file)") % {"column": label} if facet.is_own else label,
        "is_partial": facet.is_partial,
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
    kind = filtered.listed_type
    if kind is None:
        return None
    return value_lists.value_list(
        filtered.queryset,
        kind,
        url_of=lambda wanted: links.explore(filtered.query_narrowed(wanted)),
        asked=filtered.parameters,
    )


def _score_chart(summary: Summary) -> Chart | None:
    if not summary.scores:
        return None
    is_sentiment = summary.scale == AnalysisType.SENTIMENT
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


def days_chart(summary: Summary) -> Chart | None:
    """Draw the rows by day, week or hour; None where nothing was counted."""
    if not summary.days:
        return None
    return timeline(
        [
            DayCount(
                one.first_day,
                one.count,
                _link(summary.filtered, one.changes) if one.count else "",
                one.last_day,
                one.hour,
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
        "newest": number(aggregates.NEWEST_ROWS),
    }
    if summary.scores_are_partial:
        return _("%(scored)s of the newest %(newest)s texts have this value.") % parts
    if summary.scale not in choices.SCORE_BY_TYPE:
        return _("%(scored)s of %(rows)s texts have this value; %(waiting)s wait, %(failed)s failed.") % parts
    return _("%(scored)s of %(rows)s texts have a score; %(waiting)s wait, %(failed)s failed.") % parts
