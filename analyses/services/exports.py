"""Exports: streamed to their reader, or written by the worker; each leaves a row that says what was given."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from threading import Event, Thread
from time import time
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses import choices
from analyses.choices import JOB_ATTEMPTS_MAX, ExportFormat, ExportState, JobKind
from analyses.exceptions import (
    InvalidFilterError,
    LeaseLostError,
    TooManyRowsError,
    UnwritableError,
    ValidationError,
)
from analyses.models import Export, Job
from analyses.models.exports import OPEN_STATES
from analyses.queries import export_records, exports, filtering
from analyses.queries.exports import Content, Selection, Wanted
from analyses.services import jobs
from analyses.services.jobs import Claim
from analyses.tabular.archives import Archive
from analyses.tabular.json_lines import dumped

logger = logging.getLogger(__name__)

FILE_NAME = "text-analyses"
MANIFEST_NAME = "manifest.json"
BEAT_SECONDS_MAX = 1.0
SPACE_SECONDS = 30.0
# A file that nobody wrote to for so long and no export names is left over from a run that died.
LEFT_OVER_SECONDS = 3600
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


@dataclass
class Tally:
    """What went into the rows' file so far."""

    size_bytes: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def measured(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Pass blocks on and count them."""
        for block in blocks:
            self.digest.update(block)
            self.size_bytes += len(block)
            yield block


# --- Streams --------------------------------------------------------------------------------------


class Stream:
    """The bytes of an export for its reader. It ends with an error unless all the promised rows were given."""

    def __init__(self, record: Export, blocks: Iterator[bytes]) -> None:
        self.record = record
        self._blocks = blocks

    def __iter__(self) -> Iterator[bytes]:
        return self._blocks

    def close(self) -> None:
        """Let the database go; what was not given yet never is, and the export's row says so."""
        self._blocks.close()  # type: ignore[attr-defined]


def stream(wanted: Wanted, *, user: Any, limit: int | None = None) -> Stream:
    """Begin an export: its rows are counted, and what follows is read in the same moment. Close it in any case.

    Writes a row of `exports` before the first byte and what came of it after the last. Raises TooManyRowsError.
    """
    record = _new_record(wanted, created_by=user, state=ExportState.RUNNING)
    content = Content(wanted.selection, wanted.file_format)
    blocks = _recorded(record, content, limit=limit)
    try:
        next(blocks)
    except BaseException:
        record.delete()
        raise
    return Stream(record, blocks)


def most_rows(file_format: str, *, streamed: bool = True) -> int | None:
    """Give how many rows a file may hold; None where there is no limit."""
    if file_format == ExportFormat.XLSX:
        return choices.EXPORT_XLSX_ROWS_MAX
    return choices.EXPORT_STREAM_ROWS_MAX if streamed else None


def _new_record(wanted: Wanted, **fields: Any) -> Export:
    selection = wanted.selection
    return Export.objects.create(
        file_name=f"{FILE_NAME}.{wanted.file_format}",
        file_format=wanted.file_format,
        is_packed=wanted.is_packed,
        filter=selection.filtered.fixed_query,
        zone=wanted.zone,
        sort=selection.sort,
        columns=list(selection.columns),
        **fields,
    )


def _recorded(record: Export, content: Content, *, limit: int | None) -> Iterator[bytes]:
    """Give an empty block once the rows are counted, then the file, and keep how it ended."""
    tally, problem, is_begun = Tally(), _("The download was broken off."), False
    try:
        with content.opened():
            _check_count(content, limit)
            is_begun = True
            record.promised_count, record.as_of = content.promised, content.as_of
            yield b""
            yield from _file_of(record, content, tally)
        problem = ""
    except UnwritableError as error:
        problem = str(error)
        raise
    finally:
        if is_begun:
            _keep_outcome(record, content, tally, problem)


def _check_count(content: Content, limit: int | None) -> None:
    if limit is not None and content.promised > limit:
        raise too_many(content.promised, content.file_format)


def too_many(rows: int, file_format: str) -> TooManyRowsError:
    """Say that a file cannot hold so many rows, and what can."""
    words = {"rows": f"{rows:,}", "most": f"{most_rows(file_format):,}"}
    if file_format == ExportFormat.XLSX:
        reason = _("These are %(rows)s rows; XLSX holds up to %(most)s. Choose CSV or JSON Lines.")
    else:
        reason = _("These are %(rows)s rows; a download holds up to %(most)s. Let the worker make the file.")
    return TooManyRowsError("format", reason % words, rows=rows)


def _file_of(record: Export, content: Content, tally: Tally) -> Iterator[bytes]:
    """Give what the reader gets; raise UnwritableError at its end when rows are missing."""
    data = tally.measured(iter(content))
    if not record.is_packed:
        yield from data
        _check_whole(content)
        return
    archive = Archive()
    yield from archive.add(record.file_name, data, is_large=True)
    _check_whole(content)
    _note(record, content, tally)
    described = export_records.manifest(record) | {"state": ExportState.COMPLETED}
    yield from archive.add(MANIFEST_NAME, [dumped(described)])
    yield archive.close()


def _check_whole(content: Content) -> None:
    if not content.is_whole():
        reason = _("%(promised)s rows were promised, but %(rows)s found: export them again.")
        raise UnwritableError(reason % {"promised": f"{content.promised:,}", "rows": f"{content.count:,}"})


def _note(record: Export, content: Content, tally: Tally) -> None:
    record.promised_count, record.as_of = content.promised, content.as_of
    record.row_count, record.size_bytes = content.count, tally.size_bytes
    record.sha256 = tally.digest.hexdigest()


def _keep_outcome(record: Export, content: Content, tally: Tally, problem: str) -> None:
    """Write how a stream ended; a database that is away leaves it open."""
    _note(record, content, tally)
    values = {
        "state": ExportState.FAILED if problem else ExportState.COMPLETED,
        "promised_count": record.promised_count,
        "as_of": record.as_of,
        "row_count": record.row_count,
        "size_bytes": record.size_bytes,
        "sha256": "" if problem else record.sha256,
        "error_message": problem,
        "finished_at": Now(),
    }
    try:
        Export.objects.filter(pk=record.pk).update(**values)
    except (OperationalError, InterfaceError):
        logger.exception("What came of export %s could not be written.", record.pk)
    words = (record.pk, record.created_by_id, content.count, content.promised, problem or "whole")
    logger.info("Export %s by user %s: %s of %s rows, %s", *words)


# --- Files made by the worker ---------------------------------------------------------------------


def order(wanted: Wanted, *, rows: int, user: Any) -> Export:
    """Let the worker write the file of so many rows; give its row. Asked again, it is another export.

    Raises TooManyRowsError for a format that holds fewer, and ValidationError above EXPORTS_OPEN_MAX.
    """
    most = most_rows(wanted.file_format, streamed=False)
    if most is not None and rows > most:
        raise too_many(rows, wanted.file_format)
    with transaction.atomic():
        if Export.objects.filter(created_by=user, state__in=OPEN_STATES, job__isnull=False).count() >= (
            choices.EXPORTS_OPEN_MAX
        ):
            reason = _("%(most)s exports of yours are in the making: wait for one, or cancel it.")
            raise ValidationError("export", reason % {"most": choices.EXPORTS_OPEN_MAX})
        job = jobs.enqueue_one(jobs.new_job(JobKind.EXPORT, {}))
        return _new_record(wanted, created_by=user, state=ExportState.QUEUED, job=job, promised_count=rows)


def cancel(record: Export) -> bool:
    """Stop an export that the worker makes; False when it is over already. Repeating is safe."""
    with transaction.atomic():
        stopped = jobs.cancel(Job.objects.filter(pk=record.job_id or 0))
        if stopped:
            Export.objects.filter(pk=record.pk).update(state=ExportState.CANCELLED, finished_at=Now())
    return bool(stopped)


def folder() -> Path:
    """Give the place of the files."""
    path = Path(settings.SPOOL_DIR) / "exports"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def find_file(record: Export) -> Path | None:
    """Give the place of an export's file while it can be fetched."""
    path = folder() / record.stored_name
    return path if record.has_file and path.is_file() else None


def run(claim: Claim) -> None:
    """Write an export's file from its beginning, whatever a run before left; raises LeaseLostError when it is not ours.

    No space for it is waited for.
    """
    record = Export.objects.select_related("created_by").get(job=claim.job_id)
    if claim.error and claim.attempts > JOB_ATTEMPTS_MAX:
        _fail(claim, record, _("Writing the file failed %(count)s times.") % {"count": JOB_ATTEMPTS_MAX})
        return
    with transaction.atomic():
        jobs.hold(claim)
        Export.objects.filter(pk=record.pk).update(state=ExportState.RUNNING, row_count=0)
    try:
        _write(claim, record)
    except (InvalidFilterError, ValidationError, UnwritableError) as error:
        _fail(claim, record, getattr(error, "reason", str(error)))
    except OSError as error:
        if error.errno not in NO_SPACE:
            raise
        logger.warning("Export %s waits for space: %s.", record.pk, error)
        reason = _("There is no space left for the file on the server; it is begun again when there is.")
        jobs.wait(claim, reason=reason, seconds=SPACE_SECONDS)


def _write(claim: Claim, record: Export) -> None:
    # A name of this run's own: one that lost its lease and still writes does not touch it.
    part = folder() / f"{claim.token}.part"
    try:
        _write_part(claim, record, part)
    finally:
        part.unlink(missing_ok=True)


def _write_part(claim: Claim, record: Export, part: Path) -> None:
    content = Content(_selection_of(record), record.file_format)
    tally = Tally()
    with _beating(claim, record, content) as is_lost, content.opened():
        _check_count(content, most_rows(record.file_format, streamed=False))
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            blocks = _file_of(record, content, tally)
            is_done = _copied(blocks, file, until=lambda: is_lost.is_set() or claim.is_stopping())
    if not is_done:
        jobs.release(claim)
        return
    _note(record, content, tally)
    _complete(claim, record, part)


def _copied(blocks: Iterable[bytes], file: BinaryIO, *, until: Callable[[], bool]) -> bool:
    """Write all blocks down to the disk, or say that it was to end before."""
    for block in blocks:
        file.write(block)
        if until():
            return False
    file.flush()
    os.fsync(file.fileno())
    return True


def _selection_of(record: Export) -> Selection:
    """Understand again what was asked for; raises InvalidFilterError or ValidationError when that is gone."""
    zone = UTC if record.zone == "UTC" else ZoneInfo(record.zone)
    filtered = filtering.parse(QueryDict(record.filter), zone=zone)
    return exports.select(filtered, sort=record.sort, columns=record.columns)


@contextmanager
def _beating(claim: Claim, record: Export, content: Content) -> Iterator[Event]:
    """Renew the lease and keep the progress beside the work, whose connection is busy; the event: it was lost."""
    is_over, is_lost = Event(), Event()
    seconds = min(BEAT_SECONDS_MAX, settings.LEASE_SECONDS / 4)

    def beat() -> None:
        try:
            while not is_over.wait(seconds):
                try:
                    _keep_progress(claim, record, content)
                except LeaseLostError:
                    is_lost.set()
                    return
                except (OperationalError, InterfaceError):
                    logger.exception("The progress of export %s could not be written.", record.pk)
                    connection.close()
        finally:
            connection.close()

    thread = Thread(target=beat, name=f"export {record.pk}", daemon=True)
    thread.start()
    try:
        yield is_lost
    finally:
        is_over.set()
        thread.join()


def _keep_progress(claim: Claim, record: Export, content: Content) -> None:
    with transaction.atomic():
        jobs.hold(claim)
        counts = {"row_count": content.count}
        if content.as_of is not None:
            counts["promised_count"] = content.promised
        Export.objects.filter(pk=record.pk).update(**counts)


def _complete(claim: Claim, record: Export, part: Path) -> None:
    """Give the file its name, then say that it is there: a kill in between leaves a file that nobody names."""
    path = folder() / f"{record.pk}-{claim.token}"
    part.rename(path)
    try:
        with transaction.atomic():
            jobs.finish(claim)
            Export.objects.filter(pk=record.pk).update(
                state=ExportState.COMPLETED,
                promised_count=record.promised_count,
                row_count=record.row_count,
                size_bytes=record.size_bytes,
                sha256=record.sha256,
                as_of=record.as_of,
                stored_name=path.name,
                finished_at=Now(),
                expires_at=jobs.in_future(choices.EXPORT_HOURS * 3600),
            )
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _fail(claim: Claim, record: Export, reason: str) -> None:
    with transaction.atomic():
        jobs.fail(claim, reason)
        Export.objects.filter(pk=record.pk).update(
            state=ExportState.FAILED, error_message=reason, finished_at=Now()
        )


def sweep() -> int:
    """Delete the files whose time is over and those that dead runs left; give their number. Repeating is safe."""
    swept = 0
    over = Export.objects.exclude(stored_name="").filter(expires_at__lt=Now())
    for record in over[: choices.PAGE_ROWS]:
        (folder() / record.stored_name).unlink(missing_ok=True)
        swept += Export.objects.filter(pk=record.pk).update(stored_name="")
    known = set(Export.objects.exclude(stored_name="").values_list("stored_name", flat=True))
    for path in folder().iterdir():
        if path.name not in known and path.stat().st_mtime < time() - LEFT_OVER_SECONDS:
            path.unlink(missing_ok=True)
            swept += 1
    limit = timezone.now() - timedelta(hours=export_records.STREAM_HOURS_MAX)
    dead = Export.objects.filter(state=ExportState.RUNNING, job__isnull=True, created_at__lt=limit)
    dead.update(state=ExportState.FAILED, error_message=_("The server went away."))
    return swept
