"""Try one text: what every installed engine says about a pasted text; nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from analyses import choices, texts
from analyses.engines import registry
from analyses.engines.base import Engine, Outcome, Span
from analyses.views.pages import render_page, requires


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text; `tone` is empty outside what moved the score."""

    text: str
    tone: str = ""
    weight: float = 0.0


@dataclass(slots=True)
class Card:
    """What one engine said; `tiers` are those that it serves."""

    analysis_type: str
    engine: Engine
    outcome: Outcome
    tiers: list[str]
    pieces: list[Piece] = field(default_factory=list)

    @property
    def language_name(self) -> str:
        """Name the language of a language result, where its code is known."""
        try:
            return str(get_language_info(str(self.outcome.value))["name_translated"])
        except KeyError:
            return ""


class TextForm(forms.Form):
    """The pasted text."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto", "maxlength": choices.TEXT_LENGTH_MAX}),
        help_text=gettext_lazy("Up to 10,000 characters. Nothing is stored."),
    )

    def clean_text(self) -> str:
        """Make a browser's line ends single and apply the one check of texts."""
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        if problem := texts.text_problem(text):
            raise forms.ValidationError(problem)
        return text


@requires("analyses.view_textanalysis")
@sensitive_post_parameters("text")
def try_text(request: HttpRequest) -> HttpResponse:
    """Show the form and, after a POST, a card for each engine."""
    form = TextForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"title": _("Try one text"), "form": form, "installed": registry.installed()}
    if not form.is_bound:
        return render_page(request, "analyses/try_text/page.html", context)
    if not form.is_valid():
        return render_page(request, "analyses/try_text/page.html", context, status=422)
    context["cards"] = judge(form.cleaned_data["text"])
    return render_page(request, "analyses/try_text/page.html", context)


def judge(text: str) -> list[Card]:
    """Ask each installed engine once, however many tiers it serves."""
    cards: dict[tuple[str, str], Card] = {}
    for row in registry.installed():
        key = (row.analysis_type.value, row.facts.model_used)
        if key in cards:
            cards[key].tiers.append(str(row.tier.label))
            continue
        engine = registry.get_engine(row.analysis_type, row.tier)
        outcome = engine.explain(text)
        pieces = cut(text, outcome.explanation) if outcome.explanation else []
        cards[key] = Card(row.analysis_type.value, engine, outcome, [str(row.tier.label)], pieces)
    return list(cards.values())


def cut(text: str, spans: Sequence[Span]) -> list[Piece]:
    """Cut a text at the spans, which come in text order; what overlaps an earlier span is left out.

    >>> [piece.text for piece in cut("a good day", [Span(2, 6, 1.9)])]
    ['a ', 'good', ' day']
    """
    pieces, position = [], 0
    for span in spans:
        if span.start < position or span.end <= span.start:
            continue
        pieces.append(Piece(text[position : span.start]))
        tone = "positive" if span.weight > 0 else "negative"
        pieces.append(Piece(text[span.start : span.end], tone, span.weight))
        position = span.end
    pieces.append(Piece(text[position:]))
    return [piece for piece in pieces if piece.text]
