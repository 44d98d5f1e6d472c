"""What may stand in ULTRA_ENGINES, and how each mistake is named."""

from __future__ import annotations

import doctest
import json
from pathlib import Path
from typing import Any

import pytest

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import specs
from analyses.engines.specs import BadSpecsError

SERVICE = {
    "type": "emotion",
    "name": "acme",
    "version": "2026-10",
    "endpoint": "https://models.example.org/v1",
}
MODEL = {"type": "sentiment", "name": "house-bert", "version": "3", "model": "/models/house-bert"}


def sentences(*entries: Any) -> tuple[str, ...]:
    with pytest.raises(BadSpecsError) as caught:
        specs.read(json.dumps(entries))
    return caught.value.sentences


def test_defaults_are_the_documented_ones() -> None:
    model, service = specs.read(json.dumps([MODEL, SERVICE]))

    assert (model.type, model.tier, model.languages) == (
        AnalysisType.SENTIMENT,
        OptimizationTier.ULTRA,
        ("mul",),
    )
    assert (model.model, model.threads, model.max_tokens) == (Path("/models/house-bert"), 1, None)
    assert (service.batch_size, service.timeout_seconds, service.retries) == (32, 10.0, 2)
    assert (service.protocol, service.labels, service.token_file) == ("results", {}, None)


def test_engines_are_read_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "engines.json").write_text(json.dumps([MODEL]))

    assert specs.read(f"@{tmp_path}/engines.json")[0].name == "house-bert"
    with pytest.raises(BadSpecsError, match=r"^names '/nowhere/engines.json', which cannot be read$"):
        specs.read("@/nowhere/engines.json")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{", "is no JSON"),
        ("", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("{}", "is no JSON list of at most 50 engines"),
        (json.dumps([MODEL] * 51), "is no JSON list of at most 50 engines"),
        ("[1]", "engine 1 is no JSON object"),
    ],
    ids=lambda value: value[:20],
)
def test_what_is_no_list_of_engines_is_refused(text: str, wrong: str) -> None:
    with pytest.raises(BadSpecsError) as caught:
        specs.read(text)

    assert caught.value.sentences == (wrong,)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        (
            {"type": "sarcasm"},
            "engine 1 (acme): type is 'sarcasm'; right would be one of sentiment, quality, ",
        ),
        (
            {"tier": "best"},
            "engine 1 (acme): tier is 'best'; right would be one of basic, standard, advanced, ",
        ),
        ({"version": 3}, "engine 1 (acme): version is 3; right would be 1 to 30 letters"),
        ({"name": "a b"}, "engine 1 (a b): name is 'a b'; right would be"),
        ({"languages": ["english"]}, "engine 1 (acme): languages is 'english'; right would be ISO 639 codes"),
        ({"batch_size": 0}, "engine 1 (acme): batch_size is 0; right would be a whole number from 1 to 500"),
        ({"retries": 99}, "engine 1 (acme): retries is 99; right would be"),
        ({"timeout_seconds": "soon"}, "engine 1 (acme): timeout_seconds is 'soon'; right would be seconds"),
        ({"protocol": "grpc"}, "engine 1 (acme): protocol is 'grpc'; right would be results, text-"),
        ({"labels": {"L": 1}}, "engine 1 (acme) has labels, which the protocol results does not use"),
        (
            {"token_file": "token"},
            "engine 1 (acme): token_file does not start with /; right would be the path",
        ),
        (
            {"endpoint": "models/emotion"},
            "engine 1 (acme): endpoint does not begin with https:// and a host;",
        ),
        (
            {"endpoint": "ftp://a.example"},
            "engine 1 (acme): endpoint does not begin with https:// and a host;",
        ),
        ({"endpoint": "https://a.example:x"}, "engine 1 (acme): endpoint is no address;"),
        (
            {"endpoint": "https://a.example/ x"},
            "engine 1 (acme): endpoint has characters that no address has;",
        ),
        ({"endpoint": "https://a.example/#x"}, "engine 1 (acme): endpoint has a #;"),
        ({"endpoint": "https://[::1"}, "engine 1 (acme): endpoint is no address;"),
        ({"model": "/models/x"}, "engine 1 (acme) needs either model or endpoint"),
        ({"external": True}, "engine 1 (acme) needs either model or endpoint, or external"),
        (
            {"endpoint": None, "external": True, "labels": {"a": 1}},
            "engine 1 (acme) has labels, which an external engine keeps to itself",
        ),
        ({"external": "yes"}, "engine 1 (acme): external is 'yes'; right would be true for an engine"),
        ({"threads": 2}, "engine 1 (acme) has threads, which only a model has"),
        (
            {"endpoint": "http://models.example.org/v1", "token_file": "/run/token"},
            "engine 1 (acme) would send its token over http: the endpoint must begin with https",
        ),
        (
            {"type": "entities", "protocol": "text-classification"},
            "engine 1 (acme) asks for entities by labels of whole texts, which do not tell it",
        ),
    ],
    ids=str,
)
def test_a_mistake_is_named_with_what_would_be_right(changes: dict[str, Any], wrong: str) -> None:
    [sentence] = sentences(SERVICE | changes)

    assert sentence.startswith(wrong)


def test_settings_of_a_service_do_not_belong_to_a_model() -> None:
    assert sentences(MODEL | {"retries": 1, "batch_size": 2}) == (
        "engine 1 (house-bert) has batch_size, retries, which only an endpoint has",
    )


def test_the_name_of_a_model_hub_is_no_path() -> None:
    [sentence] = sentences(MODEL | {"model": "distilbert/distilbert-base-uncased"})

    assert sentence.startswith("engine 1 (house-bert): model does not start with /; right would be the path")


def test_every_mistake_of_every_engine_is_named_at_once() -> None:
    found = sentences(SERVICE | {"type": "x", "retries": -1}, {"name": "lonely"}, MODEL | {"tier": "?"})

    assert [sentence.split(";")[0] for sentence in found] == [
        "engine 1 (acme): type is 'x'",
        "engine 1 (acme): retries is -1",
        "engine 2 (lonely): type is missing",
        "engine 2 (lonely): version is missing",
        "engine 3 (house-bert): tier is '?'",
    ]


def test_two_engines_for_one_type_and_tier_are_refused() -> None:
    assert sentences(SERVICE, SERVICE | {"name": "other"}) == (
        "has 2 engines for emotion at tier ultra; one is right",
    )
    assert sentences(SERVICE, SERVICE | {"tier": "standard"}) == (
        "names 2 engines for emotion acme 2026-10; results could not tell them apart",
    )


def test_no_secret_is_shown() -> None:
    shown = " ".join(
        sentences(
            SERVICE | {"token": "canary"},
            SERVICE | {"endpoint": "https://user:canary@a.example/"},
            SERVICE | {"headers": {"Authorization": "canary"}},
        )
    )

    assert "canary" not in shown
    assert "engine 1 (acme) has 'token', which is no setting; a token belongs into a file" in shown
    assert "engine 2 (acme): endpoint holds a name or a password" in shown


@pytest.mark.parametrize(
    ("endpoint", "is_local", "is_encrypted"),
    [
        ("http://localhost:8080/x", True, True),
        ("http://127.0.0.1/", True, True),
        ("http://[::1]:80/", True, True),
        ("http://tei:80/", False, False),
        ("https://a.example/", False, True),
    ],
)
def test_texts_that_leave_the_machine_are_told_apart(
    endpoint: str, is_local: bool, is_encrypted: bool
) -> None:
    [spec] = specs.read(json.dumps([SERVICE | {"endpoint": endpoint}]))

    assert (spec.is_on_this_machine, spec.is_encrypted) == (is_local, is_encrypted)


def test_the_examples_in_docstrings_are_true() -> None:
    result = doctest.testmod(specs)

    assert (result.attempted, result.failed) == (1, 0)
