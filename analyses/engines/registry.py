"""Which engine answers which analysis type at which tier."""

from dataclasses import dataclass
from threading import Lock

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import Engine, EngineFacts
from analyses.engines.language import LidEngine
from analyses.engines.readability import ReadabilityEngine
from analyses.engines.sentiment import VaderEngine
from analyses.exceptions import EngineNotInstalledError

# A new engine is one more line; no two may serve the same type at the same tier.
ENGINE_CLASSES: tuple[type[Engine], ...] = (VaderEngine, LidEngine, ReadabilityEngine)


@dataclass(frozen=True, slots=True)
class Installed:
    """One row of the table: this type at this tier is answered by the engine of these facts."""

    analysis_type: AnalysisType
    tier: OptimizationTier
    facts: EngineFacts


def _table() -> dict[tuple[str, str], type[Engine]]:
    table: dict[tuple[str, str], type[Engine]] = {}
    for engine_class in ENGINE_CLASSES:
        for tier in engine_class.facts.tiers:
            table[engine_class.facts.analysis_type.value, tier.value] = engine_class
    return table


_CLASS_BY_TYPE_AND_TIER = _table()
_instances: dict[type[Engine], Engine] = {}
_instances_lock = Lock()


def installed() -> tuple[Installed, ...]:
    """List every type and tier that can be asked for, without loading an engine."""
    return tuple(
        Installed(engine_class.facts.analysis_type, tier, engine_class.facts)
        for engine_class in ENGINE_CLASSES
        for tier in engine_class.facts.tiers
    )


def is_installed(analysis_type: str, tier: str) -> bool:
    """Say whether an engine answers this type at this tier."""
    return (analysis_type, tier) in _CLASS_BY_TYPE_AND_TIER


def get_engine(analysis_type: str, tier: str) -> Engine:
    """Give the engine for a type and tier; the first call in a process loads it.

    Raises `EngineNotInstalledError`, whose reason says what is installed.
    """
    engine_class = _CLASS_BY_TYPE_AND_TIER.get((analysis_type, tier))
    if engine_class is None:
        raise _refusal(analysis_type, tier)
    # Loading takes up to 0.2 s: without the lock, threads that start together would all load.
    with _instances_lock:
        if engine_class not in _instances:
            _instances[engine_class] = engine_class()
        return _instances[engine_class]


def _refusal(analysis_type: str, tier: str) -> EngineNotInstalledError:
    """Say which of the two is to blame and what can be had."""
    tiers = _tiers_by_type()
    field = "optimization_tier" if analysis_type in tiers else "analysis_type"
    choices = ", ".join(f"{name} ({', '.join(served)})" for name, served in tiers.items())
    return EngineNotInstalledError(
        field,
        f"No engine for {analysis_type} at tier {tier} is installed; installed: {choices}. "
        "Other engines come with later versions of nlpadmin: update it to get them.",
    )


def _tiers_by_type() -> dict[str, list[str]]:
    tiers: dict[str, list[str]] = {}
    for row in installed():
        tiers.setdefault(row.analysis_type.value, []).append(row.tier.value)
    return tiers
