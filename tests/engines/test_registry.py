"""Which engines can be asked for, and how a wrong wish is refused."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import registry
from analyses.engines.base import Engine
from analyses.exceptions import EngineNotInstalledError


def test_installed_lists_three_types_at_two_tiers() -> None:
    assert [(row.analysis_type.value, row.tier.value) for row in registry.installed()] == [
        ("sentiment", "basic"),
        ("sentiment", "standard"),
        ("language", "basic"),
        ("language", "standard"),
        ("readability", "basic"),
        ("readability", "standard"),
    ]


@pytest.mark.parametrize("row", registry.installed(), ids=str)
def test_what_is_installed_can_be_had(row: registry.Installed) -> None:
    engine = registry.get_engine(row.analysis_type, row.tier)

    assert engine.facts is row.facts
    assert (engine.analysis_type, row.tier in engine.tiers) == (row.analysis_type, True)
    assert registry.is_installed(row.analysis_type, row.tier)


def test_plain_strings_from_a_database_are_understood() -> None:
    assert registry.get_engine("sentiment", "basic").name == "vader"
    assert registry.is_installed("language", "standard")
    assert not registry.is_installed("emotion", "standard")


def test_no_type_and_tier_is_served_twice() -> None:
    rows = [(row.analysis_type, row.tier) for row in registry.installed()]

    assert len(rows) == len(set(rows))


def test_an_unknown_type_is_refused_with_what_is_installed() -> None:
    with pytest.raises(EngineNotInstalledError) as refusal:
        registry.get_engine(AnalysisType.EMOTION, OptimizationTier.STANDARD)

    assert refusal.value.field == "analysis_type"
    assert refusal.value.reason == (
        "No engine for emotion at tier standard is installed; installed: sentiment (basic, standard), "
        "language (basic, standard), readability (basic, standard). "
        "Other engines come with later versions of nlpadmin: update it to get them."
    )


def test_a_missing_tier_blames_the_tier() -> None:
    with pytest.raises(EngineNotInstalledError) as refusal:
        registry.get_engine("sentiment", "ultra")

    assert refusal.value.field == "optimization_tier"
    assert refusal.value.reason.startswith("No engine for sentiment at tier ultra is installed;")


def test_threads_that_ask_together_load_an_engine_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_instances", {})
    together = Barrier(8)

    def ask(_: int) -> Engine:
        together.wait()
        return registry.get_engine("sentiment", "basic")

    with ThreadPoolExecutor(8) as pool:
        engines = list(pool.map(ask, range(8)))

    assert len({id(engine) for engine in engines}) == 1
    assert registry.get_engine("sentiment", "standard") is engines[0]
