"""The one way to write: a transaction that commits or leaves nothing, speaks our own errors and tries again.

@transactions.managed("create analysis")          the whole function is repeated after a transient fault
def create(...): ...

with transactions.managed("import corrections"):  a block cannot be repeated; whoever wrote it may
    ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from threading import local
from types import TracebackType
from typing import ParamSpec, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from analyses.exceptions import DatabaseError
from analyses.queries import driver_errors

P = ParamSpec("P")
R = TypeVar("R")


class _Thread(local):
    """Whether a managed block is open on this thread's connection; connections are a thread's own too."""

    is_open = False


_thread = _Thread()


class managed:  # noqa: N801 - reads as the function that it is used as
    """Run a block or a function in one transaction: commit at its end, roll back and raise again on an exception.

    Driver errors become DatabaseError(operation, reason), refusals by a constraint ValidationError("data_integrity",
    reason); the driver's words go to the log. Every other exception passes as it is. After a deadlock, a serialization
    failure, a lock wait, a busy SQLite or a connection lost before the commit, the decorated function is run again
    (RETRY_ATTEMPTS, RETRY_DELAY), so its arguments must be the kind that can be read twice. Inside another managed
    block it is a savepoint and leaves translating and repeating to the outermost; nothing is repeated inside a
    transaction that somebody else began. Locks and the connection are free again afterwards, whatever happened.
    """

    def __init__(self, operation: str) -> None:
        self.operation = operation
        self._stack = ExitStack()

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            def attempt() -> R:
                with _block(self.operation):
                    return function(*args, **kwargs)

            return attempt() if _thread.is_open else driver_errors.with_retries(self.operation, attempt)

        return run

    def __enter__(self) -> None:
        self._stack.enter_context(_block(self.operation))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)


@contextmanager
def _block(operation: str) -> Iterator[None]:
    if _thread.is_open:
        with transaction.atomic():
            yield
        return
    _thread.is_open = True
    is_done = False
    try:
        with driver_errors.translated(operation), transaction.atomic():
            yield
            is_done = True
    except DatabaseError as error:
        # PostgreSQL looks at foreign keys as it commits: a deadlock there was rolled back, and says so.
        if not is_done or error.details.get("fault") == driver_errors.Fault.CONFLICT:
            raise
        # The commit itself failed: it may have reached the database, so it is not repeated.
        reason = _("It is not known whether it was saved. Look before you try again.")
        raise DatabaseError(operation, reason, **error.details | {"is_final": True}) from error
    finally:
        _thread.is_open = False
