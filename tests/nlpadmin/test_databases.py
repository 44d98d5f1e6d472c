"""How each database is opened."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import TruncDate

from analyses.models import BatchAnalysis, TextAnalysis
from nlpadmin import databases
from nlpadmin.environment import Environment
from tests.factories import make_analysis, make_batch


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that gives the settings of an address, for a page's process or a command's."""

    def configure(url: str, *, by: str, **variables: str) -> dict[str, Any]:
        monkeypatch.setenv("DATABASE_URL", url)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delitem(sys.modules, "nlpadmin.wsgi", raising=False)
        if by == "page":
            monkeypatch.setitem(sys.modules, "nlpadmin.wsgi", sys)
        return databases.configure(Environment.read())

    return configure


def test_pages_on_postgresql_share_a_pool_that_fails_fast(opened: Any) -> None:
    entry = opened("postgresql://u@h/n", by="page", DB_POOL_SIZE="4", DB_MAX_OVERFLOW="3")

    pool = entry["OPTIONS"]["pool"]
    assert (pool["min_size"], pool["max_size"], pool["timeout"], pool["max_lifetime"]) == (1, 7, 2, 3600)
    assert (entry["CONN_MAX_AGE"], entry["CONN_HEALTH_CHECKS"]) == (0, True)
    assert "statement_timeout=5000" in entry["OPTIONS"]["options"]
    assert "idle_in_transaction_session_timeout=600000" in entry["OPTIONS"]["options"]


def test_commands_on_postgresql_hold_one_connection_without_statement_limit(opened: Any) -> None:
    entry = opened("postgresql://u@h/n", by="command")

    assert "pool" not in entry["OPTIONS"]
    assert "statement_timeout=0" in entry["OPTIONS"]["options"]


def test_mysql_is_opened_strictly_and_in_utf8(opened: Any) -> None:
    entry = opened("mysql://u@h/n", by="page")

    assert entry["OPTIONS"]["charset"] == "utf8mb4"
    assert entry["OPTIONS"]["isolation_level"] == "read committed"
    assert "STRICT_ALL_TABLES" in entry["OPTIONS"]["init_command"]
    assert "max_statement_time=5" in entry["OPTIONS"]["init_command"]
    assert entry["TEST"] == {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_nopad_bin"}


def test_running_database_has_what_was_asked_for(db: None) -> None:
    questions = {
        "sqlite": (
            ("PRAGMA journal_mode", "wal"),
            ("PRAGMA synchronous", 1),
            ("PRAGMA busy_timeout", 20_000),
        ),
        "postgresql": (("SHOW lock_timeout", "30s"), ("SHOW idle_in_transaction_session_timeout", "10min")),
        "mysql": (
            ("SELECT @@collation_database", "utf8mb4_nopad_bin"),
            ("SELECT @@character_set_connection", "utf8mb4"),
            ("SELECT @@innodb_lock_wait_timeout", 30),
        ),
    }

    with connection.cursor() as cursor:
        for question, answer in questions[connection.vendor]:
            cursor.execute(question)
            assert cursor.fetchone()[0] == answer, question


def test_f33_texts_that_look_alike_stay_apart(db: None) -> None:
    alike = ("🍣", "🍺", "é", "e", "É", "a", "a ", "A", "ß", "ss")
    for name in alike:
        make_batch(batch_name=name)

    found = BatchAnalysis.objects.values_list("batch_name", flat=True).distinct()

    assert sorted(found) == sorted(alike)
    assert [BatchAnalysis.objects.filter(batch_name=name).count() for name in alike] == [1] * len(alike)


def test_f32_days_need_no_tables_of_time_zones(db: None) -> None:
    if connection.vendor != "mysql":
        pytest.skip("only MariaDB and MySQL keep time zones in tables")
    late = make_analysis(occurred_at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    with connection.cursor() as cursor:
        cursor.execute("SELECT CONVERT_TZ('2026-01-01', 'UTC', 'Europe/Berlin')")
        has_tables = cursor.fetchone()[0] is not None

    days = TextAnalysis.objects.annotate(day=TruncDate("occurred_at", tzinfo=UTC)).values_list(
        "day", flat=True
    )

    assert [str(day) for day in days.filter(pk=late.pk)] == ["2026-03-02"], has_tables
