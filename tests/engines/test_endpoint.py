"""An engine behind HTTP, against a real service on this machine that behaves badly in every way we know."""

from __future__ import annotations

import doctest
import logging
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import service_calls, surrogates
from analyses.engines.base import EngineFacts, Outcome, Span
from analyses.engines.breaker import Breaker
from analyses.engines.endpoint import ClassificationEndpointEngine, EndpointEngine
from analyses.engines.service_calls import CallLimits, ServiceCaller
from analyses.exceptions import EngineUnavailableError
from tests.engines.service import Service, free_port, running_service
from tests.engines.test_breaker import Clock
from tests.engines.texts import AWKWARD

FACTS = EngineFacts(
    analysis_type=AnalysisType.SENTIMENT,
    tiers=(OptimizationTier.ULTRA,),
    name="acme",
    version="7",
    languages=("mul",),
    summary="A service of this site.",
)
EMOTION = replace(FACTS, analysis_type=AnalysisType.EMOTION)
LIMITS = CallLimits(timeout_seconds=0.5, retries=2, seconds_max=5.0)


@pytest.fixture
def service() -> Iterator[Service]:
    with running_service() as running:
        yield running


def caller(url: str, *, pauses: list[float] | None = None, **changes: Any) -> ServiceCaller:
    noted = [] if pauses is None else pauses
    settings: dict[str, Any] = {"limits": LIMITS, "pause": noted.append}
    return ServiceCaller(name="acme", url=url, **settings | changes)


def engine_of(service: Service, *, facts: EngineFacts = FACTS, **changes: Any) -> EndpointEngine:
    return EndpointEngine(facts, caller(service.url, **changes), batch_size=2)


def refusal(engine: EndpointEngine, texts: tuple[str, ...] = ("a", "b")) -> EngineUnavailableError:
    with pytest.raises(EngineUnavailableError) as caught:
        engine.analyze(texts)
    assert "http:" not in caught.value.reason
    assert "secret" not in caught.value.reason
    assert caught.value.reason.endswith((".", "wrong."))
    return caught.value


def test_texts_are_asked_for_in_batches_and_answered_in_order(service: Service) -> None:
    outcomes = engine_of(service).analyze(["one", "three", "seventeen", "", "x"])

    assert [outcome.value for outcome in outcomes] == [0.3, 0.5, 0.9, 0.0, 0.1]
    assert {outcome.confidence for outcome in outcomes} == {0.75}
    assert all(0 < outcome.processing_time_ms < 5_000 for outcome in outcomes)
    assert service.requests == [
        {"analysis_type": "sentiment", "texts": ["one", "three"]},
        {"analysis_type": "sentiment", "texts": ["seventeen", ""]},
        {"analysis_type": "sentiment", "texts": ["x"]},
    ]


def test_one_connection_serves_many_requests(service: Service) -> None:
    engine_of(service).analyze(["text"] * 20)

    assert len(service.requests) == 10
    assert len(service.connections) == 1


def test_no_texts_need_no_request(service: Service) -> None:
    assert engine_of(service).analyze([]) == []
    assert service.requests == []


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_texts_can_be_sent(service: Service, name: str) -> None:
    [outcome] = engine_of(service).analyze([AWKWARD[name]])

    assert outcome.error == ""
    assert len(service.requests[0]["texts"][0]) == len(AWKWARD[name])


def test_a_token_is_read_from_its_file_for_each_request(service: Service, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")
    engine = engine_of(service, token_file=token)

    engine.analyze(["a"])
    token.write_text("second")
    engine.analyze(["a"])

    assert [sent["Authorization"] for sent in service.headers] == ["Bearer first", "Bearer second"]


@pytest.mark.parametrize("content", ["", "two words", "line\nline", "ümlaut", None])
def test_a_token_that_cannot_be_used_is_never_sent(
    service: Service, tmp_path: Path, content: str | None
) -> None:
    token = tmp_path / "token"
    if content is not None:
        token.write_text(content)

    error = refusal(engine_of(service, token_file=token))

    assert error.reason == "The token of acme cannot be read."
    assert service.requests == []


@pytest.mark.parametrize(
    "plan",
    [["status:503"], ["status:502", "status:504"], ["status:429", "status:408"], ["gone"], ["truncated"]],
    ids=str,
)
def test_what_passes_is_asked_again(service: Service, plan: list[str]) -> None:
    service.plan = list(plan)
    pauses: list[float] = []

    outcomes = engine_of(service, pauses=pauses).analyze(["one", "three"])

    assert [outcome.value for outcome in outcomes] == [0.3, 0.5]
    assert pauses == [0.5, 1.0][: len(plan)]


def test_retry_after_is_kept_to_where_there_is_time(service: Service) -> None:
    service.plan = ["status:429:3", "status:503:20"]
    pauses: list[float] = []

    error = refusal(engine_of(service, pauses=pauses))

    assert pauses == [3.0]
    assert (error.reason, error.retry_after_seconds) == ("acme is busy or down (status 503).", 20.0)


@pytest.mark.parametrize(
    ("mode", "reason", "requests"),
    [
        ("status:503", "acme is busy or down (status 503).", 3),
        ("status:500", "acme failed (status 500).", 1),
        ("status:204", "acme failed (status 204).", 1),
        (
            "status:401",
            "acme refuses the request (status 401): its entry in ULTRA_ENGINES may be wrong.",
            1,
        ),
        (
            "status:422",
            "acme refuses the request (status 422): its entry in ULTRA_ENGINES may be wrong.",
            1,
        ),
        ("silent", "acme did not answer within 0.2 seconds.", 3),
        ("stuck", "acme did not answer within 0.2 seconds.", 3),
        ("gone", "acme broke off its answer.", 3),
        ("truncated", "acme broke off its answer.", 3),
        ("raw:<html>", "acme gave an answer that cannot be read.", 1),
        ("raw:" + "[" * 100_000, "acme gave an answer that cannot be read.", 1),
        ("raw:[1, 2]", "acme gave an answer without results.", 1),
        ('raw:{"results": {"0": 1}}', "acme gave an answer without results.", 1),
        ('raw:{"results": [{"value": 0.5}]}', "acme gave 1 results for 2 texts.", 1),
        ("huge:200000", "The answer of acme is larger than 100000 bytes.", 1),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_service_that_fails_as_a_whole_is_unavailable(
    service: Service, mode: str, reason: str, requests: int
) -> None:
    service.always = mode
    limits = replace(LIMITS, timeout_seconds=0.2, bytes_max=100_000)

    error = refusal(engine_of(service, limits=limits))

    assert error.reason == reason
    assert error.retry_after_seconds == 5.0
    assert len(service.requests) == requests


def test_nobody_there_is_unavailable() -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    pauses: list[float] = []

    error = refusal(EndpointEngine(FACTS, caller(url, pauses=pauses)))

    assert error.reason == "acme cannot be reached."
    assert pauses == [0.5, 1.0]


def test_a_name_that_is_no_host_is_unavailable() -> None:
    engine = EndpointEngine(FACTS, caller("http://nobody.invalid/"))

    assert refusal(engine).reason == "acme cannot be reached."


def test_a_server_without_tls_behind_an_https_address_is_not_trusted(service: Service) -> None:
    engine = EndpointEngine(FACTS, caller(service.url.replace("http:", "https:")))

    assert refusal(engine).reason == "The certificate of acme is not trusted."
    assert service.requests == []


def test_a_drip_of_bytes_ends_with_the_whole_time(service: Service) -> None:
    service.always = "drip"
    started = time.monotonic()

    error = refusal(engine_of(service, limits=CallLimits(timeout_seconds=0.5, retries=0, seconds_max=0.4)))

    assert error.reason == "acme answers too slowly."
    assert time.monotonic() - started < 3


def test_repeats_stay_within_the_whole_time(service: Service) -> None:
    service.always = "silent"
    started = time.monotonic()

    refusal(engine_of(service, limits=CallLimits(timeout_seconds=0.3, retries=5, seconds_max=0.8)))

    assert time.monotonic() - started < 3
    assert len(service.requests) < 4


def test_redirects_are_not_followed(service: Service) -> None:
    with running_service() as other:
        service.always = f"redirect:{other.url}"

        error = refusal(engine_of(service))

    assert error.reason.startswith("acme answers from another address (status 307)")
    assert other.requests == []
    assert len(service.requests) == 1


def test_a_service_that_keeps_failing_is_left_alone_and_tried_again_later(service: Service) -> None:
    clock = Clock()
    breaker = Breaker(failures_max=3, open_seconds=30.0, clock=clock)
    engine = engine_of(service, breaker=breaker)
    service.always = "status:500"
    waits = [refusal(engine).retry_after_seconds for _ in range(3)]

    left_alone = refusal(engine)
    clock.now += 30.0
    service.always = ""
    outcomes = engine.analyze(["one"])

    assert waits == [5.0, 5.0, 30.0]
    assert left_alone.reason == "acme did not answer several times in a row."
    assert left_alone.retry_after_seconds == 30.0
    assert len(service.requests) == 4
    assert outcomes[0].value == 0.3
    assert breaker.seconds_left() == 0.0


def test_an_explanation_is_not_asked_for_twice(service: Service) -> None:
    service.always = "status:503"

    with pytest.raises(EngineUnavailableError):
        engine_of(service).explain("one")

    assert len(service.requests) == 1


def test_nothing_of_texts_tokens_or_answers_is_logged(
    service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "token").write_text("canary-token")
    engine = engine_of(service, token_file=tmp_path / "token")
    service.plan = ["status:500"] * 3

    for _ in range(3):
        refusal(engine, ("canary-text",))

    assert "canary" not in caplog.text
    assert "secret" not in caplog.text
    assert "Engine acme is left alone for a while: acme failed (status 500)." in caplog.text


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


def test_the_likeliest_label_alone_is_understood(service: Service) -> None:
    service.answer = lambda request: labels(joy=0.9, anger=0.6)

    outcomes = classifier_of(service, EMOTION).analyze(["a", "b"])

    assert [outcome.value for outcome in outcomes] == [{"joy": 0.9}, {"anger": 0.6}]


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


@pytest.mark.parametrize("module", [service_calls, surrogates], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_are_true(module: Any) -> None:
    result = doctest.testmod(module)

    assert result.attempted > 0
    assert result.failed == 0
