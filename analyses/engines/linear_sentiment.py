"""Sentiment of English texts by a linear model on words, pairs of words and what VADER's word list finds."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import EngineFacts, Outcome, PerTextEngine, Span
from analyses.engines.linear import LinearModel, Token, load_model, strongest
from analyses.engines.sentiment import NEUTRAL_BELOW, VaderEngine, _words

WEIGHTS = "sentiment.gz"
CLASSES = ("negative", "neutral", "positive")

# By class: what moves the score up.
UPWARDS = (-1.0, 0.0, 1.0)

# A neutral decision stays this far inside the cut after rounding.
NEUTRAL_MOST = 0.0499
NEUTRAL_SLOPE = 4.0

# Sums of valences beyond this say nothing more; comments, of which the weights were learned, rarely reach it.
SUM_MOST = 4.0
MARKS_MOST = 3

NEGATIONS = frozenset(
    ["not", "no", "never", "cannot", "without", "nothing", "nobody", "none", "nor", "neither", "hardly"]
)

FEATURES = (
    *("compound", "strength", "positive", "negative", "positive_root", "negative_root", "highest", "lowest"),
    *("first", "last", "nothing_listed", "both", "exclamations", "questions", "but", "negation"),
)


def describe(text: str, compound: float, valences: Sequence[float]) -> list[float]:
    """Give the features of `FEATURES`: VADER's score and valences, and a few signs and words of the text.

    >>> describe("Not bad!", 0.4753, [1.85])[:3]
    [0.4753, 0.4753, 1.308147545195113]
    """
    root = math.sqrt(max(1, len(text.split())))
    positive = min(SUM_MOST, sum(one for one in valences if one > 0) / root)
    negative = min(SUM_MOST, -sum(one for one in valences if one < 0) / root)
    lowered = text.lower().replace("\u2019", "'")
    words = lowered.split()
    return [
        *(compound, abs(compound), positive, negative, math.sqrt(positive), math.sqrt(negative)),
        *(max(0.0, *valences, 0.0), min(0.0, *valences, 0.0)),
        *((valences[0], valences[-1]) if valences else (0.0, 0.0)),
        float(not valences),
        float(positive > 0 and negative > 0),
        float(min(text.count("!"), MARKS_MOST)),
        float(min(text.count("?"), MARKS_MOST)),
        float("but" in words),
        float("n't" in lowered or not NEGATIONS.isdisjoint(words)),
    ]


class Lexicon(VaderEngine):
    """VADER's word list and rules, for the numbers behind its score.

    Unlike VADER itself it reads a typographic apostrophe as a plain one: it would hide the negation in "don't".
    """

    def measure(self, text: str) -> tuple[float, list[float]]:
        """Give the compound score and the valence of each word that counts, in text order."""
        plain = self._say_emojis(text.replace("\u2019", "'"))
        valences = [word.valence for word in self._score_words(_words(plain.split()))]
        return (self._compound(valences, plain) if valences else 0.0), valences

    def combine(self, text: str, valences: Sequence[float]) -> float:
        """Give the compound score that a text would have with these valences."""
        return self._compound(list(valences), text) if valences else 0.0

    def locate(self, text: str) -> tuple[float, Sequence[Span]]:
        """Give the compound score, and the place of each word that counts with its valence."""
        outcome = self.explain(text.replace("\u2019", "'"))
        return (outcome.value if isinstance(outcome.value, float) else 0.0), outcome.explanation

    def features(self, text: str) -> list[float]:
        """Give the values of `FEATURES` for a text."""
        return describe(text, *self.measure(text))


def grade(probabilities: Sequence[float]) -> float:
    """Place a score, -1..1, by the probabilities of negative, neutral and positive.

    Its sign, cut at +-0.05, is the most probable class. With the difference d of positive and negative it is
    0.05 + 0.95 d² to the side of these two classes; for neutral it is 0.2 d, held inside the cut. Of the forms
    tried, this one follows readers' ratings (EmoBank) among the most closely.

    >>> grade([0.02, 0.08, 0.9]), grade([0.05, 0.9, 0.05]), grade([0.6, 0.3, 0.1])
    (0.7857, 0.0, -0.2875)
    """
    negative, _neutral, positive = probabilities
    apart = positive - negative
    size = round(NEUTRAL_BELOW + (1.0 - NEUTRAL_BELOW) * apart * apart, 4)
    match decide(probabilities):
        case "negative":
            return -size
        case "positive":
            return size
    return round(max(-NEUTRAL_MOST, min(NEUTRAL_MOST, NEUTRAL_MOST * NEUTRAL_SLOPE * apart)), 4)


def decide(probabilities: Sequence[float]) -> str:
    """Name the most probable class; of equal ones the first."""
    return CLASSES[probabilities.index(max(probabilities))]


class LinearSentimentEngine(PerTextEngine):
    """Logistic regression on words and pairs of words beside VADER's valences (Hutto and Gilbert 2014).

    Trained by training/sentiment.py on the training comments of GoEmotions (Demszky et al. 2020), whose labels
    stand for negative, neutral and positive as their paper groups them; VADER's score stays in as features,
    because comments from Reddit alone teach little about news and reviews. Score: as `grade` places it.
    Confidence: the probability of the class, calibrated by a temperature on comments held out. Below the
    threshold that the weights' file names (0.4), and where neither a word of the model nor one of VADER's list
    occurs, the engine does not know: the value is None, and the probabilities are still there.
    Explanation: each word with what it adds to the log-odds of positive against negative.

    >>> engine = LinearSentimentEngine()
    >>> [engine.judge(text).value > 0.05 for text in ("Thanks, that was lovely!", "What a terrible mess.")]
    [True, False]
    """

    facts = EngineFacts(
        analysis_type=AnalysisType.SENTIMENT,
        tiers=(OptimizationTier.STANDARD,),
        name="linear-sentiment",
        version="1",
        languages=("en",),
        summary="Linear model on words and word pairs beside VADER's valences, trained on GoEmotions (English).",
    )

    def __init__(self) -> None:
        self._model: LinearModel = load_model(WEIGHTS)
        self._least_confidence = self._model.header.thresholds["confidence"]
        self._lexicon = Lexicon()

    def judge(self, text: str) -> Outcome:
        """Score one text."""
        return self._outcome(text, *self._lexicon.measure(text))

    def weigh(self, text: str) -> tuple[float, ...]:
        """Give the probability of each class, however unsure."""
        return self._model.score(text, self._lexicon.features(text)).probabilities

    def explain(self, text: str) -> Outcome:
        """Score one text and find the words that moved the score."""
        compound, listed = self._lexicon.locate(text)
        added = self._model.contributions(text, UPWARDS)
        _add_listed(added, self._shares(text, listed))
        outcome = self._outcome(text, compound, [span.weight for span in listed])
        return replace(outcome, explanation=strongest(added))

    def _outcome(self, text: str, compound: float, valences: Sequence[float]) -> Outcome:
        scores = self._model.score(text, describe(text, compound, valences))
        confidence = max(scores.probabilities)
        is_known = confidence >= self._least_confidence and (scores.known > 0 or bool(valences))
        return Outcome(
            value=grade(scores.probabilities) if is_known else None,
            confidence=confidence,
            probabilities=dict(zip(CLASSES, scores.probabilities, strict=True)),
        )

    def _shares(self, text: str, listed: Sequence[Span]) -> list[tuple[int, float]]:
        """Give where VADER's words begin, with their share of what the features from its list add.

        The positive words share what they add beside the negative ones, and the other way round, by valence.
        """
        everything = self._upward(text, [span.weight for span in listed])
        unit = {}
        for is_positive in (True, False):
            ours = [span.weight for span in listed if (span.weight > 0) == is_positive]
            without = self._upward(text, [span.weight for span in listed if (span.weight > 0) != is_positive])
            unit[is_positive] = (everything - without) / sum(ours) if ours else 0.0
        return [(span.start, span.weight * unit[span.weight > 0]) for span in listed]

    def _upward(self, text: str, valences: Sequence[float]) -> float:
        features = describe(text, self._lexicon.combine(text, valences), valences)
        return self._model.dense_contribution(features, UPWARDS)


def _add_listed(added: list[tuple[Token, float]], listed: Iterable[tuple[int, float]]) -> None:
    """Add the weight of each listed word to the first token at its place; both lists are in text order."""
    index = 0
    for start, listed_weight in listed:
        while index + 1 < len(added) and added[index][0].end <= start:
            index += 1
        token, weight = added[index]
        added[index] = (token, weight + listed_weight)
