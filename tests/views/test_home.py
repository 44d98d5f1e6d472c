"""The home dashboard."""

import re
from datetime import UTC, datetime
from html import unescape
from unittest.mock import patch

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analyses.queries import filtering, shell
from tests.factories import make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db


def page_of(client: Client) -> str:
    response = client.get(reverse("admin:index"))
    assert response.status_code == 200
    return response.content.decode()


def test_a_new_site_says_what_to_do_first(editor_client: Client) -> None:
    page = page_of(editor_client)

    assert "There are no texts yet" in page
    assert f'href="{reverse("admin:import_upload")}"' in page


def test_an_analyst_of_a_new_site_is_not_sent_to_a_page_that_refuses(analyst_client: Client) -> None:
    page = page_of(analyst_client)

    assert "An editor imports texts" in page
    assert reverse("admin:import_upload") not in page


def test_every_figure_leads_to_its_rows(analyst_client: Client) -> None:
    make_scored(0.5)
    make_scored(-0.25, status="cached")
    make_analysis()
    make_analysis(status="error", error_message="too & slow")

    page = page_of(analyst_client)

    for query, value in (
        ("status=completed&amp;status=cached", 2),
        ("status=pending&amp;status=processing", 1),
        ("status=error", 1),
    ):
        assert f'href="/explore/?{query}" class="kpi' in page
        assert f">{value}</a>" in page
    assert "+0.12" in page or "+0.13" in page
    assert 'href="/explore/?status=error&amp;error=too+%26+slow"' in page
    assert 'href="/explore/?analysis_type=sentiment&amp;status=cached">1</a>' in page


def test_sentiment_bars_are_half_open_and_the_last_keeps_its_end(analyst_client: Client) -> None:
    make_scored(1.0)

    page = page_of(analyst_client)

    done = "analysis_type=sentiment&amp;status=completed&amp;status=cached"
    assert f'"/explore/?{done}&amp;sentiment_min=-0.1&amp;sentiment_max=0.0"' in page
    assert f'"/explore/?{done}&amp;sentiment_min=0.9"' in page
    assert "Covers 1 of 1 texts: 0 waiting, 0 failed." in page


def test_bars_of_days_open_whole_utc_days(analyst_client: Client) -> None:
    make_analysis(occurred_at=datetime(2026, 11, 21, 23, 59, tzinfo=UTC))

    with patch("analyses.views.home.timezone.now", return_value=datetime(2026, 11, 23, 12, 0, tzinfo=UTC)):
        page = page_of(analyst_client)

    assert 'href="/explore/?date_from=2026-11-21T00%3A00%3A00Z&amp;date_to=2026-11-22T00%3A00%3A00Z"' in page
    assert "<title>21 Nov: 1</title>" in page


def test_every_linked_count_is_exactly_as_many_rows_as_its_filter_finds(analyst_client: Client) -> None:
    batch = make_batch()
    for score in (-1.0, -0.1, 0.0, 0.3, 0.95, 1.0):
        make_scored(score, batch_analysis=batch)
    make_analysis(status="cached", analysis_type="language", language_detected="de")
    make_analysis()
    for reason in ("too slow", "too slow", "100 % wrong & odd"):
        make_analysis(status="error", error_message=reason)

    links = re.findall(r'href="/explore/\?([^"]+)"[^>]*>([\d,]+)[ <]', page_of(analyst_client))

    assert len(links) > 60
    for query, count in links:
        found = filtering.parse(QueryDict(unescape(query)), zone=UTC)
        assert found.queryset.count() == int(count), query


def test_running_batches_show_progress_and_wait_for_a_worker(analyst_client: Client) -> None:
    make_batch(batch_name="May reviews", batch_size=10, completed_count=4, error_count=1, status="processing")

    page = page_of(analyst_client)

    assert "May reviews" in page
    assert 'aria-label="4 done, 1 failed, 5 waiting"' in page
    assert "waits for a worker" in page


def test_the_page_takes_as_many_queries_for_many_rows_as_for_one(analyst_client: Client) -> None:
    counts = []
    for rows in (1, 4):
        for _number in range(rows):
            batch = make_batch(batch_size=5, status="processing")
            make_analysis(status="error", error_message="too slow", batch_analysis=batch)
        page_of(analyst_client)
        shell.forget()
        with CaptureQueriesContext(connection) as queries:
            page_of(analyst_client)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 16


def test_an_outsider_is_refused(outsider_client: Client) -> None:
    assert outsider_client.get(reverse("admin:index")).status_code in {302, 403}
