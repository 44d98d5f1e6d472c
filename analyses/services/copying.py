"""Copy rows into batches that run them again: the worker's side. A block is one transaction and one checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses.choices import JOB_ATTEMPTS_MAX, ImportState
from analyses.exceptions import InvalidFilterError
from analyses.models import BatchAnalysis, Import
from analyses.queries import filtering
from analyses.queries.filtering import Filtered
from analyses.services import bulk_load, importing, jobs, rollups
from analyses.services.bulk_load import SourceRow
from analyses.services.jobs import Claim

BLOCK_ROWS = 5000


@dataclass(frozen=True)
class Checkpoint:
    """How far the copying is: the last row and line that were copied, and the last row that there is to copy.

    Rows that come later are left out, the copies themselves among them. `keeps_lines` where all rows are of one batch.
    """

    after_id: int
    upto_id: int
    last_line: int
    keeps_lines: bool

    def as_arguments(self) -> dict[str, Any]:
        """Give what a job keeps."""
        return dict(vars(self))


def run(claim: Claim) -> None:
    """Copy the rows of a filter to its end; raises LeaseLostError when the job is no longer ours.

    Repeating goes on where it was; memory is that of a block, whatever the number of rows.
    """
    record = Import.objects.get(pk=claim.import_id or 0)
    if claim.error and claim.attempts > JOB_ATTEMPTS_MAX:
        reason = _("Copying failed %(count)s times (%(error)s).")
        importing.fail(claim, record, reason % {"count": JOB_ATTEMPTS_MAX, "error": claim.error})
        return
    try:
        filtered = filtering.parse(QueryDict(record.source_query), zone=ZoneInfo(record.zone))
    except InvalidFilterError as error:
        importing.fail(claim, record, str(error))
        return
    with transaction.atomic():
        jobs.hold(claim)
        Import.objects.filter(pk=record.pk).update(state=ImportState.READING)
    for block, reached in _blocks(filtered, Checkpoint(**claim.arguments)):
        _store(claim, record, block, reached)
        if claim.is_stopping():
            jobs.release(claim)
            return
    importing.complete(claim, record)


def _blocks(filtered: Filtered, reached: Checkpoint) -> Iterator[tuple[list[SourceRow], Checkpoint]]:
    """Walk the rows by id, block by block, each with the checkpoint behind it; one query a block."""
    rows = filtered.queryset.filter(pk__lte=reached.upto_id).order_by("pk")
    values = rows.values_list("pk", "line_number", "occurred_at")
    while found := list(values.filter(pk__gt=reached.after_id)[:BLOCK_ROWS]):
        block = [
            SourceRow(pk, (line or 0) if reached.keeps_lines else number, occurred_at)
            for number, (pk, line, occurred_at) in enumerate(found, start=reached.last_line + 1)
        ]
        last_line = max(reached.last_line, *(row.line_number for row in block))
        reached = Checkpoint(found[-1][0], reached.upto_id, last_line, reached.keeps_lines)
        yield block, reached


def _store(claim: Claim, record: Import, block: Sequence[SourceRow], reached: Checkpoint) -> None:
    """Store a block's one effect, locked in the order of an import: rows, checkpoint, chunks of work, rollup, sizes."""
    now = timezone.now()
    with transaction.atomic():
        jobs.checkpoint(claim, reached.as_arguments())
        targets = importing.targets_of(record)
        accepted = len(block) if targets else 0
        Import.objects.filter(pk=record.pk).update(
            accepted_count=F("accepted_count") + accepted, last_line=reached.last_line
        )
        for target in targets:
            batch = BatchAnalysis.objects.filter(pk=target.batch_id)
            batch.update(batch_size=F("batch_size") + len(block), updated_at=now)
        bulk_load.copy_rows(
            [row.row_id for row in block],
            targets=targets,
            created_at=now,
            first_line=None if reached.keeps_lines else block[0].line_number,
        )
        deltas, by_line = rollups.Deltas(), sorted(block, key=lambda row: row.line_number)
        for target in targets:
            importing.add_to_batch(target, by_line, deltas, now)
        deltas.write()
