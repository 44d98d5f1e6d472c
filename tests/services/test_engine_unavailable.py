"""An engine whose service does not answer: its rows wait, nothing fails, everything else goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from analyses.choices import JobKind, JobState, OptimizationTier
from analyses.engines import registry
from analyses.engines.base import Outcome
from analyses.engines.sentiment import VaderEngine
from analyses.exceptions import EngineUnavailableError, LeaseLostError
from analyses.models import BatchAnalysis, Job, TextAnalysis, Worker
from analyses.queries import batches as batch_queries
from analyses.services import analyses, analysing, batches, jobs
from tests.factories import make_analysis, make_batch

pytestmark = pytest.mark.django_db

REASON = "acme cannot be reached."


class MoodyEngine(VaderEngine):
    """Answers ten texts at once, until it was asked as often as it may be."""

    facts = replace(VaderEngine.facts, name="acme", version="1", tiers=(OptimizationTier.ULTRA,))
    texts_at_once = 10
    answers_left = 0
    asked = 0

    def analyze(self, texts: Sequence[str]) -> list[Outcome]:
        MoodyEngine.asked += 1
        if MoodyEngine.answers_left <= 0:
            raise EngineUnavailableError(REASON, retry_after_seconds=300)
        MoodyEngine.answers_left -= 1
        return super().analyze(texts)


@pytest.fixture(autouse=True)
def moody() -> Iterator[type[MoodyEngine]]:
    registry.configure([registry.Provider(MoodyEngine.facts, MoodyEngine)])
    MoodyEngine.answers_left = MoodyEngine.asked = 0
    yield MoodyEngine
    registry.configure(())


def batch_of(count: int, tier: str = "ultra") -> BatchAnalysis:
    batch = make_batch(optimization_tier=tier)
    for line in range(count):
        make_analysis(batch_analysis=batch, line_number=line, text_content=f"Text {line} at {tier}.")
    jobs.enqueue(batches.chunk_jobs(batch.pk, range(count)))
    batch.refresh_from_db()
    return batch


def run_due() -> int:
    count = 0
    while claim := jobs.claim_job(Job.objects.filter(kind=JobKind.ANALYSE_CHUNK), "test"):
        analysing.run(claim)
        count += 1
    return count


def make_due() -> None:
    # By the database's clock, which decides what is due.
    Job.objects.filter(state=JobState.QUEUED).update(run_after=jobs.in_future(-60))


def counts(batch: BatchAnalysis) -> tuple[int, int, int]:
    batch.refresh_from_db()
    return batch.completed_count, batch.error_count, batch.waiting_count


def test_what_was_computed_is_stored_and_the_rest_waits_until_later(moody: type[MoodyEngine]) -> None:
    batch = batch_of(35)
    moody.answers_left = 2

    assert run_due() == 1

    job = Job.objects.get(batch=batch)
    assert counts(batch) == (20, 0, 15)
    assert (job.state, job.attempts, job.error, job.claim_token) == (JobState.QUEUED, 0, REASON, "")
    assert 290 < (job.run_after - timezone.now()).total_seconds() <= 300
    call_command("check_data")


def test_rows_never_fail_however_long_the_service_is_away(moody: type[MoodyEngine]) -> None:
    batch = batch_of(35)
    for _ in range(20):
        make_due()
        assert run_due() == 1
    assert counts(batch) == (0, 0, 35)
    assert Job.objects.count() == 1  # not cut into smaller ones: no text is to blame

    moody.answers_left = 99
    make_due()
    run_due()

    assert counts(batch) == (35, 0, 0)
    assert Job.objects.get().error == ""
    assert set(batch.text_analyses.values_list("model_used", flat=True)) == {"acme 1"}
    call_command("check_data")


def test_other_batches_go_on(moody: type[MoodyEngine]) -> None:
    waiting, going = batch_of(3), batch_of(3, tier="basic")

    run_due()

    assert counts(waiting) == (0, 0, 3)
    assert counts(going) == (3, 0, 0)


def test_single_rows_of_other_engines_in_the_same_job_go_on(moody: type[MoodyEngine]) -> None:
    for tier in ("ultra", "basic", "standard"):
        analyses.create(text_content="A text.", analysis_type="sentiment", optimization_tier=tier)
    assert analyses.gather_single_rows() == 3

    run_due()

    waiting = TextAnalysis.objects.exclude(status__in=("completed", "cached"))
    assert [row.optimization_tier for row in waiting] == ["ultra"]
    moody.answers_left = 1
    make_due()
    assert run_due() == 1
    assert list(waiting.values_list("status", "error_message")) == []
    call_command("check_data")


def test_a_lost_lease_cannot_hand_the_job_back(moody: type[MoodyEngine]) -> None:
    batch_of(3)
    claim = jobs.claim("slow")
    assert claim
    Job.objects.update(claim_token="another")

    with pytest.raises(LeaseLostError):
        analysing.run(claim)

    assert Job.objects.get().error == ""


def test_runs_that_stopped_a_worker_still_count(moody: type[MoodyEngine]) -> None:
    batch_of(1)
    Job.objects.update(attempts=2)

    run_due()

    assert Job.objects.get().attempts == 2


# --- What the pages say --------------------------------------------------------------------------


@pytest.fixture
def worker() -> Worker:
    """Return a worker that lives: without one the pages say that instead."""
    return Worker.objects.create(name="w", started_at=timezone.now(), heartbeat_at=timezone.now())


def page_of(client: Client, batch: BatchAnalysis) -> str:
    return " ".join(client.get(reverse("admin:batch", args=(batch.pk,))).content.decode().split())


def test_the_batch_page_says_what_it_waits_for_and_when_it_is_tried_again(
    analyst_client: Client, worker: Worker, django_assert_num_queries: Any
) -> None:
    batch = batch_of(3)
    BatchAnalysis.objects.update(started_at=timezone.now() - timedelta(seconds=60))
    make_analysis(batch_analysis=batch, status="completed", sentiment_score=0.5)
    assert batch_queries.engine_wait(batch.pk) is None
    before = page_of(analyst_client, batch)
    run_due()

    with django_assert_num_queries(1):
        wait = batch_queries.engine_wait(batch.pk)
    page = page_of(analyst_client, batch)

    assert wait
    assert wait.again_at == Job.objects.get().run_after
    assert "Waiting for the engine: <bdi>acme cannot be reached.</bdi> Tried again about <time" in page
    assert "No row fails for it; this page goes on by itself." in page
    # Who waits for somebody else has no rate, and nobody knows when it ends.
    assert ("finishes about" in before, "finishes about" in page) == (True, False)


def test_the_page_says_while_it_is_tried_again_and_no_more_when_it_answers(
    analyst_client: Client, worker: Worker, moody: type[MoodyEngine]
) -> None:
    batch = batch_of(3)
    run_due()
    make_due()
    claim = jobs.claim("test")
    assert claim
    during = page_of(analyst_client, batch)

    moody.answers_left = 9
    analysing.run(claim)
    after = page_of(analyst_client, batch)

    assert "Waiting for the engine: <bdi>acme cannot be reached.</bdi> It is being tried again now." in during
    assert "Waiting for the engine" not in after


def test_a_poll_brings_the_sentence_and_its_end(analyst_client: Client, worker: Worker) -> None:
    batch = batch_of(3)
    address = reverse("admin:batch_progress", args=(batch.pk,))
    version = analyst_client.get(address).context["version"]
    assert analyst_client.get(address, {"version": version}).status_code == 204

    run_due()
    news = analyst_client.get(address, {"version": version})

    assert news.status_code == 200
    assert "Waiting for the engine" in news.content.decode()
    assert analyst_client.get(address, {"version": news.context["version"]}).status_code == 204
    make_due()
    assert analyst_client.get(address, {"version": news.context["version"]}).status_code == 200


def test_a_job_that_failed_otherwise_is_no_wait_for_an_engine() -> None:
    batch = batch_of(3)
    claim = jobs.claim("test")
    assert claim

    jobs.postpone(claim, "ValueError")

    assert batch_queries.engine_wait(batch.pk) is None
