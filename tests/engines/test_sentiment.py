"""VADER's scores, faster, and why a text has its score."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings

from analyses.engines.accuracy import expected_calibration_error, macro_f1
from analyses.engines.sentiment import VaderEngine, sign
from tests.engines.texts import ANY_TEXT, AWKWARD, EMOJI_POSTS, PLAIN_VADER, POSTS, airline_tweets, make_post
from training.goemotions import read_comments

ENGINE = VaderEngine()


class LongWay(VaderEngine):
    """Lets the package's rules score every word, as if each had a neighbour that matters."""

    def _can_bend(self, lowered: list[str]) -> bool:
        return True


LONG_WAY = LongWay()


def package_score(text: str) -> float:
    return float(PLAIN_VADER.polarity_scores(text)["compound"])


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("The crew was friendly.", 0.4939),
        ("The crew was not friendly.", -0.3875),
        ("The crew was FRIENDLY!", 0.6399),
        ("A table by the window.", 0.0),
        ("", 0.0),
        ("The food was good, but the seat was horrible.", -0.5859),
    ],
)
def test_known_sentences_have_their_known_score(text: str, score: float) -> None:
    assert ENGINE.analyze([text])[0].value == score


@given(text=ANY_TEXT | POSTS | EMOJI_POSTS)
@settings(max_examples=1_000, deadline=None)
def test_any_text_has_the_score_of_the_package(text: str) -> None:
    assert ENGINE.analyze([text])[0].value == package_score(text)


def test_twenty_thousand_posts_have_the_scores_of_the_package() -> None:
    rng = random.Random(20_000)
    posts = [make_post(rng) for _ in range(20_000)]

    scores = [outcome.value for outcome in ENGINE.analyze(posts)]

    assert scores == [package_score(post) for post in posts]
    assert len(set(scores)) > 5_000


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_texts_have_the_score_of_the_package(name: str) -> None:
    # The package is quadratic: it takes 40 seconds for 10,000 emojis.
    text = AWKWARD[name][:1_000]

    assert ENGINE.analyze([text])[0].value == package_score(text)


@given(text=POSTS | EMOJI_POSTS)
def test_the_short_way_past_neighbours_that_bend_nothing_scores_like_the_long_one(text: str) -> None:
    assert LONG_WAY.explain(text) == ENGINE.explain(text)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Bad food,  lovely\ncrew.", [("Bad", -2.5), ("lovely", 2.8)]),
        ("lovely \U0001f62d seats", [("lovely", 2.8), ("\U0001f62d", -2.1)]),
        ("The horrible... and awful!!", [("horrible...", -2.5), ("awful!!", -2.0)]),
        ("A table by the window.", []),
    ],
)
def test_the_words_that_count_are_marked(text: str, marked: list[tuple[str, float]]) -> None:
    spans = ENGINE.explain(text).explanation

    assert [(text[span.start : span.end], span.weight) for span in spans] == marked


def test_confidence_grows_with_the_score_and_is_low_where_words_cancel_out() -> None:
    nothing, cancelled, weak, strong = ENGINE.analyze(
        ["A table.", "help problem", "Fine.", "Good, lovely, great!"]
    )

    assert (nothing.confidence, cancelled.confidence) == (0.72, 0.33)
    assert (weak.confidence, strong.confidence) == (0.3906, 0.8566)


@pytest.mark.data
def test_the_confidence_comes_true_on_comments_it_was_not_fitted_to(data_dir: Path) -> None:
    comments = [
        comment
        for comment in read_comments(data_dir / "goemotions" / "original", "dev")
        if len(comment.groups) == 1 and "ambiguous" not in comment.groups
    ]
    outcomes = ENGINE.analyze([comment.text for comment in comments])

    are_right = [
        sign(one.value) in comment.groups
        for one, comment in zip(outcomes, comments, strict=True)
        if isinstance(one.value, float)
    ]
    confidences = [one.confidence for one in outcomes if one.confidence is not None]
    error = expected_calibration_error(confidences, are_right)
    print(f"{len(comments)} comments: expected calibration error {error:.4f}")
    assert error <= 0.05


@pytest.mark.parametrize(
    ("score", "name"),
    [(-0.05, "negative"), (-0.0499, "neutral"), (0.0, "neutral"), (0.0499, "neutral"), (0.05, "positive")],
)
def test_sign_cuts_at_the_published_threshold(score: float, name: str) -> None:
    assert sign(score) == name


@pytest.mark.data
def test_the_sign_agrees_with_the_labels_of_airline_tweets_as_vader_is_known_to() -> None:
    tweets = airline_tweets()

    outcomes = ENGINE.analyze([tweet["text"] for tweet in tweets])

    scores = [score for outcome in outcomes if isinstance(score := outcome.value, float)]
    labels = [tweet["airline_sentiment"] for tweet in tweets]
    assert macro_f1([sign(score) for score in scores], labels) >= 0.45
    assert scores == [package_score(tweet["text"]) for tweet in tweets]
