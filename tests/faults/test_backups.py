"""F37: a backup that is made while programs write, restored into an empty database, is the site of one moment."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from django.apps import apps
from django.db import connection

from analyses.models import BatchAnalysis, TextAnalysis
from analyses.services import rollups
from tests.faults.crew import crew_of, wait_for
from tests.faults.own_servers import DATABASE, OwnMariaDB, OwnPostgreSQL
from tests.faults.own_sites import OwnSite, environment_of, looking_into, manage, prepared
from tests.faults.web_server import serving
from tests.faults.writers import Writers

OTHER = "restored"
# What a site writes by itself: figures of its own, and that what a cache holds is void after a restore.
OF_ITS_OWN = {"measurements", "cache_resets"}


@pytest.fixture
def urls(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Give the addresses of two empty databases of the kind under test."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path}/first.sqlite3", f"sqlite:///{tmp_path}/second.sqlite3"
        return
    server = OwnPostgreSQL() if connection.vendor == "postgresql" else OwnMariaDB()
    try:
        other = server.url.replace(f"/{DATABASE}", f"/{OTHER}")
        create(server.url, OTHER)
        yield server.url, other
    finally:
        server.remove()


def create(url: str, name: str) -> None:
    if connection.vendor == "postgresql":
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{name}"')
        return
    with looking_into(url):
        place = connection.settings_dict
        options = {"host": place["HOST"] or "127.0.0.1", "port": int(place["PORT"]), "user": place["USER"]}
        with pymysql.connect(password=place["PASSWORD"], **options) as mariadb, mariadb.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")


def contents(url: str) -> dict[str, tuple[int, str]]:
    """Give the number of rows and the SHA-256 of all of them, for every table of every model."""
    tables = {
        model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed
    }
    found = {}
    with looking_into(url):
        for table in sorted(tables):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                rows = sorted(repr(row) for row in cursor.fetchall())
            found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


def site_on(url: str, folder: Path) -> OwnSite:
    folder.mkdir()
    return prepared(environment_of(url, folder))


def test_f37_a_backup_restores_every_table_and_the_site_goes_on(
    urls: tuple[str, str], tmp_path: Path, is_full: bool, figures: Any, django_db_blocker: Any
) -> None:
    seconds = 20 if is_full else 4
    site = site_on(urls[0], tmp_path / "var")
    restored = OwnSite(site.environment | {"DATABASE_URL": urls[1]}, site.session, site.token)
    file, under_load = tmp_path / "quiet.backup", tmp_path / "load.backup"

    with django_db_blocker.unblock(), serving(site.environment, log=site.log) as web:
        with Writers(web, token=site.token, count=4, pause_seconds=0.02) as writers:
            time.sleep(seconds / 2)
            before = [write for write in list(writers.writes) if write.answer]
            manage(site.environment, "backup", str(under_load))
            time.sleep(seconds / 2)
        manage(site.environment, "backup", str(file))
        whole = contents(urls[0])

    with django_db_blocker.unblock():
        manage(restored.environment, "restore", str(under_load))
        with looking_into(urls[1]):
            singles = set(TextAnalysis.objects.values_list("pk", flat=True))
            batches = set(BatchAnalysis.objects.values_list("pk", flat=True))
            assert rollups.problems() == []
        for write in before:
            assert write.answer["id"] in (batches if "texts" in write.content else singles), write

        emptied = recreate(urls[1], tmp_path)
        restored = OwnSite(restored.environment | {"DATABASE_URL": emptied}, site.session, site.token)
        manage(restored.environment, "restore", str(file))
        again = contents(emptied)
        assert again.keys() == whole.keys()
        assert {name: again[name] for name in again.keys() - OF_ITS_OWN} == {
            name: whole[name] for name in whole.keys() - OF_ITS_OWN
        }
        assert len(whole) >= len(apps.get_models())
        check_it_goes_on(restored, emptied)
    figures(**{"writes before the backup": len(before), "tables": len(whole)})


def recreate(url: str, folder: Path) -> str:
    """Give the address of another empty database."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{folder}/third.sqlite3"
    create(url, "third")
    return url.replace(f"/{OTHER}", "/third")


def check_it_goes_on(site: OwnSite, url: str) -> None:
    """Log in by session and token, write, and let a worker finish what waits."""
    with serving(site.environment, log=site.log) as web, crew_of(site.environment) as crew:
        assert web.get("/explore/", session=site.session).status_code == 200
        answer = web.post(
            "/api/analyses",
            {"text_content": "After the restore.", "analysis_type": "sentiment"},
            token=site.token,
            key="after-the-restore",
        )
        assert answer.status_code == 201, answer.text
        crew.hire_many(1)
        with looking_into(url):
            wait_for(lambda: not TextAnalysis.objects.waiting().exists(), seconds=120)
            assert TextAnalysis.objects.get(pk=answer.json()["id"]).status == "completed"
            assert rollups.problems() == []


def test_f37_what_cannot_be_restored_is_refused_in_words(
    urls: tuple[str, str], tmp_path: Path, django_db_blocker: Any
) -> None:
    nothing = tmp_path / "nothing.backup"
    nothing.write_bytes(b"this is no backup;\n" * 100)
    environment = environment_of(urls[0], tmp_path)

    with django_db_blocker.unblock(), pytest.raises(AssertionError, match="restore"):
        manage(environment, "restore", str(nothing))
    with django_db_blocker.unblock(), pytest.raises(AssertionError, match="There is no file"):
        manage(environment, "restore", str(tmp_path / "missing"))
    manage(environment | {"DATABASE_URL": urls[1]}, "migrate", "--verbosity=0")
    with pytest.raises(AssertionError, match="not empty"):
        manage(environment | {"DATABASE_URL": urls[1]}, "restore", str(nothing))
    with pytest.raises(AssertionError, match="exists already"):
        manage(environment, "backup", str(nothing))
