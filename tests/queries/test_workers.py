"""Whether a worker is alive."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from analyses.models import Worker
from analyses.queries import workers

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def make_worker(name: str, *, seconds_ago: float, stopped: bool = False) -> Worker:
    heartbeat_at = NOW - timedelta(seconds=seconds_ago)
    return Worker.objects.create(
        name=name, started_at=NOW, heartbeat_at=heartbeat_at, stopped_at=heartbeat_at if stopped else None
    )


def test_no_worker_ever_ran() -> None:
    assert workers.alive(NOW) is False
    assert workers.last_heard_of() is None


@pytest.mark.parametrize(("seconds_ago", "expected"), [(0, True), (15, True), (15.5, False), (3600, False)])
def test_a_worker_is_alive_for_fifteen_seconds_after_its_heartbeat(
    seconds_ago: float, expected: bool
) -> None:
    make_worker("one", seconds_ago=seconds_ago)

    assert workers.alive(NOW) is expected


def test_a_stopped_worker_is_not_alive_but_was_heard_of() -> None:
    make_worker("gone", seconds_ago=2, stopped=True)
    make_worker("older", seconds_ago=60)

    assert workers.alive(NOW) is False
    assert workers.last_heard_of() == datetime(2026, 11, 22, 13, 59, 58, tzinfo=UTC)


def test_state_takes_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_worker("one", seconds_ago=3)

    with django_assert_num_queries(1):
        state = workers.state(NOW)

    assert state == workers.WorkersState(
        alive=True, last_heard_of=datetime(2026, 11, 22, 13, 59, 57, tzinfo=UTC)
    )
