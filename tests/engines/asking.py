"""Engines that ask the tests' own service."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import EngineFacts
from analyses.engines.endpoint import EndpointEngine
from analyses.engines.service_calls import CallLimits, ServiceCaller
from analyses.exceptions import EngineUnavailableError
from tests.engines.service import Service

FACTS = EngineFacts(
    analysis_type=AnalysisType.SENTIMENT,
    tiers=(OptimizationTier.ULTRA,),
    name="acme",
    version="7",
    languages=("mul",),
    summary="A service of this site.",
)
EMOTION = replace(FACTS, analysis_type=AnalysisType.EMOTION)
LIMITS = CallLimits(timeout_seconds=0.5, retries=2, seconds_max=5.0)


def caller(url: str, *, pauses: list[float] | None = None, **changes: Any) -> ServiceCaller:
    noted = [] if pauses is None else pauses
    settings: dict[str, Any] = {"limits": LIMITS, "pause": noted.append}
    return ServiceCaller(name="acme", url=url, **settings | changes)


def engine_of(service: Service, *, facts: EngineFacts = FACTS, **changes: Any) -> EndpointEngine:
    return EndpointEngine(facts, caller(service.url, **changes), batch_size=2)


def refusal(engine: EndpointEngine, texts: tuple[str, ...] = ("a", "b")) -> EngineUnavailableError:
    with pytest.raises(EngineUnavailableError) as caught:
        engine.analyze(texts)
    assert "http:" not in caught.value.reason
    assert "secret" not in caught.value.reason
    assert caught.value.reason.endswith((".", "wrong."))
    return caught.value
