"""Entities in a text by rules: addresses, dates, amounts by their form, names by their capitals."""

import re
from typing import Any

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import entity_rules
from analyses.engines.base import ANY_LANGUAGE, EngineFacts, Outcome, PerTextEngine, Span
from analyses.engines.common_words import common_words
from analyses.engines.entity_names import find_names
from analyses.engines.entity_rules import Entity
from analyses.engines.language import UNDETERMINED, LidEngine
from analyses.engines.stop_words import TELLING_LENGTH, stop_words

ENTITIES_MAX = 200

# These give every noun a capital: German, Low German, Luxembourgish, Bavarian, Alemannic, North Frisian.
NOUNS_ARE_CAPITAL = frozenset({"de", "nds", "lb", "bar", "als", "frr"})

# The share of finds that are right, place and type: 88 sentences written after the rules were frozen, and of real
# posts and comments (airline tweets and GoEmotions, looked through by hand) up to 100 finds a type; one hit and one
# miss added to each. Names: 50 of 53 in our sentences, 68 of 100 in the posts, where everything may have a capital.
PRECISION = {
    entity_rules.EMAIL: 0.88,
    entity_rules.URL: 0.97,
    entity_rules.MENTION: 0.97,
    entity_rules.HASHTAG: 0.95,
    entity_rules.MONEY: 0.96,
    entity_rules.DATE: 0.96,
    entity_rules.TIME: 0.96,
    entity_rules.PHONE: 0.90,
    entity_rules.QUANTITY: 0.95,
    entity_rules.NAME: 0.76,
}
# The share of the texts without a find that had none: 19 of 20 of the sentences, 40 of 40 comments.
NONE_RIGHT = 0.96

_CAPITAL_WORD = re.compile(r"\b[^\W\d_a-z]")


def as_value(text: str, found: list[Entity]) -> list[dict[str, Any]]:
    """Give entities as the result column holds them; a character that JSON cannot hold becomes "?"."""
    return [
        {"type": one.kind, "text": _storable(text[one.start : one.end]), "start": one.start, "end": one.end}
        for one in found
    ]


def _storable(words: str) -> str:
    return words.encode("utf-8", "replace").decode("utf-8").replace("\x00", "?")


def as_spans(found: list[Entity]) -> tuple[Span, ...]:
    """Mark each entity with its type."""
    return tuple(Span(one.start, one.end, 1.0, one.kind) for one in found)


def _confidence(found: list[Entity]) -> float:
    """Give the share of the finds that is expected to be right."""
    if not found:
        return NONE_RIGHT
    return round(sum(PRECISION[one.kind] for one in found) / len(found), 4)


class RulesEntityEngine(PerTextEngine):
    """Entities by patterns and capitals, written for this project.

    Value: a list of {"type", "text", "start", "end"}, in text order, without overlaps, at most `ENTITIES_MAX`;
    start and end count Python's characters, end is exclusive. Types: email, url, mention, hashtag, money, date,
    time, phone, quantity, name; where two could be seen, the earlier in `entity_rules.RULES` is taken.
    Weekdays, months with a number, "yesterday" and "two weeks ago" are dates. Names do not tell people,
    organisations and places apart; German ones need two words, shouted texts and headlines give none.
    Confidence: the mean `PRECISION` of what was found; with nothing found, how often there was nothing.

    >>> RulesEntityEngine().analyze(["Call Ann Lee on 3 May"])[0].value[0]
    {'type': 'name', 'text': 'Ann Lee', 'start': 5, 'end': 12}
    """

    facts = EngineFacts(
        analysis_type=AnalysisType.ENTITIES,
        tiers=(OptimizationTier.BASIC, OptimizationTier.STANDARD),
        name="entity-rules",
        version="1",
        languages=(ANY_LANGUAGE,),
        summary="Rules for addresses, links, dates, money, units and telephone numbers; names by their capitals.",
    )

    def __init__(self) -> None:
        self._languages = LidEngine()
        self._common = common_words() | stop_words("en")

    def judge(self, text: str) -> Outcome:
        """Find the entities of one text."""
        found = self.find(text)[:ENTITIES_MAX]
        return Outcome(
            value=as_value(text, found), confidence=_confidence(found), explanation=as_spans(found)
        )

    def find(self, text: str) -> list[Entity]:
        """Find all, in text order."""
        found, rest = entity_rules.find_all(text)
        if _CAPITAL_WORD.search(rest) is None:
            return found
        language = str(self._languages.judge(text).value)
        is_english = language in {"en", UNDETERMINED} or len(text) < TELLING_LENGTH
        common = self._common if is_english else self._common_in(language)
        names = find_names(rest, common=common, are_nouns_capital=language in NOUNS_ARE_CAPITAL)
        return sorted([*found, *names])

    def _common_in(self, language: str) -> frozenset[str]:
        return stop_words(language) or self._common
