"""Every way in leads to the search."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from analyses.choices import JobKind, JobState
from analyses.engines import configured, registry, specs
from analyses.exceptions import LeaseLostError
from analyses.models import Job, SearchDocument, TextAnalysis
from analyses.services import analyses, batch_texts, batches, bulk, jobs, search_documents, workers
from tests.factories import make_analysis, make_batch

pytestmark = pytest.mark.django_db


def run_jobs() -> None:
    loop = workers.WorkLoop()
    while loop.step():
        pass


def lacking() -> set[int]:
    return set(TextAnalysis.objects.filter(search_document__isnull=True).values_list("pk", flat=True))


def test_single_texts_are_indexed_once_a_worker_takes_them_up() -> None:
    analyses.create(text_content="A late delivery.", analysis_type="sentiment")
    list(bulk.create_many(["One.", "Two."], analysis_type="quality"))
    before = lacking()

    run_jobs()

    assert len(before) == 3
    assert lacking() == set()


def test_a_text_whose_result_came_before_any_worker_is_indexed() -> None:
    row, _is_new = analyses.create(text_content="A late delivery.", analysis_type="sentiment")

    analyses.update(row.pk, {"status": "completed", "sentiment_score": 0.5})
    analyses.update(row.pk, {"confidence_score": 0.5})

    assert [job.arguments["ids"] for job in Job.objects.filter(kind=JobKind.INDEX_TEXTS)] == [[row.pk]]
    run_jobs()
    assert lacking() == set()


@pytest.fixture
def acme() -> Iterator[None]:
    """Name an external engine for sentiment at tier ultra."""
    written = '[{"type": "sentiment", "name": "acme", "version": "3", "external": true}]'
    registry.configure(configured.providers(specs.read(written), lease_seconds=60))
    yield
    registry.configure(())


def test_texts_that_wait_for_an_external_engine_are_indexed_meanwhile(acme: None) -> None:
    make_analysis(optimization_tier="ultra")
    other = make_analysis()

    made = [search_documents.index_external(), search_documents.index_external()]

    assert made == [1, 0]
    assert lacking() == {other.pk}


def test_texts_added_to_a_batch_are_indexed_even_when_it_is_cancelled() -> None:
    batch = batch_texts.create(batch_name="posted", analysis_type="sentiment")
    batch_texts.add_texts(batch.pk, [f"Text {number}." for number in range(7)])
    batches.cancel(batch.pk, user=None)

    run_jobs()

    assert lacking() == set()
    assert SearchDocument.objects.count() == 7


def test_a_job_makes_only_what_lacks_and_can_be_repeated() -> None:
    batch = make_batch()
    rows = [make_analysis(batch_analysis=batch, line_number=number) for number in range(2, 6)]
    search_documents.put(rows[0])
    search_documents.enqueue_lines(batch.pk, [2, 3, 4])
    search_documents.enqueue_lines(batch.pk, [2, 3, 4])

    for _turn in range(2):
        claim = jobs.claim("test")
        assert claim is not None
        search_documents.run(claim)

    assert lacking() == {rows[3].pk}
    assert set(Job.objects.values_list("state", flat=True)) == {JobState.DONE}


def test_a_job_that_went_to_another_worker_stores_nothing() -> None:
    row = make_analysis()
    search_documents.enqueue([row.pk])
    claim = jobs.claim("slow")
    assert claim is not None
    Job.objects.update(claim_token="another")

    with pytest.raises(LeaseLostError):
        search_documents.run(claim)

    assert lacking() == {row.pk}


def test_the_migration_leaves_the_texts_there_already_to_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [make_analysis() for _ in range(3)]
    migration = MigrationLoader(connection).get_migration_by_prefix("analyses", "0049")
    enqueue = migration.operations[0].code  # type: ignore[attr-defined]
    monkeypatch.setitem(enqueue.__globals__, "RANGE_ROWS", rows[-1].pk - 1)

    enqueue(apps, SimpleNamespace(connection=connection))

    assert Job.objects.count() == 2
    run_jobs()
    assert lacking() == set()


def test_all_that_lacks_a_document_can_be_indexed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [make_analysis() for _ in range(3)]
    search_documents.put(rows[0])
    monkeypatch.setattr(search_documents, "RANGE_ROWS", rows[1].pk)
    out = StringIO()

    call_command("index_texts", stdout=out)
    run_jobs()

    assert out.getvalue() == "2 jobs wait for a worker.\n"
    assert lacking() == set()
