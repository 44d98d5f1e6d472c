"""Emotions of English texts by our own list of words, expressions, emoticons and emojis."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import EngineFacts, Outcome, PerTextEngine, Span
from analyses.engines.emotion_words import EMOTIONS, EmotionWords, Weight, read_list

NEUTRAL = "neutral"
CLASSES = tuple(sorted((*EMOTIONS, NEUTRAL)))

# What a text says for being neutral, whatever its words: about one hint's worth.
NEUTRAL_EVIDENCE = 1.01

# How much an emotion's words are worth beside the others'. Found, like the evidence above, on GoEmotions' training
# split for the best macro-F1: rare emotions need louder words to be heard.
FACTORS = {"anger": 1.1, "disgust": 1.5, "fear": 1.0, "joy": 1.1, "sadness": 0.8, "surprise": 0.7}

# How often an emotion was right when its share was the largest and at least so large: measured on GoEmotions'
# training split, any of a text's labels counting. A row is a class, its pairs are (share from which, probability).
CONFIDENCES: dict[str, tuple[tuple[float, float], ...]] = {
    "anger": ((0.0, 0.31), (0.4, 0.38), (0.5, 0.42), (0.6, 0.55), (0.7, 0.63)),
    "disgust": ((0.0, 0.26), (0.8, 0.45)),
    "fear": ((0.0, 0.29), (0.5, 0.37), (0.7, 0.63), (0.8, 0.85)),
    "joy": ((0.0, 0.47), (0.4, 0.63), (0.5, 0.67), (0.6, 0.77), (0.7, 0.88), (0.8, 0.94), (0.9, 0.96)),
    "neutral": ((0.0, 0.46), (0.5, 0.57), (0.9, 0.66)),
    "sadness": ((0.0, 0.35), (0.4, 0.45), (0.5, 0.50), (0.7, 0.72), (0.8, 0.85)),
    "surprise": ((0.0, 0.43), (0.4, 0.46), (0.5, 0.49), (0.6, 0.62), (0.7, 0.70), (0.8, 0.84)),
}

UNKNOWN = Outcome(value=None)


class WordListEngine(PerTextEngine):
    """Ekman's six emotions and neutral, by a word list written for this project (`words/emotion.txt`).

    Each entry found adds its weight (1 hints at the emotion, 3 names it) times `FACTORS` to its emotion; a
    booster before it multiplies, a negation up to three words before turns joy into a little anger and sadness
    and silences the rest. Value: each emotion's share of all evidence, where `neutral` always has the evidence
    1.01; rounded to four digits, they sum to about 1. None where less than `KNOWN_SHARE` of the words are
    English and there is no emoticon or emoji: the engine does not know. Confidence: how often the strongest
    class was right at that share in GoEmotions' training split. Explanation: the entries found, with emotion
    and weight. GoEmotions dev, argmax: macro-F1 0.53 where people gave one label.

    >>> outcome = WordListEngine().explain("I am so happy!")
    >>> outcome.value["joy"], [(span.start, span.end, span.label) for span in outcome.explanation]
    (0.8305, [(8, 13, 'joy')])
    """

    facts = EngineFacts(
        analysis_type=AnalysisType.EMOTION,
        tiers=(OptimizationTier.BASIC,),
        name="emotion-words",
        version="1",
        languages=("en",),
        summary="Own English word list with negations, boosters, emoticons and emojis; Ekman's six and neutral.",
    )

    def __init__(self) -> None:
        self._words = EmotionWords(read_list())

    def judge(self, text: str) -> Outcome:
        """Weigh one text."""
        tokens = self._words.tokens(text)
        weights = [weight for _start, _end, weight in self._words.find_signs(text)]
        if self._words.are_english(tokens):
            weights += [Weight(one.emotion, one.weight) for one in self._words.find(tokens)]
        elif not weights:
            return UNKNOWN
        return _outcome(weights)

    def explain(self, text: str) -> Outcome:
        """Weigh one text and mark what was found."""
        outcome = self.judge(text)
        return replace(outcome, explanation=mark(self._words, text))


def mark(words: EmotionWords, text: str) -> tuple[Span, ...]:
    """Mark what was counted for an emotion, each with its emotion and its weight.

    >>> mark(EmotionWords(read_list()), "Yuck :(")
    (Span(start=0, end=4, weight=4.5, label='disgust'), Span(start=5, end=7, weight=2.4, label='sadness'))
    """
    is_english = words.are_english(words.tokens(text))
    found = words.locate(text) if is_english else list(words.find_signs(text))
    return tuple(
        Span(start, end, round(FACTORS[emotion] * weight, 4), emotion)
        for start, end, (emotion, weight) in found
    )


def sum_evidence(weights: Iterable[Weight]) -> dict[str, float]:
    """Add up the weights by emotion, in the order of `EMOTIONS`.

    >>> sum_evidence([Weight("joy", 2.0), Weight("joy", 1.0)])["joy"]
    3.0
    """
    sums = dict.fromkeys(EMOTIONS, 0.0)
    for emotion, weight in weights:
        sums[emotion] += weight
    return sums


def _outcome(weights: Iterable[Weight]) -> Outcome:
    evidence = {name: FACTORS[name] * total for name, total in sum_evidence(weights).items()}
    evidence[NEUTRAL] = NEUTRAL_EVIDENCE
    total = sum(evidence.values())
    shares = {name: round(evidence[name] / total, 4) for name in CLASSES}
    top = max(CLASSES, key=lambda name: evidence[name])
    return Outcome(value=shares, confidence=_confidence(top, shares[top]), probabilities=shares)


def _confidence(top: str, share: float) -> float:
    """Look up how often the class was right at such a share."""
    steps = CONFIDENCES[top]
    place = bisect_right(steps, share, key=lambda step: step[0]) - 1
    return steps[max(0, place)][1]
