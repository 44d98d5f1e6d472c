"""Line 88 of the conformance list: the table of models, as it is documented, filled and browsed."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analyses.models import ModelPerformance
from analyses.services import analyses
from analyses.services.workers import WorkLoop

pytestmark = pytest.mark.django_db

QUERIES_MAX = 14  # eleven of them the shell's, in a process that begins
REQUIRED = {
    "id", "model_name", "model_version", "model_type", "avg_processing_time_ms", "total_requests",
    "successful_requests", "error_count", "created_at", "updated_at",
}  # fmt: skip
OPTIONAL = {
    "accuracy_score", "precision_score", "recall_score", "f1_score", "memory_usage_mb", "gpu_usage_percent",
}  # fmt: skip
NAMED_INDEXES = {
    "idx_model_name_version": ["model_name", "model_version"],
    "idx_model_type_performance": ["model_type", "avg_processing_time_ms"],
    "idx_accuracy_score": ["accuracy_score"],
}


def test_line_088_the_table_has_sixteen_columns() -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, "model_performance")

    assert {column.name for column in found if not column.null_ok} == REQUIRED
    assert {column.name for column in found if column.null_ok} == OPTIONAL


def test_line_088_the_three_named_indexes_are_there_and_not_unique() -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "model_performance")

    assert {name: found[name]["columns"] for name in NAMED_INDEXES} == NAMED_INDEXES
    assert not any(found[name]["unique"] for name in NAMED_INDEXES)


def test_line_088_counters_begin_at_zero_and_a_version_of_a_type_has_one_row() -> None:
    names = {"model_name": "m", "model_version": "1", "model_type": "anything"}
    row = ModelPerformance.objects.create(**names, avg_processing_time_ms=1.5)

    assert (row.total_requests, row.successful_requests, row.error_count) == (0, 0, 0)
    assert row.created_at.tzinfo is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelPerformance.objects.create(**names, avg_processing_time_ms=1.5)
    ModelPerformance.objects.create(**names | {"model_version": "2"}, avg_processing_time_ms=1.5)


def test_line_088_real_work_fills_a_row_that_people_can_look_at(analyst_client: Client) -> None:
    analyses.create(text_content="A fine day.", analysis_type="sentiment", optimization_tier="basic")
    loop = WorkLoop()
    while loop.step():
        pass
    loop.stop()
    row = ModelPerformance.objects.get()

    with CaptureQueriesContext(connection) as statements:
        page = analyst_client.get(reverse("admin:models")).content.decode()

    assert (row.model_type, row.total_requests, row.successful_requests) == ("sentiment", 1, 1)
    assert f"{row.model_name} {row.model_version}" in page
    assert len(statements) <= QUERIES_MAX


def test_line_088_outsiders_do_not_see_it(outsider_client: Client) -> None:
    assert outsider_client.get(reverse("admin:models"))["Location"].startswith("/login/?next=")
