"""The home page's numbers."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db.models import Model

from analyses.models import Rollup
from analyses.queries import dashboard, rollup_totals
from tests.factories import make_analysis

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


def count_rows(**fields: Any) -> Model:
    """Write one rollup row, a sentiment result of today unless said otherwise."""
    values = {
        "day": TODAY,
        "analysis_type": "sentiment",
        "status": "completed",
        "optimization_tier": "standard",
        "count": 1,
    }
    return Rollup.objects.create(**values | fields)


def test_deltas_and_totals_are_summed_and_what_cancels_out_is_left_out() -> None:
    count_rows(count=10, score_bin=19, score_micros=9_000_000)
    count_rows(count=-4, score_bin=19, score_micros=-3_600_000)
    count_rows(count=3, status="pending")
    count_rows(count=-3, status="pending")
    count_rows(count=2, status="error")
    count_rows(count=7, status="cached", analysis_type="language")

    found = dashboard.dashboard(days=7, today=TODAY)

    assert found.totals_by_type_status == {
        ("language", "cached"): 7,
        ("sentiment", "completed"): 6,
        ("sentiment", "error"): 2,
    }
    assert found.totals_by_status == {"cached": 7, "completed": 6, "error": 2}
    assert found.totals_by_type == {"language": 7, "sentiment": 8}
    assert (found.analysed_count, found.waiting_count, found.failed_count) == (13, 0, 2)
    assert found.total_count == 15


def test_histogram_and_mean_count_sentiment_results_of_every_day() -> None:
    count_rows(count=1, score_bin=0, score_micros=-1_000_000, day=date(2020, 1, 1))
    count_rows(count=3, score_bin=19, score_micros=3_000_000)
    count_rows(count=5, score_bin=4, score_micros=1_000_000, analysis_type="quality")
    count_rows(count=9, status="pending")

    found = dashboard.dashboard(days=7, today=TODAY)

    assert found.sentiment_bins == (1, *[0] * 18, 3)
    assert found.sentiment_mean == 0.5


def test_days_are_whole_oldest_first_and_end_today() -> None:
    count_rows(count=4)
    count_rows(count=1, day=date(2026, 11, 21), analysis_type="language")
    count_rows(count=2, day=date(2026, 11, 21))
    count_rows(count=8, day=date(2026, 11, 20))
    count_rows(count=8, day=date(2026, 11, 24))

    found = dashboard.dashboard(days=3, today=TODAY)

    assert [(day.day, day.count) for day in found.per_day] == [
        (date(2026, 11, 21), 3),
        (date(2026, 11, 22), 0),
        (TODAY, 4),
    ]


def test_an_empty_console_has_zeros_and_no_mean(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = dashboard.dashboard(days=2, today=TODAY)

    assert found.totals_by_status == {}
    assert found.sentiment_bins == (0,) * 20
    assert found.sentiment_mean is None
    assert found.total_count == 0


def test_window_ends_today_or_where_the_newest_text_is() -> None:
    today = date(2026, 11, 23)
    assert dashboard.last_day(days=45, today=today) == today

    make_analysis(occurred_at=datetime(2015, 2, 24, 12, tzinfo=UTC))
    assert dashboard.last_day(days=45, today=today) == date(2015, 2, 24)

    make_analysis(occurred_at=datetime(2026, 11, 1, 12, tzinfo=UTC))
    assert dashboard.last_day(days=45, today=today) == today


def test_rows_are_counted_by_type(django_assert_num_queries: Any) -> None:
    count_rows(count=10)
    count_rows(count=-10, status="error")
    count_rows(count=7, status="cached", analysis_type="language")
    count_rows(count=2, status="pending", analysis_type="language")

    with django_assert_num_queries(1):
        assert rollup_totals.by_type() == {"language": 9}
