"""The ledger: one claim a job, leases that end, effects of the holder alone."""

import pytest
from django.db import connection
from django.db.models.functions import Now

from analyses.choices import JobKind, JobState
from analyses.exceptions import LeaseLostError
from analyses.models import Job
from analyses.services import jobs

pytestmark = pytest.mark.django_db


def enqueue(**fields: object) -> Job:
    jobs.enqueue([jobs.new_job(JobKind.ANALYSE_CHUNK, {"ids": [1], "rows": 1})])
    job = Job.objects.latest("id")
    if fields:
        Job.objects.filter(pk=job.pk).update(**fields)
    return job


def test_claim_takes_each_job_once() -> None:
    enqueue()

    first, second = jobs.claim("a"), jobs.claim("b")

    assert first is not None
    assert second is None


def test_claim_prefers_priority_then_age() -> None:
    old = enqueue()
    urgent = enqueue(priority=10)

    taken = [jobs.claim("a"), jobs.claim("a")]

    assert [claim.job_id for claim in taken if claim] == [urgent.pk, old.pk]


def test_claim_leaves_a_job_that_is_not_due() -> None:
    enqueue(run_after=jobs.in_future(60))

    assert jobs.claim("a") is None


def test_expired_lease_goes_to_the_next_worker_and_the_first_changes_nothing() -> None:
    enqueue()
    zombie = jobs.claim("a")
    assert zombie
    Job.objects.update(lease_until=jobs.in_future(-1))

    assert jobs.requeue_expired() == 1
    second = jobs.claim("b")

    assert second is not None
    assert second.attempts == 2
    for act in (jobs.hold, jobs.finish, lambda claim: jobs.fail(claim, "late")):
        with pytest.raises(LeaseLostError, match="belongs to another worker"):
            act(zombie)
    assert Job.objects.get().claim_token == second.token


def test_live_lease_is_left_alone() -> None:
    enqueue()
    claim = jobs.claim("a")

    assert claim is not None
    assert jobs.requeue_expired() == 0


def test_finish_ends_the_job() -> None:
    enqueue()
    claim = jobs.claim("a")
    assert claim

    jobs.finish(claim)

    job = Job.objects.get()
    assert job.state == JobState.DONE
    assert job.finished_at is not None
    assert not jobs.unfinished()


def test_cancelled_job_can_store_nothing() -> None:
    enqueue()
    claim = jobs.claim("a")
    assert claim

    assert jobs.cancel(Job.objects.all()) == 1

    with pytest.raises(LeaseLostError):
        jobs.finish(claim)


def test_postponed_job_waits_longer_each_time() -> None:
    waits = []
    for attempts in (1, 2, 3):
        enqueue(attempts=attempts - 1)
        claim = jobs.claim("a")
        assert claim
        jobs.postpone(claim, "Boom")
        row = Job.objects.annotate(now=Now()).get(pk=claim.job_id)
        waits.append((row.run_after - row.now).total_seconds())

    assert 0.5 < waits[0] < 1.3 < waits[1] < 2.5 < waits[2] < 5


def test_release_does_not_count_the_attempt() -> None:
    enqueue()
    claim = jobs.claim("a")
    assert claim

    jobs.release(claim)

    assert jobs.claim("b").attempts == 1  # type: ignore[union-attr]


def test_claim_costs_a_constant_number_of_queries(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _ in range(50):
        enqueue()

    with django_assert_max_num_queries(4 if connection.vendor == "sqlite" else 5):
        assert jobs.claim("a")
