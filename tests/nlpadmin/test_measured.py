"""Requests are measured under the name of their page."""

from __future__ import annotations

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from analyses import measuring
from analyses.measuring import Kind, Recorder
from nlpadmin.measured import MeasureMiddleware

pytestmark = pytest.mark.django_db


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    fresh = Recorder()
    monkeypatch.setattr(measuring, "recorder", fresh)
    return fresh


def test_a_page_and_its_statements_bear_its_name(analyst_client: Client, recorder: Recorder) -> None:
    analyst_client.get(reverse("admin:explore"))

    found = recorder.look()
    assert [(name, one.count) for name, one in found.by_source(Kind.REQUEST).items()] == [
        ("admin:explore", 1)
    ]
    assert found.by_source(Kind.STATEMENT)["admin:explore"].count > 0


def test_probes_are_no_requests_and_wrong_addresses_share_one_name(
    analyst_client: Client, recorder: Recorder
) -> None:
    for path in ("/livez", "/no/such/page", "/nor/this"):
        analyst_client.get(path)

    (figure,) = recorder.look().by_source(Kind.REQUEST).values()
    assert figure.count == 2


def test_a_program_s_request_bears_its_operation_s_name(client: Client, recorder: Recorder) -> None:
    client.get("/api/analyses/1")

    (name,) = recorder.look().by_source(Kind.REQUEST)
    assert name.startswith("api")


def test_a_page_that_breaks_is_a_failed_one(
    analyst_client: Client, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down() -> None:
        raise ZeroDivisionError

    analyst_client.raise_request_exception = False
    monkeypatch.setattr("analyses.views.model_performance.model_performance.by_type", break_down)
    assert analyst_client.get(reverse("admin:models")).status_code == 500

    assert recorder.look().by_source(Kind.REQUEST)["admin:models"].failed == 1


def test_metrics_off_take_the_middleware_out(settings: object) -> None:
    settings.ENABLE_METRICS = False  # type: ignore[attr-defined]

    with pytest.raises(MiddlewareNotUsed):
        MeasureMiddleware(lambda request: HttpResponse())
