"""Django's `migrate`, one process at a time and repeatable after a killed run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.core.management.base import CommandParser
from django.core.management.commands import migrate as stock
from django.db import connections

from analyses.exceptions import DatabaseError
from analyses.services import caching, migration_locks
from analyses.services.migration_runs import Executor


class Command(stock.Command):
    """Wait for the lock, then do what Django does; `--check` and `--plan` change nothing and do not wait."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--directory", type=Path, help="A directory with the site's own migrations.")

    def handle(self, *args: Any, **options: Any) -> None:
        only_reads = options["plan"] or options["check_unapplied"]
        lock = nullcontext() if only_reads else migration_locks.one_at_a_time(options["database"])
        try:
            with lock, _our_executor(options["directory"]):
                super().handle(*args, **options)
                if not only_reads:
                    # A migration may change rows that are kept.
                    caching.clear_cache_of(connections[options["database"]])
        except DatabaseError as error:
            raise CommandError(str(error)) from error


@contextmanager
def _our_executor(directory: Path | None) -> Iterator[None]:
    """Put ours where Django's command takes its executor from: it has no other way in."""
    names = vars(stock)
    before = names["MigrationExecutor"]
    names["MigrationExecutor"] = partial(Executor, directory=directory)
    try:
        yield
    finally:
        names["MigrationExecutor"] = before
