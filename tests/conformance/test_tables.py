"""Lines 21 to 30, 61, 62 and 85 to 87 of the conformance list: the tables as they are documented."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DataError
from django.test.utils import CaptureQueriesContext

from analyses.choices import AnalysisStatus, AnalysisType, OptimizationTier
from analyses.models import BatchAnalysis, TextAnalysis
from analyses.queries import analyses as queries
from analyses.queries import batch_lists
from tests.factories import make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db

ANALYSIS_COLUMNS = {
    "id", "text_content", "text_hash", "content_length", "analysis_type", "status", "sentiment_score",
    "quality_score", "emotion_scores", "language_detected", "keywords", "readability_score", "entities", "topics",
    "processing_time_ms", "model_used", "confidence_score", "optimization_tier", "created_at", "updated_at",
    "processed_at", "error_message", "retry_count", "batch_analysis_id",
}  # fmt: skip
BATCH_COLUMNS = {
    "id", "batch_name", "batch_size", "analysis_type", "status", "completed_count", "error_count",
    "total_processing_time_ms", "avg_processing_time_ms", "optimization_tier", "model_config", "created_at",
    "updated_at", "completed_at",
}  # fmt: skip


def columns_of(table: str) -> dict[str, bool]:
    """Give the columns as the database has them, and whether each may be null."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return {column.name: bool(column.null_ok) for column in found}


def indexes_of(table: str) -> list[tuple[list[str], bool]]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table).values()
    return [(one["columns"], one["unique"]) for one in found if one["index"] or one["unique"]]


def test_line_021_086_the_table_of_analyses_has_its_documented_columns() -> None:
    assert set(columns_of("text_analyses")) >= ANALYSIS_COLUMNS
    first, second = make_analysis(), make_analysis()
    assert second.pk > first.pk > 0


def test_line_022_the_text_is_required_and_no_index_holds_it() -> None:
    assert columns_of("text_analyses")["text_content"] is False
    assert not [columns for columns, _unique in indexes_of("text_analyses") if "text_content" in columns]


def test_line_023_the_hash_is_required_and_found_by_index_and_a_single_analysis_exists_once() -> None:
    assert columns_of("text_analyses")["text_hash"] is False
    assert (["text_hash", "analysis_type"], False) in indexes_of("text_analyses")
    # Rows of files may repeat a text; of those created singly the key of type, tier and hash is unique.
    assert (["dedupe_key"], True) in indexes_of("text_analyses")


@pytest.mark.parametrize("value", ["taste", "", None])
def test_line_024_another_type_is_refused_by_the_database(value: Any) -> None:
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        make_analysis(analysis_type=value)

    assert any(columns[0] == "analysis_type" for columns, _unique in indexes_of("text_analyses"))


@pytest.mark.parametrize("value", ["done", "", None])
def test_line_025_another_status_is_refused_by_the_database(value: Any) -> None:
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        make_analysis(status=value)

    assert make_analysis().status == "pending"


@pytest.mark.parametrize(
    "column", ["sentiment_score", "quality_score", "emotion_scores", "processing_time_ms", "model_used"]
)
def test_line_026_results_may_be_missing(column: str) -> None:
    assert columns_of("text_analyses")[column] is True
    assert getattr(make_analysis(), column) is None


def test_line_027_created_stays_and_updated_follows_every_save() -> None:
    row = make_analysis()
    created, updated = row.created_at, row.updated_at

    row.save()
    row.refresh_from_db()

    assert row.created_at == created
    assert row.updated_at > updated
    assert any(columns[0] == "created_at" for columns, _unique in indexes_of("text_analyses"))


def test_line_028_087_the_table_of_batches_has_its_columns_and_defaults() -> None:
    batch = BatchAnalysis.objects.create(batch_name="b", analysis_type="sentiment")

    assert set(columns_of("batch_analyses")) >= BATCH_COLUMNS
    assert (batch.status, batch.completed_count, batch.error_count) == ("pending", 0, 0)
    assert (batch.optimization_tier, batch.completed_at, batch.model_config) == ("standard", None, None)


def test_line_029_a_batch_leads_to_its_analyses_and_they_lead_back() -> None:
    batch = make_batch()
    row = make_analysis(batch_analysis=batch)

    assert list(batch.text_analyses.all()) == [row]
    assert row.batch_analysis == batch


def queries_for_a_list_of(batches: int) -> int:
    for _number in range(batches):
        batch = make_batch()
        make_analysis(batch_analysis=batch)
        make_analysis(batch_analysis=batch)
    with CaptureQueriesContext(connection) as statements:
        found = batch_lists.select_with_analyses()
        assert all(len(batch.text_analyses.all()) == 2 for batch in found)
    return len(statements)


def test_line_030_listing_batches_with_their_analyses_takes_two_queries_however_many() -> None:
    assert queries_for_a_list_of(1) == queries_for_a_list_of(10) == 2


def test_line_062_a_list_loads_the_batches_of_its_rows_at_once() -> None:
    for _number in range(5):
        make_analysis(batch_analysis=make_batch())

    with CaptureQueriesContext(connection) as statements:
        names = [row.batch_analysis.batch_name for row in queries.select() if row.batch_analysis]

    assert len(names) == 5
    assert len(statements) == 1


@pytest.mark.parametrize(
    "columns", [["text_hash", "analysis_type"], ["status", "created_at"], ["sentiment_score"]], ids=str
)
def test_line_061_the_documented_indexes_exist(columns: list[str]) -> None:
    assert any(found[: len(columns)] == columns for found, _unique in indexes_of("text_analyses"))


def plan_of(sql: str) -> str:
    prefix = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE text_analyses")
            # So small a table is read whole otherwise.
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"{prefix} {sql}")
        return str(cursor.fetchall())


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("text_hash = 'x' AND analysis_type = 'sentiment'", "idx_text_hash_analysis_type"),
        ("status = 'pending' ORDER BY created_at DESC LIMIT 10", "idx_status_created_at"),
        ("sentiment_score > 0.9 ORDER BY sentiment_score DESC, id DESC LIMIT 10", "idx_sentiment_score"),
    ],
)
def test_line_061_lists_use_the_documented_indexes(condition: str, index: str) -> None:
    for number in range(30):
        make_scored(number / 100)

    assert index in plan_of(f"SELECT id FROM text_analyses WHERE {condition}")


def test_line_085_every_type_status_and_tier_can_be_stored_and_filtered() -> None:
    assert len(AnalysisType.values) == 8
    assert set(AnalysisStatus.values) == {"pending", "processing", "completed", "cached", "error"}
    assert OptimizationTier.values == ["basic", "standard", "advanced", "ultra"]
    for analysis_type in AnalysisType.values:
        make_analysis(analysis_type=analysis_type)
    for status in AnalysisStatus.values:
        make_analysis(status=status)
    for tier in OptimizationTier.values:
        make_analysis(optimization_tier=tier)

    for analysis_type in AnalysisType.values:
        assert {row.analysis_type for row in queries.select(analysis_type=analysis_type)} == {analysis_type}
    for status in AnalysisStatus.values:
        assert {row.status for row in queries.select(status=status)} == {status}
    for tier in OptimizationTier.values:
        assert {row.optimization_tier for row in queries.select(optimization_tier=tier)} == {tier}


def test_line_086_bounds_of_the_further_columns_hold_in_the_database() -> None:
    for column, value in (
        ("readability_score", 100.5),
        ("confidence_score", -0.1),
        ("processing_time_ms", -1.0),
    ):
        with pytest.raises((IntegrityError, DataError)), transaction.atomic():
            TextAnalysis.objects.filter(pk=make_analysis().pk).update(**{column: value})
