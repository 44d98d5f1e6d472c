"""What a long run of tests/api/test_fuzz.py leaves behind: docs/fuzz.md, one line a database and token."""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

# How many cases are drawn for each token, over all operations; 0 stands for every test run, which writes no report.
CASES = int(os.environ.get("NLPADMIN_FUZZ_CASES", "0"))
REPORT = Path(settings.BASE_DIR, "docs", "fuzz.md")
ANSWERS = "answers"

HEAD = """# Requests that nobody would think of

`make fuzz` makes requests from the OpenAPI document (schemathesis), for each operation: all that cover its parameters,
allowed and not, and some drawn at random. It sends them with a token of each scope to each database found, and writes
this page; `make test` does the same with fewer drawn. A test fails on a 5xx, on a status or content type that is not
documented, and on a header or body that does not fit its schema.

| database | token | operations | cases | answers | failed | drawn, time, commit |
| --- | --- | ---: | ---: | --- | ---: | --- |
"""
_TEST = re.compile(r"test_fuzz\.py::\w+\[(?P<operation>.+)\]\[(?P<token>\w+)\]$")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Write this database's lines after a run that asks for it."""
    if not CASES:
        return
    lines, failures = _summarise(terminalreporter.stats)
    if lines:
        REPORT.write_text(_page(_database_name(), lines, failures))
        terminalreporter.write_line(f"{REPORT} has the figures.")


def _summarise(stats: dict[str, list[Any]]) -> tuple[list[str], list[str]]:
    """Return a line a token, and the requests that failed."""
    operations: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    answers: dict[str, Counter[int]] = defaultdict(Counter)
    failures = []
    for report in (
        report for outcome in ("", "passed", "failed", "error") for report in stats.get(outcome, ())
    ):
        found = _TEST.search(getattr(report, "nodeid", ""))
        if found is None:
            continue
        token = found["token"]
        if report.when == "teardown":
            operations[token] += 1
            answers[token].update(dict(report.user_properties).get(ANSWERS, {}))
        if report.failed:
            failed[token] += 1
            failures.append(f"{found['operation']} ({token})\n\n{_request(report.longreprtext)}")
    return [_line(token, operations[token], answers[token], failed[token]) for token in operations], failures


def _request(said: str) -> str:
    """Return the request that failed, as schemathesis shows it."""
    shown = [line[line.index("curl ") :] for line in said.splitlines() if "curl " in line]
    return "\n".join(f"    {line}" for line in shown) or "    (the test's output has no request)"


def _line(token: str, operations: int, answers: Counter[int], failed: int) -> str:
    by_status = ", ".join(f"{count:,} x {status}" for status, count in sorted(answers.items()))
    conditions = f"{CASES:,}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {_commit()}"
    cells = (_database_name(), token, operations, f"{answers.total():,}", by_status, failed, conditions)
    return f"| {' | '.join(map(str, cells))} |"


def _database_name() -> str:
    names = {"sqlite3": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB"}
    return names[settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[-1]]


def _commit() -> str:
    command = ("git", "-C", str(settings.BASE_DIR), "rev-parse", "--short", "HEAD")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _page(database: str, lines: list[str], failures: list[str]) -> str:
    """Put one database's lines into the page; those of the others stay."""
    old = REPORT.read_text() if REPORT.exists() else ""
    table, *sections = re.split(r"^## Failed on (?=\w+$)", old, flags=re.M)
    kept = [line for line in table.splitlines() if line.startswith("| ")][2:]
    rows = sorted([*(line for line in kept if not line.startswith(f"| {database} |")), *lines])
    parts = [text.strip() for text in sections if not text.startswith(f"{database}\n")]
    if failures:
        parts.append(f"{database}\n\n" + "\n\n".join(failures))
    return HEAD + "\n".join(rows) + "\n" + "".join(f"\n## Failed on {part}\n" for part in parts)
