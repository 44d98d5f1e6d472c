"""The one filter of text analyses: a query string in, exactly its live rows out.

Parameters: `analysis_type`, `status` (may be repeated), `optimization_tier`,
`language`, `model_used`, `batch` and `import` (ids), `external_id`, `error` (the whole reason), `corrected` (yes, no),
`q` (in the text, whatever its case), `topic` (among the row's topics), `first_topic`, `has_topic` (yes, no),
`date_from` and `date_to`, `<score>_min` and `<score>_max`, `extra.<column>`.
Ranges are half-open: the minimum belongs to them and the maximum does not, except at the upper end of the scale, so
that the bins of a histogram follow each other without gap or overlap and `sentiment_max=1` keeps a score of 1.
`date_from` and `date_to` are plain days in the reader's zone (`date_to` with its whole day), or moments with a zone
(`date_to` then excluded). An empty value counts as not given; anything unknown or unreadable is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, cast

import django_filters
from django import forms
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower
from django.db.models.lookups import Exact, IsNull
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analyses import choices, results
from analyses.choices import AnalysisStatus, AnalysisType, OptimizationTier
from analyses.exceptions import InvalidFilterError, ValidationError
from analyses.models import BatchAnalysis, Correction, Import, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import filter_fields, own_columns, topic_lists

DISPLAY_PARAMETERS = ("sort", "after", "before", "count")
EXTRA_PREFIX = "extra."
WORDS_LENGTH_MAX = 200
VALUE_LENGTH_MAX = 2_000
VALUE_SHOWN_MAX = 60
COLUMNS_SHOWN_MAX = 10

# Range parameter -> (column, lower and upper end of the scale).
RANGES = {
    "sentiment": ("sentiment_score", choices.SENTIMENT_BOUNDS),
    "quality": ("quality_score", choices.QUALITY_BOUNDS),
    "readability": ("readability_score", choices.READABILITY_BOUNDS),
    "confidence": ("confidence_score", choices.CONFIDENCE_BOUNDS),
    "processing_time": ("processing_time_ms", choices.PROCESSING_TIME_MS_BOUNDS),
}
RANGE_LABELS = {
    "sentiment": gettext_lazy("Sentiment"),
    "quality": gettext_lazy("Quality"),
    "readability": gettext_lazy("Readability"),
    "confidence": gettext_lazy("Confidence"),
    "processing_time": gettext_lazy("Processing time (ms)"),
}
YES_NO = (("yes", gettext_lazy("yes")), ("no", gettext_lazy("no")))


class WordFilter(django_filters.Filter):  # type: ignore[misc]
    """An exact text."""

    field_class = filter_fields.WordsField
    accepts = gettext_lazy("a text of at most %(limit)s characters, without a NUL character")

    def __init__(self, field_name: str, *, limit: int, **options: Any) -> None:
        self.limit = limit
        super().__init__(field_name=field_name, max_length=limit, strip=False, **options)

    @property
    def accepted(self) -> str:
        """Say what would be right."""
        return str(self.accepts) % {"limit": self.limit}


class TextContainsFilter(WordFilter):
    """Words in the text, whatever their case.

    MariaDB's binary collation tells "A" from "a", hence LOWER on all three; SQLite lowers ASCII letters only.
    """

    def filter(self, rows: TextAnalysisQuerySet, value: str) -> TextAnalysisQuerySet:
        if not value:
            return rows
        return rows.alias(lowered=Lower("text_content")).filter(lowered__contains=value.lower())


class TopicFilter(WordFilter):
    """One of the row's topics, spelt exactly so."""

    def filter(self, rows: TextAnalysisQuerySet, value: str) -> TextAnalysisQuerySet:
        return rows.filter(topic_lists.HasTopic(value)) if value else rows


class FirstTopicFilter(WordFilter):
    """The row's best topic, which tells the groups of a batch apart."""

    def filter(self, rows: TextAnalysisQuerySet, value: str) -> TextAnalysisQuerySet:
        return rows.filter(Exact(topic_lists.FirstTopic(), value)) if value else rows


class OwnColumnFilter(WordFilter):
    """An exact value in one of the file's own columns."""

    def __init__(self, column: str, **options: Any) -> None:
        super().__init__("extra", limit=VALUE_LENGTH_MAX, label=column, **options)
        self.column = column

    def filter(self, rows: TextAnalysisQuerySet, value: str) -> TextAnalysisQuerySet:
        return rows.filter(Exact(own_columns.OwnColumn(self.column), value)) if value else rows


class ChoiceFilter(django_filters.ChoiceFilter):  # type: ignore[misc]
    """One of a few words."""

    @property
    def accepted(self) -> str:
        """Say what would be right."""
        return _("one of %(values)s") % {
            "values": ", ".join(str(value) for value, _name in self.extra["choices"])
        }


class ChoicesFilter(ChoiceFilter, django_filters.MultipleChoiceFilter):  # type: ignore[misc]
    """Several of a few words."""

    field_class = django_filters.MultipleChoiceFilter.field_class

    def filter(self, rows: TextAnalysisQuerySet, value: Sequence[str]) -> TextAnalysisQuerySet:
        return rows.filter(**{f"{self.field_name}__in": list(value)}) if value else rows


class CorrectedFilter(ChoiceFilter):
    """Rows that a person corrected, or the others."""

    def filter(self, rows: TextAnalysisQuerySet, value: str) -> TextAnalysisQuerySet:
        if not value:
            return rows
        corrections = Exists(Correction.objects.filter(analysis=OuterRef("pk")))
        return rows.filter(corrections if value == "yes" else ~corrections)


class HasTopicFilter(ChoiceFilter):
    """Rows with a topic at all, or the others."""

    def filter(self, rows: TextAnalysisQuerySet, value: str) -> TextAnalysisQuerySet:
        return rows.filter(IsNull(topic_lists.FirstTopic(), value == "no")) if value else rows


class IdFilter(django_filters.Filter):  # type: ignore[misc]
    """The number of a record."""

    field_class = filter_fields.IdField

    @property
    def accepted(self) -> str:
        """Say what would be right."""
        return _("a whole number from 1")


class ImportFilter(IdFilter):
    """All rows of a file, found through its batches: they have the index."""

    def filter(self, rows: TextAnalysisQuerySet, value: int | None) -> TextAnalysisQuerySet:
        if value is None:
            return rows
        return rows.filter(batch_analysis__in=BatchAnalysis.objects.filter(source_import=value).values("pk"))


class BoundFilter(django_filters.Filter):  # type: ignore[misc]
    """An end of a range of scores."""

    field_class = filter_fields.BoundField

    @property
    def accepted(self) -> str:
        """Say what would be right."""
        lower, upper = self.extra["scale"]
        return _("a number from %(lower)s to %(upper)s") % {"lower": f"{lower:.0f}", "upper": f"{upper:.0f}"}


class MaximumFilter(BoundFilter):
    """The upper end of a range: excluded, except where the scale itself ends."""

    def filter(self, rows: TextAnalysisQuerySet, value: float | None) -> TextAnalysisQuerySet:
        if value is None:
            return rows
        lookup = "lte" if value == self.extra["scale"][1] else "lt"
        return rows.filter(**{f"{self.field_name}__{lookup}": value})


class MomentFilter(django_filters.Filter):  # type: ignore[misc]
    """An end of the dates."""

    field_class = filter_fields.MomentField

    @property
    def accepted(self) -> str:
        """Say what would be right."""
        return _(
            "a date such as 2026-11-23 or a time with its zone such as 2026-11-23T14:00:00Z, from 1970 to 2199"
        )


class DateFromFilter(MomentFilter):
    """The first moment that belongs to the range."""

    def filter(self, rows: TextAnalysisQuerySet, value: Any) -> TextAnalysisQuerySet:
        start = self.parent.starts_at
        return rows if start is None else rows.filter(dated_at__gte=start)


class DateToFilter(MomentFilter):
    """The first moment after the range."""

    def filter(self, rows: TextAnalysisQuerySet, value: Any) -> TextAnalysisQuerySet:
        end = self.parent.ends_at
        return rows if end is None else rows.filter(dated_at__lt=end)


def _range_filters() -> dict[str, django_filters.Filter]:
    filters: dict[str, django_filters.Filter] = {}
    for name, (column, scale) in RANGES.items():
        label = RANGE_LABELS[name]
        filters[f"{name}_min"] = BoundFilter(field_name=column, lookup_expr="gte", scale=scale, label=label)
        filters[f"{name}_max"] = MaximumFilter(field_name=column, scale=scale, label=label)
    return filters


class TextAnalysisFilter(django_filters.FilterSet):  # type: ignore[misc]
    """The filters by parameter name; `parse` is the way in."""

    q = TextContainsFilter("text_content", limit=WORDS_LENGTH_MAX, label=gettext_lazy("Words"))
    analysis_type = ChoiceFilter(choices=AnalysisType.choices, label=gettext_lazy("Type"))
    status = ChoicesFilter(choices=AnalysisStatus.choices, label=gettext_lazy("Status"))
    optimization_tier = ChoiceFilter(choices=OptimizationTier.choices, label=gettext_lazy("Tier"))
    language = WordFilter(
        "language_detected", limit=choices.LANGUAGE_CODE_LENGTH_MAX, label=gettext_lazy("Language")
    )
    model_used = WordFilter("model_used", limit=choices.MODEL_NAME_LENGTH_MAX, label=gettext_lazy("Model"))
    batch = IdFilter(field_name="batch_analysis", label=gettext_lazy("Batch"))
    date_from = DateFromFilter(label=gettext_lazy("From"))
    date_to = DateToFilter(label=gettext_lazy("To"))
    external_id = WordFilter(
        "external_id", limit=choices.EXTERNAL_ID_LENGTH_MAX, label=gettext_lazy("External id")
    )
    error = WordFilter("error_message", limit=VALUE_LENGTH_MAX, label=gettext_lazy("Error"))
    topic = TopicFilter("topics", limit=results.JSON_CHARACTERS_MAX, label=gettext_lazy("Topic"))
    first_topic = FirstTopicFilter(
        "topics", limit=results.JSON_CHARACTERS_MAX, label=gettext_lazy("First topic")
    )
    has_topic = HasTopicFilter(choices=YES_NO, label=gettext_lazy("Has a topic"))
    corrected = CorrectedFilter(choices=YES_NO, label=gettext_lazy("Corrected"))

    def __init__(self, data: QueryDict, *, queryset: TextAnalysisQuerySet, zone: tzinfo) -> None:
        super().__init__(data, queryset=queryset)
        self.zone = zone

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        """Add the filters whose names Python cannot write as attributes, and the ranges."""
        filters = {**super().get_filters(), **_range_filters()}
        filters["import"] = ImportFilter(field_name="source_import", label=gettext_lazy("Import"))
        return filters

    def add_own_column(self, column: str) -> None:
        """Allow `extra.<column>`."""
        own = OwnColumnFilter(column)
        own.model, own.parent = self.queryset.model, self
        self.filters[EXTRA_PREFIX + column] = own

    @property
    def starts_at(self) -> datetime | None:
        """The first moment that belongs to the range."""
        given = self.form.cleaned_data.get("date_from")
        return filter_fields.start_of(given, self.zone) if given else None

    @property
    def ends_at(self) -> datetime | None:
        """The first moment after the range."""
        given = self.form.cleaned_data.get("date_to")
        return filter_fields.end_of(given, self.zone) if given else None


@dataclass(frozen=True)
class Condition:
    """A chip: what is asked, in words, and the query string without it."""

    label: str
    text: str
    remove_query: str


@dataclass(frozen=True)
class Filtered:
    """A filter that was understood: its rows, its conditions and its canonical query string's parts.

    `batch` and `source_import` are the records that the filter names, when they exist.
    """

    queryset: TextAnalysisQuerySet
    parameters: tuple[tuple[str, str], ...]
    values: Mapping[str, Any]
    batch: BatchAnalysis | None = None
    source_import: Import | None = None

    @property
    def query(self) -> str:
        """Give the filter as a query string, without the parameters that only steer the display."""
        return _encoded(self.parameters)

    @property
    def is_everything(self) -> bool:
        """Tell whether no condition is set."""
        return not self.parameters

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Give the chips, one a value, ranges in one."""
        return tuple(_conditions(self))

    def query_with(self, changes: Mapping[str, str | None]) -> str:
        """Give the query string with some parameters replaced (None: left out)."""
        kept = [(name, value) for name, value in self.parameters if name not in changes]
        return _encoded([*kept, *((name, value) for name, value in changes.items() if value is not None)])

    def bounds(self, name: str) -> tuple[float | None, float | None]:
        """Give the range of a score as the filter has it."""
        return self.values.get(f"{name}_min"), self.values.get(f"{name}_max")


def parse(query: QueryDict, *, zone: tzinfo) -> Filtered:
    """Understand a query string, or raise InvalidFilterError with a sentence for each mistake.

    Runs no query; one when it names a batch or an import, one more when it names a file's own column of none.
    """
    given = QueryDict(mutable=True)
    for name, values in query.lists():
        if name not in DISPLAY_PARAMETERS and any(values):
            given.setlist(name, [value for value in values if value])
    filters = TextAnalysisFilter(given, queryset=TextAnalysis.objects.live(), zone=zone)
    batch = _find_batch(filters, given)
    source = batch.source_import if batch else _find_import(filters, given)
    errors = [
        *_add_own_columns(filters, given, source),
        *_unknown(filters, given),
        *_repeated(filters, given),
    ]
    errors += _unreadable(filters, given) or _reversed(filters)
    if errors:
        raise InvalidFilterError(errors)
    return Filtered(
        queryset=cast("TextAnalysisQuerySet", filters.qs),
        parameters=tuple((name, value) for name in given for value in given.getlist(name)),
        values={**filters.form.cleaned_data, "date_from": filters.starts_at, "date_to": filters.ends_at},
        batch=batch,
        source_import=source,
    )


def _find_batch(filters: TextAnalysisFilter, given: QueryDict) -> BatchAnalysis | None:
    number = _readable(filters, "batch", given)
    return BatchAnalysis.objects.select_related("source_import").filter(pk=number).first() if number else None


def _find_import(filters: TextAnalysisFilter, given: QueryDict) -> Import | None:
    number = _readable(filters, "import", given)
    return Import.objects.filter(pk=number).first() if number else None


def _readable(filters: TextAnalysisFilter, name: str, given: QueryDict) -> int | None:
    """Give the id in a parameter, None where it is missing or wrong (which is reported elsewhere)."""
    try:
        return cast("int | None", filters.filters[name].field.clean(given.get(name, "")))
    except forms.ValidationError:
        return None


def _add_own_columns(
    filters: TextAnalysisFilter, given: QueryDict, source: Import | None
) -> Iterator[ValidationError]:
    asked = [name.removeprefix(EXTRA_PREFIX) for name in given if name.startswith(EXTRA_PREFIX)]
    if not asked:
        return
    known = own_columns.of_imports([source] if source else Import.objects.order_by("-id"))
    for column in asked:
        if column in known:
            filters.add_own_column(column)
        else:
            yield _unknown_column(column, known)


def _unknown_column(column: str, known: Sequence[str]) -> ValidationError:
    name = EXTRA_PREFIX + column
    listed = ", ".join(EXTRA_PREFIX + one for one in known[:COLUMNS_SHOWN_MAX])
    reason = _("“%(name)s” names no column of the imported files.") % {"name": _shown(name)}
    if listed:
        reason += " " + _("There is %(columns)s.") % {"columns": listed}
    return ValidationError(name, reason)


def _unknown(filters: TextAnalysisFilter, given: QueryDict) -> Iterator[ValidationError]:
    for name in given:
        if name not in filters.filters and not name.startswith(EXTRA_PREFIX):
            reason = _("“%(name)s” is no filter. The filters are %(names)s and extra.<column>.") % {
                "name": _shown(name),
                "names": ", ".join(TextAnalysisFilter.base_filters),
            }
            yield ValidationError(name, reason)


def _repeated(filters: TextAnalysisFilter, given: QueryDict) -> Iterator[ValidationError]:
    for name, values in given.lists():
        if (
            len(values) > 1
            and name in filters.filters
            and not isinstance(filters.filters[name], ChoicesFilter)
        ):
            yield ValidationError(name, _("%(name)s must be given once.") % {"name": _shown(name)})


def _unreadable(filters: TextAnalysisFilter, given: QueryDict) -> list[ValidationError]:
    return [
        ValidationError(
            name,
            _("%(name)s must be %(accepted)s, not “%(value)s”.")
            % {
                "name": _shown(name),
                "accepted": filters.filters[name].accepted,
                "value": _shown(", ".join(given.getlist(name))),
            },
        )
        for name in filters.errors
    ]


def _reversed(filters: TextAnalysisFilter) -> list[ValidationError]:
    """Refuse ranges that end before they begin: they would silently match nothing."""
    values = filters.form.cleaned_data
    pairs = [(f"{name}_min", values[f"{name}_min"], f"{name}_max", values[f"{name}_max"]) for name in RANGES]
    pairs.append(("date_from", filters.starts_at, "date_to", filters.ends_at))
    return [
        ValidationError(last, _("%(last)s must not be below %(first)s.") % {"first": first, "last": last})
        for first, lower, last, upper in pairs
        if lower is not None and upper is not None and upper < lower
    ]


def _shown(value: str) -> str:
    """Shorten a value for a sentence; what cannot be shown is shown as its code."""
    cut = value if len(value) <= VALUE_SHOWN_MAX else value[:VALUE_SHOWN_MAX] + "…"
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in cut)


def _encoded(pairs: Sequence[tuple[str, str]]) -> str:
    query = QueryDict(mutable=True)
    for name, value in pairs:
        query.appendlist(name, value)
    return query.urlencode()


def _conditions(filtered: Filtered) -> Iterator[Condition]:
    seen: set[str] = set()
    for name, value in filtered.parameters:
        range_name = name.removesuffix("_min").removesuffix("_max")
        if range_name in RANGES:
            if range_name not in seen:
                seen.add(range_name)
                yield _range_condition(filtered, range_name)
        else:
            rest = tuple(pair for pair in filtered.parameters if pair != (name, value))
            yield Condition(_label(name), _text(filtered, name, value), _encoded(rest))


def _range_condition(filtered: Filtered, name: str) -> Condition:
    lower, upper = filtered.bounds(name)
    return Condition(
        label=str(RANGE_LABELS[name]),
        text=_range_text(lower, upper, end=RANGES[name][1][1]),
        remove_query=filtered.query_with({f"{name}_min": None, f"{name}_max": None}),
    )


def _range_text(lower: float | None, upper: float | None, *, end: float) -> str:
    words = {"lower": _number(lower), "upper": _number(upper)}
    if upper is None:
        return _("from %(lower)s") % words
    if upper == end:
        return _("up to %(upper)s") % words if lower is None else _("%(lower)s to %(upper)s") % words
    return _("below %(upper)s") % words if lower is None else _("%(lower)s to below %(upper)s") % words


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}".replace("-", "−")


def _label(name: str) -> str:
    if name.startswith(EXTRA_PREFIX):
        return name.removeprefix(EXTRA_PREFIX)
    return str(TextAnalysisFilter.base_filters[name].label)


def _text(filtered: Filtered, name: str, value: str) -> str:
    if name == "batch" and filtered.batch is not None:
        return filtered.batch.batch_name
    if name == "import" and filtered.source_import is not None:
        return filtered.source_import.name
    named = getattr(TextAnalysisFilter.base_filters.get(name), "extra", {}).get("choices", ())
    return str(dict(named).get(value, value))
