"""The analyses of one text: all of them, by the index, and never more work than for a thousand."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import QueryDict

from analyses import texts
from analyses.exceptions import InvalidFilterError
from analyses.models import TextAnalysis
from analyses.queries import counting, filtering, same_text
from analyses.services import analyses
from tests.factories import POSITIVE, make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")
HASH = texts.text_hash(POSITIVE)


def make_copies(count: int, **fields: Any) -> None:
    """Insert many rows of the same text, without counters."""
    TextAnalysis.objects.bulk_create(
        [
            TextAnalysis(
                text_content=POSITIVE,
                text_hash=HASH,
                content_length=len(POSITIVE),
                analysis_type="sentiment",
                **fields,
            )
            for _index in range(count)
        ],
        batch_size=500,
    )


def make_others(count: int) -> None:
    """Insert many rows, each of a text of its own."""
    TextAnalysis.objects.bulk_create(
        [
            TextAnalysis(
                text_content=f"Text {number}",
                text_hash=texts.text_hash(f"Text {number}"),
                content_length=6,
                analysis_type="sentiment",
            )
            for number in range(count)
        ],
        batch_size=500,
    )


def test_all_live_analyses_of_the_text_and_no_other(django_assert_num_queries: Any, editor: Any) -> None:
    good = make_scored(0.8, text_content=POSITIVE, optimization_tier="basic")
    better = make_scored(0.9, text_content=POSITIVE, batch_analysis=make_batch())
    language = make_analysis(text_content=POSITIVE, analysis_type="language")
    trashed = make_scored(0.1, text_content=POSITIVE, batch_analysis=make_batch())
    analyses.trash([trashed.pk], user=editor)
    make_scored(0.3, text_content="Another text.")

    with django_assert_num_queries(2):
        found = same_text.find(HASH, first_type="sentiment")

    assert [row["id"] for row in found.rows] == [good.pk, better.pk, language.pk]
    assert (found.count.rows, found.count.is_capped) == (3, False)
    assert next(row["id"] for row in same_text.find(HASH, first_type="language").rows) == language.pk


def test_a_text_that_nobody_has_has_no_rows(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = same_text.find(HASH, first_type="sentiment")

    assert (list(found.rows), found.count.rows) == ([], 0)


def test_batch_and_correction_come_along(editor: Any) -> None:
    row = make_scored(0.8, text_content=POSITIVE, batch_analysis=make_batch(batch_name="May reviews"))
    analyses.correct(row.pk, values={"sentiment_score": -0.2}, reason="irony", user=editor)

    [found] = same_text.find(HASH, first_type="sentiment").rows

    assert (found["batch_name"], found["is_corrected"], found["sentiment_score"]) == (
        "May reviews",
        True,
        -0.2,
    )


def test_many_copies_of_one_kind_leave_room_for_the_others() -> None:
    batch = make_batch()
    rare = make_scored(0.8, text_content=POSITIVE, batch_analysis=batch, optimization_tier="basic")
    make_copies(60)

    found = same_text.find(HASH, first_type="sentiment")

    assert len(found.rows) == same_text.SHOWN_MAX
    assert rare.pk in [row["id"] for row in found.rows]
    assert str(found.count) == "61"


def test_the_count_is_capped() -> None:
    make_copies(same_text.LOOKED_AT_MAX + 1)

    found = same_text.find(HASH, first_type="sentiment")

    assert str(found.count) == "1,000+"
    assert len(found.rows) == same_text.SHOWN_MAX


# --- The filter -----------------------------------------------------------------------------------


def test_the_filter_finds_the_rows_that_are_counted() -> None:
    for tier in ("basic", "standard"):
        make_scored(0.8, text_content=POSITIVE, optimization_tier=tier)
    make_scored(0.8, text_content="Another text.")

    filtered = filtering.parse(QueryDict(f"text_hash={HASH}"), zone=UTC)

    assert counting.exact(filtered).rows == same_text.find(HASH, first_type="sentiment").count.rows == 2
    [chip] = filtered.conditions
    assert (str(chip.label), chip.text) == ("Same text", f"{HASH[:12]}…")
    assert filtered.query == f"text_hash={HASH}"


@pytest.mark.parametrize("value", ["abc", HASH.upper(), HASH[:-1], f"{HASH}0", f"{HASH[:-1]}g", "x\x00"])
def test_what_is_no_hash_is_refused(value: str) -> None:
    query = QueryDict(mutable=True)
    query["text_hash"] = value

    with pytest.raises(InvalidFilterError, match="the hash of a text: 64 letters and digits"):
        filtering.parse(query, zone=UTC)


# MariaDB's ANALYZE commits.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_list", [False, True])
def test_a_text_is_found_by_its_index(is_list: bool) -> None:
    make_copies(2)
    make_others(4_000)
    with connection.cursor() as cursor:
        cursor.execute(
            {"mysql": "ANALYZE TABLE text_analyses"}.get(connection.vendor, "ANALYZE text_analyses")
        )

    rows = TextAnalysis.objects.live().filter(text_hash=HASH)
    ordered = rows.order_by("-dated_at", "-id")[:51] if is_list else rows.order_by().values("id")[:1001]

    assert "idx_text_hash_analysis_type" in ordered.explain()
