"""The training of the models on sentence vectors: the same bytes each time, and what it learns."""

import random
from pathlib import Path

import numpy as np
import pytest

from analyses.engines.linear import read_model
from analyses.engines.linear_sentiment import LinearSentimentEngine
from analyses.engines.semantic import EMOTIONS, LANGUAGES, SENTIMENTS, VECTOR_NAMES, standard_features
from training import semantic
from training.goemotions import Comment
from training.semantic import RECIPES, Answers, Part, Recipe

ALONE = Recipe(SENTIMENTS, known_from=0.4, balance=1.0, penalty=1e-4)
BESIDE = Recipe(SENTIMENTS, known_from=0.4, balance=1.0, penalty=1e-4, vector_share=0.5)

_WORDS = {"negative": ["awful", "broken"], "neutral": ["table", "train"], "positive": ["lovely", "great"]}
_LABELS = {"negative": "anger", "neutral": "neutral", "positive": "joy"}


def small_part() -> Part:
    rng = random.Random(3)
    comments = []
    for _ in range(120):
        group = rng.choice(SENTIMENTS)
        text = f"the {rng.choice(_WORDS[group])} thing of {rng.randrange(50)} people"
        comments.append(Comment(text, (_LABELS[group],)))
    return Part(semantic.read_vectors([one.text for one in comments]), comments, comments)


@pytest.mark.parametrize("recipe", [ALONE, BESIDE], ids=["alone", "beside"])
def test_the_same_texts_give_the_same_bytes(recipe: Recipe) -> None:
    first = semantic.train(small_part(), recipe)
    second = semantic.train(small_part(), recipe)

    assert first == second


def test_a_vector_alone_learns_the_classes() -> None:
    model = read_model(semantic.train(small_part(), ALONE))
    rows = semantic.read_vectors(["the lovely thing", "the awful thing"]).tolist()

    guesses = [model.score("", row).probabilities for row in rows]

    assert [SENTIMENTS[one.index(max(one))] for one in guesses] == ["positive", "negative"]
    assert tuple(model.header.dense) == VECTOR_NAMES
    assert model.header.thresholds == {"known_from": 0.4}


def test_beside_the_standard_engine_each_of_its_logarithms_counts_as_it_is() -> None:
    model = read_model(semantic.train(small_part(), BESIDE))
    [row] = semantic.read_vectors(["the lovely thing"]).tolist()
    shares = LinearSentimentEngine().weigh("the lovely thing")

    found = model.score("", [*row, *standard_features(shares)]).probabilities

    assert list(model.header.dense)[-3:] == ["standard_negative", "standard_neutral", "standard_positive"]
    assert list(model.header.dense.values())[-3:] == [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)]
    assert SENTIMENTS[found.index(max(found))] == "positive"


def test_held_out_scores_come_from_weights_that_did_not_see_the_text() -> None:
    rng = np.random.default_rng(1)
    # Nothing to learn: weights that had seen a text would still know its class.
    vectors, numbers = rng.normal(size=(150, 512)).astype(np.float32), rng.integers(0, 3, 150)

    seen = semantic.fit(vectors, numbers, ALONE).scores(vectors).argmax(axis=1)
    unseen = semantic.held_out_scores(vectors, numbers, ALONE).argmax(axis=1)

    assert (seen == numbers).mean() == 1.0
    assert (unseen == numbers).mean() < 0.5


@pytest.mark.parametrize("classes", [SENTIMENTS, EMOTIONS], ids=["sentiments", "emotions"])
def test_held_out_logarithms_of_the_standard_model_are_those_of_each_chosen_comment(
    classes: tuple[str, ...],
) -> None:
    part = small_part()
    ekman = [Comment(one.text, (EMOTIONS[place % 7],)) for place, one in enumerate(part.ekman[:-1])]
    part = Part(part.vectors, part.original, [*ekman, Comment("both", ("joy", "anger"))])

    found = semantic.standard_held_out(part, classes)

    assert found.shape == (len(part.labels(classes)), len(classes))
    assert np.exp(found).sum(axis=1) == pytest.approx(np.ones(len(found)), abs=1e-4)


def test_our_sentences_are_read_in_every_language_but_english() -> None:
    found = semantic.read_sentences(SENTIMENTS)

    assert len(found.texts) == 33 * (len(LANGUAGES) - 1)
    assert np.bincount(found.numbers).tolist() == [11 * 14] * 3


def some_answers(right_more: float) -> Answers:
    rng = np.random.default_rng(5)
    numbers = rng.integers(0, 3, 2_000)
    scores = rng.normal(size=(2_000, 3)) * 4
    scores[np.arange(2_000), numbers] += right_more
    return Answers(scores, numbers)


def test_a_temperature_makes_the_mean_confidence_the_share_of_right_answers() -> None:
    answers = some_answers(3.0)

    temperature = semantic.find_temperature([answers])

    right = (answers.scores.argmax(axis=1) == answers.numbers).mean()
    powers = np.exp(answers.scores / temperature)
    confidences = powers.max(axis=1) / powers.sum(axis=1)
    assert confidences.mean() == pytest.approx(right, abs=1e-6)


def test_of_two_kinds_of_text_neither_decides_the_temperature_alone() -> None:
    hard, easy = some_answers(3.0), some_answers(8.0)

    temperature = semantic.find_temperature([hard, easy])

    assert semantic.find_temperature([easy]) < temperature < semantic.find_temperature([hard])
    assert hard.excess(temperature) == pytest.approx(-easy.excess(temperature), abs=1e-6)


@pytest.mark.parametrize(("truth", "temperature"), [(0, 0.05), (1, 20.0)])
def test_scores_that_are_always_right_or_always_wrong_get_the_last_temperature(
    truth: int, temperature: float
) -> None:
    scores = np.tile([2.0, 1.0, 0.0], (10, 1))

    assert semantic.find_temperature([Answers(scores, np.full(10, truth))]) == temperature


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


def test_comments_are_chosen_with_their_own_vectors() -> None:
    comments = [Comment("a", ("joy", "anger")), Comment("b", ("joy",))]
    part = Part(np.array([[1.0], [2.0]]), comments, comments)

    found = part.choose(SENTIMENTS)

    assert (found.texts, found.vectors.tolist(), found.numbers.tolist()) == (["b"], [[2.0]], [2])
