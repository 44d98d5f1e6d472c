"""Starting and cancelling an import: every mistake named by its field, nothing half done."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from analyses.choices import ImportState, JobState
from analyses.exceptions import EngineNotInstalledError, ValidationError
from analyses.models import BatchAnalysis, Import, Job
from analyses.queries import imports as import_queries
from analyses.services import imports, uploads
from analyses.services.imports import Mapping

pytestmark = pytest.mark.django_db

CONTENT = b"id,text,day\n1,good,2015-01-01\n"


def start(record: Import, **changes: Any) -> Import:
    values: dict[str, Any] = {
        "mapping": Mapping("text", "id", "day", "iso", "Europe/Berlin"),
        "name": "texts",
        "analysis_types": ["sentiment"],
        "tier": "standard",
        "user": None,
    }
    return imports.start(record.pk, **values | changes)


def uploaded(content: bytes = CONTENT, user: User | None = None) -> Import:
    return uploads.store_upload([content], file_name="texts.csv", user=user)


def test_a_start_makes_a_batch_a_type_and_one_job(editor: User) -> None:
    record = start(uploaded(), analysis_types=["sentiment", "language", "sentiment"], user=editor)

    assert record.state == ImportState.QUEUED
    assert list(record.batches.order_by("pk").values_list("analysis_type", "batch_name", "created_by")) == [
        ("sentiment", "texts", editor.pk),
        ("language", "texts", editor.pk),
    ]
    assert Job.objects.get().source_import == record
    stored = Import.objects.get(pk=record.pk)
    assert (stored.text_column, stored.id_column, stored.date_column) == ("text", "id", "day")
    assert (stored.date_format, stored.zone) == ("iso", "Europe/Berlin")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"mapping": Mapping("")}, "text_column"),
        ({"mapping": Mapping("nope")}, "text_column"),
        ({"mapping": Mapping("text", "nope")}, "id_column"),
        ({"mapping": Mapping("text", "", "nope", "iso")}, "date_column"),
        ({"mapping": Mapping("text", "text")}, "text_column"),
        ({"mapping": Mapping("text", "", "day", "")}, "date_format"),
        ({"mapping": Mapping("text", "", "day", "%Y")}, "date_format"),
        ({"mapping": Mapping("text", "", "day", "iso", "Mars/Base")}, "zone"),
        ({"name": "  "}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"analysis_types": []}, "analysis_types"),
        ({"analysis_types": ["horoscope"]}, "analysis_types"),
        ({"tier": "divine"}, "tier"),
    ],
)
def test_a_mistake_is_named_by_its_field_and_nothing_is_kept(changes: dict[str, Any], field: str) -> None:
    record = uploaded()

    with pytest.raises(ValidationError) as refused:
        start(record, **changes)

    assert refused.value.field == field
    assert str(refused.value.reason).endswith(".")
    assert not BatchAnalysis.objects.exists()
    assert not Job.objects.exists()
    assert Import.objects.get(pk=record.pk).state == ImportState.UPLOADED


def test_an_engine_that_is_not_installed_is_refused_before_any_batch() -> None:
    with pytest.raises(EngineNotInstalledError):
        start(uploaded(), analysis_types=["sentiment"], tier="ultra")

    assert not BatchAnalysis.objects.exists()


def test_a_file_is_started_once() -> None:
    record = start(uploaded())

    with pytest.raises(ValidationError, match="started already"):
        start(record)

    assert BatchAnalysis.objects.count() == Job.objects.count() == 1


def test_cancelling_ends_the_job_and_may_be_repeated(editor: User) -> None:
    record = start(uploaded())

    imports.cancel(record.pk, user=editor)
    imports.cancel(record.pk, user=editor)

    assert Job.objects.get().state == JobState.CANCELLED
    assert record.batches.get().cancelled_at is not None
    assert Import.objects.get(pk=record.pk).state == ImportState.CANCELLED


def test_cancelling_a_finished_import_changes_nothing() -> None:
    record = start(uploaded())
    Import.objects.filter(pk=record.pk).update(state=ImportState.COMPLETED)

    imports.cancel(record.pk, user=None)

    assert Import.objects.get(pk=record.pk).state == ImportState.COMPLETED
    assert record.batches.get().cancelled_at is None


def test_the_mapping_is_remembered_for_the_same_header_and_person(editor: User, analyst: User) -> None:
    start(uploaded(user=editor), user=editor)
    again = uploaded(b"id,text,day\n7,another,2015-01-02\n", user=editor)
    other = uploaded(b"id,text\n7,another\n", user=editor)

    found = import_queries.find_same_header(again, editor)
    assert found is not None
    assert (found.text_column, found.date_format, found.zone) == ("text", "iso", "Europe/Berlin")
    assert import_queries.find_same_header(other, editor) is None
    assert import_queries.find_same_header(again, analyst) is None


def test_a_file_seen_before_is_known_by_its_bytes() -> None:
    """C15."""
    first = start(uploaded())

    assert import_queries.find_seen_before(uploaded()) == first
    assert import_queries.find_seen_before(uploaded(CONTENT + b"2,new,\n")) is None
