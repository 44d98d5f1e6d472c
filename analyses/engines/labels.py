"""From the probabilities of a model's labels to the result of an analysis type."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from analyses import results
from analyses.choices import SCORE_BY_TYPE, SENTIMENT_BOUNDS, AnalysisType
from analyses.engines.base import Outcome
from analyses.engines.sentiment import sign
from analyses.exceptions import ValidationError

DIGITS = 4
TOPIC_PROBABILITY_MIN = 0.5
TOPICS_MAX = 10

LabelMap = Mapping[str, float | str]

# Labels that need no map, folded. A model that also knows "very negative" means half by "negative".
SENTIMENT_SCORES: Mapping[str, float] = {
    "negative": -1.0,
    "neg": -1.0,
    "neutral": 0.0,
    "neu": 0.0,
    "mixed": 0.0,
    "positive": 1.0,
    "pos": 1.0,
    "1 star": -1.0,
    "2 stars": -0.5,
    "3 stars": 0.0,
    "4 stars": 0.5,
    "5 stars": 1.0,
}
VERY = "very "

_NO_WORD = re.compile(r"[\s_-]+")
_MEANINGLESS = re.compile(r"label \d+")


def fold(label: str) -> str:
    """Write a label as the tables do: small, with single spaces.

    >>> fold("Very_Negative"), fold("5 STARS")
    ('very negative', '5 stars')
    """
    return _NO_WORD.sub(" ", label).strip().casefold()


@dataclass(frozen=True)
class LabelReader:
    """Reads the labels of one model for one analysis type; `labels` is the site's own map and goes first."""

    analysis_type: AnalysisType
    model_labels: tuple[str, ...]
    labels: LabelMap = field(default_factory=dict)

    def problem(self) -> str:
        """Say in a sentence why the labels do not tell the result, or give an empty string."""
        if self.analysis_type in SCORE_BY_TYPE:
            return self._score_problem()
        unnamed = [label for label in self.model_labels if not self._is_named(label)]
        if not unnamed:
            return ""
        return _("The labels %(labels)s have no meaning; give each a name in “labels”.") % {
            "labels": _some(unnamed)
        }

    def outcome(self, probabilities: Mapping[str, float], *, exclusive: bool) -> Outcome:
        """Give the result; `exclusive` says that the labels exclude each other and add up to 1."""
        if not probabilities or not all(map(math.isfinite, probabilities.values())):
            return Outcome(None, error=_("The model gave no number for this text."))
        outcome = self._outcome(probabilities, exclusive=exclusive)
        if outcome.error:
            return outcome
        try:
            value = results.clean(self.analysis_type, outcome.value)
        except ValidationError as error:
            return Outcome(None, error=_("The model gave a label that cannot be kept. ") + error.reason)
        return replace(outcome, value=value)

    def _outcome(self, probabilities: Mapping[str, float], *, exclusive: bool) -> Outcome:
        by_name = self._by_name(probabilities)
        if self.analysis_type in SCORE_BY_TYPE:
            return self._score_outcome(probabilities, by_name)
        if self.analysis_type == AnalysisType.EMOTION:
            return Outcome(by_name, confidence=max(by_name.values()), probabilities=by_name)
        if self.analysis_type == AnalysisType.LANGUAGE:
            name, probability = next(iter(by_name.items()))
            return Outcome(name, probability, probabilities=by_name)
        return _topics_outcome(by_name, exclusive=exclusive)

    def _score_problem(self) -> str:
        _column, lower, upper = SCORE_BY_TYPE[self.analysis_type]
        unscored = [label for label in self.model_labels if self._score(label) is None]
        words = {"labels": _some(unscored), "lower": lower, "upper": upper}
        if unscored:
            reason = _(
                "The labels %(labels)s have no score; give each one from %(lower)s to %(upper)s in “labels”."
            )
            return reason % words
        outside = [label for label in self.model_labels if not lower <= (self._score(label) or 0.0) <= upper]
        words["labels"] = _some(outside)
        if outside:
            return _("The scores of the labels %(labels)s are not from %(lower)s to %(upper)s.") % words
        return ""

    def _score(self, label: str) -> float | None:
        given = self.labels.get(label)
        if given is not None:
            return float(given) if isinstance(given, int | float) else None
        if self.analysis_type != AnalysisType.SENTIMENT:
            return None
        return self._known_sentiment(fold(label))

    def _known_sentiment(self, folded: str) -> float | None:
        if folded.startswith(VERY):
            return SENTIMENT_SCORES.get(folded.removeprefix(VERY))
        score = SENTIMENT_SCORES.get(folded)
        has_very = any(fold(label).startswith(VERY) for label in self.model_labels)
        return score / 2 if score is not None and has_very else score

    def _is_named(self, label: str) -> bool:
        return isinstance(self.labels.get(label), str) or not _MEANINGLESS.fullmatch(fold(label))

    def name(self, label: str) -> str:
        """Give what a label stands for."""
        given = self.labels.get(label, label)
        return given if isinstance(given, str) else label

    def _by_name(self, probabilities: Mapping[str, float]) -> dict[str, float]:
        """Add up what has one name, highest first; equal ones by name, so that the order never wavers."""
        sums: dict[str, float] = {}
        for label, probability in probabilities.items():
            name = self.name(label)
            sums[name] = sums.get(name, 0.0) + probability
        ordered = sorted(sums.items(), key=lambda item: (-round(item[1], DIGITS), item[0]))
        return {name: round(min(1.0, max(0.0, value)), DIGITS) for name, value in ordered}

    def _score_outcome(self, probabilities: Mapping[str, float], by_name: dict[str, float]) -> Outcome:
        """Give the mean of the labels' scores, each weighed by its probability."""
        scores = {label: self._score(label) for label in probabilities}
        known = {label: score for label, score in scores.items() if score is not None}
        weight = sum(probabilities[label] for label in known)
        if len(known) < len(scores) or weight <= 0.0:
            return Outcome(None, error=_("The model gave a label without a score for this text."))
        value = round(sum(probabilities[label] * score for label, score in known.items()) / weight, DIGITS)
        confidence = max(by_name.values())
        if self.analysis_type == AnalysisType.SENTIMENT:
            agreeing = (probabilities[label] for label, score in known.items() if sign(score) == sign(value))
            confidence = round(min(1.0, sum(agreeing) / weight), DIGITS)
        return Outcome(clipped(self.analysis_type, value), confidence, probabilities=by_name)


def _topics_outcome(by_name: dict[str, float], *, exclusive: bool) -> Outcome:
    """Give the one topic of labels that exclude each other, else those that are more likely than not."""
    likely = [name for name, value in by_name.items() if value >= TOPIC_PROBABILITY_MIN][:TOPICS_MAX]
    if exclusive:
        likely = [next(iter(by_name))]
    if not likely:
        return Outcome([], round(1.0 - max(by_name.values()), DIGITS), probabilities=by_name)
    return Outcome(likely, min(by_name[name] for name in likely), probabilities=by_name)


def clipped(analysis_type: AnalysisType, value: float) -> float:
    """Bring a score into its type's bounds.

    >>> clipped(AnalysisType.QUALITY, 1.02)
    1.0
    """
    _column, lower, upper = SCORE_BY_TYPE.get(analysis_type, ("", *SENTIMENT_BOUNDS))
    return min(upper, max(lower, value))


def _some(labels: Iterable[str]) -> str:
    shown = list(labels)
    return ", ".join(shown[:5]) + (" …" if len(shown) > 5 else "")  # noqa: PLR2004
