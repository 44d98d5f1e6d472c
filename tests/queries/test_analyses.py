"""Reads of single analyses, and the list by limit and offset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analyses import texts
from analyses.exceptions import ValidationError
from analyses.models import TextAnalysis
from analyses.queries import analyses as queries
from analyses.services import analyses
from tests.factories import make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)


def hash_of(text: str) -> str:
    return texts.text_hash(text)


@pytest.mark.parametrize("number", [0, -1, 99_999, 2**63, 2**200, True, "1"])
def test_find_gives_nothing_for_what_is_no_id(number: Any) -> None:
    make_analysis()

    assert queries.find(number) is None


def test_find_reads_the_row_and_its_batch_in_one_query(django_assert_num_queries: Any) -> None:
    batch = make_batch()
    row = make_analysis(batch_analysis=batch)

    with django_assert_num_queries(1):
        found = queries.find(row.pk)
        assert found
        assert found.batch_analysis == batch


def test_find_by_hash_prefers_the_single_row_then_the_newest(django_assert_num_queries: Any) -> None:
    text = "The same text."
    make_analysis(text_content=text)
    newest = make_analysis(text_content=text)
    assert queries.find_by_hash(hash_of(text), "sentiment") == newest

    single, _ = analyses.create(text_content=text, analysis_type="sentiment")
    make_analysis(text_content=text)
    with django_assert_num_queries(1):
        assert queries.find_by_hash(hash_of(text), "sentiment") == single

    other_tier, _ = analyses.create(text_content=text, analysis_type="sentiment", optimization_tier="basic")
    assert queries.find_by_hash(hash_of(text), "sentiment") == other_tier


@pytest.mark.parametrize("value", ["", "x", "A" * 64, "\x00" * 64])
def test_find_by_hash_gives_nothing_for_what_is_no_hash(value: str) -> None:
    assert queries.find_by_hash(value, "sentiment") is None


def test_find_by_hash_refuses_an_unknown_type() -> None:
    with pytest.raises(ValidationError, match="Give one of: sentiment, quality"):
        queries.find_by_hash(hash_of("x"), "mood")


def test_rows_without_a_value_come_last_whatever_page_they_fall_on() -> None:
    low, high = make_scored(-0.5), make_scored(0.5)
    older, newer = make_analysis(), make_analysis()

    def pages(*, size: int, order_desc: bool) -> list[TextAnalysis]:
        return [
            row
            for offset in range(0, 6, size)
            for row in queries.select(
                order_by="sentiment_score", order_desc=order_desc, limit=size, offset=offset
            )
        ]

    for size in (1, 2, 3, 6):
        assert pages(size=size, order_desc=True) == [high, low, newer, older]
        assert pages(size=size, order_desc=False) == [low, high, newer, older]


def test_list_reads_rows_and_batches_in_one_query(django_assert_num_queries: Any) -> None:
    batch = make_batch()
    for _number in range(5):
        make_analysis(batch_analysis=batch)

    with django_assert_num_queries(1):
        assert {row.batch_analysis for row in queries.select()} == {batch}
    with django_assert_num_queries(1):
        assert queries.count(status="pending") == 5


def test_trash_is_neither_listed_nor_counted() -> None:
    row = make_analysis()
    kept = make_analysis()

    analyses.trash([row.pk], user=None)

    assert queries.select() == [kept]
    assert queries.count() == 1
    assert queries.find(row.pk) is None


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"limit": 0}, "limit", "from 1 to 1,000"),
        ({"limit": 1001}, "limit", "from 1 to 1,000"),
        ({"limit": True}, "limit", "from 1 to 1,000"),
        ({"limit": "5"}, "limit", "from 1 to 1,000"),
        ({"offset": -1}, "offset", "0 or more"),
        ({"offset": 9_901}, "offset", "first 10,000 matches"),
        ({"order_by": "text_content"}, "order_by", "Give one of: dated_at, created_at, id"),
        ({"order_by": "batch_analysis__batch_name"}, "order_by", "Give one of"),
        ({"order_by": "-id"}, "order_by", "Give one of"),
        ({"status": "done"}, "status", "Give one of: pending, processing, completed, cached, error"),
        ({"analysis_type": "mood"}, "analysis_type", "Give one of"),
        ({"optimization_tier": ""}, "optimization_tier", "Give one of: basic, standard, advanced, ultra"),
    ],
)
def test_list_refuses_with_what_is_allowed(given: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        queries.select(**given)

    assert caught.value.field == field


def test_the_last_of_the_first_ten_thousand_can_be_reached() -> None:
    assert queries.select(limit=100, offset=9_900) == []


def test_same_moment_is_ordered_by_id() -> None:
    rows = [make_analysis(created_at=START) for _number in range(6)]
    early = make_analysis(created_at=START - timedelta(days=1))

    down = [row for offset in range(0, 8, 2) for row in queries.select(limit=2, offset=offset)]
    up = queries.select(order_desc=False)

    assert down == [*rows[::-1], early]
    assert up == [early, *rows]
