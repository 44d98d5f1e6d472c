"""Rows for tests, made so that hashes, counters and rollup agree, as the services keep them."""

from __future__ import annotations

import itertools
from typing import Any

from django.utils import timezone

from analyses import texts
from analyses.choices import DONE_STATUSES, AnalysisStatus, AnalysisType, ImportState
from analyses.models import BatchAnalysis, Import, TextAnalysis
from analyses.services import batches, rollups

_numbers = itertools.count(1)

POSITIVE = "I love this, it is wonderful and great."
NEGATIVE = "I hate this, it is terrible and awful."
NEUTRAL = "The parcel is on the table."


def make_import(**fields: Any) -> Import:
    """Make a finished import with the columns text and airline."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "name": f"import {number}",
        "file_name": f"import-{number}.csv",
        "stored_name": f"factory-{number}.csv",
        "sha256": f"{number:064x}",
        "size_bytes": 100,
        "encoding": "utf-8",
        "delimiter": ",",
        "columns": ["id", "text", "airline"],
        "header_hash": "0" * 64,
        "text_column": "text",
        "id_column": "id",
        "analysis_types": [AnalysisType.SENTIMENT],
        "state": ImportState.COMPLETED,
    }
    return Import.objects.create(**values | fields)


def make_batch(**fields: Any) -> BatchAnalysis:
    """Make an empty batch; `make_analysis(batch_analysis=...)` fills it."""
    values: dict[str, Any] = {
        "batch_name": f"batch {next(_numbers)}",
        "analysis_type": AnalysisType.SENTIMENT,
    }
    return BatchAnalysis.objects.create(**values | fields)


def make_analysis(**fields: Any) -> TextAnalysis:
    """Make one analysis and count it in its batch and in the rollup."""
    number = next(_numbers)
    batch: BatchAnalysis | None = fields.get("batch_analysis")
    values: dict[str, Any] = {
        "text_content": f"Text number {number}.",
        "analysis_type": batch.analysis_type if batch else AnalysisType.SENTIMENT,
        "optimization_tier": batch.optimization_tier if batch else "standard",
    }
    if batch:
        values |= {"line_number": number, "source_import": batch.source_import}
    values |= fields
    values["text_hash"] = texts.text_hash(values["text_content"])
    values["content_length"] = len(values["text_content"])
    if values.get("status") in DONE_STATUSES:
        values = {
            "processed_at": timezone.now(),
            "model_used": "VADER 3.3.2",
            "processing_time_ms": 0.5,
        } | values
    row = TextAnalysis.objects.create(**values)
    deltas = rollups.Deltas()
    rollups.add_rows(deltas, TextAnalysis.objects.live().filter(pk=row.pk), sign=1)
    deltas.write()
    if batch:
        _count_in(batch, row)
    row.refresh_from_db()
    return row


def _count_in(batch: BatchAnalysis, row: TextAnalysis) -> None:
    batches.count_results(batch.pk, removed=-1)
    done, failed = row.status in DONE_STATUSES, row.status == AnalysisStatus.ERROR
    if done or failed:
        time_ms = row.processing_time_ms or 0.0
        batches.count_results(batch.pk, done=int(done), failed=int(failed), time_ms=time_ms)


def make_scored(score: float, **fields: Any) -> TextAnalysis:
    """Make a completed sentiment analysis with a score."""
    values: dict[str, Any] = {"status": AnalysisStatus.COMPLETED, "sentiment_score": score}
    return make_analysis(**values | fields)
