"""Django's `migrate`, one process at a time and repeatable after a killed run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.core.management import CommandError
from django.core.management.commands import migrate as stock

from analyses.exceptions import DatabaseError
from analyses.services import migration_locks
from analyses.services.migration_runs import Executor


class Command(stock.Command):
    """Wait for the lock, then do what Django does; `--check` and `--plan` change nothing and do not wait."""

    def handle(self, *args: Any, **options: Any) -> None:
        only_reads = options["plan"] or options["check_unapplied"]
        lock = nullcontext() if only_reads else migration_locks.one_at_a_time(options["database"])
        try:
            with lock, _our_executor():
                super().handle(*args, **options)
        except DatabaseError as error:
            raise CommandError(str(error)) from error


@contextmanager
def _our_executor() -> Iterator[None]:
    """Put ours where Django's command takes its executor from: it has no other way in."""
    names = vars(stock)
    before = names["MigrationExecutor"]
    names["MigrationExecutor"] = Executor
    try:
        yield
    finally:
        names["MigrationExecutor"] = before
