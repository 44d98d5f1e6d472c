"""F23: a query that takes too long costs its page a clear 503 and leaves nothing running; a command has no limit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connections

from tests.faults.crew import wait_for
from tests.faults.own_sites import OwnSite, environment_of, manage, prepared
from tests.faults.web_server import WebServer, serving
from tests.own_databases import own_database, own_environment

PAGES = ("/explore/", "/explore/?sentiment_min=0.1", "/analyses/textanalysis/")
ANSWERS = ("/api/analyses", "/api/analyses?status=completed")
SENTENCE = "It took longer than a page may. Ask for less at once."

# A view in the table's place that answers after some seconds, computed by the database itself.
SLOW_TABLES = {
    "postgresql": "CREATE VIEW {name} AS SELECT t.* FROM hidden t, pg_sleep({seconds}) s",
    "mysql": "CREATE VIEW {name} AS SELECT t.* FROM hidden t JOIN (SELECT SLEEP({seconds}) AS s) u",
    "sqlite": "CREATE VIEW {name} AS WITH RECURSIVE u(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM u"
    " LIMIT {seconds} * 12000000) SELECT t.* FROM hidden t WHERE (SELECT max(n) FROM u) > 0",
}
ACTIVE = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND state = 'active' AND pid <> pg_backend_pid()",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE()"
    " AND command = 'Query' AND id <> CONNECTION_ID()",
}


@pytest.fixture
def slow(tmp_path: Path, django_db_blocker: Any) -> Iterator[tuple[str, OwnSite]]:
    """Return a site on a database of its own and the alias of that database."""
    with django_db_blocker.unblock(), own_database() as using:
        yield using, prepared(environment_of(own_environment()["DATABASE_URL"], tmp_path))


def slow_down(using: str, seconds: float) -> None:
    """Let every look at the texts take so long."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE text_analyses RENAME TO hidden")
        cursor.execute(SLOW_TABLES[connection.vendor].format(name="text_analyses", seconds=seconds))


def is_quiet(using: str, web: WebServer) -> bool:
    """Say whether nothing is computed any more for the site."""
    vendor = connections[using].vendor
    if vendor == "sqlite":
        family = [web.process.pid, *(child.pid for child in psutil.Process(web.process.pid).children())]
        return sum(psutil.Process(pid).cpu_percent(0.3) for pid in family) < 50
    with connections[using].cursor() as cursor:
        cursor.execute(ACTIVE[vendor])
        return bool(cursor.fetchone()[0] == 0)


def test_f23_a_slow_query_costs_its_page_a_503_and_nothing_else(
    slow: tuple[str, OwnSite], is_full: bool, figures: Any
) -> None:
    using, site = slow
    limit = 5 if is_full else 1
    slowest, statuses = 0.0, []
    with serving(site.environment, log=site.log, DB_STATEMENT_TIMEOUT=str(limit)) as web:
        assert web.get("/explore/", session=site.session).status_code == 200
        slow_down(using, 3 * limit)
        for path in (*PAGES, *ANSWERS):
            started = time.monotonic()
            answer = web.get(path, session=site.session if path in PAGES else "", token=site.token)
            slowest = max(slowest, time.monotonic() - started)
            statuses.append(answer.status_code)
            assert answer.status_code == 503, (path, site.log.read_text())
            assert SENTENCE in answer.text, path
            assert answer.headers["Retry-After"] == "2"
            wait_for(lambda: is_quiet(using, web), seconds=5)
        assert web.get("/livez").status_code == 200
        assert web.get("/batches/", session=site.session).status_code == 200

    # A command may take its time.
    manage(site.environment, "export_csv", "--output", str(site.log.with_name("all.csv")))
    figures(pages=len(statuses), slowest=f"{slowest:.1f} s", limit=f"{limit} s", left_running=0)
    assert slowest < limit + 3
