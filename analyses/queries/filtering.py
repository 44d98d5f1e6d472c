"""The one filter of text analyses: a query string in, exactly its live rows out.

Parameters: `analysis_type`, `status` (may be repeated), `optimization_tier`,
`language`, `model_used`, `batch` and `import` (ids), `external_id`, `text_hash` (all analyses of one text), `error`
(the whole reason), `corrected` (yes, no), `q` (words of the text), `first_topic`, `has_topic` (yes, no),
`date_from` and `date_to`, `length_min` and `length_max` (characters), `<score>_min` and `<score>_max`,
`emotion.<name>_min` and `emotion.<name>_max`, `extra.<column>`; and those that the lists of frequent values lead to,
which find finished rows: `emotion` (the strongest; repeated: one of them), `keyword`, `topic`, `entity` (its text) and
`entity_kind` (repeated: all of them).
Ranges are half-open: the minimum belongs to them and the maximum does not, except at the upper end of the scale, so
that the bins of a histogram follow each other without gap or overlap and `sentiment_max=1` keeps a score of 1.
`date_from` and `date_to` are plain days in the reader's zone (`date_to` with its whole day), or moments with a zone
(`date_to` then excluded), or told from today (`queries.relative_days`). An empty value counts as not given; anything
unknown or unreadable is refused. `corrected_by` and `started_by` are user names, or "me" for whoever reads.

The rows are those of one analysis type: the one named, else the batch's, else that of the first condition on a result.
A condition on another type's result asks whether the same text has such an analysis (`queries.other_types`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, cast

import django_filters
from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analyses import choices, results
from analyses.choices import AnalysisStatus, AnalysisType, OptimizationTier
from analyses.exceptions import InvalidFilterError, ValidationError
from analyses.models import BatchAnalysis, Import, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import conditions, filter_fields, other_types, own_columns, relative_days
from analyses.queries.conditions import Condition
from analyses.queries.filters import (
    DATES,
    EMOTION_PREFIX,
    EMOTIONS,
    EXTRA_PREFIX,
    ME,
    PEOPLE,
    SCALES,
    TYPE_BY_PARAMETER,
    USERNAME_LENGTH_MAX,
    VALUE_LENGTH_MAX,
    YES_NO,
    ChoiceFilter,
    ChoicesFilter,
    CorrectedByFilter,
    CorrectedFilter,
    DateFromFilter,
    DateToFilter,
    EmotionFilter,
    EntityFilter,
    EntityKindFilter,
    FirstTopicFilter,
    HasTopicFilter,
    IdFilter,
    ImportFilter,
    OwnColumnFilter,
    StartedByFilter,
    TextContainsFilter,
    TextHashFilter,
    WordFilter,
    WordsFilter,
    range_filters,
    range_name,
)

DISPLAY_PARAMETERS = (
    "sort",
    "after",
    "before",
    "page",
    "count",
    "chart",
    "numbers",
    "columns",
    "density",
    "filters",
    "view",
    "zone",
)
WORDS_LENGTH_MAX = 200
VALUE_SHOWN_MAX = 60
HASH_SHOWN = 12
COLUMNS_SHOWN_MAX = 10
VALUES_MAX = 20


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
    text_hash = TextHashFilter("text_hash", label=gettext_lazy("Same text"))
    error = WordFilter("error_message", limit=VALUE_LENGTH_MAX, label=gettext_lazy("Error"))
    emotion = EmotionFilter("emotion_scores", label=gettext_lazy("Strongest emotion"))
    keyword = WordsFilter("keywords", label=gettext_lazy("Keyword"))
    entity = EntityFilter("entities", label=gettext_lazy("Entity"))
    entity_kind = EntityKindFilter("entities", label=gettext_lazy("Kind of entity"))
    topic = WordsFilter("topics", label=gettext_lazy("Topic"))
    first_topic = FirstTopicFilter(
        "topics", limit=results.JSON_CHARACTERS_MAX, label=gettext_lazy("First topic")
    )
    has_topic = HasTopicFilter(choices=YES_NO, label=gettext_lazy("Has a topic"))
    corrected = CorrectedFilter(choices=YES_NO, label=gettext_lazy("Corrected"))
    corrected_by = CorrectedByFilter(
        "corrections", limit=USERNAME_LENGTH_MAX, label=gettext_lazy("Corrected by")
    )
    started_by = StartedByFilter(
        "batch_analysis", limit=USERNAME_LENGTH_MAX, label=gettext_lazy("Started by")
    )

    def __init__(self, data: QueryDict, *, queryset: TextAnalysisQuerySet, zone: tzinfo) -> None:
        super().__init__(data, queryset=queryset)
        self.zone = zone
        self.today = timezone.localdate(timezone=zone)
        self.named_batch: BatchAnalysis | None = None
        self.named_people: dict[str, int] = {}

    @property
    def listed_type(self) -> AnalysisType | None:
        """The type of the rows, as far as the conditions tell it."""
        named = self.form.cleaned_data.get("analysis_type") or (
            self.named_batch and self.named_batch.analysis_type
        )
        if named:
            return AnalysisType(named)
        return next((kind for name in self.data if (kind := _type_asked(name)) is not None), None)

    def filter_queryset(self, rows: TextAnalysisQuerySet) -> TextAnalysisQuerySet:
        """Narrow the rows by the conditions on themselves, and by those on other analyses of their texts."""
        listed = self.listed_type
        elsewhere: dict[AnalysisType, TextAnalysisQuerySet] = {}
        for name, value in self.form.cleaned_data.items():
            kind = _type_asked(name)
            if kind is None or kind == listed:
                rows = self.filters[name].filter(rows, value)
            elif name in self.data:
                others = elsewhere.get(kind, TextAnalysis.objects.live().filter(analysis_type=kind))
                elsewhere[kind] = self.filters[name].filter(others, value)
        for others in elsewhere.values():
            rows = rows.filter(other_types.has(others), analysis_type=listed)
        return rows

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        """Add the filters whose names Python cannot write as attributes, and the ranges."""
        filters = {**super().get_filters(), **range_filters()}
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
        return filter_fields.start_of(given, self.zone, self.today) if given else None

    @property
    def ends_at(self) -> datetime | None:
        """The first moment after the range."""
        given = self.form.cleaned_data.get("date_to")
        return filter_fields.end_of(given, self.zone, self.today) if given else None


def _type_asked(parameter: str) -> AnalysisType | None:
    return TYPE_BY_PARAMETER.get(range_name(parameter))


# Of these a row may have many values, and each that is asked for narrows further.
LIST_PARAMETERS = ("keyword", "entity", "entity_kind", "topic")


@dataclass(frozen=True)
class Filtered:
    """A filter that was understood: its rows, its conditions and its canonical query string's parts.

    `batch` and `source_import` are the records that the filter names, when they exist; `listed_type` is the type of all
    its rows, when it tells; `carried` names the saved view that the address came from, and the zone that it fixes.
    """

    queryset: TextAnalysisQuerySet
    parameters: tuple[tuple[str, str], ...]
    values: Mapping[str, Any]
    batch: BatchAnalysis | None = None
    source_import: Import | None = None
    listed_type: AnalysisType | None = None
    carried: tuple[tuple[str, str], ...] = ()

    @property
    def query(self) -> str:
        """Give the filter as a query string, without what only steers the display, but with the view it came from."""
        return conditions.encoded([*self.parameters, *self.carried])

    @property
    def question(self) -> tuple[tuple[str, str], ...]:
        """Give the conditions and the zone that they are meant in, without the saved view that they come from."""
        return (*self.parameters, *(pair for pair in self.carried if pair[0] == "zone"))

    @property
    def fixed_query(self) -> str:
        """Give the query string for later readers: moments for days told from today, a name for "me"."""
        told = {
            name: f"{self.values[name].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            for name, value in self.parameters
            if name in DATES and relative_days.is_relative(value)
        }
        told |= {name: self.values[name] for name in PEOPLE if self.values[name]}
        return conditions.encoded([(name, told.get(name, value)) for name, value in self.parameters])

    @property
    def is_everything(self) -> bool:
        """Tell whether no condition is set."""
        return not self.parameters

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Give the chips, one a value, ranges in one."""
        named = {
            "batch": self.batch and self.batch.batch_name,
            "import": self.source_import and self.source_import.name,
            "text_hash": _shortened(self.values.get("text_hash")),
        }
        words = conditions.Words(
            TextAnalysisFilter.base_filters, {key: name for key, name in named.items() if name}
        )
        chips = conditions.conditions(self.parameters, self.values, words)
        carrying = [replace(chip, remove_query=self._carrying(chip.remove_query)) for chip in chips]
        return (*carrying, *self._zone_condition())

    def _zone_condition(self) -> Iterator[Condition]:
        """Say in which zone days are meant where the address fixes it, whoever reads."""
        for name, value in self.carried:
            if name == "zone":
                rest = [pair for pair in (*self.parameters, *self.carried) if pair != (name, value)]
                yield Condition(_("Time zone"), value, conditions.encoded(rest))

    def _carrying(self, query: str) -> str:
        return "&".join(part for part in (query, conditions.encoded(self.carried)) if part)

    def query_with(self, changes: Mapping[str, str | None]) -> str:
        """Give the query string with some parameters replaced (None: left out)."""
        kept = [(name, value) for name, value in self.parameters if name not in changes]
        new = ((name, value) for name, value in changes.items() if value is not None)
        return conditions.encoded([*kept, *new, *self.carried])

    def query_narrowed(self, wanted: Mapping[str, str]) -> str:
        """Give the query string that also asks for values; where a row has only one, it replaces those before."""
        kept = [
            (name, value)
            for name, value in self.parameters
            if name not in wanted or (name in LIST_PARAMETERS and value != wanted[name])
        ]
        return conditions.encoded([*kept, *wanted.items(), *self.carried])

    def of_type(self, kind: AnalysisType) -> Filtered:
        """Ask for the rows of a type, too, where the filter tells none: then it asks nothing of other types."""
        return replace(
            self,
            queryset=self.queryset.filter(analysis_type=kind),
            parameters=(*self.parameters, ("analysis_type", kind.value)),
            values={**self.values, "analysis_type": kind.value},
            listed_type=kind,
        )

    def bounds(self, name: str) -> tuple[float | None, float | None]:
        """Give the range of a score as the filter has it."""
        return self.values.get(f"{name}_min"), self.values.get(f"{name}_max")


def parse(
    query: QueryDict, *, zone: tzinfo, reader: AbstractBaseUser | AnonymousUser | None = None
) -> Filtered:
    """Understand a query string, or raise InvalidFilterError with a sentence for each mistake.

    Runs no query; one when it names a batch or an import, one more when it names a file's own column of none, one for
    an emotion that no engine of ours knows, and one for people. `reader` is "me".
    """
    given = QueryDict(mutable=True)
    for name, values in query.lists():
        if name not in DISPLAY_PARAMETERS and any(values):
            given.setlist(name, [value for value in values if value])
    filters = TextAnalysisFilter(given, queryset=TextAnalysis.objects.live(), zone=zone)
    batch = filters.named_batch = _find_batch(filters, given)
    source = batch.source_import if batch else _find_import(filters, given)
    errors = [
        *_add_own_columns(filters, given, source),
        *_unknown(filters, given),
        *_repeated(filters, given),
    ]
    errors += _unreadable(filters, given) or _reversed(filters)
    if not errors:
        errors += _unheard(filters)
        errors += _unnamed(filters, reader)
    view = query.get("view", "")
    if view and not filter_fields.is_id(view):
        reason = _("view must be the number of a saved view, not “%(value)s”.")
        errors.append(ValidationError("view", reason % {"value": _shown(view)}))
    fixed_zone = query.get("zone", "")
    if fixed_zone and filter_fields.find_zone(fixed_zone) is None:
        reason = _("zone must be a time zone such as Europe/Berlin, not “%(value)s”.")
        errors.append(ValidationError("zone", reason % {"value": _shown(fixed_zone)}))
    if errors:
        raise InvalidFilterError(errors)
    return Filtered(
        queryset=cast("TextAnalysisQuerySet", filters.qs),
        parameters=tuple((name, value) for name in given for value in given.getlist(name)),
        values={
            **filters.form.cleaned_data,
            **{name: _own_name(filters.form.cleaned_data[name], reader) for name in PEOPLE},
            "date_from": filters.starts_at,
            "date_to": filters.ends_at,
        },
        batch=batch,
        source_import=source,
        listed_type=filters.listed_type,
        carried=tuple((name, value) for name, value in (("view", view), ("zone", fixed_zone)) if value),
    )


def _find_batch(filters: TextAnalysisFilter, given: QueryDict) -> BatchAnalysis | None:
    number = _readable(filters, "batch", given)
    if not number:
        return None
    namesakes = BatchAnalysis.objects.filter(batch_name=OuterRef("batch_name")).exclude(pk=OuterRef("pk"))
    rows = BatchAnalysis.objects.select_related("source_import").annotate(has_namesake=Exists(namesakes))
    return rows.filter(pk=number).first()


def _find_import(filters: TextAnalysisFilter, given: QueryDict) -> Import | None:
    number = _readable(filters, "import", given)
    if not number:
        return None
    namesakes = Import.objects.filter(name=OuterRef("name")).exclude(pk=OuterRef("pk"))
    return Import.objects.annotate(has_namesake=Exists(namesakes)).filter(pk=number).first()


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
        if name in filters.filters or name.startswith(EXTRA_PREFIX):
            continue
        if name.startswith(EMOTION_PREFIX):
            reason = _(
                "“%(name)s” is no filter. There is %(prefix)s<name>_min and %(prefix)s<name>_max for %(emotions)s."
            )
        else:
            reason = _(
                "“%(name)s” is no filter. The filters are %(names)s, %(prefix)s<name>_min, %(prefix)s<name>_max "
                "and extra.<column>."
            )
        known = [one for one in TextAnalysisFilter.base_filters if not one.startswith(EMOTION_PREFIX)]
        words = {"prefix": EMOTION_PREFIX, "names": ", ".join(known), "emotions": ", ".join(EMOTIONS)}
        yield ValidationError(name, reason % {**words, "name": _shown(name)})


def _repeated(filters: TextAnalysisFilter, given: QueryDict) -> Iterator[ValidationError]:
    for name, values in given.lists():
        is_repeatable = isinstance(filters.filters.get(name), ChoicesFilter | WordsFilter)
        if name in filters.filters and not is_repeatable and len(values) > 1:
            yield ValidationError(name, _("%(name)s must be given once.") % {"name": _shown(name)})
        if is_repeatable and len(values) > VALUES_MAX:
            reason = _("%(name)s can be given %(most)s times at most.")
            yield ValidationError(name, reason % {"name": name, "most": VALUES_MAX})


def _unreadable(filters: TextAnalysisFilter, given: QueryDict) -> list[ValidationError]:
    return [
        _misread(name, error)
        if error.code == filter_fields.SENTENCE
        else _not_accepted(filters, name, ", ".join(given.getlist(name)))
        for name, (error, *_others) in filters.errors.as_data().items()
    ]


def _misread(name: str, error: forms.ValidationError) -> ValidationError:
    return ValidationError(
        name, _("%(name)s cannot be read: %(reason)s") % {"name": name, "reason": error.message}
    )


def _unheard(filters: TextAnalysisFilter) -> Iterator[ValidationError]:
    """Refuse an emotion that is none: as a text it would silently match nothing."""
    strange = filters.filters["emotion"].find_unheard(filters.form.cleaned_data["emotion"])
    if strange is not None:
        yield _not_accepted(filters, "emotion", strange)


def _unnamed(
    filters: TextAnalysisFilter, reader: AbstractBaseUser | AnonymousUser | None
) -> Iterator[ValidationError]:
    """Find who is asked for, and refuse names of nobody who did it."""
    asked = {name: given for name in PEOPLE if (given := filters.form.cleaned_data[name])}
    if ME in asked.values() and reader is not None and reader.pk is not None:
        filters.named_people[ME] = reader.pk
    for name, given in asked.items():
        if given == ME and ME not in filters.named_people:
            yield ValidationError(name, _("“me” is whoever reads a page: give a user name here."))
        elif given != ME:
            did_it = filters.filters[name].people()
            found = User.objects.filter(did_it, username=given).values_list("pk", flat=True).first()
            if found is None:
                reason = _("%(name)s: there is nothing by a person named “%(value)s”.")
                yield ValidationError(name, reason % {"name": name, "value": _shown(given)})
            else:
                filters.named_people[given] = found


def _own_name(given: str, reader: AbstractBaseUser | AnonymousUser | None) -> str:
    return reader.get_username() if given == ME and reader is not None else given


def _not_accepted(filters: TextAnalysisFilter, name: str, value: str) -> ValidationError:
    words = {"name": _shown(name), "accepted": filters.filters[name].accepted, "value": _shown(value)}
    return ValidationError(name, _("%(name)s must be %(accepted)s, not “%(value)s”.") % words)


def _reversed(filters: TextAnalysisFilter) -> list[ValidationError]:
    """Refuse ranges that end before they begin: they would silently match nothing."""
    values = filters.form.cleaned_data
    pairs = [(f"{name}_min", values[f"{name}_min"], f"{name}_max", values[f"{name}_max"]) for name in SCALES]
    pairs.append(("date_from", filters.starts_at, "date_to", filters.ends_at))
    return [
        ValidationError(last, _("%(last)s must not be below %(first)s.") % {"first": first, "last": last})
        for first, lower, last, upper in pairs
        if lower is not None and upper is not None and upper < lower
    ]


def _shortened(text_hash: str | None) -> str | None:
    """Give as much of a hash as a person compares."""
    return f"{text_hash[:HASH_SHOWN]}…" if text_hash else None


def _shown(value: str) -> str:
    """Shorten a value for a sentence; what cannot be shown is shown as its code."""
    cut = value if len(value) <= VALUE_SHOWN_MAX else value[:VALUE_SHOWN_MAX] + "…"
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in cut)
