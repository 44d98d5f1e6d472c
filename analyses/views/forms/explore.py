"""The form of the Explore page: the filter as fields. It only shows and keeps; `queries.filtering` understands."""

from __future__ import annotations

from collections.abc import Container, Iterator

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from analyses.choices import AnalysisStatus, AnalysisType, OptimizationTier
from analyses.queries import filters, paging, relative_days
from analyses.queries.filtering import TextAnalysisFilter
from analyses.templatetags import results

ANY = ("", _("any"))
SORT_LABELS = {
    "dated_at": _("date"),
    "created_at": _("creation"),
    "id": _("id"),
    "sentiment_score": _("sentiment"),
    "quality_score": _("quality"),
    "readability_score": _("readability"),
}
DATE_HELP = _("Such as 2026-11-23 or -7d for the last 7 days, in your time zone.")
RELATIVE_DAYS = forms.TextInput({"list": "relative-days"})
MORE_FIELDS = (
    "optimization_tier",
    "language",
    "model_used",
    "external_id",
    "batch",
    "import",
    "corrected",
    "corrected_by",
    "started_by",
    "error",
    "emotion",
    "keyword",
    "entity",
    "entity_kind",
)


def _sort_choices() -> list[tuple[str, str]]:
    words = {"-": _("%(name)s, falling"), "": _("%(name)s, rising")}
    return [
        (sign + column, words[sign] % {"name": label})
        for column, label in SORT_LABELS.items()
        for sign in ("-", "")
    ]


class ExploreForm(forms.Form):
    """The filter as fields."""

    q = forms.CharField(label=_("Words in the text"))
    analysis_type = forms.ChoiceField(label=_("Type"), choices=[ANY, *AnalysisType.choices])
    status = forms.MultipleChoiceField(
        label=_("Status"), choices=AnalysisStatus.choices, widget=forms.CheckboxSelectMultiple
    )
    date_from = forms.CharField(label=_("From"), help_text=DATE_HELP, widget=RELATIVE_DAYS)
    date_to = forms.CharField(label=_("To"), help_text=_("The whole day."), widget=RELATIVE_DAYS)
    sort = forms.ChoiceField(label=_("Order"), choices=_sort_choices)
    optimization_tier = forms.ChoiceField(label=_("Tier"), choices=[ANY, *OptimizationTier.choices])
    language = forms.CharField(label=_("Language"), help_text=_("A code such as en."))
    model_used = forms.CharField(label=_("Model"))
    external_id = forms.CharField(label=_("External id"))
    batch = forms.CharField(label=_("Batch number"))
    corrected = forms.ChoiceField(label=_("Corrected"), choices=[ANY, *filters.YES_NO])
    corrected_by = forms.CharField(label=_("Corrected by"), help_text=_("A user name, or me."))
    started_by = forms.CharField(label=_("Batch started by"), help_text=_("A user name, or me."))
    error = forms.CharField(label=_("Reason of failure"), help_text=_("The whole sentence."))
    keyword = forms.CharField(label=_("Keyword"))
    entity = forms.CharField(label=_("Entity"), help_text=_("Its whole text."))
    entity_kind = forms.CharField(label=_("Kind of entity"), help_text=_("Such as place."))

    def __init__(self, query: QueryDict) -> None:
        super().__init__(initial=_given(query), use_required_attribute=False)
        self.fields["import"] = forms.CharField(label=_("Import number"))
        for name, label in filters.RANGE_LABELS.items():
            self.fields[f"{name}_min"] = forms.CharField(label=_("%(score)s from") % {"score": label})
            self.fields[f"{name}_max"] = forms.CharField(label=_("%(score)s to") % {"score": label})
        for field in self.fields.values():
            field.required = False
        self.fields["emotion"] = forms.ChoiceField(
            label=_("Strongest emotion"), choices=_emotion_choices(query), required=False
        )
        self.kept = [*_without_a_field(query, self.fields)]

    @property
    def relative_days(self) -> list[tuple[str, str]]:
        """Give what is offered for the dates, with its words."""
        return [(one, relative_days.words(one)) for one in relative_days.OFFERED]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """Give the fields behind "More filters"."""
        ranges = [f"{name}_{end}" for name in filters.RANGES for end in ("min", "max")]
        return [self[name] for name in (*MORE_FIELDS, *ranges)]


def _emotion_choices(query: QueryDict) -> list[tuple[str, object]]:
    """Offer our engines' emotions, and what is asked for already."""
    names = dict.fromkeys([*filters.EMOTIONS, *filter(None, query.getlist("emotion"))])
    return [ANY, *((name, results.named(name)) for name in names)]


def _without_a_field(query: QueryDict, fields: Container[str]) -> Iterator[tuple[str, str]]:
    """Give the conditions that the form sends along unseen: those without a field, and all but the last of several."""
    known = TextAnalysisFilter.base_filters
    for name, values in query.lists():
        if name.startswith(filters.EXTRA_PREFIX) or (name in known and name not in fields):
            yield from ((name, value) for value in values)
        elif isinstance(known.get(name), filters.WordsFilter):
            yield from ((name, value) for value in values[:-1])


def _given(query: QueryDict) -> dict[str, object]:
    given: dict[str, object] = {name: query.get(name, "") for name in query}
    given["status"] = query.getlist("status")
    given["sort"] = query.get("sort") or paging.DEFAULT_SORT
    return given
