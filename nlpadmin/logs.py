"""How log lines are written, and the log of SQL statements."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger("nlpadmin.sql")
connection_logger = logging.getLogger("nlpadmin.connections")


class UtcFormatter(logging.Formatter):
    """Write each time in UTC with its offset."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return the record's time as ISO 8601 with milliseconds."""
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def echo_statements(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Log the statements of a new connection when ECHO is on."""
    if settings.ECHO and _log_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_log_statement)


def echo_connection(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Log that a connection begins its work; what the pool of PostgreSQL does beside is the log `psycopg.pool`."""
    connection_logger.debug("A connection to %s is in use (%s).", connection.alias, connection.vendor)


def _log_statement(
    execute: Callable[..., Any],
    sql: str,
    params: object,
    many: bool,  # noqa: FBT001
    context: dict[str, Any],
) -> Any:
    """Run a statement and log it with its duration; the parameters hold people's texts and stay out."""
    started = time.monotonic()
    try:
        return execute(sql, params, many, context)
    finally:
        logger.debug("%.1f ms %s", (time.monotonic() - started) * 1000, sql)
