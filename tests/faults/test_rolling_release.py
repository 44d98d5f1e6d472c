"""F36: processes of the code before the newest migration go on working on the newest tables."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.faults.own_sites import environment_of, manage, prepared
from tests.faults.web_server import serving
from tests.own_databases import own_database, own_environment

PAGES = ("/", "/explore/", "/explore/?sentiment_min=0.1", "/batches/", "/models/", "/try/", "/profile/")
ANSWERS = ("/api/analyses", "/api/batches", "/api/exports/analyses.csv")


def git(*arguments: str) -> bytes:
    """Ask for the history of this code, or skip where there is none."""
    command = ("git", "-C", str(settings.BASE_DIR), *arguments)
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("git is not installed")
    if done.returncode or not done.stdout:
        pytest.skip("the history of this code is not here")
    return done.stdout


@pytest.fixture
def old_code(tmp_path: Path) -> Path:
    """Return the folder of the code as it was before the last commit with a migration."""
    newest = git("log", "-1", "--format=%H", "--diff-filter=A", "--", "analyses/migrations").decode().strip()
    folder = tmp_path / "old"
    with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", f"{newest}^"))) as archive:
        archive.extractall(folder, filter="data")
    return folder


def migrations(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("analyses/migrations/0*.py")}


def test_f36_the_code_before_works_on_the_tables_of_today(
    old_code: Path, tmp_path: Path, django_db_blocker: Any, figures: Any
) -> None:
    newer = migrations(Path(settings.BASE_DIR)) - migrations(old_code)
    with django_db_blocker.unblock(), own_database():
        site = prepared(environment_of(own_environment()["DATABASE_URL"], tmp_path / "var"))
        old = {"PYTHONPATH": str(old_code), "STATIC_DIR": str(tmp_path / "static")}
        environment = site.environment | old
        manage(environment, "collectstatic", "--noinput", "--verbosity=0", code=old_code)
        with serving(environment, log=site.log, code=old_code) as web:
            text = {"text_content": "A parcel came late", "analysis_type": "sentiment"}
            posted = web.post("/api/analyses", text, token=site.token, key="one")
            batch = {"batch_name": "old", "analysis_type": "sentiment", "texts": ["Good.", "Bad."]}
            started = web.post("/api/batches", batch, token=site.token, key="two")
            manage(environment, "run_worker", "--until-idle", code=old_code)
            pages = {path: web.get(path, session=site.session).status_code for path in PAGES}
            answers = {path: web.get(path, token=site.token).status_code for path in ANSWERS}
            read = web.get(f"/api/analyses/{posted.json()['id']}", token=site.token).json()
            ready = web.get("/readyz")
        for code in (old_code, None):
            manage(site.environment | (old if code else {}), "check_data", code=code)

    assert newer
    assert (posted.status_code, started.status_code, read["status"]) == (201, 201, "completed")
    assert pages == dict.fromkeys(PAGES, 200)
    assert answers == dict.fromkeys(ANSWERS, 200)
    assert ready.json() == {"ready": True, "missing": []}
    figures(requests=len(PAGES) + len(ANSWERS) + 4, failures=0, **{"newer migrations": len(newer)})
