"""What an engine behind HTTP believes of the answers it gets: nothing that is not right."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.choices import AnalysisType
from analyses.engines.base import EngineFacts, Outcome, Span
from analyses.engines.endpoint import ClassificationEndpointEngine, EndpointEngine, InferenceEndpointEngine
from tests.engines.asking import EMOTION, FACTS, caller, engine_of, refusal
from tests.engines.service import Service, running_service


@pytest.fixture
def service() -> Iterator[Service]:
    with running_service() as running:
        yield running


# --- One bad result ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "error"),
    [
        ({"value": 1.5}, "(sentiment_score). Give a number from -1.0 to 1.0."),
        ({"value": math.nan}, "(sentiment_score). Give a number from -1.0 to 1.0."),
        ({"value": math.inf}, "(sentiment_score). Give a number from -1.0 to 1.0."),
        ({"value": 10**400}, "(sentiment_score). Give a number from -1.0 to 1.0."),
        ({"value": "good"}, "(sentiment_score). Give a number from -1.0 to 1.0."),
        ({"value": True}, "(sentiment_score). Give a number from -1.0 to 1.0."),
        ({"value": 0.5, "confidence": 2}, "(confidence). Give a number from 0.0 to 1.0."),
        ({"confidence": 1}, "(result). Give a value or an error."),
        ("0.5", "(result). Give a JSON object."),
        (None, "(result). Give a JSON object."),
        ({"value": 0.5, "explanation": "x"}, "(explanation). Give a list of at most 1000 spans."),
        (
            {"value": 0.5, "explanation": [{"start": 0, "end": 99, "weight": 1}]},
            "(explanation). A span must lie in the text, in characters.",
        ),
        (
            {"value": 0.5, "explanation": [{"start": 0, "end": 1, "weight": math.nan}]},
            "(explanation). Give a number from -1000000.0 to 1000000.0.",
        ),
    ],
    ids=str,
)
def test_a_bad_result_fails_its_own_row_with_a_sentence(service: Service, result: Any, error: str) -> None:
    service.answer = lambda request: {"results": [result, {"value": 0.25}]}

    bad, good = engine_of(service).analyze(["ab", "cd"])

    assert bad == Outcome(None, error=f"acme gave a result that cannot be kept {error}")
    assert good == Outcome(0.25)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("Too short", "Too short."),
        ("Why?", "Why?"),
        ("a\x00b\ud83d\n c", "a b\ufffd c."),
        ("x" * 9_999, "x" * 500 + "."),
        ("", "The service failed on this text without a reason."),
        (17, "17."),
    ],
    ids=["plain", "question", "damaged", "long", "empty", "number"],
)
def test_what_the_service_says_of_a_text_becomes_its_error(service: Service, said: Any, error: str) -> None:
    service.answer = lambda request: {"results": [{"error": said}]}

    assert engine_of(service).analyze(["text"]) == [Outcome(None, error=error)]


def test_a_service_may_not_know(service: Service) -> None:
    service.answer = lambda request: {"results": [{"value": None, "confidence": None}]}

    assert engine_of(service).analyze(["text"]) == [Outcome(None)]


@pytest.mark.parametrize(
    ("analysis_type", "value", "kept"),
    [
        (AnalysisType.EMOTION, {"joy": 1}, {"joy": 1.0}),
        (AnalysisType.LANGUAGE, "DE", "de"),
        (AnalysisType.KEYWORDS, ["late train"], ["late train"]),
        (AnalysisType.ENTITIES, [{"text": "Ulm", "start": 0}], [{"text": "Ulm", "start": 0}]),
        (AnalysisType.TOPICS, [], []),
        (AnalysisType.READABILITY, 60, 60.0),
        (AnalysisType.QUALITY, 0, 0.0),
    ],
)
def test_every_type_can_be_answered(
    service: Service, analysis_type: AnalysisType, value: Any, kept: Any
) -> None:
    service.answer = lambda request: {"results": [{"value": value}]}

    outcomes = engine_of(service, facts=replace(FACTS, analysis_type=analysis_type)).analyze(["Ulm"])

    assert outcomes == [Outcome(kept)]
    assert service.requests[0]["analysis_type"] == analysis_type.value


def test_an_explanation_that_the_service_gives_is_kept_in_text_order(service: Service) -> None:
    spans = [{"start": 5, "end": 9, "weight": 0.5, "label": "joy"}, {"start": 0, "end": 1, "weight": -1}]
    service.answer = lambda request: {"results": [{"value": 0.5, "explanation": spans}]}

    outcome = engine_of(service).explain("a 🙂 good text")

    assert outcome.explanation == (Span(0, 1, -1.0), Span(5, 9, 0.5, "joy"))
    assert outcome.value == 0.5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["value", "error", "confidence", "explanation", "label", "score"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.sampled_from(list(AnalysisType)), st.text(max_size=20), JSON)
def test_no_json_in_the_place_of_a_result_breaks_the_engine(
    analysis_type: AnalysisType, text: str, result: Any
) -> None:
    engine = EndpointEngine(replace(FACTS, analysis_type=analysis_type), caller("http://127.0.0.1:9/"))

    outcome = engine._read_one(text, result)

    assert outcome.value is None or not outcome.error
    assert outcome.error == "" or outcome.error.endswith((".", "!", "?"))
    assert outcome.confidence is None or 0.0 <= outcome.confidence <= 1.0
    assert all(0 <= span.start < span.end <= len(text) for span in outcome.explanation)


# --- Labels with probabilities -------------------------------------------------------------------


def classifier_of(
    service: Service, facts: EngineFacts = FACTS, **changes: Any
) -> ClassificationEndpointEngine:
    return ClassificationEndpointEngine(facts, caller(service.url), batch_size=8, **changes)


def labels(**probabilities: float) -> list[dict[str, Any]]:
    return [{"label": label, "score": score} for label, score in probabilities.items()]


def test_labels_of_sentiment_become_a_score(service: Service) -> None:
    service.answer = lambda request: [labels(negative=0.1, neutral=0.2, positive=0.7), labels(POS=1.0)]

    first, second = classifier_of(service).analyze(["a", "b"])

    assert (first.value, first.confidence) == (0.6, 0.7)
    assert first.probabilities == {"positive": 0.7, "neutral": 0.2, "negative": 0.1}
    assert (second.value, second.confidence) == (1.0, 1.0)
    assert service.requests == [{"inputs": ["a", "b"], "parameters": {"top_k": None}}]


def test_a_plain_list_of_labels_is_never_taken_for_a_label_a_text(service: Service) -> None:
    service.answer = lambda request: labels(joy=0.9, anger=0.1)

    error = refusal(classifier_of(service, EMOTION), ("a", "b"))

    assert error.reason == "acme gave an answer without results."


def test_a_server_of_text_embeddings_inference_gets_each_text_in_a_list_of_its_own(service: Service) -> None:
    service.answer = lambda request: [labels(joy=0.9), labels(anger=0.6)]

    outcomes = InferenceEndpointEngine(EMOTION, caller(service.url)).analyze(["a", "b"])

    assert [outcome.value for outcome in outcomes] == [{"joy": 0.9}, {"anger": 0.6}]
    assert service.requests == [{"inputs": [["a"], ["b"]], "truncate": True}]


def test_the_site_s_map_names_labels(service: Service) -> None:
    service.answer = lambda request: [labels(LABEL_0=0.25, LABEL_1=0.75)]

    sentiment = classifier_of(service, labels={"LABEL_0": -1, "LABEL_1": 0.5}).analyze(["a"])
    emotion = classifier_of(service, EMOTION, labels={"LABEL_0": "joy", "LABEL_1": "fear"}).analyze(["a"])

    assert sentiment[0].value == 0.125
    assert emotion[0].value == {"fear": 0.75, "joy": 0.25}


def test_labels_without_meaning_are_the_site_s_mistake_and_fail_no_row(service: Service) -> None:
    service.answer = lambda request: [labels(LABEL_0=0.25, LABEL_1=0.75)]

    error = refusal(classifier_of(service), ("a",))

    assert error.reason == (
        "acme: The labels LABEL_0, LABEL_1 have no score; give each one from -1.0 to 1.0 in “labels”."
    )


@pytest.mark.parametrize(
    "bad", [[], [{"label": "joy"}], [{"score": 1}], ["joy"], 5, labels(joy=math.nan)], ids=str
)
def test_a_bad_list_of_labels_fails_its_own_row(service: Service, bad: Any) -> None:
    service.answer = lambda request: [bad, labels(joy=0.5)]

    first, second = classifier_of(service, EMOTION).analyze(["a", "b"])

    assert first.error.startswith("acme gave a result that cannot be kept (")
    assert second.value == {"joy": 0.5}
