"""Which engine answers which analysis type at which tier."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import Engine, EngineFacts
from analyses.engines.emotion import WordListEngine
from analyses.engines.entities import RulesEntityEngine
from analyses.engines.grammar import GrammarEngine
from analyses.engines.keywords import TextRankEngine
from analyses.engines.language import LidEngine
from analyses.engines.linear_emotion import LinearEmotionEngine
from analyses.engines.linear_sentiment import LinearSentimentEngine
from analyses.engines.quality import QualityEngine
from analyses.engines.readability import ReadabilityEngine
from analyses.engines.semantic import SemanticEmotionEngine, SemanticSentimentEngine
from analyses.engines.sentiment import VaderEngine
from analyses.engines.spacy_entities import SpacyEntityEngine
from analyses.engines.topic_groups import SingleTextTopicsEngine
from analyses.engines.topics import KeywordTopicsEngine
from analyses.exceptions import EngineNotInstalledError

# A new engine is one more line; no two may serve the same type at the same tier.
ENGINE_CLASSES: tuple[type[Engine], ...] = (
    VaderEngine,
    LinearSentimentEngine,
    SemanticSentimentEngine,
    QualityEngine,
    GrammarEngine,
    WordListEngine,
    LinearEmotionEngine,
    SemanticEmotionEngine,
    LidEngine,
    TextRankEngine,
    ReadabilityEngine,
    RulesEntityEngine,
    SpacyEntityEngine,
    KeywordTopicsEngine,
    SingleTextTopicsEngine,
)


@dataclass(frozen=True, slots=True)
class Provider:
    """An engine that can be had: its facts, and how to load it."""

    facts: EngineFacts
    load: Callable[[], Engine]


@dataclass(frozen=True, slots=True)
class Installed:
    """One row of the table: this type at this tier is answered by the engine of these facts."""

    analysis_type: AnalysisType
    tier: OptimizationTier
    facts: EngineFacts


Key = tuple[str, str]

_built_in: tuple[Provider, ...] = tuple(Provider(one.facts, one) for one in ENGINE_CLASSES)
_providers: dict[Key, Provider] = {}
_instances: dict[str, Engine] = {}
_instances_lock = Lock()


def configure(providers: Iterable[Provider]) -> None:
    """Offer the built-in engines whose packages are there, and the site's own, which go first.

    Called once at start; what was loaded before is forgotten.
    """
    with _instances_lock:
        _providers.clear()
        _instances.clear()
        for provider in (*_built_in, *providers):
            if provider.facts.is_installed:
                for tier in provider.facts.tiers:
                    _providers[provider.facts.analysis_type.value, tier.value] = provider


def installed() -> tuple[Installed, ...]:
    """List every type and tier that can be asked for, by type and tier, without loading an engine."""
    return tuple(
        Installed(analysis_type, tier, _providers[analysis_type.value, tier.value].facts)
        for analysis_type in AnalysisType
        for tier in OptimizationTier
        if (analysis_type.value, tier.value) in _providers
    )


def external() -> tuple[Key, ...]:
    """List the types and tiers whose texts an engine takes through the API."""
    return tuple(key for key, provider in _providers.items() if provider.facts.is_external)


def missing() -> tuple[EngineFacts, ...]:
    """List the built-in engines whose packages are not there."""
    return tuple(provider.facts for provider in _built_in if not provider.facts.is_installed)


def is_installed(analysis_type: str, tier: str) -> bool:
    """Say whether an engine answers this type at this tier."""
    return (str(analysis_type), str(tier)) in _providers


def require(analysis_type: str, tier: str) -> None:
    """Raise `EngineNotInstalledError` where no engine answers; loads none."""
    if not is_installed(analysis_type, tier):
        raise _refusal(str(analysis_type), str(tier))


def get_engine(analysis_type: str, tier: str) -> Engine:
    """Give the engine for a type and tier; the first call in a process loads it.

    Raises `EngineNotInstalledError`, whose reason says what is installed.
    """
    provider = _providers.get((str(analysis_type), str(tier)))
    if provider is None:
        raise _refusal(str(analysis_type), str(tier))
    # Loading takes up to a second: without the lock, threads that start together would all load.
    name = f"{provider.facts.analysis_type.value} {provider.facts.model_used}"
    with _instances_lock:
        if name not in _instances:
            _instances[name] = provider.load()
        return _instances[name]


def find_facts(analysis_type: str, tier: str) -> EngineFacts | None:
    """Give the facts of the engine for a type and tier without loading it, or None where there is none."""
    provider = _providers.get((str(analysis_type), str(tier)))
    return provider.facts if provider else None


def find_engine(analysis_type: str, model_used: str) -> Engine | None:
    """Give the engine that gave a result, or None where it, or that version of it, is not installed."""
    for row in installed():
        if (row.analysis_type.value, row.facts.model_used) == (str(analysis_type), model_used):
            return get_engine(row.analysis_type, row.tier)
    return None


def _refusal(analysis_type: str, tier: str) -> EngineNotInstalledError:
    """Say which of the two is to blame and what to do."""
    tiers = _tiers_by_type()
    field = "optimization_tier" if analysis_type in tiers else "analysis_type"
    served = ", ".join(tiers.get(analysis_type, ())) or "none"
    return EngineNotInstalledError(
        field,
        f"No engine for {analysis_type} at tier {tier} is installed (installed for {analysis_type}: {served}). "
        + _remedy(analysis_type, tier),
    )


def _remedy(analysis_type: str, tier: str) -> str:
    for facts in missing():
        if facts.analysis_type.value == analysis_type and tier in [one.value for one in facts.tiers]:
            return f"It comes with the extra “{facts.extra}”: pip install '.[{facts.extra}]', then restart."
    if tier == OptimizationTier.ULTRA.value:
        return "Name a model for it in ULTRA_ENGINES, as docs/ultra.md shows, then restart."
    return "Choose one of these, or name a model for tier ultra in ULTRA_ENGINES."


def _tiers_by_type() -> dict[str, list[str]]:
    tiers: dict[str, list[str]] = {}
    for row in installed():
        tiers.setdefault(row.analysis_type.value, []).append(row.tier.value)
    return tiers


configure(())
