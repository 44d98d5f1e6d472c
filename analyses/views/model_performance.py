"""The page that compares the models of each type of analysis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from analyses.charts.shares import shares
from analyses.choices import AnalysisType
from analyses.queries import model_performance
from analyses.queries.model_performance import ModelFigures
from analyses.templatetags.formatting import NOTHING, number, percent
from analyses.views import links, pages

RATE_WITH_DECIMAL_BELOW = 10
COMPARED_MIN = 2


@dataclass(frozen=True)
class Bar:
    """A model's bar: what it says in words, its length in percent of the longest, the rows behind it."""

    label: str
    shown: str
    percent: float
    url: str


@pages.requires("analyses.view_modelperformance")
def compare(request: HttpRequest) -> HttpResponse:
    """Show a table and bars for each type that a model has answered."""
    found = model_performance.by_type()
    groups = [_group(kind, found[kind]) for kind in AnalysisType if kind in found]
    context = {"title": _("Models"), "groups": groups, "count": sum(map(len, found.values()))}
    return pages.render_page(request, "analyses/models/page.html", context)


def _group(kind: AnalysisType, models: Sequence[ModelFigures]) -> dict[str, Any]:
    return {
        "kind": kind,
        "models": [_row(model) for model in models],
        "speed": _bars(models, lambda one: one.texts_per_second, _rate, _done_url),
        "corrected": _bars(models, lambda one: one.corrected_share, percent, _corrected_url),
    }


def _row(model: ModelFigures) -> dict[str, Any]:
    return {
        "figures": model,
        "asked": model.asked,
        "rate": _rate(model.texts_per_second),
        "done_url": _done_url(model),
        "failed_url": _url(model, status=links.FAILED),
        "corrected_url": _corrected_url(model),
    }


def _url(model: ModelFigures, **parameters: links.Parameter) -> str:
    return links.rows(analysis_type=model.analysis_type, model_used=model.model_used, **parameters)


def _done_url(model: ModelFigures) -> str:
    return _url(model, status=links.DONE)


def _corrected_url(model: ModelFigures) -> str:
    return _url(model, status=links.DONE, corrected="yes")


def _bars(
    models: Sequence[ModelFigures],
    measure: Callable[[ModelFigures], float | None],
    show: Callable[[float], str],
    url: Callable[[ModelFigures], str],
) -> list[Bar]:
    """Give a bar for each model that has the measure, the longest first; none where there is nothing to compare."""
    measured = [(model, value) for model in models if (value := measure(model)) is not None]
    if len(measured) < COMPARED_MIN or not any(value for _model, value in measured):
        return []
    measured.sort(key=lambda pair: (-pair[1], pair[0].model_used))
    lengths = shares([value for _model, value in measured])
    return [
        Bar(model.model_used, show(value), length, url(model))
        for (model, value), length in zip(measured, lengths, strict=True)
    ]


def _rate(value: float | None) -> str:
    if value is None:
        return NOTHING
    return f"{value:.1f}" if value < RATE_WITH_DECIMAL_BELOW else number(value)
