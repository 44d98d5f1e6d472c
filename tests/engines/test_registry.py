"""Which engines can be asked for, and how a wrong wish is refused."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from analyses.choices import OptimizationTier
from analyses.engines import registry
from analyses.engines.base import Engine
from analyses.engines.sentiment import VaderEngine
from analyses.exceptions import EngineNotInstalledError


@pytest.mark.parametrize("row", registry.installed(), ids=str)
def test_what_is_installed_can_be_had(row: registry.Installed) -> None:
    engine = registry.get_engine(row.analysis_type, row.tier)

    assert engine.facts is row.facts
    assert (engine.analysis_type, row.tier in engine.tiers) == (row.analysis_type, True)
    assert registry.is_installed(row.analysis_type, row.tier)


def test_plain_strings_from_a_database_are_understood() -> None:
    assert registry.get_engine("sentiment", "basic").name == "vader"
    assert registry.is_installed("language", "standard")
    assert not registry.is_installed("language", "ultra")


def test_no_type_and_tier_is_served_twice() -> None:
    rows = [(row.analysis_type, row.tier) for row in registry.installed()]

    assert len(rows) == len(set(rows))


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(EngineNotInstalledError) as refusal:
        registry.get_engine("sarcasm", OptimizationTier.STANDARD)

    assert refusal.value.field == "analysis_type"
    assert refusal.value.reason.startswith("No engine for sarcasm at tier standard is installed")


def test_a_missing_tier_blames_the_tier_and_says_what_to_do() -> None:
    with pytest.raises(EngineNotInstalledError) as refusal:
        registry.get_engine("language", "ultra")

    assert refusal.value.field == "optimization_tier"
    assert refusal.value.reason == (
        "No engine for language at tier ultra is installed (installed for language: basic, standard). "
        "Name a model for it in ULTRA_ENGINES, as docs/ultra.md shows, then restart."
    )


class DeepEngine(VaderEngine):
    """An engine of an extra that nobody installed."""

    facts = replace(
        VaderEngine.facts,
        tiers=(OptimizationTier.ULTRA,),
        name="deep",
        version="1",
        extra="deep",
        module="no_such_module",
    )


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield
    monkeypatch.undo()  # what a test put in the place of the built-in engines, before they are offered again
    registry.configure(())


def test_an_engine_of_a_missing_extra_is_not_offered_and_the_refusal_names_the_extra(
    configured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_built_in", (registry.Provider(DeepEngine.facts, DeepEngine),))
    registry.configure(())

    with pytest.raises(EngineNotInstalledError, match=r"pip install '\.\[deep\]', then restart"):
        registry.get_engine("sentiment", "ultra")

    assert registry.missing() == (DeepEngine.facts,)


def test_an_engine_of_the_site_goes_before_the_built_in_one(configured: None) -> None:
    facts = replace(VaderEngine.facts, name="house", tiers=(OptimizationTier.STANDARD,))

    class HouseEngine(VaderEngine):
        """The site's own."""

    HouseEngine.facts = facts
    registry.configure([registry.Provider(facts, HouseEngine)])

    assert registry.get_engine("sentiment", "standard").name == "house"
    assert registry.get_engine("sentiment", "basic").name == "vader"


def test_the_engine_of_a_result_is_found_by_its_name_and_version() -> None:
    engine = registry.get_engine("language", "standard")

    assert registry.find_engine("language", engine.model_used) is engine
    assert registry.find_engine("language", f"{engine.name} 0.0") is None


def test_threads_that_ask_together_load_an_engine_once(configured: None) -> None:
    registry.configure(())
    together = Barrier(8)

    def ask(_: int) -> Engine:
        together.wait()
        return registry.get_engine("sentiment", "basic")

    with ThreadPoolExecutor(8) as pool:
        engines = list(pool.map(ask, range(8)))

    assert len({id(engine) for engine in engines}) == 1
