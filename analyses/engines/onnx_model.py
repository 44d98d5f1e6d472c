"""A transformer model on this machine: its folder, its settings, its tokens and its numbers.

The folder is laid out as Hugging Face's are: `config.json`, `tokenizer.json` and `model.onnx` (or `onnx/model.onnx`).
Nothing is downloaded and no code of the model is run; onnxruntime and tokenizers come with the extra "ultra".
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from math import exp, fsum
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from analyses.engines.surrogates import without_surrogates

logger = logging.getLogger(__name__)

PACKAGES = ("onnxruntime", "tokenizers", "numpy")
WEIGHTS = ("model.onnx", "onnx/model.onnx")
OTHER_WEIGHTS = ("*.safetensors", "pytorch_model*.bin", "*.pt", "tf_model.h5", "*.msgpack")

TOKENS_DEFAULT = 512
# Some families count positions from 2 on: the last two of `max_position_embeddings` are not theirs to use.
POSITIONS_KEPT_BACK = 2
TOKENS_CREDIBLE_MAX = 100_000
PROBE = "A short text."


class ModelProblemError(Exception):
    """A model cannot be used; `reason` is a sentence for the operator, without the model's path."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Where the parts of a model lie."""

    weights: Path
    config: Path
    tokenizer: Path
    tokenizer_config: Path


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """What config.json says of the answers: labels in the order of the numbers, and how they are to be taken.

    `is_exclusive`: the labels exclude each other (softmax), else each stands alone (sigmoid).
    """

    labels: tuple[str, ...]
    is_of_tokens: bool
    is_regression: bool
    is_exclusive: bool
    tokens_max: int


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a text: characters `start` to `end` and the number of its word; a mark of the model has none."""

    start: int
    end: int
    word: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The numbers for one text: a row of one number a label for the whole text, or a row for each token."""

    tokens: tuple[Token, ...]
    rows: tuple[tuple[float, ...], ...]


def missing_packages() -> tuple[str, ...]:
    """List the packages that a model needs and that are not installed, without importing any."""
    return tuple(name for name in PACKAGES if find_spec(name) is None)


def find_files(path: Path) -> ModelFiles:
    """Find the parts of a model by its folder or its .onnx file; raise ModelProblemError for what is missing."""
    try:
        return _find_files(path)
    except OSError as error:
        raise ModelProblemError(_("The model's folder cannot be read (%s).") % error.strerror) from error


def _find_files(path: Path) -> ModelFiles:
    if path.is_dir():
        folder = path
        weights = next((path / name for name in WEIGHTS if (path / name).is_file()), None)
    elif path.suffix == ".onnx" and path.is_file():
        folder, weights = path.parent, path
        if not (folder / "config.json").exists() and folder.name == "onnx":
            folder = folder.parent
    else:
        raise ModelProblemError(_("The model's folder is not there."))
    if weights is None:
        raise ModelProblemError(_no_weights(folder))
    files = ModelFiles(
        weights, folder / "config.json", folder / "tokenizer.json", folder / "tokenizer_config.json"
    )
    for part in (files.config, files.tokenizer):
        if not part.is_file():
            raise ModelProblemError(_("The model's folder has no %(name)s.") % {"name": part.name})
    return files


def _no_weights(folder: Path) -> str:
    if not any(found for pattern in OTHER_WEIGHTS for found in folder.glob(pattern)):
        return _("The model's folder has no model.onnx.")
    return _(
        "The model's folder has weights for training, but no model.onnx; make one elsewhere with "
        "“optimum-cli export onnx --model FOLDER NEW_FOLDER” (pip install optimum-onnx) and name the new folder."
    )


def read_config(files: ModelFiles) -> ModelConfig:
    """Read what the model says of itself; raise ModelProblemError where it says too little."""
    config = _read_object(files.config)
    labels = _labels(config)
    architectures = config.get("architectures") or [""]
    is_of_tokens = str(architectures[0]).endswith("ForTokenClassification")
    kind = config.get("problem_type")
    is_regression = kind == "regression" or (kind is None and len(labels) == 1 and not is_of_tokens)
    return ModelConfig(
        labels=labels,
        is_of_tokens=is_of_tokens,
        is_regression=is_regression,
        is_exclusive=kind != "multi_label_classification",
        tokens_max=_tokens_max(files, config),
    )


def _read_object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelProblemError(_("%(name)s of the model cannot be read.") % {"name": path.name}) from error
    if not isinstance(found, dict):
        raise ModelProblemError(_("%(name)s of the model is no JSON object.") % {"name": path.name})
    return found


def _labels(config: dict[str, Any]) -> tuple[str, ...]:
    named = config.get("id2label")
    try:
        if isinstance(named, dict):
            by_number = {int(number): str(label) for number, label in named.items()}
            return tuple(by_number[number] for number in range(len(by_number)))
    except (KeyError, ValueError):
        pass
    raise ModelProblemError(_("config.json of the model has no id2label that names every label from 0 on."))


def _tokens_max(files: ModelFiles, config: dict[str, Any]) -> int:
    positions = _credible(config.get("max_position_embeddings"))
    said = None
    if files.tokenizer_config.is_file():
        said = _credible(_read_object(files.tokenizer_config).get("model_max_length"))
    if positions is None:
        return said or TOKENS_DEFAULT
    return min(said, positions) if said else max(1, positions - POSITIONS_KEPT_BACK)


def _credible(number: Any) -> int | None:
    """Take a limit that is one: "none" is written as 10 to the 30th."""
    return number if type(number) is int and 0 < number <= TOKENS_CREDIBLE_MAX else None


class OnnxModel:
    """A loaded model. Each text is run by itself: beside others it would be padded, and its numbers would change.

    Raises ModelProblemError where a part cannot be loaded or the parts do not fit together.
    """

    def __init__(self, path: Path, *, threads: int = 1, tokens_max: int | None = None) -> None:
        if missing := missing_packages():
            reason = _("The packages %(names)s are missing: pip install '.[ultra]', then restart.")
            raise ModelProblemError(reason % {"names": ", ".join(missing)})
        files = find_files(path)
        self.config = read_config(files)
        # By name: the packages of an extra are not there when types are checked and tests of others run.
        self._numpy = import_module("numpy")
        self._failures = _failures(import_module("onnxruntime.capi.onnxruntime_pybind11_state"))
        self._tokenizer = self._load_tokenizer(
            files, min(tokens_max or TOKENS_CREDIBLE_MAX, self.config.tokens_max)
        )
        self._session = self._load_session(files, threads)
        self._inputs = {one.name: one.type for one in self._session.get_inputs()}
        names = [one.name for one in self._session.get_outputs()]
        self._output = "logits" if "logits" in names else names[0]
        self._try()

    def answer(self, text: str) -> Answer | None:
        """Give the model's numbers for a text; None where it has no token or the model failed on it."""
        encoding = self._tokenizer.encode(without_surrogates(text))
        if not encoding.ids:
            return None
        tokens = tuple(
            Token(start, end, None if special else word)
            for (start, end), word, special in zip(
                encoding.offsets, encoding.word_ids, encoding.special_tokens_mask, strict=True
            )
        )
        try:
            (numbers,) = self._session.run([self._output], self._feed(encoding))
        except self._failures as error:
            logger.warning("A model failed on a text (%s).", type(error).__name__)
            return None
        if numbers.shape[:-1] != ((1, len(tokens)) if self.config.is_of_tokens else (1,)):
            return None
        rows = numbers[0] if self.config.is_of_tokens else numbers
        return Answer(tokens, tuple(tuple(map(float, row)) for row in rows))

    def seen_until(self, text: str) -> int:
        """Say up to which character the model sees a text."""
        offsets: list[tuple[int, int]] = self._tokenizer.encode(without_surrogates(text)).offsets
        return max((end for _start, end in offsets), default=0)

    def _load_tokenizer(self, files: ModelFiles, tokens_max: int) -> Any:
        try:
            tokenizer = import_module("tokenizers").Tokenizer.from_file(str(files.tokenizer))
            tokenizer.no_padding()
            tokenizer.enable_truncation(tokens_max)
        except Exception as error:  # tokenizers raises nothing narrower
            raise ModelProblemError(_("tokenizer.json of the model cannot be read.")) from error
        return tokenizer

    def _load_session(self, files: ModelFiles, threads: int) -> Any:
        onnxruntime = import_module("onnxruntime")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # Threads that wait would otherwise turn in circles and take the processor from other workers.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return onnxruntime.InferenceSession(
                str(files.weights), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except self._failures as error:
            raise ModelProblemError(_("model.onnx of the model cannot be loaded.")) from error

    def _feed(self, encoding: Any) -> dict[str, Any]:
        values = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
            "position_ids": range(len(encoding.ids)),
        }
        return {
            name: self._numpy.array([values[name]], dtype="int32" if kind == "tensor(int32)" else "int64")
            for name, kind in self._inputs.items()
        }

    def _try(self) -> None:
        """Run a text once, so that parts that do not fit together are found before any row is asked."""
        known = {"input_ids", "attention_mask", "token_type_ids", "position_ids"}
        if strange := sorted(self._inputs.keys() - known):
            raise ModelProblemError(
                _("model.onnx asks for %(names)s, which no text has.") % {"names": strange}
            )
        answer = self.answer(PROBE)
        labels = len(self.config.labels)
        if answer is None or any(len(row) != labels for row in answer.rows):
            raise ModelProblemError(_("model.onnx does not give one number for each label of config.json."))


def _failures(module: Any) -> tuple[type[Exception], ...]:
    """List the runtime's own errors, which have no common class of theirs; wrong shapes are ValueError."""
    found = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Exception)]
    return (*found, ValueError)


def softmax(numbers: Sequence[float]) -> list[float]:
    """Turn numbers into probabilities that add up to 1.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    highest = max(numbers)
    powers = [exp(number - highest) for number in numbers]
    total = fsum(powers)
    return [power / total for power in powers]
