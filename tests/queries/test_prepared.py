"""Statements written once give what their querysets give."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import QuerySet

from analyses.models import TextAnalysis
from analyses.queries.prepared import Prepared
from tests.factories import make_analysis, make_scored
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db

FIELDS = ("pk", "text_content", "sentiment_score", "extra", "model_config", "created_at", "deleted_at")


def build(kind: str, status: str) -> QuerySet[TextAnalysis, Any]:
    rows = TextAnalysis.objects.filter(analysis_type=kind, status=status, deleted_at__isnull=True)
    return rows.order_by("pk").values_list(*FIELDS)


def prepared() -> Prepared:
    return Prepared(build, {"kind": "the kind", "status": "the status"})


def test_rows_are_those_of_the_queryset(django_assert_num_queries: Any) -> None:
    make_scored(0.5, extra={"größe": "🍣"}, model_config={"a": [1, None, 2.5]})
    make_scored(-0.25)
    make_analysis(analysis_type="quality")
    statement = prepared()

    for kind, status in (("sentiment", "completed"), ("quality", "pending"), ("topics", "error")):
        expected = [tuple(row) for row in build(kind, status)]
        with django_assert_num_queries(1):
            found = statement.rows(kind=kind, status=status)
        assert [tuple(row) for row in found] == expected


@pytest.mark.parametrize("value", ["' OR 1=1 --", "%s", "the status", "x" * 10_000, "\\"])
def test_values_are_values_and_never_sql(value: str) -> None:
    make_analysis()

    assert prepared().rows(kind=value, status=value) == []


def test_a_place_that_the_query_lacks_is_a_mistake() -> None:
    statement = Prepared(lambda kind: TextAnalysis.objects.values_list("pk"), {"kind": "the kind"})

    with pytest.raises(TypeError, match="no place for"):
        statement.rows(kind="sentiment")


@pytest.mark.django_db(transaction=True)
def test_threads_share_a_statement() -> None:
    row = make_scored(0.5)
    statement = prepared()

    found = run_at_once(8, lambda _number: statement.rows(kind="sentiment", status="completed")[0][0])

    assert found == [row.pk] * 8


def test_two_statements_beside_each_other_are_one(django_assert_num_queries: Any) -> None:
    row = make_scored(0.5, extra={"größe": "🍣"}, model_config={"a": [1, None, 2.5]})
    other = make_analysis(analysis_type="quality")
    by_id = Prepared(
        lambda pk: TextAnalysis.objects.filter(pk=pk).order_by().values_list(*FIELDS), {"pk": 2**40}
    )
    both = prepared().beside(by_id)
    left = tuple(build("sentiment", "completed").get())

    both.rows(kind="", status="", pk=0)
    with django_assert_num_queries(1):
        found = both.rows(kind="sentiment", status="completed", pk=other.pk)

    right = tuple(TextAnalysis.objects.values_list(*FIELDS).get(pk=other.pk))
    assert [tuple(one) for one in found] == [left + right]
    assert both.rows(kind="sentiment", status="completed", pk=0) == []
    assert both.rows(kind="sentiment", status="error", pk=row.pk) == []
