"""The site on a database of a test's own: its environment, its people, and the test's own look into it."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dj_database_url
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections


@dataclass(frozen=True)
class OwnSite:
    """What is needed to run the site and to use it: `session` is an analyst's, `token` an editor's."""

    environment: dict[str, str]
    session: str
    token: str

    @property
    def log(self) -> Path:
        """Give the place of what the web server writes."""
        return Path(self.environment["VAR_DIR"], "web.log")


def environment_of(url: str, folder: Path) -> dict[str, str]:
    """Return the environment of the site on a database, without Redis."""
    return os.environ | {
        "DATABASE_URL": url,
        "REDIS_URL": "",
        "DJANGO_SETTINGS_MODULE": "nlpadmin.settings",
        "VAR_DIR": str(folder),
        "SPOOL_DIR": str(folder / "spool"),
        "WEB_PROCESSES": "1",
        "PYTHONPATH": str(settings.BASE_DIR),
        "PYTHONUNBUFFERED": "1",
    }


def manage(environment: dict[str, str], *arguments: str, code: Path | None = None) -> str:
    """Run a command of the site, or of another folder's code, and give what it wrote; fail when it fails."""
    command = (sys.executable, "manage.py", *arguments)
    done = subprocess.run(
        command,
        cwd=code or settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def prepared(environment: dict[str, str]) -> OwnSite:
    """Make tables, static files, a row and people in an empty database."""
    manage(environment, "migrate", "--verbosity=0")
    manage(environment, "collectstatic", "--noinput", "--verbosity=0")
    made = subprocess.run(
        (sys.executable, "-m", "tests.faults.make_people"),
        cwd=settings.BASE_DIR,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    session, token = made.stdout.split()
    return OwnSite(environment, session, token)


@contextmanager
def looking_into(url: str) -> Iterator[None]:
    """Let the models of this process read and write another database than the run's."""
    usual, before = connections.databases[DEFAULT_DB_ALIAS], connections[DEFAULT_DB_ALIAS]
    parts = copy.deepcopy(usual)
    found = dj_database_url.parse(url)
    parts |= {name: found[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    connections.databases[DEFAULT_DB_ALIAS] = parts
    del connections[DEFAULT_DB_ALIAS]
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS].close()
        connections.databases[DEFAULT_DB_ALIAS] = usual
        connections[DEFAULT_DB_ALIAS] = before
