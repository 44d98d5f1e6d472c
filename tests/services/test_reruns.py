"""Running rows again: whose texts, into which batches, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone

from analyses.exceptions import EngineNotInstalledError, ValidationError
from analyses.models import BatchAnalysis, Import, Job
from analyses.queries import filtering
from analyses.services import reruns
from tests.factories import make_batch, make_import, make_scored

pytestmark = pytest.mark.django_db


def started(query: str, **changes: Any) -> Import:
    """Start the rows of a filter again."""
    filtered = filtering.parse(QueryDict(query), zone=timezone.get_current_timezone())
    options: dict[str, Any] = {
        "name": "again",
        "analysis_types": ("sentiment",),
        "tier": "basic",
        "user": None,
    }
    return reruns.start(filtered, zone="Europe/Berlin", **options | changes)


def test_each_type_gets_an_empty_batch_and_one_job_copies_the_rows(editor: Any) -> None:
    make_scored(0.1, batch_analysis=make_batch(source_import=make_import()))

    record = started("analysis_type=sentiment&sort=id", analysis_types=("sentiment", "language"), user=editor)

    made = list(record.batches.order_by("pk"))
    assert [(batch.analysis_type, batch.optimization_tier, batch.batch_size) for batch in made] == [
        ("sentiment", "basic", 0),
        ("language", "basic", 0),
    ]
    assert {batch.created_by for batch in made} == {editor}
    assert (record.source_query, record.zone, record.state) == (
        "analysis_type=sentiment",
        "Europe/Berlin",
        "queued",
    )
    assert record.columns == ["airline"]
    assert Job.objects.get().kind == "copy_rows"


@pytest.mark.parametrize(
    ("query", "changes", "field"),
    [
        ("", {}, "analysis_type"),
        ("status=completed", {}, "analysis_type"),
        ("analysis_type=quality", {}, "query"),
        ("analysis_type=sentiment", {"name": "  "}, "name"),
        ("analysis_type=sentiment", {"name": "x" * 201}, "name"),
        ("analysis_type=sentiment", {"analysis_types": ()}, "analysis_types"),
        ("analysis_type=sentiment", {"analysis_types": ("mood",)}, "analysis_types"),
        ("analysis_type=sentiment", {"tier": "turbo"}, "tier"),
    ],
)
def test_what_cannot_be_run_is_refused(query: str, changes: dict[str, Any], field: str) -> None:
    make_scored(0.1)

    with pytest.raises(ValidationError) as refused:
        started(query, **changes)

    assert refused.value.field == field
    assert not Job.objects.exists()
    assert not BatchAnalysis.objects.exists()


def test_a_tier_that_is_not_installed_says_what_to_install() -> None:
    make_scored(0.1)

    with pytest.raises(EngineNotInstalledError, match="ULTRA_ENGINES"):
        started("analysis_type=sentiment", tier="ultra")


def test_more_rows_than_a_batch_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for _index in range(3):
        make_scored(0.1)
    monkeypatch.setattr(reruns, "SIZE_MAX", 2)

    with pytest.raises(ValidationError, match="A batch holds at most 2 texts; narrow the filter"):
        started("analysis_type=sentiment")
    monkeypatch.setattr(reruns, "SIZE_MAX", 3)

    assert started("analysis_type=sentiment").pk
