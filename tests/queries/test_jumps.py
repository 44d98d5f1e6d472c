"""The way to a page by its number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict

from analyses.exceptions import ValidationError
from analyses.models import Rollup, RollupLevel
from analyses.queries import filtering, jumps, paging
from analyses.queries.filtering import Filtered
from analyses.services import folding
from tests.factories import make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SIZE = 3


def asked(query: str = "") -> Filtered:
    return filtering.parse(QueryDict(query), zone=UTC)


def make_rows() -> None:
    """Make 23 rows on five days, with ties at midnight and within a day, some without a score, some failed."""
    batch = make_batch()
    for index in range(23):
        hours = 0 if index % 4 else 11 * index
        fields: dict[str, Any] = {
            "occurred_at": NOON.replace(hour=0) + timedelta(days=index % 5, hours=hours % 24)
        }
        if index % 6 == 0:
            make_analysis(batch_analysis=batch, status="error", error_message="No.", **fields)
        else:
            make_scored(round(index % 7 / 7, 2), batch_analysis=batch, **fields)


def walked(filtered: Filtered, sort: str) -> list[list[int]]:
    """Give the ids of all pages, one after the other."""
    page = paging.page(filtered.queryset, sort=sort, size=SIZE)
    pages = [page]
    while page.has_next:
        page = paging.page(filtered.queryset, sort=sort, after=page.after, size=SIZE)
        pages.append(page)
    return [[row["id"] for row in one.rows] for one in pages]


@pytest.mark.parametrize("sort", paging.SORTS)
@pytest.mark.parametrize(
    "query",
    ["", "status=completed", "date_from=2026-05-02&date_to=2026-05-04", "sentiment_min=0.2", "length_min=1"],
)
def test_a_page_by_number_is_the_page_that_next_leads_to(query: str, sort: str) -> None:
    make_rows()
    filtered = asked(query)

    pages = walked(filtered, sort)
    for number, ids in enumerate(pages, start=1):
        place = jumps.after(filtered, number, sort=sort, size=SIZE)
        page = paging.page(filtered.queryset, sort=sort, after=place, size=SIZE)

        assert [row["id"] for row in page.rows] == ids
        assert page.has_previous == (number > 1)
        assert page.has_next == (number < len(pages))
        if page.has_previous:
            back = paging.page(filtered.queryset, sort=sort, before=page.before, size=SIZE)
            assert [row["id"] for row in back.rows] == pages[number - 2]


def test_folded_totals_lead_to_the_same_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "FOLD_ROWS_MIN", 1)
    make_rows()
    place = jumps.after(asked(), 4, sort="-dated_at", size=SIZE)

    folding.fold()

    assert not Rollup.objects.filter(level=RollupLevel.DELTA).exists()
    assert jumps.after(asked(), 4, sort="-dated_at", size=SIZE) == place


def test_two_queries_lead_to_any_page_by_date(django_assert_num_queries: Any) -> None:
    make_rows()

    with django_assert_num_queries(2):
        jumps.after(asked(), 6, sort="-dated_at", size=SIZE)


@pytest.mark.parametrize("query", ["", "length_min=1"])
def test_behind_the_end_there_is_no_page(query: str) -> None:
    make_rows()

    with pytest.raises(ValidationError, match="The list ends before this page"):
        jumps.after(asked(query), 99, sort="-dated_at", size=SIZE)


def test_lists_that_the_rollup_does_not_know_are_opened_as_far_as_they_are_counted() -> None:
    make_rows()

    with pytest.raises(ValidationError, match="Pages up to 3333 can be opened by number here"):
        jumps.after(asked("length_min=1"), 3335, sort="-dated_at", size=SIZE)


def test_too_many_texts_of_one_day_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jumps, "DAY_ROWS_MAX", 1)
    make_rows()

    with pytest.raises(ValidationError, match=r"\d texts have the date 2026-05-0\d"):
        jumps.after(asked(), 2, sort="dated_at", size=SIZE)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "9999999999", "\u0663", " 2", "1e3"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="page must be a number from 1"):
        jumps.number(text)


def test_no_number_is_the_first_page() -> None:
    assert jumps.number("") == 1
    assert jumps.after(asked(), 1, sort="") == ""
