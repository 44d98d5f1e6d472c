"""Trains the weights of the engine linear-sentiment: python -m training.sentiment --data DIR [--out FILE]."""

from collections.abc import Iterable
from pathlib import Path

from analyses.engines.linear import read_model, write_model
from analyses.engines.linear_sentiment import CLASSES, FEATURES, WEIGHTS, Lexicon
from training.goemotions import Comment, read_comments
from training.linear import Examples, Recipe, evaluate, train
from training.manifest import GOEMOTIONS, arguments, store_weights

# Below this the engine says that it does not know; with three classes, chance is 0.33.
LEAST_CONFIDENCE = 0.4

# Chosen for texts of other kinds as well as for comments: the stronger the penalty on words against VADER's
# features, and the heavier the rare negative class, the better airline tweets and news fare, at the cost of a
# point on the comments themselves.
RECIPE = Recipe(
    classes=CLASSES,
    dense_names=FEATURES,
    length_power=0.5,
    least_texts=3,
    keep=30_000,
    freedom=0.1,
    dense_freedom=5.0,
    balance=1.5,
    shifts=False,
)


def examples(comments: Iterable[Comment], *, ambiguous: bool) -> Examples:
    """Take the comments whose labels all lie in one of the three groups.

    The paper's fourth group (surprise, realization, curiosity, confusion) does not tell the sentiment. With
    `ambiguous` such a label is passed over beside another one; without, its comment is left out.
    """
    lexicon = Lexicon()
    kept = []
    for comment in comments:
        groups = comment.groups - {"ambiguous"} if ambiguous else comment.groups
        if len(groups) == 1 and groups <= set(CLASSES):
            kept.append((comment.text, *groups))
    return Examples(
        texts=[text for text, _ in kept],
        labels=[label for _, label in kept],
        dense=[lexicon.features(text) for text, _ in kept],
    )


def main(data: Path, out: Path) -> None:
    """Train on the training split, measure the file on the development split, and write both down."""
    folder = data / "goemotions" / "original"
    rows = examples(read_comments(folder, "train"), ambiguous=True)
    weights = write_model(*train(rows, RECIPE, {"confidence": LEAST_CONFIDENCE}))
    figures = evaluate(read_model(weights), examples(read_comments(folder, "dev"), ambiguous=False))
    facts = {
        **GOEMOTIONS,
        "script": "training/sentiment.py",
        "texts": len(rows.texts),
        "figures": {"goemotions_dev": figures},
    }
    store_weights(out, weights, facts)
    print(out, len(weights), figures)


if __name__ == "__main__":
    given = arguments("training.sentiment", WEIGHTS)
    main(given.data, given.out)
