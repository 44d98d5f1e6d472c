"""What became of a file, whether it was here before, how it was mapped last time."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from analyses.models import Import, RejectedLine
from analyses.queries import imports
from tests.factories import make_batch, make_import

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def test_progress_shows_the_live_batches_in_their_order(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    record = make_import()
    first, second = (
        make_batch(source_import=record, batch_size=2, completed_count=2, status="completed")
        for _ in range(2)
    )
    make_batch(source_import=record, deleted_at=NOW)

    with django_assert_num_queries(5):
        found = imports.progress(record.pk, now=NOW)

    assert [one.batch for one in found.batches] == [first, second]
    assert found.finished


@pytest.mark.parametrize("state", ["queued", "reading"])
def test_an_import_that_is_read_waits_for_a_worker_and_is_not_over(state: str) -> None:
    found = imports.progress(make_import(state=state).pk, now=NOW)

    assert found.reading
    assert found.stalled
    assert not found.finished


def test_an_import_is_not_over_while_a_batch_runs() -> None:
    record = make_import()
    make_batch(source_import=record, batch_size=2, completed_count=1, status="processing")

    assert not imports.progress(record.pk, now=NOW).finished


def test_version_changes_with_lines_read_and_with_batches() -> None:
    record = make_import()
    batch = make_batch(source_import=record, batch_size=2)
    versions = [imports.progress(record.pk, now=NOW).version]

    Import.objects.update(rejected_count=1)
    versions.append(imports.progress(record.pk, now=NOW).version)
    batch.completed_count = 1
    batch.save()
    versions.append(imports.progress(record.pk, now=NOW).version)

    assert len(set(versions)) == 3


def test_the_same_bytes_are_seen_before_only_when_they_were_started() -> None:
    older = make_import(sha256="a" * 64)
    make_import(sha256="a" * 64, state="uploaded")
    make_import(sha256="b" * 64)
    record = make_import(sha256="a" * 64, state="uploaded")

    assert imports.find_seen_before(record) == older
    assert imports.find_seen_before(older) is None


def test_the_mapping_of_the_same_header_is_remembered_for_each_person(editor: User, analyst: User) -> None:
    make_import(header_hash="h" * 64, created_by=editor)
    newest = make_import(header_hash="h" * 64, created_by=editor)
    make_import(header_hash="h" * 64, created_by=editor, state="uploaded", text_column="")
    make_import(header_hash="h" * 64, created_by=analyst)
    record = make_import(header_hash="h" * 64, created_by=editor, state="uploaded")

    assert imports.find_same_header(record, editor) == newest


def test_another_header_is_not_remembered(editor: User) -> None:
    make_import(header_hash="h" * 64, created_by=editor)

    assert imports.find_same_header(make_import(header_hash="i" * 64, created_by=editor), editor) is None


def test_rejected_lines_come_in_the_order_of_the_file_and_the_page_shows_a_hundred() -> None:
    record = make_import()
    RejectedLine.objects.bulk_create(
        RejectedLine(source_import=record, line=line, reason="No text.", raw=b"x")
        for line in range(150, 0, -1)
    )

    shown = imports.first_rejected_lines(record.pk)

    assert [one.line for one in shown] == list(range(1, 101))
    assert [one.line for one in imports.iterate_rejected_lines(record.pk)] == list(range(1, 151))
