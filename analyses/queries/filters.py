"""The kinds of conditions: how each parameter's value narrows the rows, and what would be right where one is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.db.models.lookups import Exact, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analyses import choices, results
from analyses.choices import AnalysisType
from analyses.engines.emotion import CLASSES
from analyses.models import BatchAnalysis, Correction, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import filter_fields, json_results, own_columns, relative_days, search, topic_lists
from analyses.search.parsing import Query

EXTRA_PREFIX = "extra."
EMOTION_PREFIX = "emotion."
EMOTIONS = CLASSES
VALUE_LENGTH_MAX = 2_000
USERNAME_LENGTH_MAX = 150
# Whoever asks.
ME = "me"
PEOPLE = ("corrected_by", "started_by")

# Range parameter -> (column, lower and upper end of the scale).
RANGES = {
    "sentiment": ("sentiment_score", choices.SENTIMENT_BOUNDS),
    "quality": ("quality_score", choices.QUALITY_BOUNDS),
    "readability": ("readability_score", choices.READABILITY_BOUNDS),
    "confidence": ("confidence_score", choices.CONFIDENCE_BOUNDS),
    "processing_time": ("processing_time_ms", choices.PROCESSING_TIME_MS_BOUNDS),
    "length": ("content_length", (0.0, float(choices.TEXT_LENGTH_MAX))),
}
DATES = ("date_from", "date_to")
RANGE_LABELS = {
    "sentiment": gettext_lazy("Sentiment"),
    "quality": gettext_lazy("Quality"),
    "readability": gettext_lazy("Readability"),
    "confidence": gettext_lazy("Confidence"),
    "processing_time": gettext_lazy("Processing time (ms)"),
    "length": gettext_lazy("Characters"),
}
# Every range that has a minimum and a maximum: those of columns, and one an emotion.
SCALES = {name: scale for name, (_column, scale) in RANGES.items()} | {
    EMOTION_PREFIX + emotion: choices.EMOTION_BOUNDS for emotion in EMOTIONS
}
# Parameter or range -> the type whose result it asks about; what is not here asks about any row.
TYPE_BY_PARAMETER: dict[str, AnalysisType] = {
    "sentiment": AnalysisType.SENTIMENT,
    "quality": AnalysisType.QUALITY,
    "readability": AnalysisType.READABILITY,
    **dict.fromkeys(("emotion", *(EMOTION_PREFIX + name for name in EMOTIONS)), AnalysisType.EMOTION),
    "language": AnalysisType.LANGUAGE,
    "keyword": AnalysisType.KEYWORDS,
    **dict.fromkeys(("entity", "entity_kind"), AnalysisType.ENTITIES),
    "topic": AnalysisType.TOPICS,
}
YES_NO = (("yes", gettext_lazy("yes")), ("no", gettext_lazy("no")))


def range_name(parameter: str) -> str:
    """Give the range that a parameter is an end of; any other parameter as it is."""
    name = parameter.removesuffix("_min").removesuffix("_max")
    return name if name in SCALES else parameter


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


class TextHashFilter(WordFilter):
    """All analyses of one text, by the hash of the text."""

    field_class = filter_fields.TextHashField
    accepts = gettext_lazy("the hash of a text: %(limit)s letters and digits from 0 to f")

    def __init__(self, field_name: str, **options: Any) -> None:
        super().__init__(field_name, limit=choices.TEXT_HASH_LENGTH, **options)


class TextContainsFilter(WordFilter):
    """A question over the words of the text: `analyses.search.parsing` has its grammar."""

    field_class = filter_fields.QueryField

    def filter(self, rows: TextAnalysisQuerySet, value: Query | None) -> TextAnalysisQuerySet:
        return search.narrow(rows, value) if value else rows


class WordsFilter(WordFilter):
    """Exact texts, each of which a finished row must have among its results."""

    field_class = filter_fields.WordListField

    def __init__(self, field_name: str, **options: Any) -> None:
        super().__init__(field_name, limit=results.JSON_CHARACTERS_MAX, **options)

    def condition(self, text: str) -> Any:
        """Ask for one text: here, an item of the column's list."""
        return json_results.HasItem(self.field_name, text)

    def filter(self, rows: TextAnalysisQuerySet, value: Sequence[str]) -> TextAnalysisQuerySet:
        return rows.done().filter(*map(self.condition, value)) if value else rows


class EntityFilter(WordsFilter):
    """The texts of entities."""

    def condition(self, text: str) -> Any:
        """Ask for an entity with this text."""
        return json_results.HasEntity(text)


class EntityKindFilter(WordsFilter):
    """The kinds of entities."""

    def condition(self, text: str) -> Any:
        """Ask for an entity of this kind."""
        return json_results.HasEntityKind(text)


class EmotionFilter(WordsFilter):
    """The strongest emotion of a finished row, one of several; engines from elsewhere may have names of their own."""

    @property
    def accepted(self) -> str:
        """Say what would be right."""
        return _("one of %(values)s, or another emotion that results have") % {"values": ", ".join(EMOTIONS)}

    def filter(self, rows: TextAnalysisQuerySet, value: Sequence[str]) -> TextAnalysisQuerySet:
        if not value:
            return rows
        return rows.done().alias(leading=json_results.LeadingEmotion()).filter(leading__in=value)

    def find_unheard(self, value: Sequence[str]) -> str | None:
        """Give an emotion that no engine of ours knows and no row has; a query for each that ours do not know."""
        rows = TextAnalysis.objects.live().filter(analysis_type=AnalysisType.EMOTION)
        strange = (one for one in value if one not in EMOTIONS)
        return next((one for one in strange if not self.filter(rows, [one]).exists()), None)


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


class PersonFilter(WordFilter):
    """Rows by who did something; `named` of the whole filter tells who a name is, for "me" is whoever asks."""

    def filter(self, rows: TextAnalysisQuerySet, value: str) -> TextAnalysisQuerySet:
        return rows.filter(self.done_by(self.parent.named_people[value])) if value else rows

    def done_by(self, user_id: int) -> Any:
        """Give the condition on rows."""
        raise NotImplementedError

    def people(self) -> Q:
        """Give the condition on accounts that ever did it: pages name these anyway, and no others are told."""
        raise NotImplementedError


class CorrectedByFilter(PersonFilter):
    """Rows that a person corrected."""

    def done_by(self, user_id: int) -> Any:
        return Exists(Correction.objects.filter(analysis=OuterRef("pk"), user=user_id))

    def people(self) -> Q:
        return Q(Exists(Correction.objects.filter(user=OuterRef("pk"))))


class StartedByFilter(PersonFilter):
    """Rows of batches that a person started, by a file or otherwise."""

    def done_by(self, user_id: int) -> Any:
        return Q(batch_analysis__in=BatchAnalysis.objects.filter(created_by=user_id).values("pk"))

    def people(self) -> Q:
        return Q(Exists(BatchAnalysis.objects.filter(created_by=OuterRef("pk"))))


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


class EmotionMinimumFilter(BoundFilter):
    """The lower end of an emotion's number."""

    def __init__(self, emotion: str) -> None:
        label = format_lazy("{}: {}", gettext_lazy("Emotion"), emotion)
        super().__init__("emotion_scores", label=label, scale=choices.EMOTION_BOUNDS)
        self.emotion = emotion

    def filter(self, rows: TextAnalysisQuerySet, value: float | None) -> TextAnalysisQuerySet:
        if value is None:
            return rows
        return rows.filter(GreaterThanOrEqual(json_results.EmotionScore(self.emotion), value))


class EmotionMaximumFilter(EmotionMinimumFilter):
    """The upper end of an emotion's number, left out like those of the other ranges."""

    def filter(self, rows: TextAnalysisQuerySet, value: float | None) -> TextAnalysisQuerySet:
        if value is None:
            return rows
        lookup = LessThanOrEqual if value == choices.EMOTION_BOUNDS[1] else LessThan
        return rows.filter(lookup(json_results.EmotionScore(self.emotion), value))


class MomentFilter(django_filters.Filter):  # type: ignore[misc]
    """An end of the dates."""

    field_class = filter_fields.MomentField

    @property
    def accepted(self) -> str:
        """Say what would be right."""
        return _(
            "a date such as 2026-11-23 or a time with its zone such as 2026-11-23T14:00:00Z, from 1970 to 2199; "
            "or one of -7d (any number of days), %(periods)s"
        ) % {"periods": ", ".join(relative_days.PERIODS)}


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


def range_filters() -> dict[str, django_filters.Filter]:
    """Make the two ends of each range."""
    filters: dict[str, django_filters.Filter] = {}
    for name, (column, scale) in RANGES.items():
        label = RANGE_LABELS[name]
        filters[f"{name}_min"] = BoundFilter(field_name=column, lookup_expr="gte", scale=scale, label=label)
        filters[f"{name}_max"] = MaximumFilter(field_name=column, scale=scale, label=label)
    for emotion in EMOTIONS:
        filters[f"{EMOTION_PREFIX}{emotion}_min"] = EmotionMinimumFilter(emotion)
        filters[f"{EMOTION_PREFIX}{emotion}_max"] = EmotionMaximumFilter(emotion)
    return filters
