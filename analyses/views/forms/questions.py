"""What is asked of many texts: which types of analysis, at which tier, under which name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _

from analyses import choices
from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import registry


@dataclass(frozen=True)
class TypeChoice:
    """An analysis type as the form offers it."""

    value: str
    label: str
    note: str
    enabled: bool
    checked: bool


class QuestionForm(forms.Form):
    """What new batches are asked and what they are called."""

    name = forms.CharField(
        label=_("Name"),
        max_length=choices.BATCH_NAME_LENGTH_MAX,
        error_messages={"required": _("Give the batches a name.")},
    )
    analysis_types = forms.MultipleChoiceField(
        label=_("Analyses"),
        choices=AnalysisType.choices,
        error_messages={"required": _("Choose at least one type of analysis.")},
    )
    tier = forms.ChoiceField(label=_("Tier"), choices=OptimizationTier.choices)

    def add_problem(self, field: str, sentence: str) -> None:
        """Put a service's refusal beside the field that it is about."""
        name = {"analysis_type": "analysis_types", "optimization_tier": "tier"}.get(field, field)
        self.add_error(name if name in self.fields else None, sentence)

    def type_choices(self) -> list[TypeChoice]:
        """List every type with what is installed for it; the rest says what is missing."""
        tiers: dict[str, list[str]] = {}
        for row in registry.installed():
            tiers.setdefault(row.analysis_type.value, []).append(str(row.tier.label))
        checked = self["analysis_types"].value() or []
        return [
            TypeChoice(
                value=kind.value,
                label=str(kind.label),
                note=_note(tiers.get(kind.value, [])),
                enabled=kind.value in tiers,
                checked=kind.value in checked and kind.value in tiers,
            )
            for kind in AnalysisType
        ]


def _note(tiers: Sequence[str]) -> str:
    if not tiers:
        return str(_("No engine is installed. Update nlpadmin to a version that has one."))
    return str(_("Tiers: %(tiers)s")) % {"tiers": ", ".join(tiers)}
