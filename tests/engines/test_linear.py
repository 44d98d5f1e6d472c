"""Linear models: their files, their sums, and what they mark."""

import doctest
import gzip
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.engines import accuracy, linear
from analyses.engines.linear import Header, LinearModel, locate_tokens, read_model, tokenize, write_model
from tests.engines.texts import ANY_TEXT, AWKWARD, POSTS

HEADER = Header(
    classes=("bad", "so-so", "good"),
    scales=(0.1, 0.1, 0.2),
    biases=(0.0, 0.5, 0.0),
    dense={"stars": (-1.0, 0.0, 1.0)},
    length_power=0.5,
    temperature=2.0,
    thresholds={"confidence": 0.4},
)
WEIGHTS = {
    "good": (-20, 0, 30),
    "bad": (127, 0, -127),
    "not": (4, 0, -4),
    "not good": (60, 0, -60),
    "\U0001f600": (-10, 0, 10),
}
MODEL = LinearModel(HEADER, WEIGHTS)


def test_a_model_survives_its_file() -> None:
    read = read_model(write_model(HEADER, WEIGHTS))

    assert read.header == HEADER
    assert read.score("Not good \U0001f600", [2.0]) == MODEL.score("Not good \U0001f600", [2.0])


def test_equal_models_have_equal_files_whatever_the_order_of_their_words() -> None:
    turned = dict(reversed(WEIGHTS.items()))

    assert write_model(HEADER, turned) == write_model(HEADER, WEIGHTS)


def test_a_file_of_another_layout_is_refused() -> None:
    data = gzip.compress(
        gzip.decompress(write_model(HEADER, WEIGHTS)).replace(b'"layout": 1', b'"layout": 99')
    )

    with pytest.raises(ValueError, match=r"^The weights have layout 99; this code reads layout 1\.$"):
        read_model(data)


def test_a_model_without_words_can_be_written_and_read() -> None:
    model = read_model(write_model(HEADER, {}))

    assert model.score("good", [0.0]).known == 0


def test_scores_are_the_weighted_sum_over_length_and_temperature() -> None:
    # not + good + "not good" = 44, 0, -34 steps; two tokens; "so-so" has the bias 0.5.
    powers = [math.exp(4.4 / math.sqrt(2) / 2), math.exp(0.25), math.exp(-6.8 / math.sqrt(2) / 2)]

    found = MODEL.score("Not good", [0.0])

    assert found.probabilities == pytest.approx([power / sum(powers) for power in powers])
    assert found.known == 3


def test_further_features_count_by_their_weights() -> None:
    powers = [math.exp(-1.5), math.exp(0.25), math.exp(1.5)]

    found = MODEL.score("", [3.0])

    assert found.probabilities == pytest.approx([power / sum(powers) for power in powers])
    assert found.known == 0


def test_a_missing_feature_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"^The model takes 1 further features, not 0\.$"):
        MODEL.score("good", [])


def test_ten_thousand_times_the_heaviest_word_does_not_spill_into_the_next_class() -> None:
    model = LinearModel(HEADER, {"bad": (-127, 127, -127)})

    found = model.score("bad " * 10_000, [0.0])

    assert found.probabilities == pytest.approx((0.0, 1.0, 0.0))
    assert found.known == 10_000


@given(text=ANY_TEXT | POSTS)
def test_probabilities_sum_to_one_for_any_text(text: str) -> None:
    found = MODEL.score(text, [0.0])

    assert sum(found.probabilities) == pytest.approx(1.0)
    assert all(0.0 <= one <= 1.0 for one in found.probabilities)


@given(text=ANY_TEXT | POSTS)
def test_contributions_add_up_to_the_score(text: str) -> None:
    direction = (-1.0, 0.0, 1.0)
    bad, _neutral, good = MODEL.score(text, [0.5]).probabilities

    added = [weight for _, weight in MODEL.contributions(text, direction)]

    total = sum(added) + MODEL.dense_contribution([0.5], direction)
    assert math.log(good / bad) == pytest.approx(total, abs=1e-6)


@given(text=ANY_TEXT | POSTS | st.text("İΣ'’aA \n!", max_size=20))
def test_located_tokens_are_those_that_are_scored(text: str) -> None:
    tokens = locate_tokens(text)

    assert [token.word for token in tokens] == tokenize(text)
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)
    assert [token.start for token in tokens] == sorted(token.start for token in tokens)


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_texts_are_scored(name: str) -> None:
    assert sum(MODEL.score(AWKWARD[name], [0.0]).probabilities) == pytest.approx(1.0)


def test_a_word_after_a_capital_that_grows_in_lower_case_is_still_found() -> None:
    text = "İİ good"

    [*_, last] = locate_tokens(text)

    assert text[last.start : last.end] == "good"


def test_only_what_counts_beside_the_strongest_word_is_marked() -> None:
    text = "Bad, but not a table \U0001f600"

    spans = linear.strongest(MODEL.contributions(text, (-1.0, 0.0, 1.0)), label="mood")

    assert [(text[span.start : span.end], span.weight < 0, span.label) for span in spans] == [
        ("Bad", True, "mood")
    ]


def test_a_pair_is_shared_by_its_words() -> None:
    text = "not good"

    spans = linear.strongest(MODEL.contributions(text, (0.0, 0.0, 1.0)))

    # In steps of 0.2 / 2 / sqrt(2): not -4 and half of -60, good 30 and half of -60; the latter is nothing.
    assert [(span.start, span.end, span.weight) for span in spans] == [(0, 3, -2.4042)]


@pytest.mark.parametrize("module", [linear, accuracy], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_are_true(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]

    assert result.attempted > 0
    assert result.failed == 0
