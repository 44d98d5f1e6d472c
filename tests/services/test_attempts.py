"""Failures are counted over processes, within a window, and forgotten after it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analyses.choices import ATTEMPTS_MAX, AttemptKind
from analyses.exceptions import DatabaseError
from analyses.models import Attempt
from analyses.services import attempts
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 5, 1, 12, 0, 10, tzinfo=UTC)


def fail(times: int, who: str = "192.0.2.1") -> list[int]:
    return [attempts.failed(AttemptKind.TOKEN, who).left for _ in range(times)]


@time_machine.travel(NOON, tick=False)
def test_failures_beyond_the_limit_are_said_so_until_the_window_ends() -> None:
    standings = [attempts.failed(AttemptKind.TOKEN, "192.0.2.1") for _ in range(22)]

    assert [one.is_beyond for one in standings] == [False] * 20 + [True] * 2
    assert (standings[0].left, standings[0].seconds) == (19, 50)
    assert fail(1, "192.0.2.2") == [19]
    with time_machine.travel(datetime(2026, 5, 1, 12, 1, tzinfo=UTC), tick=False):
        assert fail(1) == [19]


@time_machine.travel(NOON, tick=False)
def test_another_process_learns_what_was_counted() -> None:
    fail(20)
    attempts.forget_all_here()  # as a process that begins

    assert fail(5) == [19, 18, 17, 16, -5]
    assert Attempt.objects.get().count == 25


@time_machine.travel(NOON, tick=False)
def test_a_flood_writes_seldom_and_holds_no_address() -> None:
    with CaptureQueriesContext(connection) as statements:
        fail(1000)

    writes = [one["sql"] for one in statements if one["sql"].startswith(("UPDATE", "INSERT"))]
    assert len(writes) <= 8
    assert not [row for row in Attempt.objects.values_list() if "192.0.2.1" in str(row)]


@time_machine.travel(NOON, tick=False)
def test_failures_at_once_are_all_counted() -> None:
    run_at_once(4, lambda _number: fail(5))

    assert Attempt.objects.get().count == 20
    assert fail(1) == [-1]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "KEYS_MAX", 10)

    for number in range(100):
        fail(1, f"192.0.2.{number}")

    assert len(attempts._tallies) == 10


@time_machine.travel(NOON, tick=False)
def test_without_the_database_a_process_counts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_given: Any) -> int:
        raise DatabaseError("count attempts", "It is away.", fault="lost")

    monkeypatch.setattr(attempts, "_tell", away)

    assert fail(ATTEMPTS_MAX + 1)[-2:] == [0, -1]


def test_windows_that_are_over_are_dropped() -> None:
    with time_machine.travel(NOON, tick=False):
        fail(5)
    fail(5)

    assert attempts.forget_old() == 1
    assert Attempt.objects.count() == 1
