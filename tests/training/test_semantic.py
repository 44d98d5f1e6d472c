"""The training of the models on sentence vectors: the same bytes each time, and what it learns."""

import random
from pathlib import Path

import numpy as np
import pytest

from analyses.engines.linear import read_model
from analyses.engines.semantic import EMOTIONS, LEXICON_NAMES, SENTIMENTS, VECTOR_NAMES
from training import semantic
from training.goemotions import Comment
from training.semantic import RECIPES, Features, Recipe

SMALL = Recipe(SENTIMENTS, known_from=0.4, balance=1.0, dense_penalty=1e-4, gram_penalty=1e-4, least_texts=2)

_WORDS = {"negative": ["awful", "broken"], "neutral": ["table", "train"], "positive": ["lovely", "great"]}


def small_texts() -> tuple[list[str], list[str]]:
    rng = random.Random(3)
    labels = [rng.choice(SENTIMENTS) for _ in range(120)]
    return [
        f"the {rng.choice(_WORDS[label])} thing of {rng.randrange(50)} people" for label in labels
    ], labels


def test_the_same_texts_give_the_same_bytes() -> None:
    texts, labels = small_texts()

    first = semantic.train(semantic.read_features(texts), labels, SMALL)
    second = semantic.train(semantic.read_features(texts), labels, SMALL)

    assert first == second


def test_a_model_learns_its_classes_from_words_and_vectors() -> None:
    texts, labels = small_texts()

    model = read_model(semantic.train(semantic.read_features(texts), labels, SMALL))
    part = semantic.read_features(["the lovely thing", "the awful thing"])
    rows = part.dense(SMALL).tolist()

    guesses = [model.score(text, row).probabilities for text, row in zip(part.texts, rows, strict=True)]
    assert [SENTIMENTS[one.index(max(one))] for one in guesses] == ["positive", "negative"]
    assert tuple(model.header.dense) == VECTOR_NAMES + LEXICON_NAMES
    assert model.header.thresholds == {"known_from": 0.4}


def test_without_words_only_the_vector_is_looked_at() -> None:
    texts, labels = small_texts()
    recipe = Recipe(SENTIMENTS, known_from=0.4, balance=1.0, dense_penalty=1e-4)

    model = read_model(semantic.train(semantic.read_features(texts), labels, recipe))

    assert tuple(model.header.dense) == VECTOR_NAMES
    assert model.score("lovely great", [0.0] * 512).known == 0


def test_a_temperature_makes_the_mean_confidence_the_share_of_right_answers() -> None:
    rng = np.random.default_rng(5)
    numbers = rng.integers(0, 3, 2_000)
    scores = rng.normal(size=(2_000, 3)) * 4
    scores[np.arange(2_000), numbers] += 3.0

    temperature = semantic.find_temperature(scores, numbers)

    right = (scores.argmax(axis=1) == numbers).mean()
    powers = np.exp(scores / temperature)
    confidences = powers.max(axis=1) / powers.sum(axis=1)
    assert confidences.mean() == pytest.approx(right, abs=1e-6)


@pytest.mark.parametrize(("truth", "temperature"), [(0, 0.05), (1, 20.0)])
def test_scores_that_are_always_right_or_always_wrong_get_the_last_temperature(
    truth: int, temperature: float
) -> None:
    scores = np.tile([2.0, 1.0, 0.0], (10, 1))

    assert semantic.find_temperature(scores, np.full(10, truth)) == temperature


def test_comments_of_several_or_ambiguous_kinds_are_left_out() -> None:
    comments = [
        Comment("a", ("joy",)),
        Comment("b", ("joy", "anger")),
        Comment("c", ("surprise",)),
        Comment("d", ("joy", "love")),
        Comment("e", ("neutral",)),
    ]

    assert semantic.labelled(comments, SENTIMENTS) == {0: "positive", 3: "positive", 4: "neutral"}
    assert semantic.labelled(comments, EMOTIONS) == {0: "joy", 2: "surprise", 4: "neutral"}


def test_the_two_labellings_must_have_the_same_texts(tmp_path: Path) -> None:
    for name, text in (("original", "one"), ("ekman", "two")):
        folder = tmp_path / name
        folder.mkdir()
        folder.joinpath("labels.txt").write_text("joy\n", encoding="utf-8")
        folder.joinpath("dev.tsv").write_text(f"{text}\t0\tx1\n", encoding="utf-8")

    with pytest.raises(ValueError, match=r"The two labellings of dev in .* differ in their texts\."):
        semantic.read_part(tmp_path, "dev")


def test_the_recipes_name_the_files_that_the_engines_load() -> None:
    assert set(RECIPES) == {
        "semantic_sentiment_en.gz",
        "semantic_sentiment.gz",
        "semantic_emotion_en.gz",
        "semantic_emotion.gz",
    }


def test_a_feature_row_has_words_only_where_the_recipe_has() -> None:
    features = Features(["a"], np.zeros((1, 512)), np.ones((1, 3)))

    assert features.dense(SMALL).shape == (1, 515)
    assert features.dense(Recipe(SENTIMENTS, 0.4, 1.0, 1e-4)).shape == (1, 512)
