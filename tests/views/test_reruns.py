"""The page that runs rows again: who may, what it shows, and where it leads."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analyses.models import BatchAnalysis, Import, Job, ModelPerformance
from analyses.services import workers
from analyses.views import links
from tests.factories import make_analysis, make_batch, make_import, make_scored

pytestmark = pytest.mark.django_db

ASKED = {"name": "again", "analysis_types": ["sentiment"], "tier": "basic"}


@pytest.fixture
def batch() -> BatchAnalysis:
    made = make_batch(batch_name="May reviews", source_import=make_import(accepted_count=3))
    for score in (0.1, 0.2, 0.3):
        make_scored(score, batch_analysis=made)
    return made


def work() -> None:
    loop = workers.WorkLoop()
    loop.start()
    while loop.step():
        pass


def test_the_page_says_which_rows_and_proposes_their_type(
    editor_client: Client, batch: BatchAnalysis
) -> None:
    ModelPerformance.objects.create(
        model_name="VADER",
        model_version="3.3.2",
        model_type="sentiment",
        avg_processing_time_ms=20_000,
        total_requests=1,
        successful_requests=1,
    )

    page = editor_client.get(links.run_again(f"batch={batch.pk}&sort=id")).content.decode()

    assert f'<a href="/explore/?batch={batch.pk}">3 texts</a>, sentiment' in page
    assert 'value="again: May reviews"' in page
    assert 'name="analysis_types" value="sentiment" checked' in page
    assert "May reviews" in page


def test_the_time_is_told_where_it_is_known(editor_client: Client, batch: BatchAnalysis) -> None:
    from analyses.engines import registry

    facts = registry.find_facts("sentiment", "basic")
    assert facts is not None
    ModelPerformance.objects.create(
        model_name=facts.name,
        model_version=facts.version,
        model_type="sentiment",
        avg_processing_time_ms=20_000,
        total_requests=1,
        successful_requests=1,
    )

    page = editor_client.get(links.run_again(f"batch={batch.pk}")).content.decode()

    assert "20.0 s" in page
    assert "about 1.0 min" in page


def test_rows_of_several_types_are_asked_which(editor_client: Client, batch: BatchAnalysis) -> None:
    make_analysis(analysis_type="language")

    page = editor_client.get(links.run_again("status=completed")).content.decode()

    assert 'href="/explore/run-again/?status=completed&amp;analysis_type=sentiment"' in page
    assert 'href="/explore/run-again/?status=completed&amp;analysis_type=language"' in page
    assert "analysis_type=topics" not in page
    assert editor_client.post(links.run_again("status=completed"), ASKED).status_code == 200
    assert not Job.objects.exists()


def test_one_type_leads_to_its_batch_which_is_worked_on(editor_client: Client, batch: BatchAnalysis) -> None:
    answer = editor_client.post(links.run_again(f"batch={batch.pk}"), ASKED)

    made = BatchAnalysis.objects.exclude(pk=batch.pk).get()
    assert answer["Location"] == reverse("admin:batch", args=[made.pk])
    work()
    page = editor_client.get(answer["Location"]).content.decode()
    assert "copied into new batches" in page
    assert f'<a href="/explore/?batch={batch.pk}">rows</a>' in page
    assert "3 of 3 texts" in page


def test_several_types_lead_to_all_of_them(editor_client: Client, batch: BatchAnalysis) -> None:
    types = {"analysis_types": ["sentiment", "language"]}

    answer = editor_client.post(links.run_again(f"batch={batch.pk}&sentiment_min=0.15"), ASKED | types)

    record = Import.objects.exclude(pk=batch.source_import_id or 0).get()
    assert answer["Location"] == reverse("admin:import", args=[record.pk])
    work()
    page = editor_client.get(answer["Location"]).content.decode()
    assert f'<a href="/explore/?batch={batch.pk}&amp;sentiment_min=0.15">rows</a> run again' in page
    assert "started by" in page
    assert "rows run again" in editor_client.get(reverse("admin:analyses_import_changelist")).content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "Give the batches a name."),
        ({"name": "a\x00b"}, "Null characters are not allowed."),
        ({"analysis_types": []}, "Choose at least one type of analysis."),
        ({"analysis_types": ["mood"]}, "mood is not one of the available choices"),
        ({"tier": "turbo"}, "turbo is not one of the available choices"),
        ({"tier": "ultra"}, "Name a model for it in ULTRA_ENGINES"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    editor_client: Client, batch: BatchAnalysis, changes: dict[str, Any], sentence: str
) -> None:
    answer = editor_client.post(links.run_again(f"batch={batch.pk}"), ASKED | {"name": "typed"} | changes)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "nothing was started" in page
    assert "name" in changes or 'value="typed"' in page
    assert not Job.objects.exists()


def test_no_rows_are_not_run(editor_client: Client, batch: BatchAnalysis) -> None:
    url = links.run_again(f"batch={batch.pk}&sentiment_min=0.9")

    assert "disabled>Run again" in editor_client.get(url).content.decode()
    answer = editor_client.post(url, ASKED)
    assert answer.status_code == 422
    assert "No row matches" in answer.content.decode()


@pytest.mark.parametrize("query", ["nonsense=1", "batch=abc", "analysis_type=mood", "list=1", "q=%00"])
def test_a_filter_that_is_none_is_answered_with_why(editor_client: Client, query: str) -> None:
    for answer in (
        editor_client.get(links.run_again(query)),
        editor_client.post(links.run_again(query), ASKED),
    ):
        assert answer.status_code == 400
        assert 'role="alert"' in answer.content.decode()


def test_only_editors_run_rows_again(
    analyst_client: Client, operator_client: Client, outsider_client: Client, batch: BatchAnalysis
) -> None:
    url = links.run_again(f"batch={batch.pk}")

    assert [client.get(url).status_code for client in (analyst_client, operator_client)] == [403, 200]
    assert [client.post(url, ASKED).status_code for client in (analyst_client, outsider_client)] == [403, 302]
    assert Client().get(url).status_code == 302
    assert not Job.objects.exists()


def test_the_page_asks_a_constant_number_of_queries(
    editor_client: Client, batch: BatchAnalysis, django_assert_max_num_queries: Any
) -> None:
    for _index in range(30):
        make_scored(0.5, batch_analysis=batch)
    editor_client.get(links.run_again(f"batch={batch.pk}"))

    with django_assert_max_num_queries(12):
        editor_client.get(links.run_again(f"batch={batch.pk}"))
