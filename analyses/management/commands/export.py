"""`manage.py export`: the rows of a filter as CSV, JSON Lines or XLSX, the same as the Explore page's export."""

from __future__ import annotations

import os
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict
from django.utils import timezone

from analyses.choices import ExportFormat
from analyses.exceptions import InvalidFilterError, UnwritableError, ValidationError
from analyses.queries import export_records, exports, filtering, paging
from analyses.queries.exports import Wanted
from analyses.services import exports as services
from analyses.tabular.json_lines import dumped


class Command(BaseCommand):
    """Write the rows of a filter."""

    help = "Write text analyses as CSV, JSON Lines or XLSX, all of them or those of a filter."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--filter",
            default="",
            help="the query string of the Explore page, such as 'batch=3&status=completed'",
        )
        parser.add_argument("--format", choices=ExportFormat.values, default=ExportFormat.CSV)
        parser.add_argument("--sort", choices=paging.SORTS, default=exports.ID_ORDER)
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            help="a column that is wanted; may be repeated; else all of them",
        )
        parser.add_argument(
            "--output", type=Path, help="a file, which appears when it is whole; else standard output"
        )
        parser.add_argument(
            "--manifest", type=Path, help="a file for row count, sha256 and the rest, as JSON"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with closing(_stream(options)) as stream:
                if options["output"] is None:
                    _write(stream, sys.stdout.buffer)
                else:
                    with _whole_file(options["output"]) as file:
                        _write(stream, file)
            if options["manifest"] is not None:
                record = export_records.everybodys().get(pk=stream.record.pk)
                with _whole_file(options["manifest"]) as file:
                    file.write(dumped(export_records.manifest(record)))
        except (InvalidFilterError, UnwritableError) as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(error.reason) from error
        except OSError as error:
            raise CommandError(
                f"The export was broken off, nothing of it is kept: {error.strerror}."
            ) from error


def _stream(options: dict[str, Any]) -> services.Stream:
    query = QueryDict(options["filter"].lstrip("?"))
    filtered = filtering.parse(query, zone=timezone.get_default_timezone())
    selection = exports.select(filtered, sort=options["sort"], columns=options["column"])
    wanted = Wanted(selection, timezone.get_default_timezone_name(), options["format"])
    # No limit but the format's own: a file that breaks off never appears.
    return services.stream(wanted, user=None, limit=services.most_rows(options["format"], streamed=False))


def _write(stream: services.Stream, file: BinaryIO) -> None:
    for block in stream:
        file.write(block)
    file.flush()


@contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write beside the file and rename at the end: nobody ever finds half an export under its name."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise CommandError(f"The file {path} cannot be written: {error.strerror}.") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
