"""One migration at a time: a lock that ends with the process that holds it.

PostgreSQL has advisory locks and MariaDB GET_LOCK, each held by a connection that does nothing else; a SQLite file
has a lock on a file beside it. With the backups these are the only services that know a database vendor for it.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from analyses.exceptions import DatabaseError

logger = logging.getLogger(__name__)

LOCK_NAME = "nlpadmin migrations"
LOOK_SECONDS = 0.2
WAIT_SECONDS = 3600.0

TryLock = Callable[[], bool]

# By alias, what this thread holds: the safe procedure runs `migrate`, which asks for the lock again.
_held = threading.local()


@contextmanager
def one_at_a_time(using: str, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the database's migration lock, after waiting for whoever has it; DatabaseError when that takes too long."""
    held: set[str] = _held.__dict__.setdefault("aliases", set())
    if using in held:
        yield
        return
    with _lock_of(connections[using]) as try_lock:
        _wait(try_lock, wait_seconds)
        held.add(using)
        try:
            yield
        finally:
            held.discard(using)


def _wait(try_lock: TryLock, wait_seconds: float) -> None:
    """Ask again and again: a query that waits inside PostgreSQL would keep the other's CREATE INDEX waiting."""
    deadline = time.monotonic() + wait_seconds
    if try_lock():
        return
    logger.info("Another process migrates this database; waiting for it.")
    while not try_lock():
        if time.monotonic() > deadline:
            reason = f"another process has been migrating for {wait_seconds:g} seconds"
            raise DatabaseError("migration lock", reason)
        time.sleep(LOOK_SECONDS)


@contextmanager
def _lock_of(connection: BaseDatabaseWrapper) -> Iterator[TryLock]:
    """Give the function that tries to take the lock, and let the lock go at the end."""
    if connection.vendor == "sqlite":
        with _file_lock(connection) as try_lock:
            yield try_lock
        return
    holder = connection.copy()
    try:
        yield {"postgresql": _advisory_lock, "mysql": _named_lock}[connection.vendor](holder)
    finally:
        holder.close()


@contextmanager
def _file_lock(connection: BaseDatabaseWrapper) -> Iterator[TryLock]:
    name = str(connection.settings_dict["NAME"])
    if connection.is_in_memory_db():  # type: ignore[attr-defined]
        yield lambda: True  # nobody else can open it
        return
    with Path(f"{name}.migrating").open("ab") as file:  # it stays: removing it would let two in

        def try_lock() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        yield try_lock


def _advisory_lock(holder: BaseDatabaseWrapper) -> TryLock:
    """PostgreSQL keeps these locks by database and number."""
    number = int.from_bytes(hashlib.sha256(LOCK_NAME.encode()).digest()[:8], signed=True)
    return lambda: bool(_scalar(holder, "SELECT pg_try_advisory_lock(%s)", number))


def _named_lock(holder: BaseDatabaseWrapper) -> TryLock:
    """MariaDB keeps these locks by name for the whole server; names have 64 characters at most."""
    database = str(holder.settings_dict["NAME"])
    name = hashlib.sha256(f"{LOCK_NAME} {database}".encode()).hexdigest()
    return lambda: bool(_scalar(holder, "SELECT GET_LOCK(%s, 0)", name))


def _scalar(holder: BaseDatabaseWrapper, statement: str, value: str | int) -> object:
    with holder.cursor() as cursor:
        cursor.execute(statement, [value])
        return cursor.fetchone()[0]
