"""Calls of a service, against a real one on this machine that behaves badly in every way we know."""

from __future__ import annotations

import doctest
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analyses.engines import service_calls, surrogates
from analyses.engines.breaker import Breaker
from analyses.engines.endpoint import EndpointEngine
from analyses.engines.service_calls import CallLimits
from analyses.exceptions import EngineUnavailableError
from tests.engines.asking import FACTS, LIMITS, caller, engine_of, refusal
from tests.engines.service import Service, free_port, running_service
from tests.engines.test_breaker import Clock
from tests.engines.texts import AWKWARD


@pytest.fixture
def service() -> Iterator[Service]:
    with running_service() as running:
        yield running


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
        ("status:500", "acme failed (status 500).", 2),
        ("status:501", "acme failed (status 501).", 1),
        ("status:204", "acme failed (status 204).", 1),
        (
            "status:401",
            "acme refuses the request (status 401): its entry in ULTRA_ENGINES may be wrong.",
            1,
        ),
        (
            "status:422",
            "acme refuses the request (status 422): its entry in ULTRA_ENGINES may be wrong.",
            2,
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


# --- A text that the service does not take ---------------------------------------------------------


@pytest.mark.parametrize("status", [400, 413, 422, 424, 500])
def test_a_text_that_the_service_refuses_fails_and_not_its_neighbours(service: Service, status: int) -> None:
    service.refuse = ("poison", status)
    texts = ["a", "bb", "poison 1", "dddd", "poison 2", "ffffff", "ggggggg"]

    outcomes = EndpointEngine(FACTS, caller(service.url), batch_size=8).analyze(texts)

    sentence = f"acme does not take this text (status {status})."
    assert [outcome.error for outcome in outcomes] == ["", "", sentence, "", sentence, "", ""]
    assert [outcome.value for outcome in outcomes] == [0.1, 0.2, None, 0.4, None, 0.6, 0.7]


def test_texts_that_are_refused_do_not_open_the_breaker(service: Service) -> None:
    service.refuse = ("poison", 413)
    breaker = Breaker(failures_max=1)

    outcomes = engine_of(service, breaker=breaker).analyze(["poison"] * 20)

    assert {outcome.error for outcome in outcomes} == {"acme does not take this text (status 413)."}
    assert breaker.seconds_left() == 0.0


def test_a_service_that_refuses_a_harmless_text_too_fails_no_row(service: Service) -> None:
    service.always = "status:422"
    breaker = Breaker(failures_max=1)

    assert refusal(engine_of(service, breaker=breaker), ("poison",)).retry_after_seconds > 25
    assert [request["texts"] for request in service.requests] == [["poison"], ["This is a short text."]]


def test_a_failure_that_passes_fails_no_row(service: Service) -> None:
    service.plan = ["status:500"]

    assert engine_of(service).analyze(["a"])[0].value == 0.1


def test_looking_for_the_text_to_blame_ends_with_the_whole_time(service: Service) -> None:
    service.refuse = ("poison", 413)
    service.pace_seconds = 0.1
    limits = CallLimits(timeout_seconds=0.5, retries=2, seconds_max=0.6)
    started = time.monotonic()

    with pytest.raises(EngineUnavailableError):
        EndpointEngine(FACTS, caller(service.url, limits=limits), batch_size=64).analyze(["poison"] * 64)

    assert time.monotonic() - started < 3


# --- A service that is not there, or not as it should be -------------------------------------------


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
    service.always = "status:501"
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
    service.plan = ["status:501"] * 3

    for _ in range(3):
        refusal(engine, ("canary-text",))

    assert "canary" not in caplog.text
    assert "key=" not in caplog.text  # of the address
    assert "secret" not in caplog.text
    assert "Engine acme is left alone for a while: acme failed (status 501)." in caplog.text


@pytest.mark.parametrize("module", [service_calls, surrogates], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_are_true(module: Any) -> None:
    result = doctest.testmod(module)

    assert result.attempted > 0
    assert result.failed == 0
