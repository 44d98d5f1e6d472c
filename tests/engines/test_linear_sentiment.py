"""The linear sentiment engine: its score, what it knows, and how good it is on data it did not see."""

import csv
import doctest
import hashlib
import json
import time
from collections.abc import Sequence
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.engines import linear_sentiment
from analyses.engines.accuracy import expected_calibration_error, macro_f1, pearson
from analyses.engines.base import Outcome
from analyses.engines.linear_sentiment import CLASSES, FEATURES, LinearSentimentEngine, describe, grade
from analyses.engines.sentiment import VaderEngine, sign
from tests.engines.texts import ANY_TEXT, AWKWARD, EMOJI_POSTS, POSTS, airline_tweets
from training.goemotions import read_comments

ENGINE = LinearSentimentEngine()
WEIGHTS_DIR = resources.files("analyses.engines").joinpath("weights")

Labelled = list[tuple[str, str]]


def decision(outcome: Outcome) -> str:
    assert outcome.probabilities is not None
    return max(outcome.probabilities, key=outcome.probabilities.__getitem__)


def assert_promises_are_kept(text: str, outcome: Outcome) -> None:
    assert outcome.error == ""
    assert outcome.probabilities is not None
    assert list(outcome.probabilities) == list(CLASSES)
    assert sum(outcome.probabilities.values()) == pytest.approx(1.0)
    assert outcome.confidence == max(outcome.probabilities.values())
    if outcome.value is not None:
        assert isinstance(outcome.value, float)
        assert -1.0 <= outcome.value <= 1.0
        assert sign(outcome.value) == decision(outcome)
        assert outcome.confidence >= 0.4


@given(text=ANY_TEXT | POSTS)
@settings(max_examples=500)
def test_the_sign_of_the_score_is_the_most_probable_class(text: str) -> None:
    [outcome] = ENGINE.analyze([text])

    assert_promises_are_kept(text, outcome)


@given(weights=st.tuples(*[st.floats(min_value=1e-9, max_value=1.0)] * 3))
def test_any_probabilities_give_a_score_of_the_right_sign(weights: tuple[float, float, float]) -> None:
    score = grade([weight / sum(weights) for weight in weights])

    most_probable = CLASSES[weights.index(max(weights))]
    is_tie = sorted(weights)[1] > max(weights) * (1 - 1e-9)
    assert -1.0 <= score <= 1.0
    assert sign(score) == most_probable or is_tie


@pytest.mark.parametrize(
    ("probabilities", "score"),
    [
        ((1.0, 0.0, 0.0), -1.0),
        ((0.0, 0.0, 1.0), 1.0),
        ((0.5, 0.0, 0.5), -0.05),
        ((0.2, 0.4, 0.4), 0.0399),
        ((1 / 3, 1 / 3, 1 / 3), -0.05),
        ((0.0, 0.5, 0.5), 0.0499),
    ],
)
def test_ties_go_to_the_first_class(probabilities: tuple[float, float, float], score: float) -> None:
    assert grade(probabilities) == score


@given(texts=st.lists(ANY_TEXT | POSTS, max_size=6))
@settings(max_examples=100)
def test_a_text_has_the_same_outcome_alone_and_in_a_chunk(texts: list[str]) -> None:
    assert ENGINE.analyze(texts) == [ENGINE.analyze([text])[0] for text in texts]


@given(text=ANY_TEXT | POSTS | EMOJI_POSTS)
@settings(max_examples=300)
def test_explaining_gives_the_same_answer_with_places_in_the_text(text: str) -> None:
    judged, explained = ENGINE.judge(text), ENGINE.explain(text)

    assert (explained.value, explained.confidence) == (judged.value, judged.confidence)
    assert explained.probabilities == judged.probabilities
    places = [(span.start, span.end) for span in explained.explanation]
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(first[1] <= second[0] for first, second in pairwise(places))


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_texts_keep_every_promise(name: str) -> None:
    assert_promises_are_kept(AWKWARD[name], ENGINE.explain(AWKWARD[name]))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Thank you, this was wonderful!", "positive"),
        ("What a horrible, useless thing.", "negative"),
        ("The shop opens at nine.", "neutral"),
        ("I don\u2019t love it", "negative"),
    ],
)
def test_plain_sentences_are_told_apart(text: str, name: str) -> None:
    outcome = ENGINE.judge(text)

    assert isinstance(outcome.value, float)
    assert sign(outcome.value) == name


@pytest.mark.parametrize(
    "text", ["", " \n", "xqzvw", "\u0437\u0434\u0440\u0430\u0432\u0441\u0442\u0432\u0443\u0439"]
)
def test_a_text_without_a_known_word_is_not_guessed(text: str) -> None:
    outcome = ENGINE.judge(text)

    assert (outcome.value, outcome.error) == (None, "")


def test_the_words_that_moved_the_score_are_marked_with_their_direction() -> None:
    text = "The room was lovely, the breakfast awful."

    spans = ENGINE.explain(text).explanation

    directions = {text[span.start : span.end]: span.weight > 0 for span in spans}
    assert directions["lovely"] is True
    assert directions["awful"] is False


def test_words_after_a_grown_capital_and_an_emoji_are_marked_where_they_stand() -> None:
    text = "İİ \U0001f600\U0001f600 horrible"

    spans = ENGINE.explain(text).explanation

    assert "horrible" in [text[span.start : span.end] for span in spans]


def test_there_is_a_value_for_every_feature() -> None:
    assert len(describe("Not bad!", 0.4, [1.5])) == len(FEATURES) == len(describe("", 0.0, []))


@pytest.mark.parametrize("name", ["many emojis", "many words", "one long word", "many short words", "digits"])
def test_ten_thousand_characters_take_a_moment(name: str) -> None:
    times = []
    for _ in range(5):
        started = time.process_time()
        ENGINE.judge(AWKWARD[name])
        times.append(time.process_time() - started)

    # 8 to 30 ms on a slow core; the bound only catches what grows faster than the text.
    assert min(times) < 1.0


def test_the_manifest_knows_every_file_of_weights_by_its_digest() -> None:
    manifest = json.loads(WEIGHTS_DIR.joinpath("manifest.json").read_text(encoding="utf-8"))

    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in WEIGHTS_DIR.iterdir()
        if path.name.endswith(".gz")
    }
    assert {name: manifest[name]["sha256"] for name in digests} == digests
    assert all(len(WEIGHTS_DIR.joinpath(name).read_bytes()) == manifest[name]["bytes"] for name in digests)
    assert {"data", "licence", "attribution", "script", "trained_on", "figures"} <= set(
        manifest["sentiment.gz"]
    )


def test_the_weights_stay_far_below_a_megabyte() -> None:
    assert len(WEIGHTS_DIR.joinpath("sentiment.gz").read_bytes()) < 300_000


@pytest.mark.parametrize("module", [linear_sentiment])
def test_the_examples_in_docstrings_are_true(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]

    assert result.attempted > 0
    assert result.failed == 0


# --- How good it is, on data not trained on -------------------------------------------------------


def labelled_comments(data_dir: Path) -> Labelled:
    """Take the comments of one group each; a label of the paper's ambiguous group excludes a comment."""
    comments = read_comments(data_dir / "goemotions" / "original", "dev")
    return [
        (comment.text, next(iter(comment.groups)))
        for comment in comments
        if len(comment.groups) == 1 and "ambiguous" not in comment.groups
    ]


def assert_beats_vader(rows: Labelled, *, gain: float) -> None:
    texts, truths = [text for text, _ in rows], [label for _, label in rows]
    scores = [outcome.value for outcome in VaderEngine().analyze(texts)]
    vader = macro_f1([sign(score) for score in scores if isinstance(score, float)], truths)

    outcomes = ENGINE.analyze(texts)

    # Not to know counts as wrong.
    ours = macro_f1(["" if one.value is None else decision(one) for one in outcomes], truths)
    forced = macro_f1([decision(one) for one in outcomes], truths)
    silent = sum(one.value is None for one in outcomes) / len(outcomes)
    print(f"{len(rows)} texts: VADER {vader:.4f}, ours {ours:.4f}, forced {forced:.4f}, silent {silent:.2%}")
    assert ours >= vader + gain


def calibration_error(rows: Labelled) -> float:
    outcomes = ENGINE.analyze([text for text, _ in rows])
    answers = [(one, label) for one, (_, label) in zip(outcomes, rows, strict=True) if one.value is not None]
    confidences = [one.confidence for one, _ in answers if one.confidence is not None]
    return expected_calibration_error(confidences, [decision(one) == label for one, label in answers])


@pytest.mark.data
def test_comments_are_told_apart_better_than_by_vader_and_the_confidence_comes_true(data_dir: Path) -> None:
    rows = labelled_comments(data_dir)

    assert_beats_vader(rows, gain=0.06)
    assert calibration_error(rows) <= 0.03


@pytest.mark.data
def test_airline_tweets_are_told_apart_better_than_by_vader() -> None:
    rows = [(tweet["text"], tweet["airline_sentiment"]) for tweet in airline_tweets()]

    assert_beats_vader(rows, gain=0.09)
    assert calibration_error(rows) <= 0.10


def correlations(texts: Sequence[str], ratings: Sequence[float]) -> tuple[float, float]:
    """Give VADER's correlation and ours; not to know counts as 0."""
    vader = [one.value for one in VaderEngine().analyze(texts)]
    ours = [one.value or 0.0 for one in ENGINE.analyze(texts)]
    return (
        pearson([one for one in vader if isinstance(one, float)], ratings),
        pearson([one for one in ours if isinstance(one, float)], ratings),
    )


@pytest.mark.data
@pytest.mark.parametrize(
    ("prefix", "split", "gain"),
    [("", "dev", 0.05), ("", "train", 0.05), ("SemEval", "", -0.015), ("NYTnewswire", "", 0.0)],
)
def test_scores_follow_readers_ratings_of_other_kinds_of_text(
    data_dir: Path, prefix: str, split: str, gain: float
) -> None:
    with (data_dir / "emobank" / "emobank_train_dev.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["id"].startswith(prefix)]
    rows = [row for row in rows if not split or row["split"] == split]

    vader, ours = correlations([row["text"] for row in rows], [float(row["V"]) for row in rows])

    print(f"{prefix or 'all'} {split}: {len(rows)} sentences, VADER {vader:.3f}, ours {ours:.3f}")
    assert ours >= vader + gain
