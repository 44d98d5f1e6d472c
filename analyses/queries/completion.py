"""How a line of the query bar may go on: fields, and the values that a field has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from analyses.choices import AnalysisStatus, AnalysisType, OptimizationTier
from analyses.models import Import, Rollup, TextAnalysis
from analyses.queries import own_columns, query_bar, relative_days
from analyses.queries.filtering import TextAnalysisFilter
from analyses.queries.filters import EMOTION_PREFIX, EMOTIONS, ME, PEOPLE, SCALES
from analyses.queries.query_bar import LONG_NAMES, RECORDS, SHORT_NAMES

SUGGESTIONS_MAX = 8
RECENT_ROWS = 2_000
PEOPLE_MAX = 500

# The last piece of a line: a field with or without the beginning of its value, or the beginning of a word.
_LAST = re.compile(
    r'(?:^|(?<=\s))(?P<name>[A-Za-z_][\w.]*)?(?:(?<=[\w.])(?P<colon>:)(?P<value>"[^"]*|[^\s"]*))?$'
)


@dataclass(frozen=True)
class Suggestion:
    """What is shown, the whole line with it, and a word about it."""

    label: str
    line: str
    hint: str = ""


def suggest(line: str) -> list[Suggestion]:
    """Give at most eight ways to go on from the end of a line; at most one query."""
    last = _LAST.search(line)
    if last is None or len(line) > query_bar.LENGTH_MAX:
        return []
    if last["colon"] is None and line.count('"') % 2:
        return []  # inside a phrase
    before, name = line[: last.start()], last["name"] or ""
    if last["colon"] is None:
        found = _fields(before, name) if name or not line.strip() else iter(())
    else:
        found = _values(before, name, last["value"].removeprefix('"').lower())
    return list(islice(found, SUGGESTIONS_MAX))


def _fields(before: str, begun: str) -> Iterator[Suggestion]:
    for field, hint in _known_fields():
        if field.startswith(begun.lower()):
            yield Suggestion(f"{field}:", f"{before}{field}:", hint)
    if begun:
        for column in _columns():
            field = query_bar.field_of_column(column)
            if column.lower().startswith(begun.lower()):
                yield Suggestion(f"{field}:", f"{before}{field}:", _("a column of a file"))


def _known_fields() -> Iterator[tuple[str, str]]:
    for name in ("sentiment", "quality", "readability", "confidence", "processing_time", "length"):
        yield LONG_NAMES.get(name, name), _("a range such as <0.5 or 0.2..0.5")
    yield query_bar.DATE, _("a day or days such as 2026-05-01..2026-05-31")
    for name in query_bar.WORDS:
        yield LONG_NAMES.get(name, name), ""
    for emotion in EMOTIONS:
        yield EMOTION_PREFIX + emotion, _("a range such as >0.6")


def _values(before: str, name: str, begun: str) -> Iterator[Suggestion]:
    field = SHORT_NAMES.get(name, name)
    if field in SCALES:
        low, high = SCALES[field]
        middle = (low + high) / 2
        shown: Iterable[tuple[str, str]] = [
            (f"<{middle:g}", _("below")),
            (f">={middle:g}", _("from")),
            (f"{low:g}..{high:g}", _("between")),
        ]
    elif field in RECORDS:
        shown = ((one, "") for one in _names(field, begun))
    else:
        shown = ((str(value), str(hint)) for value, hint in VALUES.get(field, lambda: ())())
    for value, hint in shown:
        if value.lower().startswith(begun) or (field in RECORDS and begun in value.lower()):
            piece = f"{name}:{query_bar.quoted(value)}"
            yield Suggestion(piece, f"{before}{piece} ", hint if hint != value else "")


def _names(field: str, begun: str) -> list[str]:
    model, column = RECORDS[field]
    # icontains follows the collation, which is binary on MariaDB.
    lowered = model.objects.alias(lowered=Lower(column))  # type: ignore[attr-defined]
    rows = lowered.filter(lowered__contains=begun).order_by("-pk")
    return list(dict.fromkeys(rows.values_list(column, flat=True)[:SUGGESTIONS_MAX]))


def _recent_languages() -> Iterable[tuple[str, str]]:
    rows = (
        TextAnalysis.objects.live().filter(analysis_type=AnalysisType.LANGUAGE).order_by("-dated_at", "-id")
    )
    recent = rows.values_list("language_detected", flat=True)[:RECENT_ROWS]
    return ((one, "") for one in sorted({one for one in recent if one}))


def _models() -> Iterable[tuple[str, str]]:
    names = Rollup.objects.exclude(model_used="").order_by("model_used").values_list("model_used", flat=True)
    return ((one, "") for one in names.distinct())


def _people(name: str) -> Iterable[tuple[str, str]]:
    """Offer the reader, and whoever did it."""
    named = User.objects.filter(TextAnalysisFilter.base_filters[name].people()).order_by("username")
    yield ME, _("whoever reads")
    yield from ((one, "") for one in named.values_list("username", flat=True)[:PEOPLE_MAX])


def _columns() -> Iterable[str]:
    return own_columns.of_imports(Import.objects.order_by("-id"))


YES_NO = (("yes", ""), ("no", ""))
VALUES: dict[str, Callable[[], Iterable[tuple[Any, Any]]]] = {
    "analysis_type": lambda: AnalysisType.choices,
    "status": lambda: AnalysisStatus.choices,
    "optimization_tier": lambda: OptimizationTier.choices,
    query_bar.DATE: lambda: ((one, relative_days.words(one)) for one in relative_days.OFFERED),
    "corrected": lambda: YES_NO,
    **{name: partial(_people, name) for name in PEOPLE},
    "has_topic": lambda: YES_NO,
    "emotion": lambda: ((name, "") for name in EMOTIONS),
    "language": _recent_languages,
    "model_used": _models,
}
