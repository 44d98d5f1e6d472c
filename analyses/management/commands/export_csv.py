"""Export analyses as CSV from the command line, by the same filter and the same columns as the browser."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict

from analyses.exceptions import InvalidFilterError
from analyses.queries import exports, filtering
from analyses.tabular.writing import write_rows


class Command(BaseCommand):
    """Write to a file, which appears only when it is whole, or to standard output."""

    help = "Export the analyses that match a filter, as Explore does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --filter and --output."""
        parser.add_argument(
            "--filter", default="", help="what stands behind the ? of Explore, such as 'batch=3&status=completed'"
        )
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Filter, stream, and say how many rows were written."""
        try:
            filtered = filtering.parse(QueryDict(options["filter"]), zone=UTC)
        except InvalidFilterError as error:
            raise CommandError(str(error)) from None
        found = exports.export(filtered.queryset)
        counted = _Counted(found.rows)
        blocks = write_rows(found.header, counted)
        if options["output"] is None:
            _write_to_stdout(blocks)
        else:
            _write_to_file(blocks, options["output"])
        self.stderr.write(f"{counted.rows:,} rows exported.")


class _Counted:
    """Counts what passes."""

    def __init__(self, items: Iterable[tuple[object, ...]]) -> None:
        self.rows = 0
        self._items = items

    def __iter__(self) -> Any:
        for item in self._items:
            self.rows += 1
            yield item


def _write_to_stdout(blocks: Iterable[bytes]) -> None:
    with os.fdopen(os.dup(1), "wb") as out:
        for block in blocks:
            out.write(block)


def _write_to_file(blocks: Iterable[bytes], path: Path) -> None:
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as out:
            for block in blocks:
                out.write(block)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CommandError(f"{path}: {error.strerror}") from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise
