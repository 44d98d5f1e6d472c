"""The batch pages."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analyses.models import BatchAnalysis, TextAnalysis, Worker
from analyses.queries import shell
from tests.factories import make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db


def running_batch(**fields: Any) -> BatchAnalysis:
    """Make a batch of three texts: one done, one failed, one waiting."""
    batch = make_batch(batch_name="May reviews", **fields)
    make_scored(0.5, batch_analysis=batch)
    make_analysis(batch_analysis=batch, status="error", error_message="too slow", text_content="=1+1")
    make_analysis(batch_analysis=batch)
    batch.refresh_from_db()
    return batch


def finished_batch(**fields: Any) -> BatchAnalysis:
    batch = make_batch(**fields)
    make_scored(0.5, batch_analysis=batch)
    batch.refresh_from_db()
    return batch


def page_of(client: Client, batch: BatchAnalysis) -> str:
    response = client.get(reverse("admin:batch", args=(batch.pk,)))
    assert response.status_code == 200
    return response.content.decode()


def poll(client: Client, batch: BatchAnalysis, **parameters: str) -> Any:
    return client.get(
        reverse("admin:batch_progress", args=(batch.pk,)), parameters, headers={"HX-Request": "true"}
    )


def version_in(page: str) -> str:
    found = re.search(r"progress/\?version=([\w-]+)", page)
    assert found
    return found[1]


def keep_worker_alive() -> Worker:
    now = timezone.now()
    return Worker.objects.create(name="worker", started_at=now, heartbeat_at=now)


def test_figures_of_a_batch_lead_to_its_rows(analyst_client: Client) -> None:
    batch = running_batch()

    page = page_of(analyst_client, batch)

    for query in (
        "status=completed&amp;status=cached",
        "status=error",
        "status=pending&amp;status=processing",
    ):
        assert f'href="/explore/?batch={batch.pk}&amp;{query}" class="kpi' in page
    assert 'aria-label="1 done, 1 failed, 1 waiting"' in page
    assert f'href="/explore/?batch={batch.pk}&amp;status=error&amp;error=too+slow">1</a>' in page


def test_without_a_worker_the_page_says_how_to_start_one(analyst_client: Client) -> None:
    page = page_of(analyst_client, running_batch())

    assert "No worker has ever been alive." in page
    assert "<code>python manage.py run_worker</code>" in page


def test_a_dead_worker_is_named_by_its_last_moment_within_fifteen_seconds(analyst_client: Client) -> None:
    batch = running_batch()
    worker = keep_worker_alive()
    assert "No worker" not in page_of(analyst_client, batch)

    worker.heartbeat_at = timezone.now() - timedelta(seconds=16)
    worker.save()

    assert "No worker has been alive since" in page_of(analyst_client, batch)


def test_a_finished_batch_needs_no_worker_and_is_not_polled(analyst_client: Client) -> None:
    page = page_of(analyst_client, finished_batch())

    assert "No worker" not in page
    assert "batch_progress" not in page
    assert "every 2s" not in page


def test_a_poll_answers_204_until_something_moves(analyst_client: Client) -> None:
    batch = running_batch()
    version = version_in(page_of(analyst_client, batch))

    assert poll(analyst_client, batch, version=version).status_code == 204
    make_analysis(batch_analysis=batch)
    moved = poll(analyst_client, batch, version=version)

    assert moved.status_code == 200
    assert 'aria-label="1 done, 1 failed, 2 waiting"' in moved.content.decode()
    assert version_in(moved.content.decode()) != version


def test_the_last_poll_stops_polling_and_brings_the_results(analyst_client: Client) -> None:
    batch = finished_batch()

    answer = poll(analyst_client, batch, version="older")

    page = answer.content.decode()
    assert answer.status_code == 286
    assert "every 2s" not in page
    assert 'id="batch-results"' in page
    assert 'id="batch-tag" hx-swap-oob="true"' in page


def test_results_are_asked_for_apart_from_the_figures(analyst_client: Client) -> None:
    answer = poll(analyst_client, running_batch(), part="results")

    assert answer.status_code == 200
    assert 'aria-label="Results so far"' in answer.content.decode()


def test_languages_are_listed_with_their_rows(analyst_client: Client) -> None:
    batch = make_batch(analysis_type="language")
    make_analysis(batch_analysis=batch, status="completed", language_detected="de")

    page = page_of(analyst_client, batch)

    query = f"batch={batch.pk}&amp;status=completed&amp;status=cached&amp;language=de"
    assert f'href="/explore/?{query}"' in page


def test_a_hostile_name_is_escaped_and_isolated(analyst_client: Client) -> None:
    page = page_of(analyst_client, make_batch(batch_name="<script>\u202eevil"))

    assert "<script>\u202e" not in page
    assert "<bdi>&lt;script&gt;\u202eevil</bdi>" in page


def test_cancel_keeps_results_and_resume_goes_on(editor_client: Client) -> None:
    batch = running_batch()

    cancelled = editor_client.post(reverse("admin:batch_cancel", args=(batch.pk,)), follow=True)
    assert BatchAnalysis.objects.filter(pk=batch.pk, cancelled_at__isnull=False).exists()
    assert "The batch is cancelled. Results so far stay." in cancelled.content.decode()
    assert "Resume" in cancelled.content.decode()

    editor_client.post(reverse("admin:batch_resume", args=(batch.pk,)))
    assert BatchAnalysis.objects.filter(pk=batch.pk, cancelled_at__isnull=True).exists()
    assert batch.jobs.filter(state="queued").count() == 1


def test_retry_touches_only_rows_of_that_reason(editor_client: Client) -> None:
    batch = running_batch()
    make_analysis(batch_analysis=batch, status="error", error_message="no letters")

    page = editor_client.post(
        reverse("admin:batch_retry", args=(batch.pk,)), {"reason": "too slow"}, follow=True
    ).content.decode()

    failed = TextAnalysis.objects.filter(status="error")
    assert [row.error_message for row in failed] == ["no letters"]
    assert "1 row is tried again." in page


def test_retry_without_a_reason_takes_all_failed_rows(editor_client: Client) -> None:
    batch = running_batch()

    editor_client.post(reverse("admin:batch_retry", args=(batch.pk,)))

    batch.refresh_from_db()
    assert (batch.error_count, batch.waiting_count) == (0, 2)


@pytest.mark.parametrize("name", ["batch_cancel", "batch_resume", "batch_retry"])
def test_an_analyst_steers_nothing_and_sees_no_button(analyst_client: Client, name: str) -> None:
    batch = running_batch()
    address = reverse(f"admin:{name}", args=(batch.pk,))

    assert analyst_client.post(address).status_code == 403
    assert address not in page_of(analyst_client, batch)


@pytest.mark.parametrize("name", ["batch_cancel", "batch_resume", "batch_retry"])
def test_nothing_is_changed_by_opening_an_address(editor_client: Client, name: str) -> None:
    assert editor_client.get(reverse(f"admin:{name}", args=(running_batch().pk,))).status_code == 405


@pytest.mark.parametrize("name", ["batch", "batch_progress", "batch_failures_csv"])
def test_a_batch_that_is_not_there_is_a_404(analyst_client: Client, name: str) -> None:
    assert analyst_client.get(reverse(f"admin:{name}", args=(10**25,))).status_code == 404
    trashed = make_batch(deleted_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert analyst_client.get(reverse(f"admin:{name}", args=(trashed.pk,))).status_code == 404


def test_failed_rows_are_downloaded_safe_for_spreadsheets(analyst_client: Client) -> None:
    batch = running_batch()

    answer = analyst_client.get(reverse("admin:batch_failures_csv", args=(batch.pk,)))

    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    assert lines[0] == "line,external_id,reason,text"
    assert len(lines) == 2
    assert lines[1].endswith("too slow,'=1+1")
    assert answer["Content-Disposition"] == f'attachment; filename="batch-{batch.pk}-failures.csv"'


def test_the_list_shows_newest_first_and_pages_by_id(
    analyst_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyses.choices.PAGE_ROWS", 2)
    names = [make_batch(batch_name=f"batch {letter}").pk for letter in "abc"]

    first = analyst_client.get(reverse("admin:batches")).content.decode()
    second = analyst_client.get(f"/batches/?older_than={names[1]}").content.decode()

    assert re.findall(r"<bdi>(batch \w)</bdi>", first) == ["batch c", "batch b"]
    assert f'href="/batches/?older_than={names[1]}"' in first
    assert re.findall(r"<bdi>(batch \w)</bdi>", second) == ["batch a"]


@pytest.mark.parametrize("value", ["", "-1", "two", "9" * 30, "%00", "٣"])
def test_a_page_that_is_no_number_is_refused(analyst_client: Client, value: str) -> None:
    assert analyst_client.get("/batches/", {"older_than": value}).status_code == 400


def queries_of(client: Client, address: str) -> int:
    """Count the queries of a page that this session saw before, with nothing remembered by the shell."""
    client.get(address)
    shell.forget()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_the_list_takes_as_many_queries_for_many_batches_as_for_one(analyst_client: Client) -> None:
    running_batch()
    one = queries_of(analyst_client, reverse("admin:batches"))
    for _number in range(7):
        running_batch()

    assert one == queries_of(analyst_client, reverse("admin:batches")) <= 12


def test_a_batch_takes_as_many_queries_for_many_failures_as_for_one(analyst_client: Client) -> None:
    batch = running_batch()
    address = reverse("admin:batch", args=(batch.pk,))
    one = queries_of(analyst_client, address)
    for number in range(4):
        make_analysis(batch_analysis=batch, status="error", error_message=f"reason {number}")

    assert one == queries_of(analyst_client, address) <= 13


def test_a_poll_takes_few_queries(analyst_client: Client) -> None:
    batch = running_batch()
    version = version_in(page_of(analyst_client, batch))

    with CaptureQueriesContext(connection) as queries:
        assert poll(analyst_client, batch, version=version).status_code == 204

    # Session, person, profile, role and two of permissions come before the three of the progress.
    assert len(queries) <= 9


def test_an_outsider_sees_no_batch(outsider_client: Client) -> None:
    assert outsider_client.get(reverse("admin:batches")).status_code in {302, 403}


def test_a_batch_without_a_score_lists_what_its_texts_say(analyst_client: Client) -> None:
    batch = make_batch(analysis_type="emotion")
    make_analysis(batch_analysis=batch, status="completed", emotion_scores={"joy": 0.2, "anger": 0.7})
    make_analysis(batch_analysis=batch, status="completed")

    page = analyst_client.get(reverse("admin:batch", args=(batch.pk,))).content.decode()

    assert "<h2>Strongest emotion</h2>" in page
    assert "Counted in 2 finished texts. In 1 the engine was not sure." in page
