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


@dataclass(frozen=True)
class CountedValues:
    """All values of the rows that were read, with the number of their texts; else as `FrequentValues`."""

    counts: Counter[str]
    texts: int
    unsure: int
    is_whole: bool
    since: datetime | None = None


def frequent_values(rows: TextAnalysisQuerySet, analysis_type: str) -> FrequentValues | None:
    """Count the results of finished rows of a type in one query; None where the type has a score or a facet.

    Each text counts once for each of its values: an emotion is the strongest one (of equal ones the first by name), an
    entity its kind. `queries.json_results` asks the same in SQL.
    """
    if AnalysisType(analysis_type) not in _VALUES_OF:
        return None
    found = count_values(rows, analysis_type, newest=NEWEST_ROWS)
    ordered = sorted(found.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return FrequentValues(
        values=tuple(ordered[:VALUES_MAX]),
        texts=found.texts,
        unsure=found.unsure,
        is_whole=found.is_whole,
        since=found.since,
    )


def count_values(rows: TextAnalysisQuerySet, analysis_type: str, *, newest: int) -> CountedValues:
    """Count the values of the newest finished rows of a type without a score, in one query."""
    kind = AnalysisType(analysis_type)
    values_of, column = _VALUES_OF.get(kind, _code), RESULT_FIELD_BY_TYPE[kind]
    ordered = rows.done().filter(analysis_type=kind).order_by("-dated_at", "-id")
    found = list(ordered.values_list(column, "dated_at")[: newest + 1])
    rows_kept, since = cut([dated_at for _value, dated_at in found], newest)
    kept = [value for value, _dated_at in found[:rows_kept]]
    counts: Counter[str] = Counter()
    for value in kept:
        counts.update({one for one in values_of(value) if 0 < len(one) <= VALUE_LENGTH_MAX})
    return CountedValues(
        counts=counts,
        texts=len(kept),
        unsure=sum(value is None for value in kept),
        is_whole=len(found) <= newest,
        since=since,
    )


def cut(dates: Sequence[datetime], newest: int) -> tuple[int, datetime | None]:
    """Say how many of the newest rows to keep, cut where a date begins: a filter by that date lists exactly these.

    `dates` are those of the newest rows and of one more, where there is one. Files without dates give all their rows
    the same; the newest are kept then, and no filter lists them.
    """
    if len(dates) <= newest:
        return len(dates), None
    kept = sum(one > dates[newest] for one in dates[:newest])
    return (kept, dates[kept - 1]) if 2 * kept >= newest else (newest, None)


def _code(value: Any) -> Iterable[str]:
    return [value] if value else []


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
