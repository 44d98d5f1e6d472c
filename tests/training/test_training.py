"""Training: the same weights every time, and a manifest that says where they come from."""

import doctest
import json
import random
from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="training/requirements.txt is not installed")

from analyses.engines.linear import LinearModel, read_model
from training import linear, manifest, sentiment
from training.goemotions import Comment
from training.linear import Examples, Recipe, evaluate, train

THINGS = ["soup", "bus", "song", "garden", "lamp", "chair", "street", "letter"]
OPINIONS = {"0": ["lovely", "great", "fine"], "1": ["awful", "bad", "broken"], "3": ["here", "there", "blue"]}


def write_comments(folder: Path, *, count: int) -> None:
    """Write made-up comments in the layout of GoEmotions: joy, anger, surprise (rare), neutral."""
    folder.mkdir(parents=True)
    folder.joinpath("labels.txt").write_text("joy\nanger\nsurprise\nneutral", encoding="utf-8")
    rng = random.Random(5)
    for part in ("train", "dev"):
        lines = []
        for number in range(count):
            label = rng.choice(sorted(OPINIONS))
            opinion = rng.choice(OPINIONS[label])
            also = ",2" if number % 20 == 0 else ""
            lines.append(f"The {rng.choice(THINGS)} is {opinion}, I think\t{label}{also}\tid{number}\n")
        folder.joinpath(f"{part}.tsv").write_text("".join(lines), encoding="utf-8")


def examples(count: int) -> Examples:
    rng = random.Random(7)
    labels = [rng.choice(["bad", "good"]) for _ in range(count)]
    words = {"bad": "awful", "good": "lovely"}
    return Examples(
        texts=[f"{words[label]} {rng.choice(THINGS)}" for label in labels],
        labels=labels,
        dense=[[rng.random()] for _ in labels],
    )


def test_training_twice_gives_the_same_bytes_and_leaves_the_manifest_alone(tmp_path: Path) -> None:
    write_comments(tmp_path / "goemotions" / "original", count=300)
    out = tmp_path / "weights" / "sentiment.gz"

    sentiment.main(tmp_path, out)
    first = out.read_bytes(), (out.parent / "manifest.json").read_bytes()
    sentiment.main(tmp_path, out)

    assert (out.read_bytes(), (out.parent / "manifest.json").read_bytes()) == first
    assert read_model(out.read_bytes()).header.thresholds == {"confidence": 0.4}


def test_the_manifest_names_source_licence_and_measured_figures(tmp_path: Path) -> None:
    write_comments(tmp_path / "goemotions" / "original", count=300)
    out = tmp_path / "weights" / "sentiment.gz"

    sentiment.main(tmp_path, out)

    entry = json.loads((out.parent / "manifest.json").read_text(encoding="utf-8"))["sentiment.gz"]
    assert (entry["licence"], entry["script"]) == ("Apache-2.0", "training/sentiment.py")
    assert entry["bytes"] == len(out.read_bytes())
    assert entry["figures"]["goemotions_dev"]["macro_f1"] > 0.9


def test_other_weights_get_a_new_entry_and_the_others_stay(tmp_path: Path) -> None:
    manifest.store_weights(tmp_path / "a.gz", b"one", {"data": "A"})
    manifest.store_weights(tmp_path / "b.gz", b"two", {"data": "B"})
    manifest.store_weights(tmp_path / "a.gz", b"three", {"data": "A2"})

    entries = manifest.read_manifest(tmp_path)
    assert {name: (entry["data"], entry["bytes"]) for name, entry in entries.items()} == {
        "a.gz": ("A2", 5),
        "b.gz": ("B", 3),
    }


def test_a_model_of_two_classes_learns_its_words() -> None:
    rows = examples(200)
    recipe = Recipe(classes=("bad", "good"), dense_names=("noise",), balance=1.0)

    model = linear_model(rows, recipe)

    assert evaluate(model, rows)["macro_f1"] == 1.0
    good = model.score("lovely", [0.5]).probabilities[1]
    assert good > 0.8


def test_pruning_keeps_the_words_that_decide() -> None:
    recipe = Recipe(classes=("bad", "good"), dense_names=("noise",), keep=2)

    _header, weights = train(examples(200), recipe)

    assert sorted(weights) == ["awful", "lovely"]


def test_comments_with_a_label_of_another_group_are_left_out() -> None:
    comments = [
        Comment("lovely", ("joy", "love")),
        Comment("torn", ("joy", "anger")),
        Comment("oh", ("surprise",)),
        Comment("oh, lovely", ("surprise", "joy")),
    ]

    with_ambiguous = sentiment.examples(comments, ambiguous=True)
    without = sentiment.examples(comments, ambiguous=False)

    assert with_ambiguous.texts == ["lovely", "oh, lovely"]
    assert (without.texts, without.labels) == (["lovely"], ["positive"])


def test_examples_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="must be equally many"):
        Examples(["one", "two"], ["good"])


def test_the_examples_in_docstrings_are_true() -> None:
    result = doctest.testmod(linear)

    assert result.attempted > 0
    assert result.failed == 0


def linear_model(rows: Examples, recipe: Recipe) -> LinearModel:
    return LinearModel(*train(rows, recipe))
