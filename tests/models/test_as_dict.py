"""Rows as dicts, saved and unsaved."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from analyses.choices import AnalysisType
from analyses.models import BatchAnalysis, TextAnalysis, as_dict
from tests.factories import make_batch, make_scored


def test_line_114_unsaved_row_has_every_column_with_its_default() -> None:
    row = TextAnalysis(text_content="Hello", analysis_type=AnalysisType.SENTIMENT)

    values = row.to_dict()

    assert values["text_content"] == "Hello"
    assert values["analysis_type"] == "sentiment"
    assert (values["status"], values["optimization_tier"], values["retry_count"]) == (
        "pending",
        "standard",
        0,
    )
    assert (values["id"], values["dated_at"], values["sentiment_score"]) == (None, None, None)
    assert values["created_at"].tzinfo is UTC
    assert {"batch_analysis_id", "import_id", "text_hash", "content_length", "model_config"} <= set(values)


def test_line_114_unsaved_row_is_ready_for_json() -> None:
    row = TextAnalysis(text_content="Hello", analysis_type=AnalysisType.SENTIMENT)

    values = row.to_json_dict()

    assert datetime.fromisoformat(values["created_at"]).tzinfo is not None
    assert type(values["analysis_type"]) is str
    assert json.loads(json.dumps(values)) == values


@pytest.mark.django_db
def test_line_114_saved_row_gives_back_what_was_stored() -> None:
    batch = make_batch()
    row = TextAnalysis.objects.get(pk=make_scored(0.25, batch_analysis=batch, extra={"airline": "United"}).pk)

    values = row.to_json_dict()

    assert (values["sentiment_score"], values["batch_analysis_id"]) == (0.25, batch.pk)
    assert values["extra"] == {"airline": "United"}
    assert values["dated_at"] == values["created_at"]
    assert values["created_at"].endswith("+00:00")


def test_any_row_of_ours_can_be_a_dict() -> None:
    values = as_dict.to_json_dict(BatchAnalysis(batch_name="May", batch_size=3, analysis_type="quality"))

    assert (values["batch_name"], values["batch_size"]) == ("May", 3)
    assert (values["completed_count"], values["error_count"], values["status"]) == (0, 0, "pending")
    assert "source_import_id" not in values
