"""The query bar of Explore: its line becomes an address, an address becomes its line, and a line is completed."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from analyses.models import BatchAnalysis, Import
from analyses.queries import completion, query_bar
from analyses.queries.filtering import DISPLAY_PARAMETERS, Filtered
from analyses.views import pages

# Of what steers the display, what a new question leaves behind: places in the list of the old one.
PLACES = ("after", "before", "page", "count", "filters")


@require_GET
@pages.requires("analyses.view_textanalysis")
def complete(request: HttpRequest) -> HttpResponse:
    """Give the ways to go on from the end of a line, as options of a list."""
    suggestions = completion.suggest(request.GET.get(query_bar.PARAMETER, ""))
    return render(request, "analyses/explore/_suggestions.html", {"suggestions": suggestions})


def address_of(query: QueryDict) -> str:
    """Give the query string that a line means; raise InvalidFilterError where it means nothing."""
    parameters = query_bar.parse(query.get(query_bar.PARAMETER, ""))
    return urlencode([*parameters, *kept(query)])


def kept(query: QueryDict) -> list[tuple[str, str]]:
    """Give what steers the display and holds for another question, too."""
    names = (name for name in DISPLAY_PARAMETERS if name not in PLACES)
    return [(name, value) for name in names if (value := query.get(name, ""))]


def line_of(query: QueryDict, filtered: Filtered | None) -> str:
    """Write an address as a line: as it was typed, where it is refused."""
    if query_bar.PARAMETER in query:
        return query.get(query_bar.PARAMETER, "")
    given = [(name, value) for name, values in query.lists() for value in values if value]
    parameters = [pair for pair in given if pair[0] not in DISPLAY_PARAMETERS]
    if filtered is None:
        return query_bar.write(parameters)
    batch, source = filtered.batch, filtered.source_import if "import" in query else None
    return query_bar.write(
        parameters,
        batch_name=_own_name(batch, batch.batch_name) if batch else "",
        import_name=_own_name(source, source.name) if source else "",
    )


def _own_name(record: BatchAnalysis | Import, name: str) -> str:
    """Give the name of a record that no other has; nothing where it would not tell them apart."""
    is_own = name and not name.isdecimal() and not getattr(record, "has_namesake", True)
    return name if is_own else ""
