"""Managed transactions: all or nothing, our own errors, and again after what passes by itself."""

from __future__ import annotations

import logging
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Event, Thread
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import (
    DEFAULT_DB_ALIAS,
    DataError,
    IntegrityError,
    OperationalError,
    connection,
    connections,
    transaction,
)

from analyses.exceptions import DatabaseError, ValidationError
from analyses.models import TextAnalysis
from analyses.queries.driver_errors import Fault
from analyses.services import transactions
from tests.factories import make_analysis
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def short_delay(settings: Any) -> None:
    settings.RETRY_DELAY = 0.02


class AwayError(Exception):
    """Stands for a driver's error with a code."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("server words with a secret")
        self.sqlstate = sqlstate


def driver_error(sqlstate: str) -> OperationalError:
    error = OperationalError("server words with a secret")
    error.__cause__ = AwayError(sqlstate)
    return error


class Flaky:
    """Fails as often as it is told, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        make_analysis()
        if self.errors:
            raise self.errors.pop(0)
        return self.calls


def test_transient_failures_are_tried_again_and_leave_nothing(settings: Any) -> None:
    settings.RETRY_ATTEMPTS = 3
    work = Flaky(driver_error("40P01"), driver_error("40001"), driver_error("08006"))

    assert transactions.managed("work")(work)() == 4
    assert TextAnalysis.objects.count() == 1


def test_attempts_end(settings: Any) -> None:
    settings.RETRY_ATTEMPTS = 2
    work = Flaky(*(driver_error("40P01") for _ in range(9)))

    with pytest.raises(DatabaseError) as caught:
        transactions.managed("work")(work)()

    assert work.calls == 3
    assert caught.value.details["fault"] == Fault.CONFLICT
    assert not TextAnalysis.objects.exists()


def test_delay_lies_between_half_and_the_whole(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RETRY_DELAY = 8.0
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)

    transactions.managed("work")(Flaky(driver_error("40P01"), driver_error("40P01")))()

    assert len(waited) == 2
    assert all(4.0 <= seconds <= 8.0 for seconds in waited)


@pytest.mark.parametrize("sqlstate", ["57014", "53300", "42601"])
def test_other_driver_errors_are_not_tried_again(sqlstate: str) -> None:
    work = Flaky(driver_error(sqlstate))

    with pytest.raises(DatabaseError):
        transactions.managed("work")(work)()

    assert work.calls == 1


def test_drivers_words_stay_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(DatabaseError) as caught, transactions.managed("store texts"):
        raise driver_error("42601")

    assert str(caught.value) == ("Database store texts failed: The database refused it; the log says why.")
    assert "secret" not in str(caught.value)
    assert "server words with a secret" in caplog.text


@pytest.mark.parametrize("error", [KeyError("x"), PermissionDenied("no"), ValidationError("a", "b")])
def test_foreign_exceptions_pass_unchanged(error: Exception) -> None:
    work = Flaky(error)

    with pytest.raises(type(error)) as caught:
        transactions.managed("work")(work)()

    assert caught.value is error
    assert work.calls == 1
    assert not TextAnalysis.objects.exists()


def test_constraint_speaks_in_its_own_words(caplog: pytest.LogCaptureFixture) -> None:
    row = make_analysis(text_content="A private text.")

    with pytest.raises(ValidationError) as caught, transactions.managed("work"):
        TextAnalysis.objects.filter(pk=row.pk).update(sentiment_score=1.5)

    assert caught.value.field == "data_integrity"
    assert caught.value.reason == "This number must lie between -1.0 and 1.0."
    assert caught.value.__suppress_context__
    assert "private" not in caplog.text


def test_unique_key_gives_a_sentence() -> None:
    first = make_analysis(dedupe_key="a" * 64)

    expected = pytest.raises(ValidationError, match="exists already where it may exist once")
    with expected, transactions.managed("work"):
        make_analysis(dedupe_key="a" * 64)

    assert list(TextAnalysis.objects.values_list("pk", flat=True)) == [first.pk]


def test_value_that_fits_no_column_is_a_bad_value() -> None:
    """SQLite has lengths for nothing, so the error is made."""
    with pytest.raises(ValidationError, match="too long or too large"), transactions.managed("work"):
        raise DataError("value too long for type character varying(10)")


@transactions.managed("inner")
def break_a_rule() -> None:
    """Add a row, then one that no database keeps."""
    make_analysis(text_content="gone")
    make_analysis(sentiment_score=-9)


def test_inner_block_is_a_savepoint_and_leaves_errors_to_the_outermost() -> None:
    with transactions.managed("outer"):
        kept = make_analysis()
        with pytest.raises(IntegrityError):
            break_a_rule()

    assert list(TextAnalysis.objects.values_list("pk", flat=True)) == [kept.pk]


def test_inner_function_does_not_repeat_but_the_outermost_does() -> None:
    work = Flaky(driver_error("40P01"))
    inner = transactions.managed("inner")(work)
    outer_calls: list[int] = []

    @transactions.managed("outer")
    def outer() -> int:
        outer_calls.append(1)
        return inner()

    assert outer() == 2
    assert len(outer_calls) == 2
    assert TextAnalysis.objects.count() == 1


def test_nothing_is_repeated_inside_somebody_elses_transaction() -> None:
    work = Flaky(driver_error("40P01"))

    with pytest.raises(DatabaseError), transaction.atomic():
        transactions.managed("work")(work)()

    assert work.calls == 1


def test_failed_commit_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Flaky()

    def broken_commit() -> None:
        raise driver_error("08006")

    monkeypatch.setattr(connections[DEFAULT_DB_ALIAS], "_commit", broken_commit)

    with pytest.raises(DatabaseError, match="not known whether it was saved"):
        transactions.managed("work")(work)()

    assert work.calls == 1


def test_commit_that_met_a_deadlock_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Flaky()
    database: Any = connections[DEFAULT_DB_ALIAS]
    commit, outcomes = database._commit, iter((driver_error("40P01"), None))

    def crowded_commit() -> None:
        if error := next(outcomes):
            raise error
        commit()

    monkeypatch.setattr(database, "_commit", crowded_commit)

    transactions.managed("work")(work)()

    assert work.calls == 2
    assert TextAnalysis.objects.count() == 1


def test_connection_is_free_after_success_and_failure() -> None:
    def row_is_free(number: int) -> bool:
        with transaction.atomic():
            locked = TextAnalysis.objects.select_for_update(nowait=connection.vendor != "sqlite")
            return locked.filter(pk=pk).exists()

    pk = make_analysis().pk
    with transactions.managed("work"):
        TextAnalysis.objects.filter(pk=pk).update(retry_count=1)
    with pytest.raises(ValidationError):
        break_a_rule()

    assert not connection.in_atomic_block
    assert run_at_once(1, row_is_free) == [True]
    assert TextAnalysis.objects.get().retry_count == 1


def test_real_deadlock_is_survived(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Two threads lock two rows crosswise; on SQLite the second waits for the first from its beginning."""
    caplog.set_level(logging.INFO)
    settings.RETRY_DELAY = 0.2
    pks = [make_analysis().pk, make_analysis().pk]
    both_hold_one = Barrier(2)

    @transactions.managed("cross")
    def cross(order: list[int]) -> None:
        for pk in order:
            TextAnalysis.objects.select_for_update().get(pk=pk)
            row = TextAnalysis.objects.filter(pk=pk)
            row.update(retry_count=TextAnalysis.objects.get(pk=pk).retry_count + 1)
            with suppress(BrokenBarrierError):
                both_hold_one.wait(2 if connection.vendor != "sqlite" else 0.1)

    run_at_once(2, lambda number: cross(pks[:: 1 if number else -1]))

    assert sorted(TextAnalysis.objects.values_list("retry_count", flat=True)) == [2, 2]
    assert ("is tried again" in caplog.text) == (connection.vendor != "sqlite")


def test_real_outage_is_survived(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    """PostgreSQL and MariaDB: the connection is killed. SQLite: somebody holds the only lock for too long."""
    caplog.set_level(logging.INFO)
    settings.RETRY_DELAY = 0.5
    outages = [] if connection.vendor == "sqlite" else [kill_connection]

    @transactions.managed("work")
    def work() -> None:
        make_analysis()
        if outages:
            outages.pop()()
        TextAnalysis.objects.update(retry_count=1)

    if connection.vendor == "sqlite":
        hold_the_lock()
    work()

    assert TextAnalysis.objects.count() == 1
    assert "is tried again" in caplog.text


def hold_the_lock() -> None:
    """Let another thread write for a moment, and this one wait for less than that."""
    started = Event()

    def hold(_number: int) -> None:
        with transaction.atomic():
            started.set()
            Event().wait(0.2)

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 10")
    Thread(target=run_at_once, args=(1, hold)).start()
    started.wait(10)


def kill_connection() -> None:
    """End the connection of this thread from another one."""
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()" if is_postgresql else "SELECT connection_id()")
        number = cursor.fetchone()[0]

    def kill(_number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)" if is_postgresql else "KILL %s", [number])

    run_at_once(1, kill)
