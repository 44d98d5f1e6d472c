"""The page that compares models: its numbers are those of the lists behind them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analyses.models import ModelPerformance
from analyses.queries import filtering, model_performance
from analyses.services import analyses, batches
from tests.factories import make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db

QUERIES_MAX = 9


def page_of(client: Client) -> str:
    response = client.get(reverse("admin:models"))
    assert response.status_code == 200
    return unescape(response.content.decode())


def make_model(name: str = "VADER", version: str = "3.3.2", **fields: Any) -> ModelPerformance:
    values = {
        "model_type": "sentiment",
        "avg_processing_time_ms": 0.25,
        "total_requests": 8,
        "successful_requests": 6,
        "error_count": 2,
        "memory_usage_mb": 120.4,
    }
    return ModelPerformance.objects.create(model_name=name, model_version=version, **values | fields)


def make_rows(editor: User) -> None:
    """Make three finished rows of one model, one of them corrected and one copied, a failed one, and others' rows."""
    corrected = make_scored(0.5)
    analyses.correct(corrected.pk, values={"sentiment_score": -1.0}, reason="irony", user=editor)
    make_scored(0.25)
    make_scored(0.25, status="cached", optimization_tier="basic")
    make_analysis(status="error", error_message="No.", model_used="VADER 3.3.2")
    make_scored(0.75, model_used="Other 1")
    make_analysis()


def test_every_number_of_rows_is_that_of_the_list_it_leads_to(analyst_client: Client, editor: User) -> None:
    make_rows(editor)
    make_model()
    page = page_of(analyst_client)

    found = re.findall(
        rf'href="{reverse("admin:explore")}\?([^"]+)">([\d,]+)(?: <span[^/]+/span>)?</a>', page
    )

    counts = [
        (filtering.parse(QueryDict(query), zone=timezone.get_current_timezone()).queryset.count(), int(shown))
        for query, shown in found
    ]
    assert sorted(shown for _counted, shown in counts) == [1, 1, 1, 3]
    assert all(counted == shown for counted, shown in counts)


def test_page_shows_what_the_model_did_and_no_invented_accuracy(analyst_client: Client, editor: User) -> None:
    make_rows(editor)
    make_model()

    page = page_of(analyst_client)

    for words in ("75.0 %", "0.2 ms", "4,000", "120 MB", "33.3 %", "basic, standard"):
        assert words in page, words
    assert "Empty until people have labelled texts." in page
    assert "6 requests answered, 2 failed." in page


def test_models_are_compared_by_bars_once_there_are_two(analyst_client: Client) -> None:
    make_model()
    assert '<ul class="bars">' not in page_of(analyst_client)

    make_model("Other", "1", avg_processing_time_ms=1.0)

    bars = re.findall(r'<rect class="fill-plain" x="0" y="0" width="([\d.]+)"', page_of(analyst_client))
    assert bars == ["100.0", "25.0"]


def test_models_meet_their_rows_by_name_and_version(editor: User) -> None:
    make_rows(editor)
    asked = make_model()
    make_model("Other", "2")

    found = model_performance.by_type()

    assert list(found) == ["sentiment"]
    assert [(one.model_used, one.done, one.failed, one.corrected) for one in found["sentiment"]] == [
        ("VADER 3.3.2", 3, 1, 1),
        ("Other 1", 1, 0, 0),
        ("Other 2", 0, 0, 0),
    ]
    assert found["sentiment"][0].asked == asked
    assert found["sentiment"][1].requests is None


def test_rows_in_the_trash_are_not_counted_and_requests_stay(editor: User) -> None:
    batch = make_batch()
    row = make_scored(0.5, batch_analysis=batch)
    analyses.correct(row.pk, values={"sentiment_score": -1.0}, reason="irony", user=editor)
    make_model()
    batches.trash(batch.pk, user=editor)

    (model,) = model_performance.by_type()["sentiment"]

    assert (model.done, model.corrected, model.requests) == (0, 0, 8)


def test_a_new_site_says_where_the_numbers_come_from(analyst_client: Client) -> None:
    assert "No model has answered yet" in page_of(analyst_client)


def test_number_of_queries_does_not_grow(analyst_client: Client, editor: User) -> None:
    make_rows(editor)
    page_of(analyst_client)
    with CaptureQueriesContext(connection) as few:
        page_of(analyst_client)
    for number in range(20):
        make_model(f"model {number}", model_type="quality")
        make_scored(0.5, model_used=f"model {number} 3.3.2")

    with CaptureQueriesContext(connection) as many:
        page_of(analyst_client)

    assert len(many) <= len(few) <= QUERIES_MAX


def test_outsider_and_visitor_see_nothing(outsider_client: Client, client: Client) -> None:
    url = reverse("admin:models")

    assert outsider_client.get(url)["Location"].startswith("/login/?next=")
    assert client.get(url)["Location"].startswith("/login/?next=")


def test_role_without_the_right_is_refused(analyst: User, analyst_client: Client) -> None:
    for group in analyst.groups.all():
        group.permissions.remove(*group.permissions.filter(codename="view_modelperformance"))

    response = analyst_client.get(reverse("admin:models"))

    assert response.status_code == 403
    assert reverse("admin:models") not in analyst_client.get(reverse("admin:index")).content.decode()
