"""A row's place in a filtered list: in every order, at both ends, and after the row has left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict

from analyses.choices import LIST_MATCHES_MAX
from analyses.exceptions import ValidationError
from analyses.models import TextAnalysis
from analyses.queries import filtering, neighbours, paging
from analyses.queries.filtering import Filtered
from tests.factories import make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SCORES = [0.1, None, 0.3, 0.1, None, -0.5, 1.0, None]


def parsed(query: str) -> Filtered:
    return filtering.parse(QueryDict(query), zone=UTC)


def make_rows() -> None:
    """Make rows with ties and gaps in every sortable column, and one that no filter below finds."""
    batch = make_batch()
    for index, score in enumerate(SCORES):
        make_analysis(
            batch_analysis=batch,
            sentiment_score=score,
            quality_score=score and abs(score),
            occurred_at=NOON + timedelta(hours=index // 3),
            created_at=NOON + timedelta(days=index // 4),
        )
    make_analysis(analysis_type="language")


@pytest.mark.parametrize("query", ["", "analysis_type=sentiment", "sentiment_min=0"])
@pytest.mark.parametrize("sort", paging.SORTS)
def test_places_follow_each_other_as_the_list_does(sort: str, query: str) -> None:
    make_rows()
    filtered = parsed(query)
    order = [row["id"] for row in paging.page(filtered.queryset, sort=sort).rows]
    rows = TextAnalysis.objects.in_bulk(order)

    places = [neighbours.find(rows[pk], filtered, sort=sort) for pk in order]

    assert [str(place.position) for place in places] == [str(index + 1) for index in range(len(order))]
    assert [place.previous_id for place in places] == [None, *order[:-1]]
    assert [place.next_id for place in places] == [*order[1:], None]
    assert {str(place.total) for place in places} == {str(len(order))}


def test_a_row_that_left_the_list_has_the_neighbours_it_would_have() -> None:
    first, left, last = make_scored(0.1), make_scored(0.2), make_scored(0.3)
    filtered = parsed("analysis_type=sentiment&length_min=1")
    TextAnalysis.objects.filter(pk=left.pk).update(analysis_type="quality")

    place = neighbours.find(left, filtered, sort="sentiment_score")

    assert place.position is None
    assert (place.previous_id, place.next_id, str(place.total)) == (first.pk, last.pk, "2")


def test_the_page_that_shows_the_row_begins_with_it() -> None:
    rows = [make_scored(0.1) for _index in range(52)]
    filtered = parsed("")

    near, far = (neighbours.find(rows[index], filtered, sort="id") for index in (49, 50))

    assert near.page_after == ""
    page = paging.page(filtered.queryset, sort="id", after=far.page_after)
    assert page.rows[0]["id"] == rows[50].pk


def test_the_position_is_counted_up_to_ten_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "LIST_MATCHES_MAX", 3)
    rows = [make_scored(0.1) for _index in range(5)]

    shown = [str(neighbours.find(row, parsed(""), sort="id").position) for row in rows]

    assert LIST_MATCHES_MAX == 10_000
    assert shown == ["1", "2", "3", "3+", "3+"]


@pytest.mark.parametrize(("sort", "queries"), [("-dated_at", 5), ("id", 5), ("sentiment_score", 8)])
def test_a_place_is_found_in_a_constant_number_of_queries(
    sort: str, queries: int, django_assert_max_num_queries: Any
) -> None:
    make_rows()
    row = TextAnalysis.objects.order_by("id")[3]

    with django_assert_max_num_queries(queries) as asked:
        neighbours.find(row, parsed("analysis_type=sentiment"), sort=sort)

    assert not [query for query in asked if "OFFSET" in query["sql"]]


def test_an_order_without_an_index_is_refused() -> None:
    with pytest.raises(ValidationError, match="can be sorted by"):
        neighbours.find(make_scored(0.1), parsed(""), sort="text_content")
