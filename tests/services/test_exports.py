"""Exports that are streamed, and files that the worker writes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.http import QueryDict
from django.utils import timezone

from analyses import choices
from analyses.choices import AnalysisStatus, ExportState, JobKind, JobState
from analyses.exceptions import TooManyRowsError, UnwritableError, ValidationError
from analyses.models import Export, Job, Rollup
from analyses.queries import export_records, filtering
from analyses.queries import exports as queries
from analyses.queries.exports import Content, Wanted
from analyses.services import exports, jobs
from analyses.services.workers import WorkLoop
from tests.factories import make_analysis, make_scored

pytestmark = pytest.mark.django_db


def wanted(query: str = "", file_format: str = "csv", *, is_packed: bool = False, **chosen: Any) -> Wanted:
    selection = queries.select(filtering.parse(QueryDict(query), zone=UTC), **chosen)
    return Wanted(selection, "UTC", file_format, is_packed=is_packed)


def ordered(query: str = "", file_format: str = "csv", **more: Any) -> Export:
    return exports.order(wanted(query, file_format, **more), rows=3, user=None)


def work() -> WorkLoop:
    loop = WorkLoop()
    loop.start()
    while loop.step():
        pass
    return loop


def as_kept(record: Export) -> Export:
    return export_records.everybodys().get(pk=record.pk)


def content(record: Export) -> bytes:
    path = exports.find_file(record)
    assert path is not None
    return path.read_bytes()


# --- Streams --------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "xlsx"])
def test_a_stream_leaves_a_row_by_which_its_bytes_can_be_checked(analyst: User, file_format: str) -> None:
    make_scored(0.5)
    make_scored(-0.5)

    stream = exports.stream(wanted("sentiment_max=0", file_format, sort="-id"), user=analyst)
    assert (as_kept(stream.record).state, stream.record.promised_count) == (ExportState.RUNNING, 1)
    given = b"".join(stream)

    kept = as_kept(stream.record)
    assert kept.state == ExportState.COMPLETED
    assert (kept.promised_count, kept.row_count, kept.size_bytes) == (1, 1, len(given))
    assert kept.sha256 == hashlib.sha256(given).hexdigest()
    assert (kept.created_by, kept.filter, kept.sort) == (analyst, "sentiment_max=0", "-id")
    assert kept.columns == list(choices.EXPORT_COLUMNS)
    assert kept.as_of is not None
    assert kept.as_of <= timezone.now()


def test_a_reader_who_goes_away_is_noted() -> None:
    make_analysis()
    stream = exports.stream(wanted(), user=None)
    next(iter(stream))
    stream.close()

    kept = as_kept(stream.record)
    assert (kept.state, kept.sha256) == (ExportState.FAILED, "")
    assert kept.error_message == "The download was broken off."


def test_a_stream_that_is_never_read_holds_nothing() -> None:
    stream = exports.stream(wanted(), user=None)
    stream.close()

    assert as_kept(stream.record).state == ExportState.FAILED
    assert make_analysis().pk


def test_rows_that_are_missing_break_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    make_analysis()
    monkeypatch.setattr(Content, "is_whole", lambda _content: False)
    stream = exports.stream(wanted(), user=None)

    with pytest.raises(UnwritableError, match="1 rows were promised, but 1 found"):
        list(stream)

    kept = as_kept(stream.record)
    assert (kept.state, kept.sha256) == (ExportState.FAILED, "")
    assert "promised" in kept.error_message


def test_rows_that_the_database_withholds_break_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [make_analysis() for _ in range(3)]
    usual = Content.__iter__

    def cut(self: Content) -> Iterator[bytes]:
        yield from usual(self)
        self.count -= 1

    monkeypatch.setattr(Content, "__iter__", cut)

    with pytest.raises(UnwritableError, match=f"{len(rows)} rows were promised, but 2 found"):
        list(exports.stream(wanted(), user=None))


def test_a_rollup_that_is_wrong_breaks_no_export() -> None:
    make_analysis()
    Rollup.objects.update(count=7)

    stream = exports.stream(wanted(), user=None)
    list(stream)

    kept = as_kept(stream.record)
    assert (kept.state, kept.promised_count, kept.row_count) == (ExportState.COMPLETED, 7, 1)


def test_more_rows_than_allowed_are_refused_and_leave_no_trace() -> None:
    for _ in range(3):
        make_analysis()

    with pytest.raises(TooManyRowsError) as refused:
        exports.stream(wanted(), user=None, limit=2)

    assert refused.value.details["rows"] == 3
    assert not Export.objects.exists()
    assert len(list(exports.stream(wanted(), user=None, limit=3))) > 0


def test_a_packed_export_holds_its_manifest(analyst: User) -> None:
    row = make_scored(0.25)

    stream = exports.stream(wanted("sentiment_min=0", is_packed=True, columns=["id"]), user=analyst)
    with zipfile.ZipFile(io.BytesIO(b"".join(stream))) as archive:
        rows, manifest = archive.read("text-analyses.csv"), json.loads(archive.read("manifest.json"))

    assert rows == f"id\r\n{row.pk}\r\n".encode()
    assert manifest["sha256"] == hashlib.sha256(rows).hexdigest() == as_kept(stream.record).sha256
    assert (manifest["rows"], manifest["promised_rows"], manifest["bytes"]) == (1, 1, len(rows))
    assert (manifest["filter"], manifest["zone"], manifest["exported_by"]) == (
        "sentiment_min=0",
        "UTC",
        "ana",
    )
    assert (manifest["state"], manifest["file"]) == ("completed", "text-analyses.csv")
    assert manifest["as_of"] is not None


def test_a_download_that_never_ended_is_broken() -> None:
    stream = exports.stream(wanted(), user=None)
    long_ago = timezone.now() - timedelta(hours=export_records.STREAM_HOURS_MAX + 1)
    Export.objects.filter(pk=stream.record.pk).update(created_at=long_ago)

    assert export_records.state_of(as_kept(stream.record)) == ExportState.FAILED
    exports.sweep()
    kept = as_kept(stream.record)
    assert (kept.state, kept.error_message) == (ExportState.FAILED, "The server went away.")
    stream.close()


# --- Files made by the worker ---------------------------------------------------------------------


@pytest.mark.parametrize("is_packed", [False, True])
def test_the_worker_writes_the_file_that_a_stream_would_give(is_packed: bool) -> None:
    for number in range(3):
        make_scored(0.5, text_content=f"=text {number}")
    streamed = b"".join(exports.stream(wanted(sort="-id"), user=None))

    record = ordered(sort="-id", is_packed=is_packed)
    assert (record.state, record.promised_count) == (ExportState.QUEUED, 3)
    work()

    kept = as_kept(record)
    assert (kept.state, kept.row_count, kept.promised_count) == (ExportState.COMPLETED, 3, 3)
    assert kept.sha256 == hashlib.sha256(streamed).hexdigest()
    assert kept.job is not None
    assert kept.job.state == JobState.DONE
    written = content(kept)
    if is_packed:
        with zipfile.ZipFile(io.BytesIO(written)) as archive:
            written = archive.read("text-analyses.csv")
    assert written == streamed
    assert [path.name for path in exports.folder().iterdir()] == [kept.stored_name]


def test_the_filter_is_understood_in_the_readers_zone() -> None:
    moment = datetime(2026, 5, 1, 23, tzinfo=UTC)
    make_scored(0.5, occurred_at=moment)
    query = QueryDict("date_from=2026-05-02&date_to=2026-05-02")
    zone = ZoneInfo("Europe/Berlin")
    selection = queries.select(filtering.parse(query, zone=zone))

    record = exports.order(Wanted(selection, "Europe/Berlin"), rows=1, user=None)
    work()

    assert as_kept(record).row_count == 1


def test_a_cancelled_export_leaves_nothing() -> None:
    record = ordered()

    assert exports.cancel(record) is True
    assert exports.cancel(record) is False
    work()

    assert as_kept(record).state == ExportState.CANCELLED
    assert list(exports.folder().iterdir()) == []


def test_a_run_that_lost_its_lease_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    make_analysis()
    record = ordered()
    usual = Content.__iter__

    def stolen(self: Content) -> Iterator[bytes]:
        Job.objects.update(claim_token="somebody else's")
        yield from usual(self)

    monkeypatch.setattr(Content, "__iter__", stolen)
    WorkLoop().step()

    kept = as_kept(record)
    assert (kept.state, kept.stored_name) == (ExportState.RUNNING, "")
    assert list(exports.folder().iterdir()) == []


def test_a_worker_that_is_told_to_stop_hands_the_export_back(monkeypatch: pytest.MonkeyPatch) -> None:
    make_analysis()
    record = ordered(is_packed=True)
    loop = WorkLoop()
    usual = Content.__iter__

    def stopped(self: Content) -> Iterator[bytes]:
        loop.stopping.set()
        yield from usual(self)

    monkeypatch.setattr(Content, "__iter__", stopped)
    loop.step()

    kept = as_kept(record)
    assert kept.job is not None
    assert (kept.job.state, kept.job.attempts) == (JobState.QUEUED, 0)
    assert export_records.state_of(kept) == ExportState.QUEUED
    assert list(exports.folder().iterdir()) == []
    monkeypatch.setattr(Content, "__iter__", usual)
    work()
    assert as_kept(record).state == ExportState.COMPLETED


def test_a_full_disk_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    make_analysis()
    record = ordered()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        WorkLoop().step()

    kept = as_kept(record)
    assert kept.job is not None
    assert (kept.job.state, kept.job.attempts) == (JobState.QUEUED, 0)
    assert "no space left for the file" in kept.job.error
    assert list(exports.folder().iterdir()) == []
    Job.objects.update(run_after=Now())
    work()
    assert as_kept(record).state == ExportState.COMPLETED


def test_what_cannot_be_written_fails_with_the_reason() -> None:
    make_analysis(text_content="x", extra={"own": "a" * 40_000})
    record = ordered(file_format="xlsx")
    Export.objects.filter(pk=record.pk).update(columns=["id", "nonsense"])
    work()

    kept = as_kept(record)
    assert kept.state == ExportState.FAILED
    assert kept.error_message.startswith("There is no column “nonsense”.")


def test_an_export_that_fails_again_and_again_is_given_up() -> None:
    record = ordered()
    Job.objects.update(attempts=3, error="ValueError")
    work()

    kept = as_kept(record)
    assert (kept.state, kept.error_message) == (ExportState.FAILED, "Writing the file failed 3 times.")


def test_nobody_has_more_than_a_few_in_the_making(analyst: User, editor: User) -> None:
    for _ in range(choices.EXPORTS_OPEN_MAX):
        exports.order(wanted(), rows=1, user=analyst)

    with pytest.raises(ValidationError, match="5 exports of yours are in the making"):
        exports.order(wanted(), rows=1, user=analyst)
    assert exports.order(wanted(), rows=1, user=editor).pk
    assert Job.objects.filter(kind=JobKind.EXPORT).count() == choices.EXPORTS_OPEN_MAX + 1


def test_a_sheet_of_too_many_rows_is_refused_at_once() -> None:
    with pytest.raises(TooManyRowsError, match="XLSX holds up to 100,000"):
        exports.order(wanted(file_format="xlsx"), rows=100_001, user=None)
    assert not Export.objects.exists()


def test_files_go_when_their_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, expired = ordered(), ordered()
    work()
    Export.objects.filter(pk=expired.pk).update(expires_at=jobs.in_future(-1))
    left_over, fresh = Path(exports.folder(), "old.part"), Path(exports.folder(), "new.part")
    for path in (left_over, fresh):
        path.touch()
    os.utime(left_over, (0, 0))

    assert exports.find_file(as_kept(expired)) is None
    assert exports.sweep() == 2
    assert exports.sweep() == 0

    assert {path.name for path in exports.folder().iterdir()} == {as_kept(kept).stored_name, "new.part"}
    assert exports.find_file(as_kept(kept)) is not None
    assert as_kept(expired).state == ExportState.COMPLETED


def test_a_spool_that_is_away_stops_no_worker(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.SPOOL_DIR = tmp_path / "file"
    row = make_analysis()
    work()

    row.refresh_from_db()
    assert row.status == AnalysisStatus.COMPLETED


@pytest.mark.django_db(transaction=True)
def test_progress_is_kept_while_the_file_is_written(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LEASE_SECONDS = 2
    for _ in range(3):
        make_analysis()
    record = ordered()
    seen = threading.Event()
    usual_keep = exports._keep_progress

    def noticed(*arguments: Any) -> None:
        usual_keep(*arguments)
        seen.set()

    usual_iter = Content.__iter__

    def waiting(self: Content) -> Iterator[bytes]:
        yield from usual_iter(self)
        assert seen.wait(30)

    monkeypatch.setattr(exports, "_keep_progress", noticed)
    monkeypatch.setattr(Content, "__iter__", waiting)
    counts: list[int] = []
    monkeypatch.setattr(
        exports, "_complete", lambda claim, kept, part: counts.append(as_kept(record).row_count)
    )

    WorkLoop().step()

    assert counts == [3]
