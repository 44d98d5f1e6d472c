"""`manage.py export_csv`: the rows of a filter as CSV, the same as the Explore page's export."""

from __future__ import annotations

import os
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict
from django.utils import timezone

from analyses.exceptions import InvalidFilterError
from analyses.queries import exports, filtering


class Command(BaseCommand):
    """Write the rows of a filter as CSV."""

    help = "Write text analyses as CSV, all of them or those of a filter."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--filter",
            default="",
            help="the query string of the Explore page, such as 'batch=3&status=completed'",
        )
        parser.add_argument(
            "--output", type=Path, help="a file, which appears when it is whole; else standard output"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            filtered = filtering.parse(
                QueryDict(options["filter"].lstrip("?")), zone=timezone.get_default_timezone()
            )
        except InvalidFilterError as error:
            raise CommandError(str(error)) from error
        blocks = exports.CsvExport(filtered)
        if options["output"] is None:
            _write(blocks, sys.stdout.buffer)
            return
        try:
            with _whole_file(options["output"]) as file:
                _write(blocks, file)
        except OSError as error:
            raise CommandError(
                f"The export was broken off, nothing of it is kept: {error.strerror}."
            ) from error


def _write(blocks: Iterable[bytes], file: BinaryIO) -> None:
    for block in blocks:
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
