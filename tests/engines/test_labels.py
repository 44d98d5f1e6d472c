"""From the probabilities of labels to a result."""

from __future__ import annotations

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses import results
from analyses.choices import AnalysisType
from analyses.engines import labels
from analyses.engines.base import Outcome
from analyses.engines.labels import LabelReader
from analyses.engines.specs import LABEL_TYPES

Map = dict[str, float | str]


def outcome(
    analysis_type: AnalysisType,
    probabilities: dict[str, float],
    site: Map | None = None,
    *,
    exclusive: bool = True,
) -> Outcome:
    reader = LabelReader(analysis_type, tuple(probabilities), site or {})
    assert reader.problem() == ""
    return reader.outcome(probabilities, exclusive=exclusive)


@pytest.mark.parametrize(
    ("probabilities", "value", "confidence"),
    [
        ({"NEGATIVE": 0.25, "POSITIVE": 0.75}, 0.5, 0.75),
        ({"neg": 0.5, "neu": 0.0, "pos": 0.5}, 0.0, 0.0),
        ({"neg": 0.2, "neu": 0.6, "pos": 0.2}, 0.0, 0.6),
        ({"1 star": 0.5, "2 stars": 0.5, "3 stars": 0, "4 stars": 0, "5 stars": 0}, -0.75, 1.0),
        (
            {"Very_Negative": 0.5, "Negative": 0.5, "Neutral": 0, "Positive": 0, "Very Positive": 0},
            -0.75,
            1.0,
        ),
    ],
)
def test_known_labels_of_sentiment_are_weighed(
    probabilities: dict[str, float], value: float, confidence: float
) -> None:
    found = outcome(AnalysisType.SENTIMENT, probabilities)

    assert (found.value, found.confidence) == (value, confidence)


def test_scores_of_the_site_go_first() -> None:
    found = outcome(AnalysisType.SENTIMENT, {"negative": 0.5, "positive": 0.5}, {"negative": -0.5})

    assert found.value == 0.25


def test_quality_and_readability_need_scores_of_the_site() -> None:
    site: Map = {"poor": 0.0, "good": 100.0}
    found = outcome(AnalysisType.READABILITY, {"poor": 0.25, "good": 0.75}, site)

    assert (found.value, found.confidence) == (75.0, 0.75)
    assert LabelReader(AnalysisType.QUALITY, ("poor", "good")).problem() == (
        "The labels poor, good have no score; give each one from 0.0 to 1.0 in “labels”."
    )
    assert LabelReader(AnalysisType.QUALITY, ("poor", "good"), site).problem() == (
        "The scores of the labels good are not from 0.0 to 1.0."
    )


def test_labels_without_meaning_need_names() -> None:
    labels_of_model = tuple(f"LABEL_{number}" for number in range(7))

    assert LabelReader(AnalysisType.EMOTION, labels_of_model).problem() == (
        "The labels LABEL_0, LABEL_1, LABEL_2, LABEL_3, LABEL_4 … have no meaning; give each a name in “labels”."
    )


def test_emotions_stand_highest_first_and_one_name_adds_up() -> None:
    found = outcome(
        AnalysisType.EMOTION, {"anger": 0.2, "annoyance": 0.3, "joy": 0.45}, {"annoyance": "anger"}
    )

    assert list((found.value if isinstance(found.value, dict) else {}).items()) == [
        ("anger", 0.5),
        ("joy", 0.45),
    ]
    assert found.confidence == 0.5


def test_a_language_is_a_code() -> None:
    found = outcome(AnalysisType.LANGUAGE, {"German": 0.9, "en": 0.1}, {"German": "DE"})

    assert (found.value, found.confidence) == ("de", 0.9)


def test_a_label_that_no_column_can_hold_fails_the_row() -> None:
    reader = LabelReader(AnalysisType.LANGUAGE, ("Schwyzerdütsch",))

    assert reader.outcome({"Schwyzerdütsch": 1.0}, exclusive=True) == Outcome(
        None,
        error="The model gave a label that cannot be kept. Give a language code such as en, de or und.",
    )


def test_topics_are_the_likeliest_or_all_that_are_likely() -> None:
    probabilities = {"sport": 0.6, "politics": 0.7, "travel": 0.1}

    assert outcome(AnalysisType.TOPICS, probabilities).value == ["politics"]
    assert outcome(AnalysisType.TOPICS, probabilities, exclusive=False).value == ["politics", "sport"]
    none = outcome(AnalysisType.TOPICS, {"sport": 0.25}, exclusive=False)
    assert (none.value, none.confidence) == ([], 0.75)


def test_no_number_fails_the_row() -> None:
    reader = LabelReader(AnalysisType.EMOTION, ("joy",))

    assert (
        reader.outcome({"joy": math.nan}, exclusive=True).error == "The model gave no number for this text."
    )
    assert reader.outcome({}, exclusive=True).error == "The model gave no number for this text."


@given(
    st.sampled_from(LABEL_TYPES),
    st.dictionaries(st.text(min_size=1, max_size=12), st.floats(0, 1), min_size=1, max_size=6),
    st.booleans(),
)
def test_any_probabilities_give_a_result_that_can_be_kept_or_a_sentence(
    analysis_type: AnalysisType, probabilities: dict[str, float], exclusive: bool
) -> None:
    site: Map = dict.fromkeys(probabilities, 0.5)

    found = LabelReader(analysis_type, tuple(probabilities), site).outcome(probabilities, exclusive=exclusive)

    if found.error:
        assert found.error.endswith(".")
        return
    assert results.clean(analysis_type, found.value) == found.value
    assert found.confidence is not None
    assert 0.0 <= found.confidence <= 1.0


def test_the_examples_in_docstrings_are_true() -> None:
    result = doctest.testmod(labels)

    assert (result.attempted, result.failed) == (2, 0)
