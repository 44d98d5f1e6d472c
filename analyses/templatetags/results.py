"""Results as people read them: a few words in a list, everything on a page, "not sure" where an engine is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import unescape
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info, gettext, gettext_lazy, ngettext

from analyses.charts.marks import EMOTION_TONES
from analyses.charts.shares import ShareBar, share_bars
from analyses.choices import DONE_STATUSES, SCORE_BY_TYPE, AnalysisType
from analyses.templatetags.formatting import NOTHING, decimals, excerpt, number, score, tone

register = template.Library()

ITEMS_LISTED = 3
WORDS_LENGTH = 80
ITEM_LENGTH = 40
ENTITIES_SHOWN = 50
UNDETERMINED = "und"
SIDE_TONES = {"negative": "negative", "neutral": "neutral", "positive": "positive"}

# The names that engines give their classes; any other name is shown as it is.
NAMES: Mapping[str, Any] = {
    "anger": gettext_lazy("anger"),
    "disgust": gettext_lazy("disgust"),
    "fear": gettext_lazy("fear"),
    "joy": gettext_lazy("joy"),
    "sadness": gettext_lazy("sadness"),
    "surprise": gettext_lazy("surprise"),
    "negative": gettext_lazy("negative"),
    "neutral": gettext_lazy("neutral"),
    "positive": gettext_lazy("positive"),
    "date": gettext_lazy("date"),
    "email": gettext_lazy("e-mail address"),
    "hashtag": gettext_lazy("hashtag"),
    "mention": gettext_lazy("mention"),
    "money": gettext_lazy("money"),
    "name": gettext_lazy("name"),
    "organisation": gettext_lazy("organisation"),
    "person": gettext_lazy("person"),
    "phone": gettext_lazy("telephone number"),
    "place": gettext_lazy("place"),
    "quantity": gettext_lazy("quantity"),
    "time": gettext_lazy("time"),
    "url": gettext_lazy("link"),
}


@register.filter
def named(label: str) -> str:
    """Name a class in the reader's language.

    >>> named("joy"), named("billing")
    ('joy', 'billing')
    """
    return str(NAMES.get(label, label))


@register.filter
def language_name(code: str) -> str:
    """Name a language by its code; a code that Django does not know stays a code.

    >>> language_name("de"), language_name("und"), language_name("xx")
    ('German', 'undetermined', 'xx')
    """
    if code == UNDETERMINED:
        return gettext("undetermined")
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def brief(analysis_type: str, value: Any, status: str) -> SafeString | str:
    """Draw a result for a list: one line, "not sure" where a finished row has none, "–" before."""
    if value is None:
        if status in DONE_STATUSES:
            return format_html('<span class="muted">{}</span>', gettext("not sure"))
        return NOTHING
    return _BRIEF[analysis_type](value)


def plain(analysis_type: str, value: Any) -> str:
    """Write a finished result into a sentence, without markup."""
    return unescape(strip_tags(brief(analysis_type, value, DONE_STATUSES[0])))


@register.inclusion_tag("analyses/_result.html")
def full_result(analysis_type: str, value: Any, status: str) -> dict[str, Any]:
    """Show a result whole: the score, all emotions, every entity; or that the engine is not sure."""
    is_done = status in DONE_STATUSES
    context = {"kind": str(analysis_type), "value": value, "is_done": is_done}
    if value is None:
        return context
    if analysis_type == AnalysisType.EMOTION:
        context["bars"] = emotion_bars(value)
    if analysis_type == AnalysisType.ENTITIES:
        context |= _entities_context(items(value))
    if analysis_type in (AnalysisType.KEYWORDS, AnalysisType.TOPICS):
        context["items"] = [item_text(one) for one in items(value)]
    return context


def emotion_bars(value: Any) -> tuple[ShareBar, ...]:
    """Give a bar for each emotion, the strongest first; what is no number is left out."""
    return share_bars(_numbers(value), EMOTION_TONES)


def probability_bars(probabilities: Mapping[str, float]) -> tuple[ShareBar, ...]:
    """Give a bar for each class that an engine chose among."""
    return share_bars(probabilities, {**EMOTION_TONES, **SIDE_TONES})


def items(value: Any) -> list[Any]:
    """Give the items of a list; what is none counts as its only item, for JSON columns hold anything."""
    return list(value) if isinstance(value, list | tuple) else [value]


def item_text(one: Any) -> str:
    """Name a keyword, entity or topic: they are texts, or objects that hold what names them.

    >>> item_text("crew"), item_text({"text": "Oslo", "label": "place"}), item_text(["late bag", 0.4])
    ('crew', 'Oslo', 'late bag')
    """
    if isinstance(one, Mapping):
        known = one.get("text")
        one = (
            known
            if isinstance(known, str)
            else next((each for each in one.values() if isinstance(each, str)), "")
        )
    if isinstance(one, Sequence) and not isinstance(one, str):
        one = one[0] if one else ""
    return str(one)


def _entities_context(found: list[Any]) -> dict[str, Any]:
    """Give the lines of the table, in the text's order, with how often each stands there."""
    lines = list(Counter((item_text(one), entity_type(one)) for one in found).items())
    shown = [{"text": text, "type": kind, "times": times} for (text, kind), times in lines[:ENTITIES_SHOWN]]
    return {"entities": shown, "count": len(found), "more": max(0, len(lines) - ENTITIES_SHOWN)}


def entity_type(one: Any) -> str:
    """Give the type of an entity; one that is missing is empty."""
    if not isinstance(one, Mapping):
        return ""
    return str(next((one[key] for key in ("type", "label") if one.get(key)), ""))


def _numbers(value: Any) -> dict[str, float]:
    """Keep the numbers of a mapping: rows that were posted may hold anything that JSON can."""
    if not isinstance(value, Mapping):
        return {}
    return {
        str(name): float(each)
        for name, each in value.items()
        if isinstance(each, int | float) and not isinstance(each, bool)
    }


def _brief_sentiment(value: Any) -> SafeString:
    return format_html('<span class="score {}">{}</span>', tone(value), score(value))


def _brief_language(value: Any) -> SafeString:
    return format_html("<bdi>{}</bdi>", language_name(str(value)))


def _brief_emotion(value: Any) -> SafeString | str:
    bars = emotion_bars(value)
    if not bars:
        return _none_found()
    return format_html(
        '<span class="nowrap"><bdi>{}</bdi> {}</span>', named(bars[0].label), decimals(bars[0].value)
    )


def _brief_keywords(value: Any) -> SafeString | str:
    words = [item_text(one) for one in items(value)]
    if not words:
        return _none_found()
    return format_html('<span class="words"><bdi>{}</bdi></span>', excerpt(", ".join(words), WORDS_LENGTH))


def _brief_entities(value: Any) -> SafeString | str:
    found = items(value)
    if not found:
        return _none_found()
    first = ", ".join(excerpt(item_text(one), ITEM_LENGTH) for one in found[:ITEMS_LISTED])
    dots = "…" if len(found) > ITEMS_LISTED else ""
    return format_html('<span class="words">{}: <bdi>{}{}</bdi></span>', number(len(found)), first, dots)


def _brief_topics(value: Any) -> SafeString | str:
    found = items(value)
    if not found:
        return _none_found()
    tags = ((excerpt(item_text(one), ITEM_LENGTH),) for one in found[:ITEMS_LISTED])
    more = len(found) - ITEMS_LISTED
    words = ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more} if more > 0 else ""
    return format_html("{} {}", format_html_join(" ", '<span class="tag"><bdi>{}</bdi></span>', tags), words)


def _none_found() -> SafeString:
    return format_html('<span class="muted">{}</span>', gettext("none found"))


# Read by `brief`; every type has its line.
_BRIEF: Mapping[str, Callable[[Any], SafeString | str]] = {
    AnalysisType.SENTIMENT: _brief_sentiment,
    AnalysisType.LANGUAGE: _brief_language,
    AnalysisType.EMOTION: _brief_emotion,
    AnalysisType.KEYWORDS: _brief_keywords,
    AnalysisType.ENTITIES: _brief_entities,
    AnalysisType.TOPICS: _brief_topics,
    **dict.fromkeys((kind for kind in SCORE_BY_TYPE if kind != AnalysisType.SENTIMENT), decimals),
}
