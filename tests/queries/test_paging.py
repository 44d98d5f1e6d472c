"""Pages by key."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyses.exceptions import ValidationError
from analyses.models import TextAnalysis
from analyses.queries import paging
from tests.factories import make_analysis, make_batch

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SCORES = [0.1, None, 0.3, 0.1, None, -0.5, 0.1, 1.0, -1.0, 0.0, None]


def make_rows() -> list[TextAnalysis]:
    """Make rows with ties and gaps in every sortable column."""
    return [
        make_analysis(
            sentiment_score=score,
            quality_score=None if score is None else abs(score),
            occurred_at=NOON + timedelta(microseconds=index // 3) if index % 2 else None,
            created_at=NOON + timedelta(days=index // 4),
        )
        for index, score in enumerate(SCORES)
    ]


def forwards(sort: str, size: int) -> Iterator[paging.Page]:
    """Walk all pages from the first."""
    page = paging.page(TextAnalysis.objects.live(), sort=sort, size=size)
    yield page
    while page.has_next:
        page = paging.page(TextAnalysis.objects.live(), sort=sort, after=page.after, size=size)
        yield page


def backwards(sort: str, size: int) -> Iterator[paging.Page]:
    """Walk all pages from the last."""
    page = paging.page(TextAnalysis.objects.live(), sort=sort, before="end", size=size)
    yield page
    while page.has_previous:
        page = paging.page(TextAnalysis.objects.live(), sort=sort, before=page.before, size=size)
        yield page


def ids(pages: Iterator[paging.Page]) -> list[list[int]]:
    """List the row ids page by page."""
    return [[row["id"] for row in page.rows] for page in pages]


def joined(pages: list[list[int]]) -> list[int]:
    """Give the ids of all pages in one list."""
    return list(itertools.chain.from_iterable(pages))


def expected(rows: list[TextAnalysis], sort: str) -> list[int]:
    """Sort in Python: by value and id, missing values last and newest first."""
    column, sign = sort.removeprefix("-"), -1 if sort.startswith("-") else 1
    key: Callable[[TextAnalysis], Any] = lambda row: (getattr(row, column), row.pk)  # noqa: E731
    valued = sorted((row for row in rows if getattr(row, column) is not None), key=key)[::sign]
    missing = [row for row in reversed(rows) if getattr(row, column) is None]
    return [row.pk for row in valued + missing]


@pytest.mark.parametrize("sort", paging.SORTS)
@pytest.mark.parametrize("size", [1, 3, 4, 11, 50])
def test_walking_all_pages_either_way_gives_each_row_once_in_order(sort: str, size: int) -> None:
    order = expected(make_rows(), sort)

    there, back = ids(forwards(sort, size)), ids(backwards(sort, size))

    assert joined(there) == order
    assert joined(back[::-1]) == order
    assert [len(page) for page in there[:-1]] == [size] * (len(there) - 1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scores=st.lists(
        st.one_of(st.none(), st.sampled_from([-1.0, 0.1, 0.30000000000000004]), st.floats(-1, 1)), max_size=14
    ),
    sort=st.sampled_from(["sentiment_score", "-sentiment_score"]),
    size=st.integers(1, 5),
)
def test_any_scores_are_walked_once_each(scores: list[float | None], sort: str, size: int) -> None:
    TextAnalysis.objects.all().delete()
    rows = [make_analysis(sentiment_score=score) for score in scores]

    there, back = ids(forwards(sort, size)), ids(backwards(sort, size))

    assert joined(there) == joined(back[::-1]) == expected(rows, sort)


def test_the_way_back_from_a_page_is_the_page_before_it() -> None:
    make_rows()
    first, second, *_rest = forwards("-sentiment_score", 3)

    previous = paging.page(TextAnalysis.objects.live(), sort="-sentiment_score", before=second.before, size=3)

    assert previous.rows == first.rows
    assert previous.after == first.after
    assert not previous.has_previous
    assert not first.has_previous


def test_rows_that_arrive_do_not_shift_the_next_page() -> None:
    rows = make_rows()
    first = paging.page(TextAnalysis.objects.live(), sort="-id", size=3)
    make_rows()

    second = paging.page(TextAnalysis.objects.live(), sort="-id", after=first.after, size=3)

    assert [row["id"] for row in second.rows] == [row.pk for row in rows[-4:-7:-1]]


def test_a_row_carries_an_excerpt_and_its_batch_and_costs_one_query(django_assert_num_queries: Any) -> None:
    batch = make_batch(batch_name="May reviews")
    make_analysis(text_content="é" * 9_000, batch_analysis=batch, error_message="x" * 900)

    with django_assert_num_queries(1) as queries:
        row = paging.page(TextAnalysis.objects.live()).rows[0]

    assert row["excerpt"] == "é" * 300
    assert row["error"] == "x" * 300
    assert row["batch_name"] == "May reviews"
    assert "OFFSET" not in queries[0]["sql"]


def test_an_empty_list_has_no_rows_and_no_neighbours() -> None:
    page = paging.page(TextAnalysis.objects.live(), before="end")

    assert (list(page.rows), page.has_next, page.has_previous) == ([], False, False)


def encoded(*place: object) -> str:
    """Forge a cursor."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "=" * 8, "A" * 5_000, encoded(), encoded("-dated_at", 1, 1),
     encoded("-dated_at", "9999-12-31T23:59:59+00:00", 1),
     encoded("-dated_at", "2026-01-01", 1), encoded("-dated_at", "2026-01-01T00:00:00+00:00", 2**64),
     encoded("-dated_at", "2026-01-01T00:00:00+00:00", True), encoded("-dated_at", None, 1),
     encoded([[]], {}, 1)],
)  # fmt: skip
def test_a_forged_place_is_refused(cursor: str) -> None:
    with pytest.raises(ValidationError, match="not known: begin at its first page"):
        paging.page(TextAnalysis.objects.live(), after=cursor)


@pytest.mark.parametrize("value", ["NaN", float("nan"), float("inf"), "abc", [], "9" * 20])
def test_a_forged_score_is_refused_or_finds_nothing(value: object) -> None:
    make_rows()

    try:
        page = paging.page(
            TextAnalysis.objects.live(), sort="-sentiment_score", before=encoded("-sentiment_score", value, 1)
        )
    except ValidationError as error:
        assert error.field == "before"  # noqa: PT017
    else:
        assert not page.rows


def test_places_and_orders_that_do_not_fit_are_refused() -> None:
    make_rows()
    first = paging.page(TextAnalysis.objects.live(), size=2)

    with pytest.raises(ValidationError, match="belongs to another order"):
        paging.page(TextAnalysis.objects.live(), sort="id", after=first.after)
    with pytest.raises(ValidationError, match="not both"):
        paging.page(TextAnalysis.objects.live(), after=first.after, before="end")
    with pytest.raises(ValidationError, match="can be sorted by dated_at, created_at, id, sentiment_score"):
        paging.page(TextAnalysis.objects.live(), sort="text_content")
