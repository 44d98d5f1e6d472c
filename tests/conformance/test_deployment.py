"""The image, the services beside each other, and the script that both a container and a bare machine run."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from django.conf import settings

from tests.faults.crew import wait_for
from tests.faults.own_servers import OwnPostgreSQL, free_port

ROOT = Path(settings.BASE_DIR)
PINNED = re.compile(r"[a-z./-]+:\d+[\w.]*(-\w+)*")
SITE_SERVICES = ("web", "worker", "migrate")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Return compose.yaml as a parser reads it."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions with what stands behind each."""
    joined = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def what_the_image_gets() -> list[str]:
    """Return the names that .dockerignore lets through."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line.removeprefix("!") for line in lines if line.startswith("!")]


@pytest.fixture
def clean_directory(tmp_path: Path) -> Path:
    """Return a directory with what the image gets and nothing else."""
    home = tmp_path / "home"
    for name in what_the_image_gets():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            home.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, home / name)
    return home


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the environment of .env.example with its key filled in, and nothing of ours."""
    example = (ROOT / ".env.example").read_text()
    values = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, flags=re.MULTILINE))
    return values | {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHON": sys.executable,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "VAR_DIR": str(tmp_path / "var"),
        "PORT": str(free_port()),
    }


def run(home: Path, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ("deploy/run", *words),
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_line_014_016_a_clean_directory_becomes_a_running_site(
    clean_directory: Path, environment: dict[str, str]
) -> None:
    for step in ("static", "migrate"):
        done = run(clean_directory, environment, step)
        assert done.returncode == 0, done.stderr
    assert run(clean_directory, environment, "worker", "--until-idle").returncode == 0
    assert run(clean_directory, environment, "healthy").returncode == 1

    web = subprocess.Popen(
        ("deploy/run", "web"), cwd=clean_directory, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(lambda: run(clean_directory, environment, "healthy").returncode == 0)
    finally:
        web.terminate()
        assert web.wait(30) == 0


def test_line_014_an_unknown_word_shows_what_there_is(
    clean_directory: Path, environment: dict[str, str]
) -> None:
    done = run(clean_directory, environment, "everything")

    assert done.returncode == 2
    assert "deploy/run migrate" in done.stderr


def test_line_071_072_check_deploy_is_green_with_the_example_environment(
    clean_directory: Path, environment: dict[str, str]
) -> None:
    done = run(clean_directory, environment, "manage", "check", "--deploy", "--fail-level", "INFO")

    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_line_072_image_has_a_pinned_slim_python_and_starts_the_site(
    instructions: list[tuple[str, str]],
) -> None:
    of = dict(instructions)

    assert [rest for word, rest in instructions if word == "FROM"] == ["python:3.11.14-slim-bookworm"]
    assert of["ENTRYPOINT"] == '["deploy/run"]'
    assert of["CMD"] == '["web", "--bind", "0.0.0.0:8000"]'
    assert of["HEALTHCHECK"].endswith('CMD ["deploy/run", "healthy"]')
    assert os.access(ROOT / "deploy" / "run", os.X_OK)


def test_line_072_image_runs_as_nobody_special_and_has_no_secret(
    instructions: list[tuple[str, str]],
) -> None:
    words = [word for word, _ in instructions]
    text = "\n".join(rest for _, rest in instructions)

    assert dict(instructions)["USER"] == "nlpadmin"
    assert words.index("USER") > max(index for index, word in enumerate(words) if word in {"RUN", "COPY"})
    assert "ADD" not in words
    assert not re.search(r"SECRET_KEY|PASSWORD|TOKEN|chmod 777|curl|:latest", text)


def test_line_072_image_gets_the_product_and_nothing_beside_it(instructions: list[tuple[str, str]]) -> None:
    copied = {name for word, rest in instructions if word == "COPY" for name in rest.split()[:-1]}

    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
    assert copied == set(what_the_image_gets())
    assert all((ROOT / name).exists() for name in copied)
    assert not copied & {"tests", ".git", ".env", "var", "benchmarks", "training"}


def test_line_073_compose_starts_app_postgresql_15_and_redis_7(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert set(services) == {*SITE_SERVICES, "db", "redis"}
    assert services["db"]["image"].startswith("postgres:15")
    assert services["redis"]["image"].startswith("redis:7")
    assert all(PINNED.fullmatch(services[name]["image"]) for name in ("db", "redis"))
    assert "db:/var/lib/postgresql/data" in services["db"]["volumes"]
    assert "redis:/data" in services["redis"]["volumes"]
    assert all("var:/var/lib/nlpadmin" in services[name]["volumes"] for name in SITE_SERVICES)
    assert set(compose["volumes"]) == {"db", "redis", "var"}


def test_line_073_the_app_waits_for_both_and_for_the_migrations(compose: dict[str, Any]) -> None:
    services = compose["services"]
    healthy = {name: {"condition": "service_healthy"} for name in ("db", "redis")}

    assert services["migrate"]["depends_on"] == healthy
    assert services["migrate"]["command"] == ["migrate"]
    assert services["migrate"]["restart"] == "no"
    for name in ("web", "worker"):
        migrated = {"migrate": {"condition": "service_completed_successfully"}}
        assert services[name]["depends_on"] == healthy | migrated
    assert all("test" in services[name]["healthcheck"] for name in ("db", "redis"))


def test_line_073_nothing_but_the_site_is_reached_from_outside(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert [name for name, service in services.items() if "ports" in service] == ["web"]
    assert services["web"]["ports"] == ["127.0.0.1:${PORT:-8000}:8000"]
    assert compose["networks"]["inside"] == {"internal": True}


def test_line_073_passwords_come_from_the_environment_and_must_be_set(compose: dict[str, Any]) -> None:
    text = (ROOT / "compose.yaml").read_text()
    mentions = re.findall(r"\$\{(\w*PASSWORD)([^}]*)\}", text)
    literal = re.findall(r"(?im)^\s+\w*(?:password|auth|secret)\w*:\s*(?!\$\{)\S+", text)

    assert {name for name, _ in mentions} == {"DB_PASSWORD", "DB_ADMIN_PASSWORD", "REDIS_PASSWORD"}
    assert all(rest.startswith(":?Set ") for _, rest in mentions)
    assert literal == []
    assert all(compose["services"][name]["env_file"] == ".env" for name in SITE_SERVICES)


@pytest.fixture
def server() -> Iterator[OwnPostgreSQL]:
    """Return a server of the test's own: a role belongs to all of a server's databases."""
    own = OwnPostgreSQL(database="")
    yield own
    own.remove()


def test_line_015_the_documented_sql_is_enough_to_migrate(
    server: OwnPostgreSQL, clean_directory: Path, environment: dict[str, str]
) -> None:
    password = "correct-horse"
    script = (ROOT / "deploy" / "postgresql.sql").read_text()
    assert script.strip() in (ROOT / "docs" / "deployment.md").read_text()
    with psycopg.connect(server.url_of("postgres", "postgres"), autocommit=True) as administrator:
        for statement in filter(str.strip, script.split(";\n")):
            administrator.execute(statement.replace(":'password'", f"'{password}'"))

        done = run(
            clean_directory, environment | {"DATABASE_URL": server.url_of("nlp_user", "nlp_db")}, "migrate"
        )

        role = administrator.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolpassword LIKE 'SCRAM%' FROM pg_authid"
            " WHERE rolname = 'nlp_user'"
        ).fetchone()
    assert done.returncode == 0, done.stderr
    assert role == (False, False, False, True)
