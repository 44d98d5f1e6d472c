"""What a process measures, without a table."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from threading import Thread

import pytest
from django.db import connection
from django.db.utils import DatabaseError

from analyses import measuring
from analyses.measuring import Figure, Kind, Measured, Recorder, SlowStatement, StatementRecord

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def record(duration_ms: float, statement: str = "SELECT 1", source: str = "page") -> StatementRecord:
    return StatementRecord(source, statement, duration_ms, True, "", 1, NOW)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    fresh = Recorder()
    monkeypatch.setattr(measuring, "recorder", fresh)
    return fresh


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_quantiles_are_at_most_a_fifth_beside_the_truth(share: float) -> None:
    rng = random.Random(4)
    times = sorted(rng.lognormvariate(2.0, 1.5) for _ in range(5_000))
    figure = Figure()
    for duration_ms in times:
        figure.add(duration_ms)

    truth = times[int(share * len(times))]

    assert figure.quantile_ms(share) == pytest.approx(truth, rel=0.2)


def test_nothing_measured_is_nought_and_no_error() -> None:
    assert (Figure().mean_ms, Figure().quantile_ms(0.95)) == (0.0, 0.0)


def test_a_time_of_nought_and_an_hour_are_counted() -> None:
    figure = Figure()
    figure.add(0.0)
    figure.add(3_600_000.0)

    assert figure.count == 2
    assert figure.quantile_ms(1.0) == pytest.approx(3_600_000.0, rel=0.01)


def test_json_brings_back_the_same() -> None:
    measured = Measured()
    measured.figures[Kind.REQUEST, "admin:explore"].add(12.5, is_success=False)
    measured.figures[Kind.TEXT, "sentiment"].add_many(1000, failed=3, total_ms=70.0)
    measured.slowest = [SlowStatement(12.5, "admin:explore", "SELECT 1", 1_795_000_000.0)]

    assert Measured.from_json(measured.to_json()) == measured


def test_merging_adds_counts_and_keeps_the_longest() -> None:
    one, other = Figure(), Figure()
    one.add(1.0)
    other.add(8.0, is_success=False)
    one.merge(other)

    assert (one.count, one.failed, one.succeeded, one.total_ms, one.longest_ms) == (2, 1, 1, 9.0, 8.0)


def test_the_last_thousand_statements_stay() -> None:
    recorder = Recorder()
    for number in range(1_500):
        recorder.add_statement(record(1.0, f"SELECT {number}"))

    assert len(recorder.statements) == 1000
    assert recorder.statements[0].statement == "SELECT 500"


def test_ten_slowest_are_kept_each_statement_of_a_page_once() -> None:
    recorder = Recorder()
    for number in range(40):
        recorder.add_statement(record(float(number), f"SELECT {number % 20}"))
    measured = recorder.drain()

    assert measured is not None
    assert [one.duration_ms for one in measured.slowest] == [float(number) for number in range(39, 29, -1)]
    assert recorder.drain() is None


def test_what_is_given_back_is_counted_once() -> None:
    recorder = Recorder()
    recorder.add_statement(record(1.0))
    measured = recorder.drain()
    assert measured is not None
    recorder.add_statement(record(2.0))

    recorder.give_back(measured)

    found = recorder.look().of(Kind.STATEMENT)
    assert (found.count, found.total_ms) == (2, 3.0)


def test_threads_lose_nothing() -> None:
    recorder = Recorder()

    def add() -> None:
        for _ in range(2_000):
            recorder.add_statement(record(1.0))
            recorder.add_request("page", 1.0, is_success=True)

    threads = [Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    drained = [recorder.drain() for _ in range(50)]
    for thread in threads:
        thread.join()
    total = recorder.look()
    for measured in drained:
        total.merge(measured or Measured())

    assert (total.of(Kind.STATEMENT).count, total.of(Kind.REQUEST).count) == (8_000, 8_000)


@pytest.mark.django_db
def test_statements_are_counted_for_what_they_are_done_for(recorder: Recorder) -> None:
    with measuring.source("a page"), connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["secret"])
    with measuring.source(lambda: "another"), connection.cursor() as cursor:
        cursor.execute("SELECT 2")
    with measuring.source(None), connection.cursor() as cursor:
        cursor.execute("SELECT 3")

    assert [(one.source, one.statement) for one in recorder.statements] == [
        ("a page", "SELECT %s"),
        ("another", "SELECT 2"),
    ]
    assert all(one.is_success and one.duration_ms >= 0 for one in recorder.statements)


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_fails_is_counted_as_failed_and_raises(recorder: Recorder) -> None:
    connection.ensure_connection()
    with (
        pytest.raises(DatabaseError),
        measuring.source("a page"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM no_such_table")

    figure = recorder.look().by_source(Kind.STATEMENT)["a page"]
    assert (figure.count, figure.failed) == (1, 1)
    assert recorder.statements[-1].error
