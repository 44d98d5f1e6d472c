"""Counts with and without a cap."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from django.http import QueryDict

from analyses import choices
from analyses.queries import counting, filtering
from tests.factories import make_analysis, make_import

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


def make_flights(*airlines: str) -> None:
    """Make a row of an imported file for each airline."""
    source = make_import()
    for airline in airlines:
        make_analysis(source_import=source, extra={"airline": airline})


def test_few_rows_of_a_value_in_a_file_are_looked_for_once(django_assert_num_queries: Any) -> None:
    make_flights("Dunlin", "Icarus", "Dunlin", "Icarus", "Dunlin")
    asked = parse("extra.airline=Icarus&sort=id")

    with django_assert_num_queries(1):
        found, count = counting.gathered(asked)
    with django_assert_num_queries(1) as queries:
        rows = list(found.queryset)

    assert count == counting.RowCount(2)
    assert set(rows) == set(asked.queryset)
    assert len(rows) == 2
    assert "airline" not in queries[0]["sql"]
    assert found.query == asked.query


def test_many_rows_of_a_value_in_a_file_are_counted_and_left_to_the_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counting, "GATHERED_MAX", 2)
    monkeypatch.setattr(choices, "LIST_MATCHES_MAX", 3)
    make_flights(*["Dunlin"] * 4, *["Icarus"] * 3)

    many = parse("extra.airline=Dunlin")
    some = parse("extra.airline=Icarus")

    assert counting.gathered(many) == (many, counting.RowCount(3, is_capped=True))
    assert counting.gathered(some) == (some, counting.RowCount(3))


def test_other_filters_are_not_looked_through(django_assert_num_queries: Any) -> None:
    asked = parse("status=pending")

    with django_assert_num_queries(0):
        assert counting.gathered(asked) == (asked, None)
