"""The page that lays two slices beside each other: any two filters, each number a link to exactly its rows.

`a` and `b` are the query strings of two filters as Explore has them, empty for all texts; `type` and `chart` choose
what is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analyses.choices import AnalysisType
from analyses.exceptions import InvalidFilterError, ValidationError
from analyses.models import BatchAnalysis
from analyses.queries import aggregates, comparisons, conditions, histograms, query_bar, search
from analyses.queries.aggregates import Coverage
from analyses.queries.filtering import Filtered
from analyses.templatetags.formatting import number
from analyses.views import comparison_tables, explore_numbers, links, pages, query_bars
from analyses.views.comparison_tables import Side

TEMPLATE = "analyses/comparisons/page.html"
WORDS_FRAGMENT = "analyses/comparisons/_words.html"
FIRST, SECOND = SIDES = ("a", "b")
LINES = {name: f"bar_{name}" for name in SIDES}
TYPE, CHART, WORDS = "type", "chart", "words"
INLINE = "now"
BATCHES_OFFERED = 8

Counts = Mapping[AnalysisType, int]


@require_GET
@pages.requires("analyses.view_textanalysis")
def compare(request: HttpRequest) -> HttpResponse:
    """Show two filters side by side, or ask for them; what cannot be compared is said."""
    try:
        if any(line in request.GET for line in LINES.values()):
            return redirect(_address_of_lines(request.GET))
        asked = [_asked(request, name) for name in SIDES]
        both = [one for one in asked if one is not None]
        context = _compared(request.GET, both) if len(both) == len(SIDES) else _offers(asked[0])
    except InvalidFilterError as error:
        return _refused(request, error)
    return _page(request, {**_form(request.GET, asked), **context})


@require_GET
@pages.requires("analyses.view_textanalysis")
def word_lists(request: HttpRequest) -> HttpResponse:
    """Give the words that differ most, for a page that stands already."""
    try:
        both = [one for name in SIDES if (one := _asked(request, name)) is not None]
        if len(both) < len(SIDES):
            raise _mistake(FIRST, _("Give both sides, a and b."))
        context = _words(both, [_count_types(one) for one in both])
    except InvalidFilterError as error:
        return _refused(request, error)
    return render(request, WORDS_FRAGMENT, context)


def _page(request: HttpRequest, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    return pages.render_page(request, TEMPLATE, {"title": _("Compare"), **context}, status=status)


def _refused(request: HttpRequest, error: InvalidFilterError) -> HttpResponse:
    """Show the lines as they were given, with a sentence for each mistake."""
    return _page(request, {**_form(request.GET, (None, None)), "errors": error.errors}, status=400)


def _mistake(field: str, reason: str) -> InvalidFilterError:
    return InvalidFilterError([ValidationError(field, reason)])


# --- What is asked --------------------------------------------------------------------------------


def _address_of_lines(query: QueryDict) -> str:
    """Give the address that the form's two lines mean; raise InvalidFilterError where one means nothing."""
    given = {}
    for name, line in LINES.items():
        try:
            given[name] = conditions.encoded(query_bar.parse(query.get(line, "")))
        except InvalidFilterError as error:
            raise _on_side(error, name) from error
    return links.comparison(*given.values())


def _asked(request: HttpRequest, name: str) -> Filtered | None:
    """Understand a side; None where it is not given at all."""
    if name not in request.GET:
        return None
    try:
        return pages.read_filter(request, QueryDict(request.GET.get(name, "")))
    except InvalidFilterError as error:
        raise _on_side(error, name) from error


def _on_side(error: InvalidFilterError, name: str) -> InvalidFilterError:
    return InvalidFilterError(
        [ValidationError(name, f"{name.upper()}: {one.reason}") for one in error.errors]
    )


def _query(filtered: Filtered) -> str:
    """Give a side's query string without the saved view that it may come from."""
    return conditions.encoded(filtered.question)


def _form(query: QueryDict, asked: Sequence[Filtered | None]) -> dict[str, Any]:
    """Write both sides as lines: as they were typed, else as their filters say."""
    fields = []
    for (name, field), filtered in zip(LINES.items(), asked, strict=True):
        line = query_bars.line_of(QueryDict(query.get(name, "")), filtered)
        fields.append({"name": field, "letter": name.upper(), "line": query.get(field, line)})
    return {"fields": fields}


def _offers(first: Filtered | None) -> dict[str, Any]:
    """Offer what a slice may be compared with: all texts, and the newest batches."""
    rows = BatchAnalysis.objects.live().order_by("-pk")
    if first is not None and first.listed_type is not None:
        rows = rows.filter(analysis_type=first.listed_type)
    if first is not None and first.batch is not None:
        rows = rows.exclude(pk=first.batch.pk)
    batches = []
    for batch in rows[:BATCHES_OFFERED]:
        chosen = conditions.encoded([("batch", str(batch.pk))])
        url = links.comparison(chosen) if first is None else links.comparison(_query(first), chosen)
        batches.append({"name": batch.batch_name, "kind": batch.get_analysis_type_display(), "url": url})
    return {
        "is_begun": first is not None,
        "everything_url": links.comparison(_query(first), "") if first and not first.is_everything else "",
        "batches": batches,
    }


# --- What is shown --------------------------------------------------------------------------------


def _compared(query: QueryDict, asked: Sequence[Filtered]) -> dict[str, Any]:
    if query.get(WORDS, "") not in ("", INLINE):
        raise _mistake(WORDS, _("words can only be “now”."))
    counted = [_count_types(one) for one in asked]
    shared = [kind for kind in AnalysisType if all(found.get(kind) for found in counted)]
    kind = _chosen(query.get(TYPE, ""), shared)
    first, second = (_query(one) for one in asked)
    context = {
        "swap_url": links.comparison(second, first),
        "types": [
            {"label": one.label, "url": links.comparison(first, second, type=one), "is_shown": one == kind}
            for one in shared[: len(shared) if len(shared) > 1 else 0]
        ],
        "alone": [
            {"letter": letter, "kinds": [one.label for one in found if one not in shared]}
            for letter, found in zip("AB", counted, strict=True)
        ],
    }
    if kind is None:
        return {**context, "sides": [_unmeasured(one) for one in asked], "nothing": _why_nothing(counted)}
    sides = [_side(one, kind, query.get(CHART, "")) for one in asked]
    return {
        **context,
        "kind": kind.label,
        "sides": [_head(side) for side in sides],
        **_distribution(sides, kind, (first, second)),
        "means": [*comparison_tables.means(sides, kind)],
        "values": None if query.get(CHART) else comparison_tables.values(sides, kind),
        "facets": [*comparison_tables.facets(sides)],
        **_words_or_address(query, asked, counted),
    }


def _count_types(asked: Filtered) -> Counts:
    """Count a side's rows by type, as far as they are counted at all; a type that is named is the only one."""
    count = aggregates.count_for_summary(asked)
    if asked.listed_type is not None:
        return {asked.listed_type: count.rows} if count.rows else {}
    facets = aggregates.summarise(asked, count=count).facets
    values = next((facet.values for facet in facets if facet.name == "analysis_type"), ())
    return {AnalysisType(one.value): one.count for one in values}


def _chosen(asked: str, shared: Sequence[AnalysisType]) -> AnalysisType | None:
    if asked and asked not in shared:
        reason = _("Both sides have texts of the types %(names)s; type must be one of them.")
        names = ", ".join(shared) or _("none")
        raise _mistake(TYPE, reason % {"names": names})
    return AnalysisType(asked) if asked else next(iter(shared), None)


def _why_nothing(counted: Sequence[Counts]) -> str:
    empty = [letter for letter, found in zip("AB", counted, strict=True) if not found]
    if not empty:
        return _("The two sides share no type of analysis: their numbers measure different things.")
    reason = _("%(sides)s has no text, or too many of one date to be counted.")
    return reason % {"sides": _(" and ").join(empty)}


def _narrowed(asked: Filtered, kind: AnalysisType) -> Filtered:
    return asked if asked.listed_type is not None else asked.of_type(kind)


def _side(asked: Filtered, kind: AnalysisType, chart: str) -> Side:
    """Count what is shown of a side's rows of the compared type."""
    known = histograms.names_for(kind)
    if chart and chart not in known:
        reason = _("chart must be one of %(names)s here.")
        raise _mistake(CHART, reason % {"names": ", ".join(known)})
    filtered = _narrowed(asked, kind)
    count = aggregates.count_for_summary(filtered)
    return Side(
        asked=asked,
        filtered=filtered,
        part=aggregates.counted_part(filtered, count),
        count=count,
        summary=aggregates.summarise(filtered, count=count, chart=chart),
    )


def _unmeasured(asked: Filtered) -> dict[str, Any]:
    count = aggregates.count_for_summary(asked)
    return {"conditions": asked.conditions, "count": count, "url": links.explore(_query(asked))}


def _head(side: Side) -> dict[str, Any]:
    return {
        "conditions": side.asked.conditions,
        "count": side.count,
        "url": links.explore(_query(side.filtered)),
        "days": explore_numbers.days_chart(side.summary),
        "coverage": _coverage(side.summary.coverage),
        "newest_rows": aggregates.NEWEST_ROWS if side.part is not side.filtered else None,
    }


def _coverage(found: Coverage) -> str:
    words = {"done": number(found.done), "waiting": number(found.waiting), "failed": number(found.failed)}
    return _("%(done)s have a result, %(waiting)s wait, %(failed)s failed.") % words


def _distribution(sides: Sequence[Side], kind: AnalysisType, queries: tuple[str, str]) -> dict[str, Any]:
    shown = next((side.summary.scale for side in sides if side.summary.scale), "")
    return {
        "chart": comparison_tables.paired(sides),
        "chart_title": explore_numbers.title(shown) if shown else "",
        "charts": [
            {
                "label": explore_numbers.title(name),
                "url": links.comparison(*queries, type=kind, chart=name),
                "is_shown": name == shown,
            }
            for name in histograms.names_for(kind)
        ],
    }


# --- Words ----------------------------------------------------------------------------------------


def _words_or_address(
    query: QueryDict, asked: Sequence[Filtered], counted: Sequence[Counts]
) -> dict[str, Any]:
    """Give the words at once where that is asked, else the address that gives them."""
    if query.get(WORDS) == INLINE:
        return _words(asked, counted)
    first, second = (_query(one) for one in asked)
    display = {name: query.get(name, "") for name in (TYPE, CHART)}
    return {
        "words_url": links.comparison(first, second, name="admin:compare_words"),
        "words_inline_url": links.comparison(first, second, **display, words=INLINE),
    }


def _words(asked: Sequence[Filtered], counted: Sequence[Counts]) -> dict[str, Any]:
    """Lay the words beside each other; a text counts once, by the type that most of its side's rows have."""
    parts = []
    for one, found in zip(asked, counted, strict=True):
        filtered = _narrowed(one, max(found, key=lambda kind: found[kind])) if found else one
        parts.append(aggregates.counted_part(filtered, aggregates.count_for_summary(filtered)))
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return {"is_uncounted": True}
    words = [comparisons.count_words(part) for part in known]
    return {
        "word_lists": comparison_tables.word_lists(known, words),
        "notes": [
            comparison_tables.read_note(letter, one.texts, is_whole=one.is_whole)
            for letter, one in zip("AB", words, strict=True)
        ],
        "indexing": search.progress(),
    }
