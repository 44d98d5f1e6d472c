"""Import a CSV file from the command line, by the same service as the browser."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analyses.choices import ERRORS_SHOWN_MAX, AnalysisType, ImportState, JobKind, OptimizationTier
from analyses.exceptions import LeaseLostError, UnreadableFileError, ValidationError
from analyses.models import Import, Job, RejectedLine
from analyses.services import importing, imports, jobs, uploads
from analyses.services.imports import EXPORT_MAPPING, Mapping
from analyses.services.jobs import Claim
from analyses.tabular import dates

READ_BYTES = 1024 * 1024
WORKER_NAME = "import_csv"
POLL_SECONDS = 0.5


class Command(BaseCommand):
    """Read the whole file at once, so that the outcome can be told; a worker analyses the rows."""

    help = "Import a CSV file: one row a text and type, each bad line kept with its reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file, its columns and what to do with it."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--name", help="the batches' name (default: the file's)")
        parser.add_argument(
            "--type", action="append", required=True, dest="types", choices=AnalysisType.values
        )
        parser.add_argument("--tier", default=str(OptimizationTier.STANDARD), choices=OptimizationTier.values)
        parser.add_argument("--text-column", default="")
        parser.add_argument("--id-column", default="")
        parser.add_argument("--date-column", default="")
        parser.add_argument("--date-format", default="", choices=("", *dates.FORMAT_KEYS))
        parser.add_argument("--zone", default="UTC", help="the zone of dates without one (default: UTC)")
        parser.add_argument("--encoding", help="default: detected")
        parser.add_argument("--delimiter", help="default: detected")
        parser.add_argument("--header-line", type=int, help="default: found")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Store, start and read the file, then report."""
        try:
            record = self._store(options)
            mapping = self._mapping(record, options)
            imports.start(
                record.pk,
                mapping=mapping,
                name=options["name"] or record.name,
                analysis_types=options["types"],
                tier=options["tier"],
                user=None,
            )
        except UnreadableFileError as error:
            raise CommandError(str(error)) from None
        except ValidationError as error:
            raise CommandError(f"{error.field}: {error.reason}") from None
        self._read(record)
        self._report(Import.objects.get(pk=record.pk), as_json=options["json"])

    def _store(self, options: dict[str, Any]) -> Import:
        path: Path = options["file"]
        try:
            chunks = _chunks(path)
            record = uploads.store_upload(chunks, file_name=path.name, user=None, limit_bytes=0)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        chosen = {name: options[name] for name in ("encoding", "delimiter", "header_line")}
        if any(chosen.values()):
            uploads.reinspect(record, **chosen)
        return record

    def _mapping(self, record: Import, options: dict[str, Any]) -> Mapping:
        if record.is_export and not options["text_column"]:
            return EXPORT_MAPPING
        preview = uploads.preview(record)
        text_column = options["text_column"] or preview.guess.text
        if not text_column:
            columns = ", ".join(record.columns)
            raise CommandError(f"Say which column holds the texts with --text-column: {columns}")
        date_column = options["date_column"]
        date_format = options["date_format"]
        if date_column and not date_format and date_column in record.columns:
            position = record.columns.index(date_column)
            date_format = dates.guess_date_format([row.values[position] for row in preview.rows]) or ""
        return Mapping(text_column, options["id_column"], date_column, date_format, options["zone"])

    def _read(self, record: Import) -> None:
        """Do the reading job here; where a worker was faster, wait until it has read the file, or take over from it."""
        waiting = Event()
        while Import.objects.filter(pk=record.pk, state__in=importing.UNREAD_STATES).exists():
            claim = jobs.claim_job(
                Job.objects.filter(source_import=record, kind=JobKind.IMPORT_FILE), WORKER_NAME
            )
            if claim is None:
                waiting.wait(POLL_SECONDS)
                jobs.requeue_expired()
                continue
            self._run(claim)

    def _run(self, claim: Claim) -> None:
        try:
            importing.run(claim)
        except LeaseLostError:
            return  # cancelled, or another worker's now: what the import says next is true
        except BaseException:
            with suppress(LeaseLostError):
                jobs.release(claim)
            raise

    def _report(self, record: Import, *, as_json: bool) -> None:
        if record.state == ImportState.FAILED:
            raise CommandError(record.error_message)
        if record.state == ImportState.CANCELLED:
            raise CommandError(f"The import was cancelled after {record.row_count:,} rows.")
        outcome = _outcome(record)
        if as_json:
            self.stdout.write(json.dumps(outcome, ensure_ascii=False))
            return
        self.stdout.write(
            f"{outcome['rows']:,} rows: {outcome['accepted']:,} accepted, {outcome['rejected']:,} rejected;"
            f" {outcome['skipped']:,} lines skipped."
        )
        for error in outcome["errors"]:
            self.stdout.write(f"  line {error['line']}, {error['column'] or 'whole line'}: {error['reason']}")
        for batch in outcome["batches"]:
            self.stdout.write(f"Batch {batch['id']} ({batch['analysis_type']}) waits for a worker.")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            yield chunk


def _outcome(record: Import) -> dict[str, Any]:
    rejected = RejectedLine.objects.filter(source_import=record).order_by("line")
    return {
        "rows": record.row_count,
        "accepted": record.accepted_count,
        "rejected": record.rejected_count,
        "skipped": record.skipped_count,
        "errors": list(rejected.values("line", "column", "reason")[:ERRORS_SHOWN_MAX]),
        "batches": [
            {"id": batch.pk, "analysis_type": batch.analysis_type} for batch in record.batches.order_by("pk")
        ],
    }
