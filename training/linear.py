"""Trains linear models of texts: vectorise, fit, prune, quantise, calibrate; the same input gives the same bytes."""

# The packages below come without types, and are not installed where nobody trains.
# mypy: disable-error-code="import-untyped,import-not-found"

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags, hstack
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from analyses.engines.accuracy import expected_calibration_error, macro_f1
from analyses.engines.linear import WEIGHT_MAX, Header, LinearModel, tokenize

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts, the class of each, and the value of each further feature: one row of `dense` for each text."""

    texts: Sequence[str]
    labels: Sequence[str]
    dense: Sequence[Sequence[float]] = ()

    def __post_init__(self) -> None:
        """Refuse lists of different lengths."""
        if len(self.labels) != len(self.texts) or len(self.dense) not in (0, len(self.texts)):
            raise ValueError("Texts, labels and rows of dense features must be equally many.")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights, beside the examples.

    A word or pair must occur in `least_texts` texts to be looked at, and the `keep` with the largest weights are
    shipped. `freedom` is the inverse strength of the L2 penalty on words and pairs; the further features' is
    `dense_freedom` times weaker. `balance` raises rare classes: 0 as they come, 1 all equally heavy.
    `shifts` lets the calibration move whole classes as well, which takes back what `balance` did.
    """

    classes: tuple[str, ...]
    dense_names: tuple[str, ...] = ()
    length_power: float = 0.5
    least_texts: int = 3
    keep: int = 30_000
    freedom: float = 1.0
    dense_freedom: float = 100.0
    balance: float = 0.0
    shifts: bool = True
    folds: int = 5
    seed: int = 20_260_101


@dataclass(frozen=True, slots=True)
class Weights:
    """Fitted weights: of words and pairs (grams by classes), of further features, and the biases."""

    grams: Array
    dense: Array
    biases: Array


def list_grams(text: str) -> list[str]:
    """Give a text's words and pairs of neighbours as the engine counts them.

    >>> list_grams("Not good!")
    ['not', 'good', '!', 'not good', 'good !']
    """
    tokens = tokenize(text)
    return tokens + [f"{first} {second}" for first, second in pairwise(tokens)]


def choose_vocabulary(texts: Iterable[str], least_texts: int) -> list[str]:
    """List, sorted, the words and pairs that occur in enough texts."""
    counts = Counter(gram for text in texts for gram in set(list_grams(text)))
    return sorted(gram for gram, count in counts.items() if count >= least_texts)


def vectorise(texts: Sequence[str], vocabulary: Sequence[str], length_power: float) -> csr_matrix:
    """Count each text's words and pairs, divided by its length in tokens as the engine divides."""
    places = {gram: index for index, gram in enumerate(vocabulary)}
    rows, columns, shrink = [], [], np.zeros(len(texts))
    for row, text in enumerate(texts):
        found = [places[gram] for gram in list_grams(text) if gram in places]
        rows += [row] * len(found)
        columns += found
        shrink[row] = max(1, len(tokenize(text))) ** -length_power
    counts = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(texts), len(vocabulary)))
    return csr_matrix(diags(shrink) @ counts)


def class_numbers(labels: Sequence[str], classes: Sequence[str]) -> Array:
    """Give the place of each label among the classes."""
    places = {name: index for index, name in enumerate(classes)}
    return np.array([places[label] for label in labels])


def fit(grams: csr_matrix, dense: Array, numbers: Array, recipe: Recipe) -> Weights:
    """Fit a logistic regression over all classes at once (L2, L-BFGS: no chance involved)."""
    middle, steps = dense.mean(axis=0), np.sqrt(recipe.dense_freedom) / _spread(dense)
    features = csr_matrix(hstack([grams, csr_matrix((dense - middle) * steps)]))
    counts = np.bincount(numbers, minlength=len(recipe.classes)).clip(min=1)
    heaviness = dict(enumerate((len(numbers) / len(counts) / counts) ** recipe.balance))
    classifier = LogisticRegression(C=recipe.freedom, max_iter=2_000, class_weight=heaviness)
    classifier.fit(features, numbers)
    table, biases = classifier.coef_.T, classifier.intercept_
    if table.shape[1] == 1:
        # Two classes get one column from scikit-learn.
        table, biases = np.hstack([-table, table]) / 2, np.array([-biases[0], biases[0]]) / 2
    own = table[grams.shape[1] :] * steps[:, None]
    return Weights(table[: grams.shape[1]], own, biases - middle @ own)


def _spread(dense: Array) -> Array:
    """Give the standard deviation of each feature, 1 for one that never varies."""
    spread = dense.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def prune(weights: Weights, vocabulary: Sequence[str], keep: int) -> list[str]:
    """List, sorted, the words and pairs whose weights differ most between classes."""
    spread = weights.grams.max(axis=1) - weights.grams.min(axis=1)
    order = np.lexsort((np.arange(len(vocabulary)), -spread))
    return sorted(vocabulary[index] for index in order[:keep])


def quantise(grams: Array) -> tuple[Array, tuple[float, ...]]:
    """Round weights to whole steps of -127..127, and give by class what a step is worth."""
    scales = np.maximum(np.abs(grams).max(axis=0), 1e-9) / WEIGHT_MAX
    return np.rint(grams / scales).astype(int), tuple(float(scale) for scale in scales)


def scores(weights: Weights, grams: csr_matrix, dense: Array) -> Array:
    """Give the scores of texts by class, before softmax."""
    return np.asarray(grams @ weights.grams + dense @ weights.dense + weights.biases)


def calibrate(held_out: Array, numbers: Array, *, shifts: bool) -> tuple[float, Array]:
    """Find the temperature, and the shift of each class, that make held-out scores most probable.

    After Guo et al. (2017). Without `shifts`, every class is shifted by 0.
    """
    classes = held_out.shape[1]

    def loss(parameters: Array) -> float:
        logs = log_softmax(held_out / np.exp(parameters[0]) + _centred(parameters[1:], classes), axis=1)
        return float(-logs[np.arange(len(numbers)), numbers].mean())

    found = minimize(loss, np.zeros(1 + classes * shifts), method="L-BFGS-B").x
    temperature = float(np.exp(found[0]))
    return temperature, _centred(found[1:], classes) * temperature


def _centred(shifts: Array, classes: int) -> Array:
    return shifts - shifts.mean() if len(shifts) else np.zeros(classes)


def held_out_scores(grams: csr_matrix, dense: Array, numbers: Array, recipe: Recipe) -> Array:
    """Score every text by weights that were fitted without it."""
    folds = StratifiedKFold(recipe.folds, shuffle=True, random_state=recipe.seed)
    found = np.zeros((len(numbers), len(recipe.classes)))
    for rest, part in folds.split(np.zeros(len(numbers)), numbers):
        fitted = fit(grams[rest], dense[rest], numbers[rest], recipe)
        found[part] = scores(fitted, grams[part], dense[part])
    return found


def train(
    examples: Examples, recipe: Recipe, thresholds: Mapping[str, float] | None = None
) -> tuple[Header, dict[str, list[int]]]:
    """Give header and weights, ready for `analyses.engines.linear.write_model`.

    The words are chosen on all examples, the temperature on scores of texts held out in turn.
    """
    numbers = class_numbers(examples.labels, recipe.classes)
    dense = dense_table(examples)
    wide = choose_vocabulary(examples.texts, recipe.least_texts)
    grams = vectorise(examples.texts, wide, recipe.length_power)
    if len(wide) > recipe.keep:
        vocabulary = prune(fit(grams, dense, numbers, recipe), wide, recipe.keep)
        grams = vectorise(examples.texts, vocabulary, recipe.length_power)
    else:
        vocabulary = wide
    fitted = fit(grams, dense, numbers, recipe)
    temperature, shifts = calibrate(
        held_out_scores(grams, dense, numbers, recipe), numbers, shifts=recipe.shifts
    )
    steps, scales = quantise(fitted.grams)
    header = Header(
        classes=recipe.classes,
        scales=_rounded(scales),
        biases=_rounded(fitted.biases + shifts),
        dense={name: _rounded(row) for name, row in zip(recipe.dense_names, fitted.dense, strict=True)},
        length_power=recipe.length_power,
        temperature=float(f"{temperature:.6g}"),
        thresholds=dict(thresholds or {}),
    )
    # Words whose weights all round to nothing are no evidence: the engine shall not count them as known.
    return header, {gram: row for gram, row in zip(vocabulary, steps.tolist(), strict=True) if any(row)}


def dense_table(examples: Examples) -> Array:
    """Give the further features as a table, with no column if there are none."""
    return np.array(examples.dense, dtype=float).reshape(len(examples.texts), -1)


def _rounded(values: Iterable[float]) -> tuple[float, ...]:
    """Keep six digits: more say nothing, and fewer machines would agree on them."""
    return tuple(float(f"{value:.6g}") for value in values)


def evaluate(model: LinearModel, examples: Examples) -> dict[str, float]:
    """Measure the shipped form: macro-F1 and expected calibration error of the most probable class."""
    rows = examples.dense or [()] * len(examples.texts)
    found = [model.score(text, row).probabilities for text, row in zip(examples.texts, rows, strict=True)]
    guesses = [model.classes[one.index(max(one))] for one in found]
    are_right = [guess == truth for guess, truth in zip(guesses, examples.labels, strict=True)]
    return {
        "texts": len(guesses),
        "macro_f1": round(macro_f1(guesses, examples.labels), 4),
        "accuracy": round(sum(are_right) / len(are_right), 4),
        "expected_calibration_error": round(
            expected_calibration_error([max(one) for one in found], are_right), 4
        ),
    }
