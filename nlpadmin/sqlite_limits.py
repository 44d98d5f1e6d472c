"""How long a statement may take on SQLite, which has no setting for it: a handler that it asks now and then."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# Steps of SQLite's machine between two questions: some tenths of a millisecond.
STEPS = 10_000


class Deadline:
    """Interrupts what a connection does for too long: a statement up to its first row, then each fetch of rows.

    A stream of rows may take as long as its reader likes; only the database's own work counts.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._at = float("inf")

    def is_over(self) -> bool:
        """Say whether the present step took too long; SQLite then raises `interrupted`."""
        return monotonic() > self._at

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        """Begin anew with each statement; Django calls its execute wrappers so, with the context behind."""
        cursor = statement[-1]["cursor"]
        cursor.fetchmany = self._limited(cursor.cursor.fetchmany)
        cursor.fetchall = self._limited(cursor.cursor.fetchall)
        return self._limited(execute)(*statement)

    def _limited(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            self._at = monotonic() + self.seconds
            try:
                return function(*args)
            finally:
                self._at = float("inf")

        return run


def limit_statements(seconds: float) -> None:
    """Limit the statements of each SQLite connection that this process opens from now on."""

    def limit(connection: BaseDatabaseWrapper, **signal: object) -> None:
        if connection.vendor != "sqlite":
            return
        deadline = Deadline(seconds)
        connection.connection.set_progress_handler(deadline.is_over, STEPS)
        wrappers = connection.execute_wrappers
        wrappers[:] = [*(wrapper for wrapper in wrappers if not isinstance(wrapper, Deadline)), deadline]

    connection_created.connect(limit, weak=False, dispatch_uid="nlpadmin.sqlite_limits")
