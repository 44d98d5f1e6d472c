"""What two slices are compared by: means, values, words."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict

from analyses.choices import AnalysisType
from analyses.queries import comparisons, filtering
from analyses.queries.comparisons import CountedWords
from analyses.queries.filtering import Filtered
from tests.factories import make_analysis, make_scored

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def part(query: str = "analysis_type=sentiment") -> Filtered:
    return filtering.parse(QueryDict(query), zone=UTC)


def words_of(*texts: int, **counts: int) -> CountedWords:
    return CountedWords(texts[0], Counter(counts), dict.fromkeys(counts, (1, "")), is_whole=True)


def test_samples_leave_out_what_is_missing() -> None:
    for score, confidence in ((0.5, 0.25), (-0.5, 0.75), (0.0, None)):
        make_scored(score, confidence_score=confidence, text_content="1234567890")
    make_analysis(text_content="1234567890")

    found = comparisons.samples(part(), AnalysisType.SENTIMENT)

    assert found["sentiment"].count == 3
    assert found["sentiment"].mean == pytest.approx(0.0)
    assert found["sentiment"].deviation == pytest.approx(0.408248, abs=1e-6)
    assert found["confidence"].count == 2
    assert found["confidence"].mean == pytest.approx(0.5)
    assert (found["length"].count, found["length"].mean, found["length"].deviation) == (4, 10.0, 0.0)


def test_samples_of_nothing_are_none() -> None:
    assert comparisons.samples(part(), AnalysisType.SENTIMENT) == {}


def test_samples_take_one_query(django_assert_num_queries: Any) -> None:
    make_scored(0.5)

    with django_assert_num_queries(1):
        comparisons.samples(part(), AnalysisType.SENTIMENT)


def test_a_text_counts_once_for_each_of_its_words() -> None:
    newest = make_scored(0.5, text_content="Late, late LATE bag", occurred_at=NOON)
    make_scored(0.5, text_content="A bag at 7", occurred_at=NOON - timedelta(days=1))

    found = comparisons.count_words(part())

    assert found.counts == {"late": 1, "bag": 2}
    assert found.examples["bag"] == (newest.pk, "Late, late LATE bag")
    assert (found.texts, found.is_whole, found.since) == (2, True, None)


def test_words_of_one_letter_count_where_they_say_something() -> None:
    make_scored(0.5, text_content="好 👍 of x")

    assert set(comparisons.count_words(part()).counts) == {"好", "👍"}


def test_the_newest_texts_are_read_and_cut_where_a_day_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparisons, "WORDS_ROWS", 3)
    for day, word in enumerate(["new", "late", "late", "old", "old"]):
        make_scored(0.5, text_content=f"{word} bag", occurred_at=NOON - timedelta(days=day // 2))

    found = comparisons.count_words(part())

    assert found.counts == {"new": 1, "late": 1, "bag": 2}
    assert (found.texts, found.is_whole, found.since) == (2, False, NOON)


def test_long_texts_are_read_as_far_as_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparisons, "CHARACTERS_MAX", 25)
    for day in range(4):
        make_scored(0.5, text_content="ten letter", occurred_at=NOON - timedelta(days=day))

    found = comparisons.count_words(part())

    assert (found.texts, found.since) == (2, NOON - timedelta(days=1))


def test_one_text_is_read_however_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparisons, "CHARACTERS_MAX", 5)
    make_scored(0.5, text_content="ten letter")

    assert comparisons.count_words(part()).texts == 1


def test_words_of_no_text() -> None:
    found = comparisons.count_words(part())

    assert (found.texts, found.is_whole) == (0, True)
    assert comparisons.differing_words(found, found) == ([], [])


def test_words_that_differ_beyond_chance() -> None:
    first = words_of(100, bag=40, gate=12, same=50, rare=1)
    second = words_of(100, bag=2, gate=11, same=52, seat=30)

    of_first, of_second = comparisons.differing_words(first, second)

    assert [(one.value, one.counts) for one in of_first] == [("bag", (40, 2))]
    assert [(one.value, one.counts) for one in of_second] == [("seat", (0, 30))]


def test_values_that_differ_most_come_first() -> None:
    for feeling in ("joy", "joy", "anger"):
        make_analysis(analysis_type="emotion", status="completed", emotion_scores={feeling: 0.9})
    first = comparisons.values(part("analysis_type=emotion"), AnalysisType.EMOTION)
    make_analysis(
        analysis_type="emotion", status="completed", emotion_scores={"fear": 0.9}, text_content="Second"
    )
    second = comparisons.values(part("analysis_type=emotion&length_max=7"), AnalysisType.EMOTION)

    found = comparisons.differing_values(first, second)

    assert (first.counts, second.counts) == ({"joy": 2, "anger": 1}, {"fear": 1})
    assert [one.value for one in found] == ["fear", "joy", "anger"]
