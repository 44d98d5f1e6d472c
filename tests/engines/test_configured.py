"""From ULTRA_ENGINES to engines that answer, and what the check says of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.checks.registry import registry as check_registry

from analyses.apps import AnalysesConfig
from analyses.checks import check_engines
from analyses.engines import configured, registry, specs
from analyses.engines.base import ANY_LANGUAGE
from analyses.engines.endpoint import ClassificationEndpointEngine, EndpointEngine, InferenceEndpointEngine
from analyses.engines.specs import EngineSpec
from analyses.engines.transformer import TransformerClassifier, TransformerTagger
from tests.engines.service import Service, running_service

SERVICE = {
    "type": "emotion",
    "name": "acme",
    "version": "2026-10",
    "endpoint": "https://models.example.org/v1",
}
MODEL = {
    "type": "sentiment",
    "name": "house",
    "version": "3",
    "model": "/models/house",
    "languages": ["en", "de"],
}


def spec_of(entry: dict[str, Any], **changes: Any) -> EngineSpec:
    [spec] = specs.read(json.dumps([entry | changes]))
    return spec


def engine_of(entry: dict[str, Any], **changes: Any) -> Any:
    [provider] = configured.providers([spec_of(entry, **changes)], lease_seconds=30)
    return provider.load()


def problems(entry: dict[str, Any], **changes: Any) -> list[str]:
    return [*configured.problems(spec_of(entry, **changes), lease_seconds=30)]


@pytest.fixture
def service() -> Iterator[Service]:
    with running_service() as running:
        yield running


@pytest.fixture
def configured_anew() -> Iterator[None]:
    yield
    registry.configure(())


def test_facts_are_the_site_s_and_tell_no_address() -> None:
    model, service = (engine_of(entry).facts for entry in (MODEL, SERVICE))

    assert (model.model_used, model.languages) == ("house 3", ("en", "de"))
    assert (service.model_used, service.languages) == ("acme 2026-10", (ANY_LANGUAGE,))
    assert "models" not in model.summary + service.summary


@pytest.mark.parametrize(
    ("entry", "changes", "kind"),
    [
        (MODEL, {}, TransformerClassifier),
        (MODEL, {"type": "entities"}, TransformerTagger),
        (MODEL, {"type": "keywords"}, TransformerTagger),
        (SERVICE, {}, EndpointEngine),
        (SERVICE, {"protocol": "text-classification"}, ClassificationEndpointEngine),
        (SERVICE, {"protocol": "text-embeddings-inference"}, InferenceEndpointEngine),
    ],
    ids=str,
)
def test_each_spec_has_its_kind_of_engine(entry: dict[str, Any], changes: dict[str, Any], kind: type) -> None:
    assert type(engine_of(entry, **changes)) is kind


def test_the_engine_asks_as_the_site_says(service: Service, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc")
    service.answer = lambda request: [[{"label": "L1", "score": 0.5}]] * len(request["inputs"])
    engine = engine_of(
        SERVICE,
        endpoint=service.url,
        token_file=str(tmp_path / "token"),
        protocol="text-classification",
        batch_size=2,
        labels={"L1": "joy"},
    )

    outcomes = engine.analyze(["a", "b", "c"])

    assert [outcome.value for outcome in outcomes] == [{"joy": 0.5}] * 3
    assert [sent["inputs"] for sent in service.requests] == [["a", "b"], ["c"]]
    assert {sent["Authorization"] for sent in service.headers} == {"Bearer abc"}


def test_engines_of_the_setting_are_offered_at_start(
    service: Service, settings: Any, configured_anew: None
) -> None:
    settings.ULTRA_ENGINES = (spec_of(SERVICE, endpoint=service.url), spec_of(MODEL, tier="standard"))
    service.answer = lambda request: {"results": [{"value": {"joy": 0.9}}]}
    app = apps.get_app_config("analyses")
    assert isinstance(app, AnalysesConfig)

    app.offer_engines()

    assert registry.get_engine("emotion", "ultra").analyze(["Hurrah"])[0].value == {"joy": 0.9}
    assert registry.get_engine("sentiment", "standard").model_used == "house 3"
    assert registry.get_engine("sentiment", "basic").name == "vader"


# --- What is wrong -------------------------------------------------------------------------------


def test_nothing_is_wrong_with_a_good_service() -> None:
    assert problems(SERVICE) == []


def test_a_folder_that_is_not_there_is_named_with_its_path() -> None:
    pytest.importorskip("onnxruntime")

    assert problems(MODEL) == ["The model's folder is not there. (/models/house)"]


def test_texts_in_the_clear_are_named_but_not_on_this_machine() -> None:
    assert problems(SERVICE, endpoint="http://tei/v1") == [
        "Texts go over http to another machine and can be read on their way."
    ]
    assert problems(SERVICE, endpoint="http://127.0.0.1:8080/") == []


def test_a_time_out_longer_than_half_the_lease_is_named() -> None:
    assert problems(SERVICE, timeout_seconds=15) == []
    assert problems(SERVICE, timeout_seconds=20) == [
        "timeout_seconds is 20, but a call ends after 15: half of LEASE_SECONDS."
    ]


def test_a_token_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")

    assert problems(SERVICE, token_file="/nowhere/token") == ["The token file /nowhere/token cannot be read."]
    assert problems(SERVICE, token_file=f"{tmp_path}/empty") == [f"The token file {tmp_path}/empty is empty."]


def test_the_system_check_warns_of_each_problem_and_stops_nothing(settings: Any) -> None:
    settings.ULTRA_ENGINES = (spec_of(SERVICE), spec_of(SERVICE, endpoint="http://tei/v1", tier="basic"))

    [warning] = check_engines(None)

    assert (warning.id, warning.is_serious()) == ("analyses.W010", False)
    assert warning.msg == (
        "ULTRA_ENGINES, acme for emotion: Texts go over http to another machine and can be read on their way."
    )


def test_the_system_check_is_registered() -> None:
    registered: list[object] = [check for check in check_registry.get_checks() if "engines" in check.tags]

    assert registered == [check_engines]
