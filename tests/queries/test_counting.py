"""Counts with and without a cap."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from django.http import QueryDict

from analyses.queries import counting, filtering
from tests.factories import make_analysis

pytestmark = pytest.mark.django_db


def parse(query: str) -> filtering.Filtered:
    """Understand a query string."""
    return filtering.parse(QueryDict(query), zone=UTC)


@pytest.mark.parametrize(("limit", "shown"), [(2, "2+"), (3, "3"), (4, "3")])
def test_a_count_stops_at_its_limit_and_says_so(
    limit: int, shown: str, django_assert_num_queries: Any
) -> None:
    for _number in range(3):
        make_analysis()
    make_analysis(status="error")

    with django_assert_num_queries(1):
        count = counting.capped(parse("status=pending&length_min=1"), limit=limit)

    assert str(count) == shown


def test_an_exact_count_has_no_limit() -> None:
    for _number in range(3):
        make_analysis()

    assert counting.exact(parse("status=pending")) == counting.RowCount(3)
    assert counting.exact(parse("status=error")) == counting.RowCount(0)


def test_everything_is_counted_by_the_rollup(django_assert_num_queries: Any) -> None:
    make_analysis()

    with django_assert_num_queries(1) as queries:
        count = counting.capped(parse("sort=id"), limit=0)

    assert count == counting.RowCount(1)
    assert "rollups" in queries[0]["sql"]


def test_thousands_are_set_apart() -> None:
    assert str(counting.RowCount(10_000, is_capped=True)) == "10,000+"
