"""The export: every matching row once, our columns and the file's own, in few queries."""

import json
from typing import Any

import pytest

from analyses.choices import EXPORT_COLUMNS
from analyses.models import TextAnalysis
from analyses.queries import exports
from analyses.services import analyses
from tests.factories import make_analysis, make_batch, make_import, make_scored

pytestmark = pytest.mark.django_db


def exported() -> list[dict[str, Any]]:
    found = exports.export(TextAnalysis.objects.live())
    return [dict(zip(found.header, row, strict=True)) for row in found.rows]


def test_header_is_ours_then_the_files_own() -> None:
    record = make_import(columns=["id", "text", "airline", "status"])
    make_scored(0.5, batch_analysis=make_batch(source_import=record), extra={"airline": "United", "status": "old"})

    row = exported()[0]

    assert tuple(row) == (*EXPORT_COLUMNS, "airline", "status (file)")
    assert (row["airline"], row["status (file)"], row["status"]) == ("United", "old", "completed")


def test_no_rows_give_the_header_alone() -> None:
    found = exports.export(TextAnalysis.objects.live())

    assert found.header == EXPORT_COLUMNS
    assert list(found.rows) == []


def test_trashed_rows_stay_out(editor: Any) -> None:
    row = make_scored(0.5)
    analyses.trash([row.pk], user=editor)

    assert exported() == []


def test_corrected_row_holds_both_values(editor: Any) -> None:
    row = make_scored(0.5)
    analyses.correct(row.pk, values={"sentiment_score": -0.5}, reason="", user=editor)

    found = exported()[0]

    assert found["sentiment_score"] == -0.5
    assert json.loads(found["corrected"]) == {"sentiment_score": 0.5}


def test_every_row_comes_once_over_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BLOCK_ROWS", 3)
    made = [make_analysis().pk for _ in range(10)]

    assert [row["id"] for row in exported()] == made


def test_queries_grow_with_blocks_and_not_with_rows(django_assert_num_queries: Any) -> None:
    for number in range(30):
        make_scored(number / 100)

    with django_assert_num_queries(4):
        assert len(exported()) == 30
