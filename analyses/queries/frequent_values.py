"""What results without a score say most often: emotions, keywords, kinds of entities, topics.

Lists in JSON columns cannot be grouped alike by three databases, and not by any index: the newest rows are read and
counted here, which costs the same at any size of the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from analyses.choices import RESULT_FIELD_BY_TYPE, AnalysisType
from analyses.models.text_analyses import TextAnalysisQuerySet

NEWEST_ROWS = 500
VALUES_MAX = 12
# A keyword of another length than people write is no label of a bar.
VALUE_LENGTH_MAX = 200


@dataclass(frozen=True)
class FrequentValues:
    """The values that most texts have, with the number of those texts.

    `texts` were counted, of which `unsure` have no answer; `is_whole` tells that these are all there are, else they
    are the newest.
    """

    values: tuple[tuple[str, int], ...]
    texts: int
    unsure: int
    is_whole: bool


def frequent_values(rows: TextAnalysisQuerySet, analysis_type: str) -> FrequentValues | None:
    """Count the results of finished rows of a type in one query; None where the type has a score or a facet.

    Each text counts once for each of its values: an emotion is the strongest one, an entity its kind.
    """
    values_of = _VALUES_OF.get(AnalysisType(analysis_type))
    if values_of is None:
        return None
    column = RESULT_FIELD_BY_TYPE[AnalysisType(analysis_type)]
    newest = rows.done().filter(analysis_type=analysis_type).order_by("-dated_at", "-id")
    found = list(newest.values_list(column, flat=True)[: NEWEST_ROWS + 1])
    kept = found[:NEWEST_ROWS]
    counted: Counter[str] = Counter()
    for value in kept:
        counted.update({one for one in values_of(value) if 0 < len(one) <= VALUE_LENGTH_MAX})
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return FrequentValues(
        values=tuple(ordered[:VALUES_MAX]),
        texts=len(kept),
        unsure=sum(value is None for value in kept),
        is_whole=len(found) <= NEWEST_ROWS,
    )


def _strongest(value: Any) -> Iterable[str]:
    if not isinstance(value, Mapping):
        return []
    numbers = [(each, str(name)) for name, each in value.items() if isinstance(each, int | float)]
    return [max(numbers, key=lambda pair: pair[0])[1]] if numbers else []


def _words(value: Any) -> Iterable[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _kinds(value: Any) -> Iterable[str]:
    if not isinstance(value, list):
        return []
    kinds = [one.get("type") or one.get("label") for one in value if isinstance(one, Mapping)]
    return [kind for kind in kinds if isinstance(kind, str)]


_VALUES_OF: Mapping[AnalysisType, Callable[[Any], Iterable[str]]] = {
    AnalysisType.EMOTION: _strongest,
    AnalysisType.KEYWORDS: _words,
    AnalysisType.ENTITIES: _kinds,
    AnalysisType.TOPICS: _words,
}
