"""The runner of the suite: what it counts, and what it must not call green."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests import one_database, run_suite
from tests.run_suite import Outcome, Service, Stage

REPORT = """<testsuites>
<testsuite tests="7" failures="1" errors="2" skipped="1"><testcase classname="tests.look" name="test_it"/></testsuite>
</testsuites>"""


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_report_is_counted(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)

    outcome = run_suite.run(Stage("some tests", python("import sys; sys.exit(1)"), report=report))

    assert (outcome.passed, outcome.failed, outcome.skipped, outcome.is_green) == (3, 3, 1, False)
    assert outcome.tests == {"tests.look::test_it"}


def test_run_without_a_report_is_not_green(tmp_path: Path) -> None:
    outcome = run_suite.run(Stage("crash", python("pass"), report=tmp_path / "never.xml"))

    assert not outcome.is_green


def test_run_that_collected_nothing_is_not_green(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text('<testsuites><testsuite tests="0" failures="0" errors="0" skipped="0"/></testsuites>')

    outcome = run_suite.run(Stage("nothing", python("import sys; sys.exit(5)"), report=report))

    assert not outcome.is_green


def test_variables_of_a_developer_do_not_reach_a_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://developer@host/name")
    code = (
        "import os, sys; sys.exit('DATABASE_URL' in os.environ or os.environ['REDIS_URL'] != 'redis://here')"
    )

    assert run_suite.run(Stage("look", python(code), {"REDIS_URL": "redis://here"})).is_green


def test_summary_ends_with_the_counts_and_fails_on_one_red_stage(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [Outcome("tests", 1.0, True, 40, 0, 2), Outcome("mypy", 1.0, False, 0, 1, 0)]

    assert run_suite.summarise(outcomes) == 1
    assert capsys.readouterr().out.endswith("\n===== 1 failed, 40 passed, 2 skipped in 2.00s =====\n")
    assert run_suite.summarise(outcomes[:1]) == 0


def test_summary_says_what_ran_on_one_database_alone(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [
        Outcome("SQLite", 1.0, True, 3, 0, 0, frozenset({"look", "store", "chart"})),
        Outcome("MariaDB", 1.0, True, 1, 0, 0, frozenset({"store"})),
        Outcome("Chromium", 1.0, True, 1, 0, 0, frozenset({"click"})),
        Outcome("mypy", 1.0, True, 1, 0, 0),
    ]

    run_suite.summarise(outcomes)

    said = capsys.readouterr().out
    assert "1 passed, 0 failed; 2 only on SQLite\n" in said
    assert said.count("only on") == 1


def test_required_service_that_is_missing_fails_the_suite(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(run_suite, "SERVICES", (Service("redis", "127.0.0.1:1", refuse),))
    monkeypatch.setenv("NLPADMIN_TEST_REQUIRE", "redis")

    assert run_suite.main([]) == 1
    said = capsys.readouterr().out
    assert "redis      not found" in said
    assert "Not found, but required by NLPADMIN_TEST_REQUIRE: redis." in said


def test_each_database_found_gets_its_run(tmp_path: Path) -> None:
    stages = list(run_suite.stages_of_tests({"postgresql", "mariadb", "redis", "chromium"}, (), tmp_path))

    assert [stage.name for stage in stages] == [
        "SQLite without Redis",
        "PostgreSQL with Redis",
        "MariaDB with Redis",
        "Chromium",
    ]
    assert "REDIS_URL" not in stages[0].variables


def test_whole_run_leaves_out_nothing_on_the_first_database(tmp_path: Path) -> None:
    first, *others, _browser = run_suite.stages_of_tests(
        {"postgresql", "mariadb", "redis", "chromium"}, (), tmp_path
    )

    assert first.command[-2:] == ("tests", "--ignore=tests/browser")
    assert [stage.command[-2:] for stage in others] == [("-m", "not one_database")] * 2
    assert all("--ignore=tests/engines" in stage.command for stage in others)


def test_what_arguments_choose_runs_on_every_database(tmp_path: Path) -> None:
    stages = run_suite.stages_of_tests({"postgresql", "mariadb"}, ("tests/engines", "-k", "vowels"), tmp_path)

    assert [stage.command[-3:] for stage in stages] == [("tests/engines", "-k", "vowels")] * 3


def test_tests_that_ask_no_database_are_marked(request: pytest.FixtureRequest) -> None:
    assert "tests/test_run_suite.py" in one_database.PATHS
    assert request.node.get_closest_marker("one_database")


@pytest.mark.parametrize("path", one_database.PATHS)
def test_path_of_what_runs_on_one_database_is_there(path: str) -> None:
    assert (one_database.PROJECT_DIR / path).exists()


@pytest.mark.parametrize(
    "fixture", ["db", "analyst_client", "live_server", "redis_cache", "child_environment"]
)
def test_test_that_asks_a_database_is_not_left_to_one(request: pytest.FixtureRequest, fixture: str) -> None:
    @pytest.mark.usefixtures(fixture)
    def test_new() -> None: ...

    item = pytest.Function.from_parent(request.node.parent, name="test_new", callobj=test_new)

    with pytest.raises(pytest.UsageError, match="test_new asks for a database or Redis"):
        one_database.mark([item])


def test_mark_of_the_database_counts_as_well(request: pytest.FixtureRequest) -> None:
    @pytest.mark.django_db
    def test_new() -> None: ...

    item = pytest.Function.from_parent(request.node.parent, name="test_new", callobj=test_new)

    with pytest.raises(pytest.UsageError, match="test_new asks for a database or Redis"):
        one_database.mark([item])
