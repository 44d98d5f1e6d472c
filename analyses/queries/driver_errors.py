"""What a driver's error means: which of our own errors it becomes, and whether asking again may help.

The codes of all drivers stand in one table and cannot be confused: SQLSTATEs are texts, MySQL's numbers begin at 1000
and SQLite's primary codes end at 255.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection
from django.db.transaction import TransactionManagementError
from django.db.utils import Error
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analyses.exceptions import DatabaseError, ValidationError

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

# What every refusal by a constraint is called, as documented.
INTEGRITY_FIELD = "data_integrity"


class Fault(StrEnum):
    """Why the database did not do it; `DatabaseError.details["fault"]` holds it."""

    CONFLICT = "conflict"
    LOST = "lost"
    AWAY = "away"
    CROWDED = "crowded"
    SLOW = "slow"
    FULL = "full"
    OTHER = "other"


# A pool that gave no connection is not asked again: the wait for it is over already, and a page must fail fast.
TRANSIENT_FAULTS = (Fault.CONFLICT, Fault.LOST)

# Class 08, terminated by the administrator or a crash, starting up.
_LOST_POSTGRESQL = ("08000", "08001", "08003", "08004", "08006", "57P01", "57P02", "57P03")
# Shutting down, killed, cannot connect, gone, lost, idle too long; PyMySQL's closed connection.
_LOST_MYSQL = (1053, 1927, 2002, 2003, 2006, 2013, 4031, 0)

CODES: Mapping[Fault, frozenset[str | int]] = {
    # Serialization failure, deadlock, lock not available; MySQL's lock wait, deadlock, changed record; SQLite's
    # busy and locked.
    Fault.CONFLICT: frozenset(("40001", "40P01", "55P03", 1205, 1213, 1020, 5, 6)),
    Fault.LOST: frozenset((*_LOST_POSTGRESQL, *_LOST_MYSQL)),
    Fault.CROWDED: frozenset(("53300", 1040, 1203)),
    Fault.SLOW: frozenset(("57014", 1969, 3024, 9)),
    Fault.FULL: frozenset(("53100", 1021, 1114, 13)),
}
REASONS: Mapping[Fault, Promise] = {
    Fault.CONFLICT: gettext_lazy("Others were changing the same rows; nothing was changed. Try again."),
    Fault.LOST: gettext_lazy("The connection to the database broke; nothing was changed. Try again shortly."),
    Fault.AWAY: gettext_lazy("The database cannot be reached; nothing was changed. Try again shortly."),
    Fault.CROWDED: gettext_lazy("All connections to the database are taken. Try again shortly."),
    Fault.SLOW: gettext_lazy("It took longer than a page may. Ask for less at once."),
    Fault.FULL: gettext_lazy("The database's disk is full. Reading goes on; writing waits for space."),
    Fault.OTHER: gettext_lazy("The database refused it; the log says why."),
}


def fault_of(error: Error) -> Fault:
    """Say what kind of fault an error of Django's database layer is."""
    code = _code(error)
    for fault, codes in CODES.items():
        if code in codes:
            return fault
    if type(error.__cause__).__name__ in {"PoolTimeout", "TooManyRequests"}:
        return Fault.CROWDED if _is_pool_full() else Fault.AWAY
    # PostgreSQL's driver has no code for a server that went away or never answered.
    is_nameless = code is None and isinstance(error, OperationalError | InterfaceError)
    return Fault.LOST if is_nameless else Fault.OTHER


def fault_behind(error: BaseException | None) -> Fault:
    """Say what became of the database; OTHER where it is not to blame, or will not get better by waiting."""
    if isinstance(error, DatabaseError):
        return Fault(str(error.details.get("fault", Fault.OTHER)))
    return fault_of(error) if isinstance(error, Error) else Fault.OTHER


def _is_pool_full() -> bool:
    """Say whether the pool has all the connections that it may have; if not, the server gave it none."""
    pool = getattr(connection, "pool", None)
    stats = pool.get_stats() if pool is not None else {}
    return bool(stats.get("pool_size", 0) >= stats.get("pool_max", 0))


def _code(error: Error) -> str | int | None:
    cause = error.__cause__ or error
    # First: newer drivers for MySQL give a SQLSTATE, too, and it says less (HY000 for a lock wait).
    if cause.args and isinstance(cause.args[0], int):
        return cause.args[0]
    sqlstate = getattr(cause, "sqlstate", None)
    if isinstance(sqlstate, str):
        return sqlstate
    sqlite = getattr(cause, "sqlite_errorcode", None)
    return sqlite & 0xFF if isinstance(sqlite, int) else None


def _words(error: Error) -> str:
    """Give the driver's first sentence: the details behind it hold the row, and so people's texts."""
    cause = error.__cause__ or error
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    return str(primary or cause).split("\n", 1)[0]


def translate(operation: str, error: Error) -> DatabaseError | ValidationError:
    """Give our own error for a driver's, and write the driver's words to the log."""
    words = _words(error)
    if isinstance(error, IntegrityError):
        logger.warning("Database %s was refused by a constraint: %s", operation, words)
        return ValidationError(INTEGRITY_FIELD, _broken_rule(words + _constraint(error)))
    if isinstance(error, DataError):
        logger.warning("Database %s got a value that fits no column: %s", operation, words)
        return ValidationError(INTEGRITY_FIELD, _("A value is too long or too large for its column."))
    fault = fault_of(error)
    logger.error("Database %s failed (%s): %s: %s", operation, fault, type(error).__name__, words)
    return DatabaseError(operation, str(REASONS[fault]), fault=fault)


def _constraint(error: Error) -> str:
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return f" {name}" if name else ""


def _broken_rule(words: str) -> str:
    """Say what would be right in the words of the constraint that the driver names."""
    for model in apps.get_app_config("analyses").get_models():
        for constraint in model._meta.constraints:
            has_words = constraint.violation_error_message != constraint.default_violation_error_message
            if constraint.name in words and has_words:
                return str(constraint.violation_error_message)
    return _("A value is missing, not allowed, or exists already where it may exist once.")


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Let driver errors leave the block as our own; every other exception passes as it is."""
    try:
        yield
    except TransactionManagementError:
        raise  # no driver's, but a mistake in the code around
    except (IntegrityError, DataError) as error:
        # Without its cause, whose details hold the row: tracebacks in a log must not.
        raise translate(operation, error) from None
    except Error as error:
        raise translate(operation, error) from error


def reading(operation: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a query: driver errors become ours, transient ones are tried again first."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def read(*args: P.args, **kwargs: P.kwargs) -> R:
            def attempt() -> R:
                with translated(operation):
                    return function(*args, **kwargs)

            return with_retries(operation, attempt)

        return read

    return decorate


def with_retries(operation: str, attempt: Callable[[], R]) -> R:
    """Call until it succeeds: again after a transient fault, RETRY_ATTEMPTS times, RETRY_DELAY apart with jitter.

    Inside a transaction nothing is tried again: what it did before would be lost, or the database refuses to go on.
    """
    retries = 0 if connection.in_atomic_block else settings.RETRY_ATTEMPTS
    for number in range(1, retries + 1):
        try:
            return attempt()
        except DatabaseError as error:
            if error.details.get("fault") not in TRANSIENT_FAULTS or error.details.get("is_final"):
                raise
            logger.info("Database %s is tried again (%s of %s).", operation, number, retries)
        connection.close_if_unusable_or_obsolete()
        time.sleep(settings.RETRY_DELAY * random.uniform(0.5, 1.0))  # noqa: S311
    return attempt()
