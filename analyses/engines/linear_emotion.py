"""Emotions of English texts by a linear model on words, pairs of words and what our list of emotion words finds."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import EngineFacts, Outcome, PerTextEngine
from analyses.engines.emotion import CLASSES, UNKNOWN, sum_evidence
from analyses.engines.emotion_words import EMOTIONS, EmotionWords, Weight, read_list
from analyses.engines.linear import LinearModel, Token, against_the_others, load_model, strongest
from analyses.engines.sentiment import VaderEngine

WEIGHTS = "emotion.gz"

# Evidence beyond this says nothing more: three words at full strength.
EVIDENCE_MOST = 9.0

# Nearer to 0 and 1 no probability is told apart: log-odds have no bound.
SUREST = 1e-9

# Where something begins and ends in a text, and what it weighs; a `Span` takes four times as long to make.
Place = tuple[int, int, float]

FEATURES = (*EMOTIONS, "nothing_listed", "pleasant", "unpleasant", "question")


def describe(text: str, weights: Iterable[Weight], compound: float) -> list[float]:
    """Give the features of `FEATURES` from what the list found in a text and VADER's compound score.

    >>> describe("Why so sad?", [Weight("sadness", 4.5)], -0.5)
    [0.0, 0.0, 0.0, 0.0, 4.5, 0.0, 0.0, 0.0, 0.5, 1.0]
    """
    evidence = sum_evidence(weights)
    return [
        *(min(EVIDENCE_MOST, evidence[name]) for name in EMOTIONS),
        float(not any(evidence.values())),
        max(0.0, compound),
        max(0.0, -compound),
        float(text.rstrip().endswith("?")),
    ]


def settle(probabilities: Sequence[float], slope: float, shift: float) -> list[float]:
    """Set the strongest probability to how often such a one was right, and let the others share the rest as before.

    Its log-odds are multiplied by `slope`, then moved by `shift`, found in training (Platt 1999). It stays the
    strongest.

    >>> [round(one, 2) for one in settle([0.5, 0.3, 0.2], 0.7, 0.4)]
    [0.6, 0.24, 0.16]
    """
    first = probabilities.index(max(probabilities))
    top = min(1.0 - SUREST, max(SUREST, probabilities[first]))
    settled = 1.0 / (1.0 + math.exp(-slope * math.log(top / (1.0 - top)) - shift))
    shrink = (1.0 - settled) / (1.0 - top)
    rest = [one * shrink for one in probabilities]
    rest[first] = max(settled, *rest[:first], *rest[first + 1 :])
    total = sum(rest)
    return [one / total for one in rest]


class Reader:
    """Looks a text up in our list and in VADER's."""

    def __init__(self) -> None:
        self.words = EmotionWords(read_list())
        self._vader = VaderEngine()

    def features(self, text: str) -> list[float]:
        """Give the values of `FEATURES` for a text."""
        return self.read(text)[0]

    def read(self, text: str) -> tuple[list[float], bool]:
        """Give the features of a text, and whether it can be judged: it is English, or has an emoticon or emoji."""
        tokens = self.words.tokens(text)
        weights = [weight for _start, _end, weight in self.words.find_signs(text)]
        is_known = bool(weights) or self.words.are_english(tokens)
        weights += [Weight(one.emotion, one.weight) for one in self.words.find(tokens)]
        compound = self._vader.judge(text).value
        return describe(text, weights, compound if isinstance(compound, float) else 0.0), is_known


class LinearEmotionEngine(PerTextEngine):
    """Logistic regression on words and pairs of words beside our list's evidence and VADER's score.

    Trained by training/emotion.py on the training comments of GoEmotions (Demszky et al. 2020, grouped to
    Ekman's six emotions and neutral); a comment with two emotions counts for each, and rare emotions weigh
    more. Value: seven probabilities, rounded to four digits, which sum to about 1; the strongest is calibrated
    on comments held out: how often people named that emotion, too. Confidence: the strongest probability.
    Below the threshold that the weights' file names (0.3), and for a text that is not English and has no
    emoticon or emoji, the engine does not know: the value is None. Explanation: each word with what it adds to
    the strongest emotion's score against the mean of the others, its share of what our list's evidence adds
    included; VADER's part belongs to no word.

    >>> engine = LinearEmotionEngine()
    >>> value = engine.judge("I am so scared of the dark.").value
    >>> max(value, key=value.get)
    'fear'
    """

    facts = EngineFacts(
        analysis_type=AnalysisType.EMOTION,
        tiers=(OptimizationTier.STANDARD,),
        name="linear-emotion",
        version="1",
        languages=("en",),
        summary="Linear model on words, word pairs and an own list, trained on GoEmotions; Ekman's six and neutral.",
    )

    def __init__(self, model: LinearModel | None = None) -> None:
        """Take the shipped weights, unless the training brings its own."""
        self._model: LinearModel = model or load_model(WEIGHTS)
        self._limits = self._model.header.thresholds
        self._reader = Reader()

    def judge(self, text: str) -> Outcome:
        """Weigh one text."""
        features, is_known = self._reader.read(text)
        if not is_known:
            return UNKNOWN
        scored = self._model.score(text, features).probabilities
        exact = settle(scored, self._limits["sureness_slope"], self._limits["sureness_shift"])
        probabilities = {name: round(one, 4) for name, one in zip(CLASSES, exact, strict=True)}
        confidence = max(probabilities.values())
        return Outcome(
            value=probabilities if confidence >= self._limits["confidence"] else None,
            confidence=confidence,
            probabilities=probabilities,
        )

    def weigh(self, text: str) -> tuple[float, ...]:
        """Give the model's own probability of each class, not settled yet, whatever the language."""
        return self._model.score(text, self._reader.features(text)).probabilities

    def explain(self, text: str) -> Outcome:
        """Weigh one text and find the words that spoke for the strongest emotion, or against it."""
        outcome = self.judge(text)
        if outcome.probabilities is None:
            return outcome
        shares = list(outcome.probabilities.values())
        decided = shares.index(max(shares))
        direction = against_the_others(decided, len(CLASSES))
        added = self._model.contributions(text, direction)
        _add_listed(added, self._listed(text, direction))
        return replace(outcome, explanation=strongest(added, label=CLASSES[decided]))

    def _listed(self, text: str, direction: Sequence[float]) -> list[Place]:
        """Give what the list found, each with its share of what its emotion's evidence adds."""
        found = self._reader.words.locate(text)
        evidence = sum_evidence(weight for _start, _end, weight in found)
        worth = {
            name: self._model.dense_contribution(describe("", [Weight(name, total)], 0.0), direction)
            - self._model.dense_contribution(describe("", [], 0.0), direction)
            for name, total in evidence.items()
            if total
        }
        return [(start, end, worth[name] * weight / evidence[name]) for start, end, (name, weight) in found]


def _add_listed(added: list[tuple[Token, float]], listed: Iterable[Place]) -> None:
    """Share the weight of each listed word or expression among the tokens in its place; both are in text order."""
    first = 0
    for start, end, listed_weight in listed:
        while added[first][0].end <= start:
            first += 1
        last = first
        while last + 1 < len(added) and added[last + 1][0].start < end:
            last += 1
        for index in range(first, last + 1):
            token, weight = added[index]
            added[index] = (token, weight + listed_weight / (last + 1 - first))
