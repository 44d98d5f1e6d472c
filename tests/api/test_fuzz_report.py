"""The page that a long run of requests leaves behind."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.api import fuzz_report

SAID = """  | - Undocumented status code
  |     curl -X POST -d '[null]' http://localhost/api/batches
"""


def report(when: str, operation: str = "GET /api/batches", *, failed: bool = False, **answers: int) -> Any:
    return SimpleNamespace(
        nodeid=f"tests/api/test_fuzz.py::test_only_documented_answers[{operation}][read]",
        when=when,
        failed=failed,
        user_properties=[(fuzz_report.ANSWERS, {int(name[1:]): count for name, count in answers.items()})],
        longreprtext=SAID,
    )


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the page is written, by a run that asks for 5,000 cases on MariaDB."""
    monkeypatch.setattr(fuzz_report, "CASES", 5000)
    monkeypatch.setattr(fuzz_report, "REPORT", tmp_path / "fuzz.md")
    monkeypatch.setattr(fuzz_report, "_database_name", lambda: "MariaDB")
    return tmp_path / "fuzz.md"


def write(**stats: list[Any]) -> None:
    lines: list[str] = []
    fuzz_report.pytest_terminal_summary(
        SimpleNamespace(
            stats={name.strip("_"): found for name, found in stats.items()}, write_line=lines.append
        )
    )


def test_answers_of_a_token_are_added_up(page: Path) -> None:
    ends = [report("teardown", _200=1200, _422=3), report("teardown", "POST /api/batches", _201=7)]

    write(_=ends, passed=[report("call"), report("call", "POST /api/batches")])

    [line] = [line for line in page.read_text().splitlines() if line.startswith("| MariaDB")]
    assert line.startswith("| MariaDB | read | 2 | 1,210 | 1,200 x 200, 7 x 201, 3 x 422 | 0 | 5,000, ")


def test_request_that_failed_stands_on_the_page_until_it_is_right(page: Path) -> None:
    write(_=[report("teardown", _500=1)], failed=[report("call", failed=True)])
    failed = page.read_text()
    write(_=[report("teardown", _200=1)], passed=[report("call")])

    assert "| 1 x 500 | 1 |" in failed
    assert failed.endswith(
        "## Failed on MariaDB\n\nGET /api/batches (read)\n\n    curl -X POST -d '[null]' http://localhost/api/batches\n"
    )
    assert "Failed on" not in page.read_text()
    assert page.read_text().count("| MariaDB |") == 1


def test_what_another_database_answered_stays(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(_=[report("teardown", _500=1)], failed=[report("call", failed=True)])
    monkeypatch.setattr(fuzz_report, "_database_name", lambda: "SQLite")

    write(_=[report("teardown", _200=1)], passed=[report("call")])

    assert "| MariaDB | read | 1 | 1 | 1 x 500 | 1 |" in page.read_text()
    assert "| SQLite | read | 1 | 1 | 1 x 200 | 0 |" in page.read_text()
    assert "## Failed on MariaDB" in page.read_text()
