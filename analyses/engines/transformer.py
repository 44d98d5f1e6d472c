"""Engines that run a transformer model of the site: labels of whole texts, and entities or keywords in them."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import exp, isfinite
from pathlib import Path
from threading import Lock
from typing import Any

from django.utils.translation import gettext as _

from analyses import results
from analyses.choices import SCORE_BY_TYPE, AnalysisType
from analyses.engines.base import EngineFacts, Outcome, PerTextEngine, Span
from analyses.engines.breaker import Breaker
from analyses.engines.labels import DIGITS, LabelMap, LabelReader, clipped
from analyses.engines.onnx_model import (
    Answer,
    ModelConfig,
    ModelProblemError,
    OnnxModel,
    Token,
    find_files,
    missing_packages,
    read_config,
    softmax,
)
from analyses.engines.surrogates import REPLACEMENT, without_surrogates
from analyses.exceptions import EngineUnavailableError

TOKEN_TYPES = (AnalysisType.ENTITIES, AnalysisType.KEYWORDS)
ONE_LABEL_TYPES = (*SCORE_BY_TYPE, AnalysisType.LANGUAGE)

TEXTS_AT_ONCE = 8
STRETCHES_MAX = 32
RELOAD_SECONDS = 60.0
OUTSIDE = "O"

_WORD = re.compile(r"\S+")
_BEGINS = ("B", "S", "U")
_GOES_ON = ("I", "E", "L", "M")
_TAG = re.compile(rf"([{''.join((*_BEGINS, *_GOES_ON))}])[-_](.+)", re.DOTALL)


def problem(analysis_type: AnalysisType, path: Path, labels: LabelMap) -> str:
    """Say in a sentence why a model cannot answer a type, or give an empty string; nothing is loaded."""
    if missing := missing_packages():
        return _("The packages %(names)s are missing: pip install '.[ultra]', then restart.") % {
            "names": ", ".join(missing)
        }
    try:
        config = read_config(find_files(path))
    except ModelProblemError as error:
        return error.reason
    return misfit(analysis_type, config, labels)


def misfit(analysis_type: AnalysisType, config: ModelConfig, labels: LabelMap) -> str:
    """Say in a sentence why a model's answers do not tell a type's result, or give an empty string."""
    words = {"type": analysis_type.value}
    if config.is_of_tokens != (analysis_type in TOKEN_TYPES):
        reason = _("A model that labels whole texts does not tell %(type)s; one that labels tokens does.")
        if config.is_of_tokens:
            reason = _("A model that labels tokens does not tell %(type)s; one that labels whole texts does.")
        return reason % words
    if config.is_of_tokens:
        return ""
    if config.is_regression:
        fits = analysis_type in SCORE_BY_TYPE and len(config.labels) == 1
        return "" if fits else _("A model that gives a number does not tell %(type)s.") % words
    if not config.is_exclusive and analysis_type in ONE_LABEL_TYPES:
        return _("A model whose labels stand beside each other does not tell %(type)s.") % words
    return LabelReader(analysis_type, config.labels, labels).problem()


class TransformerEngine(PerTextEngine):
    """A model of the site, loaded at the first text.

    Until it can be loaded `EngineUnavailableError` is raised: a folder that is not there is no text's fault, and
    one that comes back needs no restart. Texts longer than the model takes are cut at its end.
    """

    texts_at_once = TEXTS_AT_ONCE

    def __init__(
        self,
        facts: EngineFacts,
        path: Path,
        *,
        labels: LabelMap | None = None,
        threads: int = 1,
        tokens_max: int | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self.facts = facts
        self._path = path
        self._labels = labels or {}
        self._threads = threads
        self._tokens_max = tokens_max
        self._breaker = breaker or Breaker(
            failures_max=1, open_seconds=RELOAD_SECONDS, open_seconds_max=RELOAD_SECONDS
        )
        self._lock = Lock()
        self._loaded: OnnxModel | None = None
        self._reason = ""

    def judge(self, text: str) -> Outcome:
        """Run the model on a text and read its numbers."""
        model = self._model()
        answer = model.answer(text)
        if answer is None or not all(isfinite(number) for row in answer.rows for number in row):
            return Outcome(None, error=_("The model gave no number for this text."))
        return self._read(text, model.config, answer)

    @abstractmethod
    def _read(self, text: str, config: ModelConfig, answer: Answer) -> Outcome:
        """Give the outcome that the model's numbers mean."""

    def _model(self) -> OnnxModel:
        with self._lock:
            if self._loaded is None and self._breaker.admits():
                self._loaded = self._load()
            model = self._loaded
        if model is None:
            raise EngineUnavailableError(
                f"{self.name}: {self._reason}", retry_after_seconds=max(1.0, self._breaker.seconds_left())
            )
        return model

    def _load(self) -> OnnxModel | None:
        try:
            if reason := problem(self.analysis_type, self._path, self._labels):
                raise ModelProblemError(reason)
            return OnnxModel(self._path, threads=self._threads, tokens_max=self._tokens_max)
        except ModelProblemError as error:
            self._reason = error.reason
            self._breaker.failed()
            return None


class TransformerClassifier(TransformerEngine):
    """A model that labels whole texts, or gives one number.

    Softmax where the labels exclude each other, else a sigmoid each. Sentiment, quality and readability are the
    mean of the labels' scores, weighed by probability; a regression's number is cut to the type's bounds.
    Explanation: each word (of long texts each stretch of words) is left out once; its weight is how much the
    score, or the probability of the likeliest label, was higher with it.
    """

    def _read(self, text: str, config: ModelConfig, answer: Answer) -> Outcome:
        (numbers,) = answer.rows
        if config.is_regression:
            return Outcome(round(clipped(self.analysis_type, numbers[0]), DIGITS))
        shares = softmax(numbers) if config.is_exclusive else [_sigmoid(number) for number in numbers]
        reader = LabelReader(self.analysis_type, config.labels, self._labels)
        return reader.outcome(dict(zip(config.labels, shares, strict=True)), exclusive=config.is_exclusive)

    def explain(self, text: str) -> Outcome:
        """Judge the text and, once for each stretch, the text without it: at most 34 runs of the model."""
        (outcome,) = self.analyze([text])
        if outcome.error or outcome.value is None:
            return outcome
        label = "" if isinstance(outcome.value, float) else next(iter(outcome.probabilities or {"": 0.0}))
        whole = _height(outcome, label)
        # Beyond the model's end nothing counts; it must not move in where a word is left out.
        seen = text[: self._model().seen_until(text)]
        spans = []
        for start, end in _stretches(seen):
            weight = round(whole - _height(self.judge(seen[:start] + seen[end:]), label), DIGITS)
            if weight:
                spans.append(Span(start, end, weight, label))
        return replace(outcome, explanation=tuple(spans))


class TransformerTagger(TransformerEngine):
    """A model that labels tokens: entities with text, label, start, end and score, or keywords.

    A word has the label of its first token. B, S and U begin an entity, I, E, L and M go on with one of the same
    label; labels without such a letter go on with themselves. Explanation: the entities.
    """

    def _read(self, text: str, config: ModelConfig, answer: Answer) -> Outcome:
        found = [*self._found(text, config, answer)]
        spans = tuple(Span(one.start, one.end, round(one.score, DIGITS), one.label) for one in found)
        confidence = round(min((one.score for one in found), default=1.0), DIGITS)
        value: list[Any] = [one.as_entity(text) for one in found][: results.JSON_ITEMS_MAX]
        if self.analysis_type == AnalysisType.KEYWORDS:
            value = list(dict.fromkeys(entity["text"] for entity in value))
        return Outcome(value, confidence, explanation=spans)

    def _found(self, text: str, config: ModelConfig, answer: Answer) -> Iterator[_Found]:
        current: _Found | None = None
        for start, end, row in _words(answer):
            shares = softmax(row)
            best = max(range(len(shares)), key=shares.__getitem__)
            is_begin, label = self._tag(config.labels[best])
            if current and label == current.label and not is_begin:
                current = current.longer(end, shares[best])
                continue
            if current and (kept := current.trimmed(text)):
                yield kept
            current = _Found(start, end, label, shares[best]) if label != OUTSIDE else None
        if current and (kept := current.trimmed(text)):
            yield kept

    def _tag(self, label: str) -> tuple[bool, str]:
        """Read a label of the model: whether an entity begins with it, and of which kind it is."""
        given = self._labels.get(label)
        tag = _TAG.fullmatch(label)
        if tag is None:
            return False, given if isinstance(given, str) else label
        named = given if isinstance(given, str) else self._labels.get(tag[2], tag[2])
        return tag[1] in _BEGINS, str(named)


@dataclass(frozen=True, slots=True)
class _Found:
    """An entity: its place, its label, and the least probability of its words."""

    start: int
    end: int
    label: str
    score: float

    def longer(self, end: int, score: float) -> _Found:
        return replace(self, end=max(self.end, end), score=min(self.score, score))

    def trimmed(self, text: str) -> _Found | None:
        """Take spaces off both ends, which some tokenizers count to a word; None where nothing is left."""
        inside = text[self.start : self.end]
        start = self.start + len(inside) - len(inside.lstrip())
        end = self.start + len(inside.rstrip())
        if start >= end or end - start > results.JSON_CHARACTERS_MAX:
            return None
        return replace(self, start=start, end=end)

    def as_entity(self, text: str) -> dict[str, Any]:
        kept = without_surrogates(text[self.start : self.end]).replace("\x00", REPLACEMENT)
        place = {"start": self.start, "end": self.end}
        return {"text": kept, "label": self.label, **place, "score": round(self.score, DIGITS)}


def _words(answer: Answer) -> Iterator[tuple[int, int, tuple[float, ...]]]:
    """Give each word's place and the numbers of its first token."""
    first: tuple[Token, tuple[float, ...]] | None = None
    end = 0
    for token, row in zip(answer.tokens, answer.rows, strict=True):
        if first and token.word == first[0].word:
            end = max(end, token.end)
            continue
        if first:
            yield first[0].start, end, first[1]
        first, end = (None, 0) if token.word is None else ((token, row), token.end)
    if first:
        yield first[0].start, end, first[1]


def _stretches(text: str) -> list[tuple[int, int]]:
    """Cut a text into at most 32 stretches of whole words.

    >>> _stretches(" good  day ")
    [(1, 5), (7, 10)]
    """
    words = [found.span() for found in _WORD.finditer(text)]
    size = max(1, -(-len(words) // STRETCHES_MAX))
    groups = [words[first : first + size] for first in range(0, len(words), size)]
    return [(group[0][0], group[-1][1]) for group in groups]


def _height(outcome: Outcome, label: str) -> float:
    """Give what a stretch can raise: the score, or the probability of a label."""
    if isinstance(outcome.value, float):
        return outcome.value
    probabilities: Mapping[str, float] = outcome.probabilities or {}
    return probabilities.get(label, 0.0)


def _sigmoid(number: float) -> float:
    """Give 1 / (1 + e^-x), without overflow far below zero."""
    if number >= 0:
        return 1.0 / (1.0 + exp(-number))
    power = exp(number)
    return power / (1.0 + power)
