"""What filtered rows have in common, and that every number lists exactly its rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict

from analyses.models import BatchAnalysis, TextAnalysis
from analyses.queries import aggregates, filtering, histograms
from analyses.queries.aggregates import Summary
from analyses.queries.counting import RowCount
from analyses.queries.filters import EMOTIONS
from tests.factories import make_analysis, make_batch, make_import, make_scored

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def parse(query: str) -> filtering.Filtered:
    """Understand a query string."""
    return filtering.parse(QueryDict(query), zone=UTC)


def summary_of(query: str) -> Summary:
    """Summarise what a query string finds, with all its rows seen."""
    filtered = parse(query)
    seen = list(filtered.queryset.values("extra"))
    return aggregates.summarise(filtered, count=aggregates.count_for_summary(filtered), seen=seen)


def numbers(summary: Summary) -> Iterator[tuple[int, aggregates.Changes]]:
    """Walk every number and how the query string changes for it."""
    for facet in summary.facets:
        yield from ((one.count, one.changes) for one in facet.values)
    yield from ((one.count, one.changes) for one in summary.scores if one.count)
    yield from ((one.count, one.changes) for one in summary.days if one.count)


def make_reviews() -> BatchAnalysis:
    """Fill a batch with reviews of two airlines over three days, and put one row elsewhere."""
    batch = make_batch(
        batch_name="May reviews", source_import=make_import(columns=["id", "text", "airline", "seat"])
    )
    for index, score in enumerate([-1.0, -0.95, -0.9, -0.1, 0.0, 0.1, 0.7, 0.9, 1.0]):
        airline = "" if index == 8 else ["Delta", "US Airways & co"][index % 2]
        make_scored(
            score,
            batch_analysis=batch,
            occurred_at=NOON + timedelta(hours=9 * index),
            extra={"airline": airline, "seat": f"{index}A"},
        )
    make_analysis(
        batch_analysis=batch, status="error", occurred_at=NOON, extra={"airline": "Delta", "seat": "9F"}
    )
    make_analysis(batch_analysis=batch, occurred_at=NOON, extra={"airline": "Delta", "seat": "9F"})
    make_analysis(analysis_type="language", optimization_tier="basic", occurred_at=NOON - timedelta(days=200))
    for language in ("en", "de", "en"):
        make_analysis(
            analysis_type="language", status="completed", language_detected=language, occurred_at=NOON
        )
    return batch


def test_facets_count_each_value_most_frequent_first() -> None:
    batch = make_reviews()

    facets = {facet.name: facet for facet in summary_of(f"batch={batch.pk}").facets}

    assert [(one.label, one.count) for one in facets["status"].values] == [
        ("completed", 9), ("error", 1), ("pending", 1),
    ]  # fmt: skip
    assert [(one.label, one.value, one.count) for one in facets["batch"].values] == [
        ("May reviews", str(batch.pk), 11)
    ]
    assert [(one.label, one.count) for one in facets["airline"].values] == [
        ("Delta", 6),
        ("US Airways & co", 4),
    ]
    assert facets["airline"].is_own
    assert not facets["batch"].is_own


def test_languages_are_counted_where_they_are_the_result() -> None:
    make_reviews()

    facets = {facet.name: facet for facet in summary_of("analysis_type=language").facets}

    assert [(one.label, one.count) for one in facets["language"].values] == [("en", 2), ("de", 1)]
    assert "language" not in {facet.name for facet in summary_of("analysis_type=sentiment").facets}


def test_the_files_columns_have_facets_only_under_one_file() -> None:
    make_reviews()

    assert "airline" not in {facet.name for facet in summary_of("").facets}


def test_a_column_of_many_values_is_no_facet() -> None:
    batch = make_batch(source_import=make_import(columns=["id", "text", "name", "kind"]))
    for index in range(20):
        make_analysis(batch_analysis=batch, extra={"name": f"n{index % 13}", "kind": f"k{index % 12}"})

    own = [facet for facet in summary_of(f"batch={batch.pk}").facets if facet.is_own]

    assert [facet.name for facet in own] == ["kind"]
    assert len(own[0].values) == 12


@pytest.mark.parametrize(
    "query",
    [
        "",
        "analysis_type=sentiment",
        "status=completed&status=error",
        "language=de",
        "sentiment_min=-0.95&sentiment_max=0.75",
        "sentiment_max=0.7",
        "date_from=2026-05-01T13:30:00Z&date_to=2026-05-03T10:00:00%2B02:00",
        "date_from=2026-05-02",
        "batch={batch}",
        "batch={batch}&extra.airline=Delta",
        "import={source}&sentiment_min=0",
    ],
)
def test_every_number_lists_exactly_its_rows(query: str) -> None:
    batch = make_reviews()
    summary = summary_of(query.format(batch=batch.pk, source=batch.source_import_id))

    counted = [(count, summary.filtered.query_with(changes)) for count, changes in numbers(summary)]

    assert len(counted) > 5
    assert [(parse(changed).queryset.count(), changed) for _count, changed in counted] == counted
    assert sum(one.count for one in summary.days) == summary.filtered.queryset.count()


def test_the_histogram_has_twenty_bins_and_counts_both_ends() -> None:
    make_reviews()

    bins = summary_of("").scores

    assert [(one.lower, one.upper, one.count) for one in bins if one.count] == [
        (-1.0, -0.9, 2), (-0.9, -0.8, 1), (-0.1, 0.0, 1), (0.0, 0.1, 1), (0.1, 0.2, 1), (0.7, 0.8, 1), (0.9, 1.0, 2),
    ]  # fmt: skip
    assert len(bins) == 20


@pytest.mark.parametrize(
    ("kind", "column", "scores"),
    [
        ("quality", "quality_score", [0.0, 0.42, 1.0]),
        ("readability", "readability_score", [0.0, 42.0, 100.0]),
    ],
)
@pytest.mark.parametrize("by_batch", [False, True])
def test_the_histogram_is_of_the_type_that_is_asked_for(
    kind: str, column: str, scores: list[float], by_batch: bool
) -> None:
    make_reviews()
    batch = make_batch(analysis_type=kind)
    for score in scores:
        make_analysis(batch_analysis=batch, status="completed", **{column: score})

    summary = summary_of(f"batch={batch.pk}" if by_batch else f"analysis_type={kind}")
    counted = [(one.count, summary.filtered.query_with(one.changes)) for one in summary.scores if one.count]

    assert (summary.scale, summary.score_count) == (kind, 3)
    assert [(parse(changed).queryset.count(), changed) for _count, changed in counted] == counted


def test_a_type_without_a_score_has_no_histogram() -> None:
    make_reviews()
    make_analysis(analysis_type="topics", status="completed", topics=["delivery"])

    assert summary_of("analysis_type=topics").scores == []


def test_days_are_utc_without_gaps_and_join_when_there_are_many() -> None:
    batch = make_reviews()

    few, many = summary_of(f"batch={batch.pk}").days, summary_of("").days

    assert [(str(one.first_day), one.count) for one in few] == [
        ("2026-05-01", 4), ("2026-05-02", 2), ("2026-05-03", 3), ("2026-05-04", 2),
    ]  # fmt: skip
    assert len(many) <= 60
    assert str(many[0].first_day) == "2025-10-13"
    assert str(many[-1].last_day) == "2026-05-04"
    assert all(
        later.first_day - earlier.last_day == timedelta(days=1) for earlier, later in itertools.pairwise(many)
    )


def test_coverage_tells_what_waits_and_what_failed() -> None:
    batch = make_reviews()

    assert summary_of(f"batch={batch.pk}").coverage == aggregates.Coverage(done=9, waiting=1, failed=1)


def test_too_many_rows_are_narrowed_to_the_newest_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregates, "EXACT_ROWS_MAX", 5)
    monkeypatch.setattr(aggregates, "NEWEST_ROWS", 3)
    for index in range(9):
        make_scored(0.5, occurred_at=NOON + timedelta(microseconds=index // 2))

    summary = summary_of("length_min=1")

    assert summary.is_newest_only
    assert summary.score_count == 3
    assert {
        parse(summary.filtered.query_with(changes)).queryset.count() for _count, changes in numbers(summary)
    } == {3}


def test_a_flood_of_one_moment_is_not_counted_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregates, "EXACT_ROWS_MAX", 5)
    monkeypatch.setattr(aggregates, "NEWEST_ROWS", 3)
    for _number in range(7):
        make_analysis(occurred_at=NOON)

    summary = summary_of("length_min=1")

    assert summary.is_too_large
    assert not summary.facets


def test_no_rows_give_no_numbers(django_assert_num_queries: Any) -> None:
    filtered = parse("status=error")

    with django_assert_num_queries(1):
        summary = aggregates.summarise(filtered, count=aggregates.count_for_summary(filtered))

    assert (list(summary.facets), list(summary.days), summary.score_count) == ([], [], 0)


def test_queries_do_not_grow_with_rows_or_columns(django_assert_num_queries: Any) -> None:
    batch = make_reviews()
    filtered = parse(f"batch={batch.pk}")
    seen = list(TextAnalysis.objects.values("extra"))

    with django_assert_num_queries(3):
        aggregates.summarise(filtered, count=RowCount(11), seen=seen)


@pytest.mark.parametrize(
    "query", ["", "batch={batch}", "status=completed&status=error", "date_from=2026-05-02T00:00:00Z"]
)
def test_what_the_rollup_knows_is_exact_at_any_size(monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    batch = make_reviews()
    query = query.format(batch=batch.pk)
    whole = summary_of(query)
    monkeypatch.setattr(aggregates, "EXACT_ROWS_MAX", 5)
    monkeypatch.setattr(aggregates, "NEWEST_ROWS", 3)

    large = summary_of(query)

    exact = [facet for facet in large.facets if not facet.is_partial]
    assert exact == [facet for facet in whole.facets if not facet.is_own and facet.name != "language"]
    assert (large.scores, large.coverage) == (whole.scores, whole.coverage)
    assert sum(one.count for one in large.days) == parse(query).queryset.count()
    assert not large.is_newest_only
    counted = [(count, large.filtered.query_with(changes)) for count, changes in numbers(large)]
    assert [(parse(changed).queryset.count(), changed) for _count, changed in counted] == counted


@pytest.mark.parametrize("chart", [*histograms.SCALES])
@pytest.mark.parametrize("is_large", [False, True])
def test_every_histogram_lists_exactly_its_rows(
    chart: str, is_large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_reviews()
    for share in (0.0, 0.3, 1.0):
        scores = dict.fromkeys(EMOTIONS, share)
        make_analysis(
            analysis_type="emotion",
            status="completed",
            emotion_scores=scores,
            confidence_score=share,
            processing_time_ms=share * 70_000,
            occurred_at=NOON,
        )
    if is_large:
        monkeypatch.setattr(aggregates, "EXACT_ROWS_MAX", 12)
        monkeypatch.setattr(aggregates, "NEWEST_ROWS", 6)
    query = "analysis_type=emotion" if chart.startswith("emotion") else ""
    filtered = parse(query)

    summary = aggregates.summarise(filtered, count=aggregates.count_for_summary(filtered), chart=chart)

    counted = [(one.count, summary.filtered.query_with(one.changes)) for one in summary.scores if one.count]
    assert [(parse(changed).queryset.count(), changed) for _count, changed in counted] == counted
    assert summary.scale == chart


def test_few_days_are_shown_in_hours() -> None:
    for hours in (0, 0, 3, 25):
        make_analysis(occurred_at=NOON + timedelta(hours=hours))

    bars = summary_of("").days

    assert [(str(one.first_day), one.hour, one.count) for one in bars if one.count] == [
        ("2026-05-01", 12, 2), ("2026-05-01", 15, 1), ("2026-05-02", 13, 1),
    ]  # fmt: skip
    assert len(bars) == 26


def test_many_days_are_shown_in_weeks_from_monday() -> None:
    for days in (0, 100):
        make_analysis(occurred_at=NOON + timedelta(days=days))

    bars = summary_of("").days

    assert {one.first_day.weekday() for one in bars} == {0}
    assert [one.count for one in bars if one.count] == [1, 1]
