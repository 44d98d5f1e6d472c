"""Imports: what became of a file, whether it was here before, and how its columns were mapped last time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet
from django.utils import timezone

from analyses import choices
from analyses.choices import ImportState
from analyses.models import BatchAnalysis, Import, RejectedLine
from analyses.queries import batches, workers

STARTED_STATES = (ImportState.QUEUED, ImportState.READING, ImportState.COMPLETED)
OPEN_STATES = (ImportState.QUEUED, ImportState.READING)
CANCELLABLE_STATES = (ImportState.UPLOADED, *OPEN_STATES)


@dataclass(frozen=True)
class ImportBatch:
    """A batch of an import and where it stands."""

    batch: BatchAnalysis
    progress: batches.BatchProgress


@dataclass(frozen=True)
class ImportProgress:
    """Where an import and its batches stand now."""

    record: Import
    batches: Sequence[ImportBatch]
    worker_alive: bool
    last_worker_at: datetime | None

    @property
    def reading(self) -> bool:
        """Tell whether lines are still being read or wait to be."""
        return self.record.state in OPEN_STATES

    @property
    def finished(self) -> bool:
        """Tell whether nothing will change any more by itself."""
        return not self.reading and all(one.progress.finished for one in self.batches)

    @property
    def stalled(self) -> bool:
        """Tell whether work waits and no worker is there to take it."""
        return not self.finished and not self.worker_alive

    @property
    def version(self) -> str:
        """Give a short text that differs whenever the page should show something else."""
        record = self.record
        counts = (record.accepted_count, record.rejected_count, record.skipped_count, record.last_line)
        own = "-".join((*map(str, counts), record.state, str(int(self.worker_alive))))
        return "_".join((own, *(one.progress.version for one in self.batches)))


def get(import_id: int) -> Import:
    """Get an import with its owner in one query, or raise Import.DoesNotExist."""
    return Import.objects.select_related("created_by").get(pk=import_id)


def progress(import_id: int, *, now: datetime | None = None) -> ImportProgress:
    """Tell where an import and its live batches stand, in five queries; raise Import.DoesNotExist."""
    moment = now or timezone.now()
    record = get(import_id)
    state = workers.state(moment)
    found = list(record.batches.filter(deleted_at__isnull=True).order_by("pk"))
    for batch in found:
        batch.source_import = record
    progress_by_id = batches.progress_of(found, now=moment)
    return ImportProgress(
        record=record,
        batches=[ImportBatch(batch, progress_by_id[batch.pk]) for batch in found],
        worker_alive=state.alive,
        last_worker_at=state.last_heard_of,
    )


def find_seen_before(record: Import) -> Import | None:
    """Find the newest started import of a file with the same bytes, in one query."""
    same = Import.objects.filter(sha256=record.sha256, state__in=STARTED_STATES).exclude(pk=record.pk)
    return same.order_by("-pk").first()


def find_same_header(record: Import, user: AbstractBaseUser | AnonymousUser) -> Import | None:
    """Find how this person last mapped a file with the same header, in one query."""
    same = Import.objects.filter(
        header_hash=record.header_hash, created_by=user.pk, state__in=STARTED_STATES
    ).exclude(pk=record.pk)
    return same.exclude(text_column="").order_by("-pk").first()


def first_rejected_lines(import_id: int) -> list[RejectedLine]:
    """List the first 100 refused records of a file in the order of its lines, in one query."""
    return list(_rejected(import_id)[: choices.ERRORS_SHOWN_MAX])


def iterate_rejected_lines(import_id: int) -> Iterator[RejectedLine]:
    """Walk all refused records of a file in the order of its lines, in one streamed query."""
    yield from _rejected(import_id).iterator(chunk_size=choices.CHUNK_ROWS)


def _rejected(import_id: int) -> QuerySet[RejectedLine]:
    return RejectedLine.objects.filter(source_import=import_id).order_by("line")
