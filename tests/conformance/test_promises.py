"""Lines 2, 7, 11 and 117 of the conformance list: typed, cached or not, checked first, recorded and restricted."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analyses.exceptions import ValidationError
from analyses.models import TextAnalysis
from analyses.queries import analyses as queries
from analyses.queries import shared_cache
from analyses.services import analyses, batch_texts, bulk
from tests.factories import make_scored

NONSENSE: tuple[dict[str, Any], ...] = (
    {"text_content": ""},
    {"text_content": " \n"},
    {"text_content": "x" * 10_001},
    {"text_content": "a\x00b"},
    {"text_content": "half \ud83c"},
    {"analysis_type": "taste"},
    {"analysis_type": None},
    {"optimization_tier": "best"},
    {"model_config": {"x": float("inf")}},
)


def test_line_002_the_type_checker_reads_everything_strictly() -> None:
    """The suite runs it as a step of its own; here: nothing of the product is left out of it."""
    tools = tomllib.loads((project.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["tool"]

    assert tools["mypy"]["strict"] is True
    assert set(tools["mypy"]["files"]) >= {"nlpadmin", "analyses", "tests"}
    assert not any("ignore_errors" in override for override in tools["mypy"]["overrides"])


@pytest.mark.django_db(transaction=True)
def test_line_007_the_same_reads_work_with_redis(redis_cache: Any) -> None:
    row = make_scored(0.25)

    assert shared_cache.is_enabled()
    assert [queries.find(row.pk), queries.find(row.pk)] == [row, row]
    traffic = shared_cache.traffic()
    assert traffic is not None
    assert traffic.hits == 1


@pytest.mark.django_db(transaction=True)
def test_line_007_the_same_reads_work_without_redis(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    row = make_scored(0.25)

    assert not shared_cache.is_enabled()
    assert [queries.find(row.pk), queries.find(row.pk)] == [row, row]
    assert shared_cache.traffic() is None


@pytest.mark.django_db
@pytest.mark.parametrize("nonsense", NONSENSE, ids=str)
def test_line_011_nonsense_is_refused_before_the_database_is_asked(nonsense: dict[str, Any]) -> None:
    values = {"text_content": "Good.", "analysis_type": "sentiment"} | nonsense

    with CaptureQueriesContext(connection) as statements, pytest.raises(ValidationError) as caught:
        analyses.create(**values)

    assert caught.value.reason
    assert len(statements) == 0


@pytest.mark.django_db
def test_line_011_bulk_and_batches_ask_nothing_for_nonsense() -> None:
    with CaptureQueriesContext(connection) as statements:
        with pytest.raises(ValidationError):
            bulk.create_all(["Good.", ""], analysis_type="sentiment")
        added = batch_texts.add_texts(1, [""])

    assert (added.count, len(added.refused), len(statements)) == (0, 1, 0)


@pytest.mark.django_db
def test_line_117_changes_are_recorded_with_who_made_them(editor: User) -> None:
    row = make_scored(0.25)

    analyses.correct(row.pk, values={"sentiment_score": -0.5}, reason="Irony.", user=editor)

    entry = LogEntry.objects.get(object_id=str(row.pk))
    assert entry.user == editor


@pytest.mark.django_db
def test_line_117_a_role_opens_its_own_doors_and_no_other(
    analyst_client: Client, outsider_client: Client
) -> None:
    row = make_scored(0.25)

    assert analyst_client.get("/explore/").status_code == 200
    assert analyst_client.get("/people/").status_code == 403
    assert outsider_client.get("/explore/").status_code == 302
    assert analyst_client.post(f"/analyses/textanalysis/{row.pk}/delete/").status_code == 403
    assert TextAnalysis.objects.live().filter(pk=row.pk).exists()
