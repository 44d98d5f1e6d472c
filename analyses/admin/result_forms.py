"""The forms of the text analysis page: a correction, another text, a new single analysis."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from analyses import choices
from analyses.choices import RESULT_FIELD_BY_TYPE, SCORE_BY_TYPE, AnalysisType, OptimizationTier
from analyses.engines import registry
from analyses.models import TextAnalysis

JSON_LENGTH_MAX = 100_000
REASON_LENGTH_MAX = 1_000


class ResultJSONField(forms.CharField):
    """JSON from a person: too deep, too long or no JSON at all is a sentence, never a failure."""

    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})
    empty_values = [None, ""]  # an empty list is an answer

    def to_python(self, value: Any) -> Any:
        """Read the JSON; raises ValidationError."""
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        if len(str(text)) > JSON_LENGTH_MAX:
            raise forms.ValidationError(_("This is longer than 100,000 characters."))
        try:
            value = json.loads(str(text), parse_constant=_refuse_constant)
            # Half of a character, as in "\\ud800", passes JSON and no database.
            json.dumps(value, ensure_ascii=False).encode()
            return value
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("This is not readable as JSON.")) from error

    def run_validators(self, value: Any) -> None:
        """Skip what checks strings: the value is no string any more, the service checks it."""


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def as_typed(value: Any) -> str:
    """Write a JSON value as a person edits it."""
    return "" if value is None else json.dumps(value, ensure_ascii=False, indent=1)


class CorrectionForm(forms.Form):
    """The result that fits the type, and why it is changed."""

    def __init__(self, row: TextAnalysis, data: Any = None) -> None:
        super().__init__(data)
        self.result = RESULT_FIELD_BY_TYPE[AnalysisType(row.analysis_type)]
        self.fields[self.result] = self._field(row)
        value = getattr(row, self.result)
        self.initial[self.result] = as_typed(value) if self._is_json(row) else value
        self.fields["reason"] = forms.CharField(
            label=_("Reason"),
            max_length=REASON_LENGTH_MAX,
            widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        )

    def _is_json(self, row: TextAnalysis) -> bool:
        return row.analysis_type not in SCORE_BY_TYPE and row.analysis_type != AnalysisType.LANGUAGE

    def _field(self, row: TextAnalysis) -> forms.Field:
        label = str(TextAnalysis._meta.get_field(self.result).verbose_name).capitalize()  # type: ignore[union-attr]
        if row.analysis_type in SCORE_BY_TYPE:
            _column, lower, upper = SCORE_BY_TYPE[AnalysisType(row.analysis_type)]
            widget = forms.NumberInput(attrs={"step": "any"})
            return forms.FloatField(label=label, min_value=lower, max_value=upper, widget=widget)
        if row.analysis_type == AnalysisType.LANGUAGE:
            return forms.CharField(label=label, max_length=choices.LANGUAGE_CODE_LENGTH_MAX)
        return ResultJSONField(label=label, help_text=_("As JSON."))


class TextForm(forms.Form):
    """Another text for the same analysis."""

    text_content = forms.CharField(
        label=_("Text"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto", "maxlength": choices.TEXT_LENGTH_MAX}),
        help_text=_("The result is dropped, its corrections too, and the text is analysed again."),
    )

    def __init__(self, row: TextAnalysis, data: Any = None) -> None:
        super().__init__(data, initial={"text_content": row.text_content})
        self.kept = row.text_content

    def clean_text_content(self) -> str:
        """Undo what the browser did to line ends, so that saving an unchanged text changes nothing."""
        text = str(self.cleaned_data["text_content"])
        if _single_ends(text) == _single_ends(self.kept):
            return self.kept
        return text if "\r" in self.kept else _single_ends(text)


class AddForm(forms.Form):
    """A single analysis."""

    text_content = forms.CharField(
        label=_("Text"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto", "maxlength": choices.TEXT_LENGTH_MAX}),
        help_text=_("1 to 10,000 characters."),
    )
    analysis_type = forms.ChoiceField(label=_("Type"), choices=AnalysisType.choices)
    optimization_tier = forms.ChoiceField(
        label=_("Tier"), choices=OptimizationTier.choices, initial=OptimizationTier.STANDARD
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        rows = registry.installed()
        types = {row.analysis_type for row in rows}
        tiers = {row.tier for row in rows}
        fields: dict[str, Any] = self.fields
        fields["analysis_type"].choices = [(one.value, one.label) for one in AnalysisType if one in types]
        fields["optimization_tier"].choices = [
            (one.value, one.label) for one in OptimizationTier if one in tiers
        ]

    def clean_text_content(self) -> str:
        """Make a browser's line ends single."""
        return _single_ends(str(self.cleaned_data["text_content"]))


def _single_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
