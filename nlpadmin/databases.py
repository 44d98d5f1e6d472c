"""How each of the three databases is opened."""

from __future__ import annotations

import sys
from typing import Any

from nlpadmin import sqlite_limits
from nlpadmin.environment import Environment

SQLITE_BUSY_SECONDS = 20
COMMAND_LOCK_SECONDS = 30
PAGE_LOCK_SECONDS = 5
IDLE_TRANSACTION_SECONDS = 600
# The pool doubles its pauses between attempts: given up early, the next request begins anew with a short one.
RECONNECT_SECONDS = 1
MYSQL_COLLATION = "utf8mb4_nopad_bin"


def serves_pages() -> bool:
    """Tell a web process from a command by the door it came through."""
    return not {"nlpadmin.wsgi", "nlpadmin.asgi"}.isdisjoint(sys.modules)


def configure(environment: Environment) -> dict[str, Any]:
    """Return Django's entry for the database that the environment names."""
    parts = environment.database() | {
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": environment.DB_POOL_PRE_PING,
        "ATOMIC_REQUESTS": False,
    }
    open_by_engine = {
        "django.db.backends.sqlite3": _sqlite,
        "django.db.backends.postgresql": _postgresql,
        "django.db.backends.mysql": _mysql,
    }
    options, test = open_by_engine[parts["ENGINE"]](environment)
    parts["OPTIONS"] = parts.get("OPTIONS", {}) | options
    parts["TEST"] = test
    return parts


def _sqlite(environment: Environment) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let several processes write: a write lock from BEGIN on, readers beside the writer, a patient wait."""
    if serves_pages() and environment.DB_STATEMENT_TIMEOUT:
        sqlite_limits.limit_statements(environment.DB_STATEMENT_TIMEOUT)
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    return {"transaction_mode": "IMMEDIATE", "timeout": SQLITE_BUSY_SECONDS, "init_command": pragmas}, {}


def _postgresql(environment: Environment) -> tuple[dict[str, Any], dict[str, Any]]:
    """Pool what serves pages; a command holds one plain connection a thread, without a statement limit."""
    web = serves_pages()
    limits_ms = {
        "statement_timeout": environment.DB_STATEMENT_TIMEOUT * 1000 if web else 0,
        "lock_timeout": (PAGE_LOCK_SECONDS if web else COMMAND_LOCK_SECONDS) * 1000,
        "idle_in_transaction_session_timeout": IDLE_TRANSACTION_SECONDS * 1000,
    }
    options: dict[str, Any] = {
        "options": " ".join(f"-c {name}={milliseconds:.0f}" for name, milliseconds in limits_ms.items()),
        "connect_timeout": 5,
    }
    if web:
        from nlpadmin.attentive import AttentiveConnection  # noqa: PLC0415 - other databases do without the driver

        options["pool"] = {
            "connection_class": AttentiveConnection,
            "min_size": 1,
            "max_size": environment.DB_POOL_SIZE + environment.DB_MAX_OVERFLOW,
            "timeout": environment.DB_POOL_TIMEOUT,
            "max_lifetime": environment.DB_POOL_RECYCLE,
            "reconnect_timeout": RECONNECT_SECONDS,
        }
        # For `queries.prepared` alone: Django's own cursors never prepare.
        options["prepare_threshold"] = 0
    return options, {}


def _mysql(environment: Environment) -> tuple[dict[str, Any], dict[str, Any]]:
    """Open strictly and in UTF-8; PyMySQL stands in where the C driver is not installed."""
    _install_driver()
    web = serves_pages()
    lock_seconds = PAGE_LOCK_SECONDS if web else COMMAND_LOCK_SECONDS
    statement_seconds = environment.DB_STATEMENT_TIMEOUT if web else 0
    # MySQL does not know MariaDB's max_statement_time and must not read it.
    settings = (
        f"SET sql_mode='STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO',"
        f" time_zone='+00:00', innodb_lock_wait_timeout={lock_seconds}"
        f" /*M!100100 , max_statement_time={statement_seconds} */"
    )
    options = {
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        "init_command": settings,
        "connect_timeout": 5,
    }
    return options, {"CHARSET": "utf8mb4", "COLLATION": MYSQL_COLLATION}


def _install_driver() -> None:
    try:
        import MySQLdb  # noqa: F401, PLC0415
    except ImportError:
        try:
            import pymysql  # noqa: PLC0415
        except ImportError:
            sys.exit(
                "nlpadmin cannot start: DATABASE_URL names MySQL; install a driver: `pip install PyMySQL`."
            )
        pymysql.install_as_MySQLdb()
