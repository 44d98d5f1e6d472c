"""What results without a score say most often: emotions, keywords, kinds of entities, topics.

Lists in JSON columns cannot be grouped alike by three databases, and not by any index: the newest rows are read and
counted here, which costs the same at any size of the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analyses.choices import RESULT_FIELD_BY_TYPE, AnalysisType
from analyses.models.text_analyses import TextAnalysisQuerySet

NEWEST_ROWS = 500
VALUES_MAX = 12
# A keyword of another length than people write is no label of a bar.
VALUE_LENGTH_MAX = 200

_Dated = tuple[Any, datetime]


@dataclass(frozen=True)
class FrequentValues:
    """The values that most texts have, with the number of those texts.

    `texts` were counted, of which `unsure` have no answer; `is_whole` tells that these are all there are, else they
    are the newest: those dated from `since` on, or some of too many with one date where it is None.
    """

    values: tuple[tuple[str, int], ...]
    texts: int
    unsure: int
    is_whole: bool
    since: datetime | None = None


def frequent_values(rows: TextAnalysisQuerySet, analysis_type: str) -> FrequentValues | None:
    """Count the results of finished rows of a type in one query; None where the type has a score or a facet.

    Each text counts once for each of its values: an emotion is the strongest one (of equal ones the first by name), an
    entity its kind. `queries.json_results` asks the same in SQL.
    """
    values_of = _VALUES_OF.get(AnalysisType(analysis_type))
    if values_of is None:
        return None
    column = RESULT_FIELD_BY_TYPE[AnalysisType(analysis_type)]
    newest = rows.done().filter(analysis_type=analysis_type).order_by("-dated_at", "-id")
    found = list(newest.values_list(column, "dated_at")[: NEWEST_ROWS + 1])
    rows_kept, since = _cut(found)
    kept = [value for value, _dated_at in rows_kept]
    counted: Counter[str] = Counter()
    for value in kept:
        counted.update({one for one in values_of(value) if 0 < len(one) <= VALUE_LENGTH_MAX})
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return FrequentValues(
        values=tuple(ordered[:VALUES_MAX]),
        texts=len(kept),
        unsure=sum(value is None for value in kept),
        is_whole=len(found) <= NEWEST_ROWS,
        since=since,
    )


def _cut(found: Sequence[_Dated]) -> tuple[Sequence[_Dated], datetime | None]:
    """Keep the newest rows, and cut where a date begins: then a filter by date lists exactly these.

    Files without dates give all their rows the same; the newest are counted then, and no filter lists them.
    """
    if len(found) <= NEWEST_ROWS:
        return found, None
    next_date = found[NEWEST_ROWS][1]
    kept = [one for one in found if one[1] > next_date]
    return (kept, kept[-1][1]) if 2 * len(kept) >= NEWEST_ROWS else (found[:NEWEST_ROWS], None)


def _strongest(value: Any) -> Iterable[str]:
    if not isinstance(value, Mapping):
        return []
    numbers = {
        str(name): each
        for name, each in value.items()
        if isinstance(each, int | float) and not isinstance(each, bool)
    }
    return [min(numbers, key=lambda name: (-numbers[name], name))] if numbers else []


def _words(value: Any) -> Iterable[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _kinds(value: Any) -> Iterable[str]:
    if not isinstance(value, list):
        return []
    named = [(one.get("type"), one.get("label")) for one in value if isinstance(one, Mapping)]
    return [next((each for each in pair if each and isinstance(each, str)), "") for pair in named]


_VALUES_OF: Mapping[AnalysisType, Callable[[Any], Iterable[str]]] = {
    AnalysisType.EMOTION: _strongest,
    AnalysisType.KEYWORDS: _words,
    AnalysisType.ENTITIES: _kinds,
    AnalysisType.TOPICS: _words,
}
