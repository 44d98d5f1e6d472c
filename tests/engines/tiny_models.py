"""Tiny models made by the tests: words, an embedding, a mean, a line; in a folder as real ones lie in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import EngineFacts

UNKNOWN, CLS, SEP = "[UNK]", "[CLS]", "[SEP]"

FACTS = EngineFacts(
    analysis_type=AnalysisType.SENTIMENT,
    tiers=(OptimizationTier.ULTRA,),
    name="house",
    version="3",
    languages=("en",),
    summary="A model of this site.",
)

# What each word says for each of two labels (or more, as many as the rows are long).
Words = Mapping[str, Sequence[float]]

OPINIONS: Words = {
    "good": (-2.0, 2.0),
    "great": (-3.0, 3.0),
    "bad": (2.0, -2.0),
    "awful": (3.0, -3.0),
    "the": (0.0, 0.0),
    "crew": (0.1, 0.2),
    "flight": (0.2, 0.1),
}


def make_classifier(folder: Path, labels: Sequence[str], words: Words, **config: Any) -> Path:
    """Make a model whose numbers for a text are the mean of its words' rows."""
    return _make(folder, labels, words, nodes=_mean_nodes(), shape=("batch", len(labels)), config=config)


def make_quantised_classifier(folder: Path, labels: Sequence[str], words: Words) -> Path:
    """Make a classifier in 8 bits, whose steps depend on all numbers of a run: a text's own and its neighbours'."""
    nodes = [
        _node("Gather", ["table", "input_ids"], "exact"),
        _quantise(),
        _node("DequantizeLinear", ["small", "step", "zero"], "rows"),
        *_mean_nodes()[1:],
    ]
    return _make(folder, labels, words, nodes=nodes, shape=("batch", len(labels)), config={})


def _quantise() -> Any:
    onnx: Any = import_module("onnx")
    return onnx.helper.make_node("DynamicQuantizeLinear", ["exact"], ["small", "step", "zero"])


def make_tagger(folder: Path, labels: Sequence[str], words: Words, **config: Any) -> Path:
    """Make a model whose numbers for a word are its row."""
    config = {"architectures": ["TinyForTokenClassification"], **config}
    return _make(
        folder, labels, words, nodes=_token_nodes(), shape=("batch", "tokens", len(labels)), config=config
    )


def sentiment_model(folder: Path, **config: Any) -> Path:
    return make_classifier(folder, ("NEGATIVE", "POSITIVE"), OPINIONS, **config)


def facts(analysis_type: AnalysisType) -> EngineFacts:
    return replace(FACTS, analysis_type=analysis_type)


def _make(
    folder: Path,
    labels: Sequence[str],
    words: Words,
    *,
    nodes: list[Any],
    shape: Sequence[Any],
    config: dict[str, Any],
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = [UNKNOWN, CLS, SEP, *words]
    rows = [[0.0] * len(labels)] * 3 + [list(row) for row in words.values()]
    _write_weights(folder / "model.onnx", rows, nodes, shape)
    _write_tokenizer(folder / "tokenizer.json", vocabulary)
    settings = {"id2label": {str(n): label for n, label in enumerate(labels)}, "max_position_embeddings": 66}
    (folder / "config.json").write_text(json.dumps(settings | config))
    return folder


def _write_weights(path: Path, rows: list[list[float]], nodes: list[Any], shape: Sequence[Any]) -> None:
    onnx: Any = import_module("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    flat = [number for row in rows for number in row]
    table = helper.make_tensor("table", kinds.FLOAT, (len(rows), len(rows[0])), flat)
    axis = helper.make_tensor("axis", kinds.INT64, (1,), (1,))
    wide = helper.make_tensor("wide", kinds.INT64, (1,), (2,))
    given = [
        helper.make_tensor_value_info(name, kinds.INT64, ("batch", "tokens"))
        for name in ("input_ids", "attention_mask")
    ]
    logits = helper.make_tensor_value_info("logits", kinds.FLOAT, shape)
    graph = helper.make_graph(nodes, "tiny", given, [logits], [table, axis, wide])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _token_nodes() -> list[Any]:
    return [_node("Gather", ["table", "input_ids"], "logits"), *_use_mask()]


def _mean_nodes() -> list[Any]:
    return [
        _node("Gather", ["table", "input_ids"], "rows"),
        *_use_mask(),
        _node("Unsqueeze", ["mask", "wide"], "column"),
        _node("Mul", ["rows", "column"], "kept"),
        _node("ReduceSum", ["kept", "axis"], "sum", keepdims=0),
        _node("ReduceSum", ["mask", "axis"], "count", keepdims=1),
        _node("Div", ["sum", "count"], "logits"),
    ]


def _use_mask() -> list[Any]:
    return [_node("Cast", ["attention_mask"], "mask", to=1)]


def _node(kind: str, inputs: list[str], output: str, **attributes: Any) -> Any:
    onnx: Any = import_module("onnx")
    return onnx.helper.make_node(kind, inputs, [output], **attributes)


def _write_tokenizer(path: Path, vocabulary: Sequence[str]) -> None:
    tokenizers: Any = import_module("tokenizers")
    numbers = {word: number for number, word in enumerate(vocabulary)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(numbers, unk_token=UNKNOWN))
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single=f"{CLS} $A {SEP}", special_tokens=[(CLS, 1), (SEP, 2)]
    )
    # As many published tokenizers come: padding and cutting that the engine must not take over.
    tokenizer.enable_padding(length=16)
    tokenizer.enable_truncation(8)
    tokenizer.save(str(path))
