"""The contract that every engine keeps, and the values that it gives."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from time import perf_counter
from typing import Any

from analyses.choices import MODEL_NAME_LENGTH_MAX, AnalysisType, OptimizationTier

ResultValue = float | str | dict[str, float] | list[Any] | None

# ISO 639-2 has "mul" for content in several languages: here an engine that takes any.
ANY_LANGUAGE = "mul"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text, in characters `start` to `end` (exclusive), and how it moved the score.

    `label` names what it speaks for, where the weight's sign does not say it: an emotion, a kind of entity, a
    finding.
    """

    start: int
    end: int
    weight: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an engine says about one text.

    `value` belongs in the column that `choices.RESULT_FIELD_BY_TYPE` names; None without an error means that
    the engine does not know. `confidence` is the probability, 0..1, that the answer is right, or None where
    the engine has none. A non-empty `error` is a sentence for the user, and then `value` is None: the row
    fails with it. `explanation` holds the spans that carried the score, in text order; `Engine.explain` always
    gives it, `Engine.analyze` only where it costs nothing. `probabilities` are those of the classes that the
    engine chose among, by name. Two outcomes that differ only in the time they took are equal.
    """

    value: ResultValue
    confidence: float | None = None
    error: str = ""
    explanation: tuple[Span, ...] = ()
    probabilities: Mapping[str, float] | None = None
    processing_time_ms: float = field(default=0.0, compare=False)

    def explanation_as_json(self) -> list[dict[str, Any]]:
        """Give the explanation as lists and dicts that JSON can hold."""
        return [asdict(span) for span in self.explanation]


def model_label(name: str, version: str) -> str:
    """Name engine and version as every result does."""
    return f"{name} {version}".rstrip()[:MODEL_NAME_LENGTH_MAX]


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What can be told of an engine without loading it.

    `languages` holds ISO 639 codes, or `ANY_LANGUAGE`; `summary` is one sentence for the pages. An engine that
    needs more than the default install names the `extra` that brings it and a `module` that proves it is there. An
    external one takes its texts through the API and posts its results there.
    """

    analysis_type: AnalysisType
    tiers: tuple[OptimizationTier, ...]
    name: str
    version: str
    languages: tuple[str, ...]
    summary: str
    extra: str = ""
    module: str = ""
    is_external: bool = False

    @property
    def is_installed(self) -> bool:
        """Say whether what the engine needs is there, without importing it."""
        return not self.module or find_spec(self.module) is not None

    @property
    def model_used(self) -> str:
        """Engine and version, as stored with every result."""
        return model_label(self.name, self.version)


class Engine(ABC):
    """Answers one question about texts, offline.

    An instance is made once a process and used by several threads: it keeps no state between calls. Its
    constructor may be slow (it loads what it needs); the class and its `facts` must be cheap. `facts` belong to
    the class, or to the instance where the site configures the engine.
    """

    facts: EngineFacts

    # How many texts `analyze` is best given at once; a worker stores and renews its lease between. What they take
    # together must stay far below the lease.
    texts_at_once: int = 50

    @property
    def analysis_type(self) -> AnalysisType:
        """The question that the engine answers."""
        return self.facts.analysis_type

    @property
    def tiers(self) -> tuple[OptimizationTier, ...]:
        """The tiers that the engine serves."""
        return self.facts.tiers

    @property
    def name(self) -> str:
        """The engine's name."""
        return self.facts.name

    @property
    def version(self) -> str:
        """The version of what decides the scores."""
        return self.facts.version

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the engine knows."""
        return self.facts.languages

    @property
    def model_used(self) -> str:
        """Engine and version, as stored with every result."""
        return self.facts.model_used

    @abstractmethod
    def analyze(self, texts: Sequence[str]) -> list[Outcome]:
        """Give one outcome for each text, in the same order.

        Never raises for any text; a text has the same outcome alone and among others. Raises
        `EngineUnavailableError` where the engine needs a service that does not answer: no text is to blame.
        """

    def explain(self, text: str) -> Outcome:
        """Give the outcome of one text with the spans that carried it, in text order.

        Value, confidence and error are those of `analyze`.
        """
        (outcome,) = self.analyze([text])
        return outcome


class PerTextEngine(Engine):
    """An engine that looks at each text by itself."""

    @abstractmethod
    def judge(self, text: str) -> Outcome:
        """Give the outcome of one text, without its time."""

    def analyze(self, texts: Sequence[str]) -> list[Outcome]:
        """Judge each text and note how long it took."""
        return [self._judge_timed(text) for text in texts]

    def _judge_timed(self, text: str) -> Outcome:
        started = perf_counter()
        outcome = self.judge(text)
        elapsed_ms = (perf_counter() - started) * 1000.0
        # dataclasses.replace() says the same and takes three times as long, for every text of a batch.
        return Outcome(
            outcome.value,
            outcome.confidence,
            outcome.error,
            outcome.explanation,
            outcome.probabilities,
            elapsed_ms,
        )
