"""Try one text: what every installed engine says about a pasted text, and why; nothing is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from analyses import choices, texts
from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import registry
from analyses.engines.base import EngineFacts
from analyses.engines.registry import Installed
from analyses.views import explanations
from analyses.views.explanations import Explanation
from analyses.views.pages import render_page, requires


@dataclass(frozen=True, slots=True)
class Card:
    """What one engine said; `tiers` are those that it serves, `anchor` is the card's name on the page."""

    anchor: str
    facts: EngineFacts
    tiers: tuple[str, ...]
    explanation: Explanation


@dataclass(slots=True)
class Group:
    """The cards of one analysis type, lowest tier first, to be compared side by side."""

    analysis_type: AnalysisType
    cards: list[Card] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An engine that can be asked: the first tier by which it is had, and all that it serves."""

    first: Installed
    tiers: tuple[str, ...]

    @property
    def is_slow(self) -> bool:
        """Whether it is asked on demand alone: a large model, or a service that may be away."""
        return self.first.tier == OptimizationTier.ULTRA


class TextForm(forms.Form):
    """The pasted text, and the slow engines that shall answer too."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto", "maxlength": choices.TEXT_LENGTH_MAX}),
        help_text=gettext_lazy("Up to 10,000 characters. Nothing is stored."),
    )
    ask = forms.MultipleChoiceField(
        label=gettext_lazy("Ask these too"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Large models and services of other machines: they may take their time."),
    )

    def __init__(self, data: Any, slow: Iterable[Wanted]) -> None:
        super().__init__(data)
        options = [(one.first.analysis_type.value, _slow_label(one)) for one in slow]
        if options:
            fields: dict[str, Any] = self.fields
            fields["ask"].choices = options
        else:
            del self.fields["ask"]

    def clean_text(self) -> str:
        """Make a browser's line ends single and apply the one check of texts."""
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        if problem := texts.text_problem(text):
            raise forms.ValidationError(problem)
        return text


@requires("analyses.view_textanalysis")
@sensitive_post_parameters("text")
def try_text(request: HttpRequest) -> HttpResponse:
    """Show the form and, after a POST, what each engine says."""
    wanted = engines_by_answer()
    form = TextForm(
        request.POST if request.method == "POST" else None, [one for one in wanted if one.is_slow]
    )
    context: dict[str, Any] = {"title": _("Try one text"), "form": form, "missing": missing_by_extra()}
    if not form.is_bound:
        return render_page(request, "analyses/try_text/page.html", context)
    if not form.is_valid():
        return render_page(request, "analyses/try_text/page.html", context, status=422)
    context["groups"] = answers(wanted, form.cleaned_data["text"], asked=form.cleaned_data.get("ask", ()))
    return render_page(request, "analyses/try_text/page.html", context)


def engines_by_answer() -> list[Wanted]:
    """List each installed engine once, by type and lowest tier, however many tiers it serves."""
    rows: dict[tuple[AnalysisType, str], list[Installed]] = {}
    for row in registry.installed():
        rows.setdefault((row.analysis_type, row.facts.model_used), []).append(row)
    return [Wanted(group[0], tuple(str(row.tier.label) for row in group)) for group in rows.values()]


def answers(wanted: Iterable[Wanted], text: str, *, asked: Collection[str]) -> list[Group]:
    """Ask every engine, the slow ones only where their type is among `asked`; group the answers by type."""
    groups: dict[AnalysisType, Group] = {}
    for one in wanted:
        kind = one.first.analysis_type
        if one.is_slow and kind.value not in asked:
            continue
        group = groups.setdefault(kind, Group(kind))
        group.cards.append(_card(one, text))
    return list(groups.values())


def _card(one: Wanted, text: str) -> Card:
    return Card(
        anchor=f"{one.first.analysis_type.value}-{one.first.tier.value}",
        facts=one.first.facts,
        tiers=one.tiers,
        explanation=explanations.of_text(one.first, text),
    )


def missing_by_extra() -> list[tuple[str, str]]:
    """Name what more could be had: each extra, and the types and tiers that it brings."""
    brought: dict[str, list[str]] = {}
    for facts in registry.missing():
        tiers = ", ".join(str(tier.label) for tier in facts.tiers)
        brought.setdefault(facts.extra, []).append(f"{facts.analysis_type.label} ({tiers})")
    return [(extra, ", ".join(dict.fromkeys(names))) for extra, names in brought.items() if extra]


def _slow_label(one: Wanted) -> str:
    return f"{one.first.analysis_type.label}: {one.first.facts.model_used}"
