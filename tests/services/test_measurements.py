"""Measurements reach the table once, wait where it is away, and are merged when they are old."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, connections
from django.db.backends.signals import connection_created
from django.utils import timezone

from analyses import measuring
from analyses.measuring import Kind, Measured, Recorder
from analyses.models import Measurement
from analyses.queries import metrics
from analyses.services import measurements

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    fresh = Recorder()
    for module in (measuring, measurements, metrics):
        monkeypatch.setattr(module, "recorder", fresh)
    return fresh


def store(requests: int, *, minutes_ago: float) -> None:
    measured = Measured()
    for _ in range(requests):
        measured.figures[Kind.REQUEST, "page"].add(4.0)
    taken_at = timezone.now() - timedelta(minutes=minutes_ago)
    Measurement.objects.create(process="host:1", taken_at=taken_at, measured=measured.to_json())


def requests_in_all() -> int:
    return metrics.totals().of(Kind.REQUEST).count


def test_what_is_written_is_counted_once_before_and_after(recorder: Recorder) -> None:
    recorder.add_request("page", 5.0, is_success=True)
    assert requests_in_all() == 1

    measurements.flush()

    assert requests_in_all() == 1
    assert Measurement.objects.count() == 1


def test_writing_is_not_measured_and_writes_nothing_when_there_is_nothing(recorder: Recorder) -> None:
    recorder.add_request("page", 5.0, is_success=True)
    measurements.flush()
    before = list(recorder.statements)
    measurements.flush()

    assert list(recorder.statements) == before
    assert Measurement.objects.filter(measured__figures__statement__isnull=False).count() == 0
    # The count above is a statement of this test.
    assert Measurement.objects.count() == 1


def test_old_rows_become_one_and_the_sum_stays() -> None:
    for number in range(30):
        store(number, minutes_ago=70 + number)
    store(7, minutes_ago=1)
    before = requests_in_all()

    assert measurements.merge_old() == 30

    assert requests_in_all() == before == sum(range(30)) + 7
    assert Measurement.objects.count() == 2
    assert measurements.merge_old() == 0


def test_slow_statements_are_forgotten_after_a_day() -> None:
    yesterday = (timezone.now() - timedelta(days=2)).timestamp()
    measured = Measured(slowest=[measuring.SlowStatement(900.0, "page", "SELECT 1", yesterday)])
    for number in range(20):
        Measurement.objects.create(
            process="host:1",
            taken_at=timezone.now() - timedelta(hours=2, minutes=number),
            measured=measured.to_json(),
        )

    measurements.merge_old()

    (merged,) = Measurement.objects.all()
    assert merged.measured["slowest"] == []


@pytest.mark.django_db(transaction=True)
def test_a_table_that_does_not_take_it_gets_it_later(recorder: Recorder) -> None:
    recorder.add_request("page", 5.0, is_success=True)
    with connection.schema_editor() as editor:
        editor.alter_db_table(Measurement, "measurements", "measurements_away")
    try:
        measurements.flush()
        assert requests_in_all() == 1
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(Measurement, "measurements_away", "measurements")
    measurements.flush()

    assert requests_in_all() == 1
    assert Measurement.objects.count() == 1


def test_minutes_are_whole_and_the_present_one_is_last(recorder: Recorder) -> None:
    now = timezone.now().replace(second=30, microsecond=0)
    for minutes, count in ((0, 1), (1, 2), (59, 4), (61, 8)):
        measured = Measured()
        measured.figures[Kind.REQUEST, "page"].add_many(count, failed=0, total_ms=1.0)
        Measurement.objects.create(
            process="host:1", taken_at=now - timedelta(minutes=minutes), measured=measured.to_json()
        )

    hour = metrics.last_hour(now=now)

    counts = [minute.measured.of(Kind.REQUEST).count for minute in hour]
    assert (len(hour), counts[0], counts[-2:], sum(counts)) == (60, 4, [2, 1], 7)
    assert hour[-1].starts_at == now.replace(second=0)


def test_metrics_off_measures_no_statement(settings: object) -> None:
    settings.ENABLE_METRICS = False  # type: ignore[attr-defined]
    other = connections["default"].copy("measured")
    try:
        connection_created.send(sender=type(other), connection=other)
        assert measuring.measure_statement not in other.execute_wrappers
    finally:
        other.close()
