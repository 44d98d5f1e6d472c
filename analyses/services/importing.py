"""Read an imported file: the worker's side. A block of lines is one transaction and one checkpoint."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses import texts
from analyses.choices import (
    EXPORT_COLUMNS,
    EXTERNAL_ID_LENGTH_MAX,
    JOB_ATTEMPTS_MAX,
    ImportState,
)
from analyses.exceptions import UnreadableFileError
from analyses.models import BatchAnalysis, Import, RejectedLine
from analyses.queries import own_columns
from analyses.services import (
    batches,
    bulk_load,
    jobs,
    rollups,
    search_documents,
    topic_groups,
    uploads,
)
from analyses.services.bulk_load import BatchTarget, SourceRow, StagedRow
from analyses.services.jobs import Claim
from analyses.tabular import dates, reading
from analyses.tabular.reading import Item, Record, RejectedRecord, SkippedLine
from analyses.tabular.writing import unguard_record

logger = logging.getLogger(__name__)

BLOCK_LINES = 5000
BLOCK_SIZE = (
    4 * 1024 * 1024
)  # characters of texts and bytes of refused records: long ones make shorter blocks
UNREAD_STATES = (ImportState.QUEUED, ImportState.READING)


@dataclass(frozen=True)
class ColumnPlan:
    """Which cell of a record goes where; `extra` maps a position to the name of the file's own column."""

    text: int
    text_column: str
    external_id: int | None
    id_column: str
    date: int | None
    date_column: str
    date_format: str
    zone: str
    extra: tuple[tuple[int, str], ...]
    is_export: bool
    encoding: str


@dataclass
class Block:
    """What became of a stretch of lines."""

    last_line: int = 0
    lines: int = 0
    size: int = 0
    rows: list[StagedRow] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)
    skipped: int = 0

    def add(self, item: Item, plan: ColumnPlan) -> None:
        """Check an item of the file and count it."""
        self.last_line = item.line
        self.lines += 1
        if isinstance(item, SkippedLine):
            self.skipped += 1
            return
        staged = stage(item, plan) if isinstance(item, Record) else item
        if isinstance(staged, StagedRow):
            self.rows.append(staged)
            self.size += staged.content_length
        else:
            self.rejected.append(staged)
            self.size += len(staged.raw)


def plan_columns(record: Import) -> ColumnPlan:
    """Find the positions of the mapped columns."""
    columns: list[str] = record.columns
    position = {name: index for index, name in reversed(list(enumerate(columns)))}
    mapped = {record.text_column, record.id_column, record.date_column}
    own = [
        (index, name.removesuffix(own_columns.OWN_COLUMN_SUFFIX) if record.is_export else name)
        for index, name in enumerate(columns)
        if name not in mapped and not (record.is_export and index < len(EXPORT_COLUMNS))
    ]
    return ColumnPlan(
        text=position[record.text_column],
        text_column=record.text_column,
        external_id=position.get(record.id_column) if record.id_column else None,
        id_column=record.id_column,
        date=position.get(record.date_column) if record.date_column else None,
        date_column=record.date_column,
        date_format=record.date_format,
        zone=record.zone or "UTC",
        extra=tuple(own),
        is_export=record.is_export,
        encoding=record.encoding,
    )


def stage(record: Record, plan: ColumnPlan) -> StagedRow | RejectedRecord:
    """Check one record and make it a row, or say which column refuses it and why."""
    values = unguard_record(record.values) if plan.is_export else record.values
    text = values[plan.text]
    if problem := texts.text_problem(text):
        return _refused(record, plan.text_column, problem, plan.encoding)
    external_id = values[plan.external_id].strip() if plan.external_id is not None else ""
    if len(external_id) > EXTERNAL_ID_LENGTH_MAX:
        limit = _("The id is longer than %(limit)s characters.") % {"limit": EXTERNAL_ID_LENGTH_MAX}
        return _refused(record, plan.id_column, limit, plan.encoding)
    occurred_at: datetime | None = None
    if plan.date is not None and values[plan.date].strip():
        try:
            occurred_at = dates.parse_moment(
                values[plan.date].strip(), format=plan.date_format, zone=plan.zone
            )
        except ValueError as error:
            return _refused(record, plan.date_column, str(error), plan.encoding)
    return StagedRow(
        line_number=record.line,
        text_content=text,
        text_hash=texts.text_hash(text),
        content_length=len(text),
        external_id=external_id,
        extra={name: values[index] for index, name in plan.extra},
        occurred_at=occurred_at,
    )


def _refused(record: Record, column: str, reason: str, encoding: str) -> RejectedRecord:
    raw = reading.raw_bytes(record.source_text, encoding)
    return RejectedRecord(line=record.line, column=column, reason=reason, raw=raw)


def read_blocks(record: Import) -> Iterator[Block]:
    """Read on behind the last checkpoint, block by block; memory does not grow with the file."""
    plan = plan_columns(record)
    items = reading.read_records(
        uploads.spool_path(record), uploads.shape_of(record), after_line=record.last_line
    )
    block = Block()
    for item in items:
        block.add(item, plan)
        if block.lines >= BLOCK_LINES or block.size >= BLOCK_SIZE:
            yield block
            block = Block()
    if block.lines:
        yield block


def run(claim: Claim) -> None:
    """Read a file to its end; raises LeaseLostError when the job is no longer ours. Repeating goes on where it was."""
    record = Import.objects.get(pk=claim.import_id or 0)
    if claim.error and claim.attempts > JOB_ATTEMPTS_MAX:
        fail(claim, record, _blame(claim, record))
        return
    with transaction.atomic():
        jobs.hold(claim)
        Import.objects.filter(pk=record.pk).update(state=ImportState.READING)
    try:
        for block in read_blocks(record):
            _store(claim, record, block)
            if claim.is_stopping():
                jobs.release(claim)
                return
    except UnreadableFileError as error:
        fail(claim, record, str(error))
        return
    except FileNotFoundError:
        fail(claim, record, _("The uploaded file is gone. Please upload it again."))
        return
    complete(claim, record)


def _blame(claim: Claim, record: Import) -> str:
    """Say where reading failed again and again; a worker that only died is not counted."""
    return _("Reading failed %(count)s times behind line %(line)s (%(error)s).") % {
        "count": JOB_ATTEMPTS_MAX,
        "line": record.last_line,
        "error": claim.error,
    }


def targets_of(record: Import) -> list[BatchTarget]:
    """Give the live batches of an import, in one query."""
    found = BatchAnalysis.objects.live().filter(source_import=record).order_by("pk")
    return [BatchTarget(batch.pk, batch.analysis_type, batch.optimization_tier) for batch in found]


def _store(claim: Claim, record: Import, block: Block) -> None:
    """Store a block's one effect: rows, refused lines, checkpoint, chunks of work, rollup, sizes.

    Import and batches are written before what refers to them: a foreign key takes a shared lock on MySQL, and with
    workers that wait for the batch it could not be raised without a deadlock.
    """
    now = timezone.now()
    with transaction.atomic():
        jobs.progress(claim)
        _count(record, block)
        targets = targets_of(record)
        for target in targets:
            batch = BatchAnalysis.objects.filter(pk=target.batch_id)
            batch.update(batch_size=F("batch_size") + len(block.rows), updated_at=now)
        bulk_load.insert_rows(block.rows, targets=targets, import_id=record.pk, created_at=now)
        RejectedLine.objects.bulk_create(
            (_rejected_line(record, refused) for refused in block.rejected), batch_size=500
        )
        deltas = rollups.Deltas()
        for target in targets:
            add_to_batch(target, block.rows, deltas, now)
        deltas.write()


def _rejected_line(record: Import, refused: RejectedRecord) -> RejectedLine:
    return RejectedLine(
        source_import=record,
        line=refused.line,
        column=refused.column[:255],
        reason=refused.reason[:255],
        raw=refused.raw,
    )


def _count(record: Import, block: Block) -> None:
    Import.objects.filter(pk=record.pk).update(
        accepted_count=F("accepted_count") + len(block.rows),
        rejected_count=F("rejected_count") + len(block.rejected),
        skipped_count=F("skipped_count") + block.skipped,
        last_line=block.last_line,
    )


def add_to_batch(
    target: BatchTarget, rows: Sequence[StagedRow | SourceRow], deltas: rollups.Deltas, now: datetime
) -> None:
    """Count rows that a batch received, in ascending lines, and enqueue their work, in the caller's transaction."""
    for row in rows:
        key = rollups.waiting_key(
            dated_at=row.occurred_at or now,
            batch_id=target.batch_id,
            analysis_type=target.analysis_type,
            optimization_tier=target.optimization_tier,
        )
        deltas.add(key)
    search_documents.enqueue_lines(target.batch_id, [row.line_number or 0 for row in rows])
    if topic_groups.need_all_texts(target.analysis_type, target.optimization_tier):
        return
    batch = BatchAnalysis.objects.filter(pk=target.batch_id)
    if not batch.filter(cancelled_at__isnull=False).exists():
        jobs.enqueue(batches.chunk_jobs(target.batch_id, [row.line_number or 0 for row in rows]))


def complete(claim: Claim, record: Import) -> None:
    """End an import whose rows are all in; raises LeaseLostError when the job is no longer ours."""
    now = timezone.now()
    with transaction.atomic():
        jobs.finish(claim)
        Import.objects.filter(pk=record.pk).update(state=ImportState.COMPLETED, completed_at=now)
        for target in targets_of(record):
            # Writing the row first makes a chunk that ends at this moment wait for us, or us for it.
            BatchAnalysis.objects.filter(pk=target.batch_id).update(updated_at=now)
            _begin_if_put_off(target)
            batches.settle(target.batch_id)


def fail(claim: Claim, record: Import, sentence: str) -> None:
    """Give an import up with a sentence; what was read stays. Raises LeaseLostError when the job is no longer ours."""
    logger.warning("Import %s failed.", record.pk)
    with transaction.atomic():
        jobs.fail(claim, sentence)
        Import.objects.filter(pk=record.pk).update(
            state=ImportState.FAILED, error_message=sentence, completed_at=timezone.now()
        )
        for target in targets_of(record):
            BatchAnalysis.objects.filter(pk=target.batch_id).update(updated_at=timezone.now())
            _begin_if_put_off(target)
            batches.settle(target.batch_id)


def _begin_if_put_off(target: BatchTarget) -> None:
    """Enqueue the work that had to wait for the whole file; call it with the batch's row written before."""
    if not topic_groups.need_all_texts(target.analysis_type, target.optimization_tier):
        return
    if not BatchAnalysis.objects.filter(pk=target.batch_id, cancelled_at__isnull=False).exists():
        batches.enqueue_waiting(target.batch_id)
