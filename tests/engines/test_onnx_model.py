"""Loading a model of the site, and what is said when it cannot be."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from analyses.choices import AnalysisType
from analyses.engines import onnx_model
from analyses.engines.breaker import Breaker
from analyses.engines.transformer import TransformerClassifier, TransformerEngine, problem
from analyses.exceptions import EngineUnavailableError
from tests.engines.test_breaker import Clock
from tests.engines.tiny_models import (
    FACTS,
    make_classifier,
    sentiment_model,
)

for package in ("onnx", "onnxruntime", "tokenizers"):
    pytest.importorskip(package, reason="pip install onnx onnxruntime tokenizers")


def test_loading_opens_no_connection_and_happens_at_the_first_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    engine = TransformerClassifier(FACTS, tmp_path / "later")
    sentiment_model(tmp_path / "later")

    assert engine.analyze(["great"])[0].value == 0.7616


@pytest.mark.parametrize("path", ["model.onnx", "", "onnx/model.onnx"])
def test_a_model_is_found_by_its_folder_or_its_file(tmp_path: Path, path: str) -> None:
    folder = sentiment_model(tmp_path)
    if path.startswith("onnx"):
        (folder / "onnx").mkdir()
        (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")

    assert problem(AnalysisType.SENTIMENT, folder / path, {}) == ""
    assert TransformerClassifier(FACTS, folder / path).analyze(["great"])[0].value == 0.7616


def test_a_folder_that_comes_later_needs_no_restart(tmp_path: Path) -> None:
    clock = Clock()
    breaker = Breaker(failures_max=1, open_seconds=60.0, clock=clock)
    engine = TransformerClassifier(FACTS, tmp_path / "late", breaker=breaker)

    waits = []
    for _ in range(2):
        with pytest.raises(
            EngineUnavailableError, match=r"^house: The model's folder is not there\.$"
        ) as caught:
            engine.analyze(["great"])
        waits.append(caught.value.retry_after_seconds)
        clock.now += 20.0
    sentiment_model(tmp_path / "late")
    clock.now += 20.0

    assert waits == [60.0, 40.0]
    assert engine.analyze(["great"])[0].value == 0.7616


Change = tuple[str, str | None]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("config.json", None, "The model's folder has no config.json."),
        ("tokenizer.json", None, "The model's folder has no tokenizer.json."),
        ("model.onnx", None, "The model's folder has no model.onnx."),
        ("config.json", "{", "config.json of the model cannot be read."),
        ("config.json", "[]", "config.json of the model is no JSON object."),
        ("config.json", "{}", "config.json of the model has no id2label that names every label from 0 on."),
        (
            "config.json",
            '{"id2label": {"1": "a"}}',
            "config.json of the model has no id2label that names every label from 0 on.",
        ),
        (
            "config.json",
            '{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}',
            "The labels LABEL_0, LABEL_1 have no score; give each one from -1.0 to 1.0 in “labels”.",
        ),
        (
            "config.json",
            json.dumps({"id2label": {"0": "neg", "1": "pos"}, "problem_type": "multi_label_classification"}),
            "A model whose labels stand beside each other does not tell sentiment.",
        ),
        (
            "config.json",
            json.dumps({"id2label": {"0": "neg"}, "architectures": ["BertForTokenClassification"]}),
            "A model that labels tokens does not tell sentiment; one that labels whole texts does.",
        ),
    ],
)
def test_what_is_wrong_with_a_folder_is_said_before_and_when_it_is_loaded(
    tmp_path: Path, name: str, content: str | None, sentence: str
) -> None:
    folder = sentiment_model(tmp_path)
    (folder / name).unlink() if content is None else (folder / name).write_text(content)

    assert problem(AnalysisType.SENTIMENT, folder, {}) == sentence
    assert refusal(TransformerClassifier(FACTS, folder)) == f"house: {sentence}"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("tokenizer.json", "{}", "tokenizer.json of the model cannot be read."),
        ("model.onnx", "no model", "model.onnx of the model cannot be loaded."),
        (
            "config.json",
            '{"id2label": {"0": "neg", "1": "neu", "2": "pos"}}',
            "model.onnx does not give one number for each label of config.json.",
        ),
    ],
)
def test_what_only_loading_tells_fails_no_row_either(
    tmp_path: Path, name: str, content: str, sentence: str
) -> None:
    folder = sentiment_model(tmp_path)
    (folder / name).write_text(content)

    assert refusal(TransformerClassifier(FACTS, folder)) == f"house: {sentence}"


def refusal(engine: TransformerEngine) -> str:
    with pytest.raises(EngineUnavailableError) as caught:
        engine.analyze(["great"])
    return caught.value.reason


def test_weights_for_training_get_a_sentence_how_to_export_them(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")

    sentence = problem(AnalysisType.SENTIMENT, tmp_path, {})

    assert "has weights for training, but no model.onnx" in sentence
    assert "optimum-cli export onnx --model FOLDER NEW_FOLDER" in sentence


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_model, "PACKAGES", ("numpy", "no_such_package"))
    sentence = "The packages no_such_package are missing: pip install '.[ultra]', then restart."

    assert problem(AnalysisType.SENTIMENT, tmp_path, {}) == sentence
    assert refusal(TransformerClassifier(FACTS, tmp_path)) == f"house: {sentence}"


@pytest.mark.parametrize(
    ("analysis_type", "sentence"),
    [
        (
            AnalysisType.ENTITIES,
            "A model that labels whole texts does not tell entities; one that labels tokens does.",
        ),
        (
            AnalysisType.KEYWORDS,
            "A model that labels whole texts does not tell keywords; one that labels tokens does.",
        ),
        (AnalysisType.EMOTION, ""),
        (AnalysisType.TOPICS, ""),
    ],
)
def test_types_that_a_model_cannot_tell_are_named(
    tmp_path: Path, analysis_type: AnalysisType, sentence: str
) -> None:
    assert problem(analysis_type, sentiment_model(tmp_path), {}) == sentence


def test_a_number_does_not_tell_an_emotion(tmp_path: Path) -> None:
    folder = make_classifier(tmp_path, ("LABEL_0",), {"fine": (1.5,)})

    assert problem(AnalysisType.QUALITY, folder, {}) == ""
    assert problem(AnalysisType.EMOTION, folder, {}) == "A model that gives a number does not tell emotion."


@pytest.mark.parametrize(
    ("config", "tokenizer_config", "tokens"),
    [
        ({"max_position_embeddings": 512}, None, 510),
        ({"max_position_embeddings": 514}, {"model_max_length": 512}, 512),
        ({"max_position_embeddings": 512}, {"model_max_length": 10**30}, 510),
        ({"max_position_embeddings": 512}, {"model_max_length": 8192}, 512),
        ({}, {"model_max_length": 128}, 128),
        ({}, None, 512),
    ],
)
def test_how_long_a_text_may_be_is_read_from_the_model(
    tmp_path: Path, config: dict[str, Any], tokenizer_config: dict[str, Any] | None, tokens: int
) -> None:
    folder = sentiment_model(tmp_path)
    labels = {"id2label": {"0": "neg", "1": "pos"}}
    (folder / "config.json").write_text(json.dumps(labels | config))
    if tokenizer_config:
        (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config))

    assert onnx_model.read_config(onnx_model.find_files(folder)).tokens_max == tokens
