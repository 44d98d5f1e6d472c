"""The kit that a site's own tests can use, the suite in memory, and the coverage report."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)


@pytest.fixture
def environment() -> dict[str, str]:
    """Return an environment that chooses no service."""
    ours = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "VAR_DIR", "CACHE_KEY_PREFIX")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith(("PYTEST", "COV"))
    }


def pytest_in(directory: Path, environment: dict[str, str], *arguments: str) -> str:
    """Run pytest in a process of its own and give what it printed; fail when it did."""
    done = subprocess.run(
        (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments),
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_line_013_the_documented_files_run_in_a_directory_of_their_own(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    page = (ROOT / "docs" / "testing.md").read_text()
    ini, example = (re.findall(rf"```{kind}\n(.*?)```", page, flags=re.S)[-1] for kind in ("ini", "python"))
    (tmp_path / "pytest.ini").write_text(ini.replace("/srv/nlpadmin", str(ROOT)))
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.kit"]\n')
    (tmp_path / "test_site.py").write_text(example)

    assert "3 passed" in pytest_in(tmp_path, environment, "-q")


def test_line_068_070_classes_run_in_memory_with_caching_off(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "test_where.py").write_text(
        "from django.conf import settings\n"
        "from django.db import connection\n"
        "class TestMemory:\n"
        "    def test_database(self, db):\n"
        "        assert connection.is_in_memory_db()\n"
        "    def test_cache(self):\n"
        "        assert not settings.ENABLE_CACHING\n"
        "        assert 'DummyCache' in settings.CACHES['default']['BACKEND']\n"
        "def test_that_is_not_chosen():\n"
        "    raise AssertionError\n"
    )

    in_memory = ("--ds=tests.settings_memory", "-q", f"--rootdir={ROOT}")
    chosen = pytest_in(ROOT, environment, *in_memory, f"{tmp_path / 'test_where.py'}::TestMemory")

    assert "2 passed" in chosen


def test_line_068_070_modules_run_in_memory_and_the_coverage_report_is_written_as_html(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    report = tmp_path / "htmlcov"
    options = ("--ds=tests.settings_memory", "--cov=analyses/models", f"--cov-report=html:{report}", "-q")
    environment |= {"COVERAGE_FILE": str(tmp_path / "data")}

    whole = pytest_in(ROOT, environment, *options, "tests/models", "tests/services/test_analyses.py")

    assert "passed" in whole
    assert "skipped" not in whole
    assert "text_analyses.py" in (report / "index.html").read_text()
