"""Engines that play: each gives the kind of answer that pages must be able to show."""

from __future__ import annotations

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import registry
from analyses.engines.base import Engine, EngineFacts, Outcome, PerTextEngine, Span
from analyses.exceptions import EngineUnavailableError

BASIC, STANDARD, ULTRA = OptimizationTier.BASIC, OptimizationTier.STANDARD, OptimizationTier.ULTRA


def facts_of(kind: AnalysisType, name: str, tier: OptimizationTier = STANDARD) -> EngineFacts:
    return EngineFacts(kind, (tier,), name, "1", ("en",), "Plays in tests.")


def words_of(text: str) -> list[Span]:
    """Give a span for each word, in text order."""
    spans, position = [], 0
    for word in text.split():
        start = text.index(word, position)
        position = start + len(word)
        spans.append(Span(start, position, 1.0))
    return spans


class ModelEngine(PerTextEngine):
    """A sentiment with three probabilities."""

    facts = facts_of(AnalysisType.SENTIMENT, "linear")

    def judge(self, text: str) -> Outcome:
        if "explode" in text:
            raise ValueError("explode")
        spans = tuple(
            Span(each.start, each.end, -1.5 if index % 2 else 0.4)
            for index, each in enumerate(words_of(text))
        )
        shares = {"negative": 0.7, "neutral": 0.2, "positive": 0.1}
        return Outcome(-0.6, confidence=0.7, explanation=spans, probabilities=shares)


class MoodEngine(PerTextEngine):
    """Seven emotions, with a word for the strongest."""

    facts = facts_of(AnalysisType.EMOTION, "mood")

    def judge(self, text: str) -> Outcome:
        shares = {
            "anger": 0.62,
            "disgust": 0.1,
            "fear": 0.08,
            "joy": 0.02,
            "neutral": 0.12,
            "sadness": 0.05,
            "surprise": 0.01,
        }
        spans = tuple(
            Span(each.start, each.end, 0.8, "anger" if index % 2 else "fear")
            for index, each in enumerate(words_of(text)[:4])
        )
        return Outcome(shares, confidence=0.62, explanation=spans, probabilities=shares)


class NamesEngine(PerTextEngine):
    """Every capitalised word is a name."""

    facts = facts_of(AnalysisType.ENTITIES, "names")

    def judge(self, text: str) -> Outcome:
        spans = [each for each in words_of(text) if text[each.start].isupper()]
        found = [{"text": text[each.start : each.end], "label": "name"} for each in spans]
        explanation = tuple(Span(each.start, each.end, 1.0, "name") for each in spans)
        return Outcome(found, confidence=0.9, explanation=explanation)


class FindingsEngine(PerTextEngine):
    """Finds something wrong with the whole text and with its first word."""

    facts = facts_of(AnalysisType.QUALITY, "findings")

    def judge(self, text: str) -> Outcome:
        first = words_of(text)[:1]
        inner = tuple(Span(each.start, each.end, -0.2, "Did you mean another word?") for each in first)
        whole = Span(0, len(text), -0.1, "The sentence has no end.")
        return Outcome(0.71, confidence=0.8, explanation=(whole, *inner))


class SubjectsEngine(PerTextEngine):
    """Two subjects, the first of them in the first word."""

    facts = facts_of(AnalysisType.TOPICS, "subjects")

    def judge(self, text: str) -> Outcome:
        spans = tuple(Span(each.start, each.end, 1.2, "delivery") for each in words_of(text)[:1])
        return Outcome(["delivery", "customer service"], confidence=0.66, explanation=spans)


class KeywordsEngine(PerTextEngine):
    """The first five words."""

    facts = facts_of(AnalysisType.KEYWORDS, "first-words")

    def judge(self, text: str) -> Outcome:
        spans = tuple(Span(each.start, each.end, 0.3) for each in words_of(text)[:5])
        return Outcome([text[each.start : each.end] for each in spans], confidence=None, explanation=spans)


class UnsureEngine(PerTextEngine):
    """Never knows."""

    facts = facts_of(AnalysisType.TOPICS, "unsure")

    def judge(self, text: str) -> Outcome:
        return Outcome(None, confidence=0.2)


class DistantEngine(Engine):
    """Lives in a service that is away."""

    facts = facts_of(AnalysisType.QUALITY, "distant", ULTRA)

    def analyze(self, texts: object) -> list[Outcome]:
        raise EngineUnavailableError("The model of the next building does not answer.", retry_after_seconds=5)


class LargeEngine(ModelEngine):
    """A large model that answers when it is asked."""

    facts = facts_of(AnalysisType.SENTIMENT, "large", ULTRA)


ACTORS: tuple[type[Engine], ...] = (
    ModelEngine,
    MoodEngine,
    NamesEngine,
    FindingsEngine,
    SubjectsEngine,
    KeywordsEngine,
    DistantEngine,
    LargeEngine,
)


def offer(*more: type[Engine]) -> None:
    """Install the actors, and those given in the place of others, beside the built-in engines."""
    registry.configure([registry.Provider(one.facts, one) for one in (*ACTORS, *more)])
