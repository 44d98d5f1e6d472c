"""Lists of the most frequent values of results without a score, each leading to exactly its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from analyses.charts.shares import shares
from analyses.choices import AnalysisType
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import aggregates, frequent_values
from analyses.queries.frequent_values import FrequentValues
from analyses.templatetags import results

TITLES = {
    AnalysisType.EMOTION: gettext_lazy("Strongest emotion"),
    AnalysisType.KEYWORDS: gettext_lazy("Frequent keywords"),
    AnalysisType.ENTITIES: gettext_lazy("Texts by kind of entity"),
    AnalysisType.TOPICS: gettext_lazy("Topics"),
}
# The parameter of the filter that lists exactly the rows of a value.
PARAMETER_BY_TYPE = {
    AnalysisType.EMOTION: "emotion",
    AnalysisType.KEYWORDS: "keyword",
    AnalysisType.ENTITIES: "entity_kind",
    AnalysisType.TOPICS: "topic",
}


@dataclass(frozen=True, slots=True)
class ListedValue:
    """A value, its texts, its bar in percent of the longest, its rows' address or nothing, and whether it was asked."""

    label: str
    count: int
    share: float
    url: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class ValueList:
    """What `analyses/_value_list.html` draws; `found` tells what was counted."""

    title: str
    values: tuple[ListedValue, ...]
    found: FrequentValues


def value_list(
    rows: TextAnalysisQuerySet,
    analysis_type: str,
    *,
    url_of: Callable[[Mapping[str, str]], str],
    asked: Sequence[tuple[str, str]] = (),
) -> ValueList | None:
    """List the most frequent values of a type's finished rows, in one query; None where there is nothing to list.

    `url_of` gives the address of the rows that also meet some conditions: the value, and where only the newest rows are
    counted, their first date. Where their dates do not tell them apart, no address would list exactly them. A value
    among the conditions `asked` already is marked.
    """
    kind = AnalysisType(analysis_type)
    found = frequent_values.frequent_values(rows, kind)
    if found is None or not found.texts:
        return None
    parameter, is_linked = PARAMETER_BY_TYPE[kind], found.is_whole or found.since is not None
    newest = {"date_from": aggregates.moment(found.since)} if found.since else {}
    widths = shares([count for _value, count in found.values])
    values = tuple(
        ListedValue(
            label=results.named(value),
            count=count,
            share=width,
            url=url_of({parameter: value, **newest}) if is_linked else "",
            selected=(parameter, value) in asked,
        )
        for (value, count), width in zip(found.values, widths, strict=True)
    )
    return ValueList(str(TITLES[kind]), values, found)
