"""The table of Explore: which columns it has, how dense it is, and what stands in its cells.

`columns` is a list of names with commas between, `density` is `compact` or `roomy`. The session remembers both,
so that the reader's next question is shown the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analyses import choices
from analyses.choices import AnalysisStatus, AnalysisType, OptimizationTier
from analyses.exceptions import ValidationError
from analyses.queries import own_columns, paging
from analyses.queries.filtering import Filtered
from analyses.queries.filters import EXTRA_PREFIX
from analyses.search.hits import Piece, hits
from analyses.search.parsing import Query
from analyses.templatetags import results
from analyses.templatetags.formatting import decimals, excerpt, moment, status_tone
from analyses.views import links

COLUMNS, DENSITY = "columns", "density"
REMEMBERED = "explore_table"
DEFAULT = ("type", "result", "confidence", "status", "batch", "date")
COMPACT, ROOMY = "compact", "roomy"
OWN_COLUMNS_MAX = 12
REASON_LENGTH = 120
# Two lines of a text are visible: 160 letters fill them.
TEXT_LENGTH = 160
BEFORE_HIT = 40

STATUS_LABELS = dict(AnalysisStatus.choices)
TYPE_LABELS = dict(AnalysisType.choices)
TIER_LABELS = dict(OptimizationTier.choices)
NAMES: dict[str, str | Promise] = {
    "type": gettext_lazy("Type"),
    "result": gettext_lazy("Result"),
    "confidence": gettext_lazy("Confidence"),
    "status": gettext_lazy("Status"),
    "batch": gettext_lazy("Batch"),
    "date": gettext_lazy("Date"),
    "tier": gettext_lazy("Tier"),
    "model": gettext_lazy("Model"),
    "id": gettext_lazy("External id"),
    "created": gettext_lazy("Created"),
}


class Cell(NamedTuple):
    """A cell: its column's label, its class, its text; where it leads, or the tone of a tag, and a note under it."""

    label: str
    css_class: str
    text: Any
    url: str = ""
    tag: str = ""
    note: str = ""


@dataclass(frozen=True)
class Layout:
    """The columns behind the text, and whether rows take one line."""

    columns: tuple[str, ...] = DEFAULT
    is_compact: bool = False


def layout(request: HttpRequest, filtered: Filtered) -> Layout:
    """Give the layout that the address asks for, else the reader's last one; raise ValidationError for none of ours."""
    known = [*NAMES, *_own_names(filtered)]
    last = request.session.get(REMEMBERED, {})
    asked, density = request.GET.get(COLUMNS, ""), request.GET.get(DENSITY, "")
    names = tuple(dict.fromkeys(asked.split(","))) if asked else _remembered(last, known)
    for name in names:
        if name not in known:
            reason = _("There is no column “%(name)s”. There is %(known)s.")
            raise ValidationError(COLUMNS, reason % {"name": name[:40], "known": ", ".join(known)})
    if density not in ("", COMPACT, ROOMY):
        raise ValidationError(DENSITY, _("density must be compact or roomy."))
    is_compact = density == COMPACT if density else last.get(DENSITY) == COMPACT
    if asked or density:
        wanted = {COLUMNS: list(names), DENSITY: COMPACT if is_compact else ROOMY}
        if wanted != last:
            request.session[REMEMBERED] = wanted
    return Layout(names, is_compact)


def _remembered(last: dict[str, Any], known: Sequence[str]) -> tuple[str, ...]:
    """Give the columns of the last time, as far as these rows have them."""
    if COLUMNS not in last:
        return DEFAULT
    return tuple(name for name in last[COLUMNS] if name in known)


def _own_names(filtered: Filtered) -> list[str]:
    if filtered.source_import is None:
        return []
    return [EXTRA_PREFIX + column for column in own_columns.of_import(filtered.source_import)][
        :OWN_COLUMNS_MAX
    ]


def table(filtered: Filtered, page: paging.Page, shown: Layout) -> dict[str, Any]:
    """Give headings, rows and the ways to change the layout."""
    record_url = links.records(within=links.as_list(filtered.query, page.sort))
    cells = [_MAKERS.get(name) or _own_cell(name) for name in shown.columns]
    labels = [_label(name) for name in shown.columns]
    result_class, asked = _result_class(filtered), filtered.values["q"] or None
    return {
        "headings": [*_headings(filtered, page.sort, shown)],
        "rows": [
            {
                "url": record_url(row["id"]),
                "pieces": pieces(row["excerpt"], asked),
                "cells": [make(row, label, result_class) for make, label in zip(cells, labels, strict=True)],
            }
            for row in page.rows
        ],
        "is_compact": shown.is_compact,
        "column_choices": [*_column_choices(filtered, page.sort, shown)],
        "density_url": _address(filtered, page.sort, {DENSITY: ROOMY if shown.is_compact else COMPACT}),
    }


def pieces(text: str, query: Query | None) -> list[Piece]:
    """Cut an excerpt into what was looked for and the rest; it begins shortly before what lies deep in the text."""
    if query is None:
        return [Piece(excerpt(text, TEXT_LENGTH))]
    first = text.find(next((piece.text for piece in hits(text, query) if piece.is_hit), ""))
    shown = excerpt(text if first < TEXT_LENGTH // 2 else "…" + text[first - BEFORE_HIT :], TEXT_LENGTH)
    return hits(shown, query)


def _address(filtered: Filtered, sort: str, display: dict[str, str]) -> str:
    return links.explore(filtered.query, {"sort": given_sort(sort), **display})


def given_sort(sort: str) -> str:
    """Give the order as an address has it: nothing where it is the usual one."""
    return "" if sort == paging.DEFAULT_SORT else sort


def _column_choices(filtered: Filtered, sort: str, shown: Layout) -> Iterator[dict[str, Any]]:
    """Name all columns, with the address that adds or removes each; one must stay."""
    for name in (*NAMES, *_own_names(filtered)):
        is_shown = name in shown.columns
        rest = [one for one in shown.columns if one != name] if is_shown else [*shown.columns, name]
        url = _address(filtered, sort, {COLUMNS: ",".join(rest)}) if rest else ""
        yield {"label": _label(name), "is_shown": is_shown, "url": url}


def _label(name: str) -> str:
    return name.removeprefix(EXTRA_PREFIX) if name.startswith(EXTRA_PREFIX) else str(NAMES[name])


def _headings(filtered: Filtered, sort: str, shown: Layout) -> Iterator[dict[str, str]]:
    """Name the columns; those with an index link to their order, rising and falling by turns."""
    scale = choices.SCORE_BY_TYPE.get(filtered.listed_type or AnalysisType.SENTIMENT)
    sorts = {"result": scale[0] if scale else "", "date": "dated_at", "created": "created_at"}
    classes = {"result": _result_class(filtered), "confidence": "num"}
    yield {"label": _("Text"), "url": "", "sorted": "", "css_class": ""}
    for name in shown.columns:
        label, column = _label(name), sorts.get(name, "")
        if name == "date":
            label = _("Date (%(zone)s)") % {"zone": timezone.get_current_timezone_name()}
        turned = column if sort == f"-{column}" else f"-{column}"
        sorted_as = {column: "ascending", f"-{column}": "descending"}.get(sort, "") if column else ""
        url = _address(filtered, turned, {}) if column else ""
        yield {"label": label, "url": url, "sorted": sorted_as, "css_class": classes.get(name, "")}


def _result_class(filtered: Filtered) -> str:
    """Put figures under each other; where there are words too, all begin at the left."""
    kind = filtered.listed_type
    return "num" if kind is not None and kind in choices.SCORE_BY_TYPE else ""


def _result(row: paging.Row, label: str, result_class: str) -> Cell:
    kind = AnalysisType(row["analysis_type"])
    value = row[choices.RESULT_FIELD_BY_TYPE[kind]]
    return Cell(label, result_class, results.brief(kind, value, row["status"]))


def _status(row: paging.Row, label: str, _result_class: str) -> Cell:
    status = row["status"]
    note = excerpt(row["error"], REASON_LENGTH) if status == AnalysisStatus.ERROR and row["error"] else ""
    return Cell(label, "", STATUS_LABELS[status], tag=status_tone(status), note=note)


def _batch(row: paging.Row, label: str, _result_class: str) -> Cell:
    number = row["batch_analysis_id"]
    url = reverse("admin:batch", args=[number]) if number else ""
    return Cell(label, "", row["batch_name"] if number else "–", url=url)


Maker = Callable[[paging.Row, str, str], Cell]
_MAKERS: dict[str, Maker] = {
    "type": lambda row, label, _class: Cell(label, "", TYPE_LABELS[row["analysis_type"]]),
    "result": _result,
    "confidence": lambda row, label, _class: Cell(label, "num", decimals(row["confidence_score"])),
    "status": _status,
    "batch": _batch,
    "date": lambda row, label, _class: Cell(label, "when", moment(row["dated_at"])),
    "tier": lambda row, label, _class: Cell(label, "", TIER_LABELS[row["optimization_tier"]]),
    "model": lambda row, label, _class: Cell(label, "", row["model_used"] or "–"),
    "id": lambda row, label, _class: Cell(label, "", row["external_id"] or "–"),
    "created": lambda row, label, _class: Cell(label, "when", moment(row["created_at"])),
}


def _own_cell(name: str) -> Maker:
    column = name.removeprefix(EXTRA_PREFIX)

    def make(row: paging.Row, label: str, _class: str) -> Cell:
        value = (row["extra"] or {}).get(column)
        return Cell(label, "", excerpt(str(value), REASON_LENGTH) if value not in (None, "") else "–")

    return make
