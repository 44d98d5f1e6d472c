"""The environment: every bad value is named in one message, and no secret is shown."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from nlpadmin.environment import BadEnvironmentError, Environment
from tests.conftest import logged_in

COMPOSE_VARIABLES = {"DB_PASSWORD", "DB_ADMIN_PASSWORD", "REDIS_PASSWORD"}
STRONG_KEY = "k3y-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Set the two variables that production needs, and none else."""
    for name in Environment.model_fields:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SECRET_KEY", STRONG_KEY)
    monkeypatch.setenv("ALLOWED_HOSTS", "texts.example.org")
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    return monkeypatch


def refusal() -> str:
    with pytest.raises(BadEnvironmentError) as caught:
        Environment.read()
    return str(caught.value)


def test_defaults_are_the_documented_ones(production: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = Environment.read()

    assert (environment.DB_POOL_SIZE, environment.DB_MAX_OVERFLOW) == (20, 30)
    assert (environment.DB_POOL_TIMEOUT, environment.DB_POOL_RECYCLE) == (2, 3600)
    assert (environment.DB_POOL_PRE_PING, environment.ECHO, environment.ECHO_POOL) == (True, False, False)
    assert (environment.ENABLE_CACHING, environment.CACHE_TTL, environment.ENABLE_METRICS) == (
        True,
        3600,
        True,
    )
    assert (environment.RETRY_ATTEMPTS, environment.RETRY_DELAY) == (3, 1.0)
    assert environment.UPLOAD_MAX_BYTES == 209_715_200
    assert environment.database()["NAME"] == str(tmp_path / "nlpadmin.sqlite3")
    assert environment.spool_dir == tmp_path / "spool"
    assert environment.is_production


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("NLPADMIN_DEMO", "perhaps", "NLPADMIN_DEMO is 'perhaps'"),
        ("DEBUG", "maybe", "DEBUG is 'maybe'"),
        ("DEBUG", "1", "ALLOWED_HOSTS names texts.example.org"),
        ("NLPADMIN_DEMO", "1", "ALLOWED_HOSTS names texts.example.org"),
        ("SECRET_KEY", "", "SECRET_KEY is missing"),
        ("SECRET_KEY", "abcdefghijklmnopqrstuvwxyz", "SECRET_KEY has 26 characters"),
        ("SECRET_KEY", "abcde" * 12, "SECRET_KEY has 5 different characters"),
        ("SECRET_KEY", f"django-insecure-{STRONG_KEY}", "SECRET_KEY starts with django-insecure-"),
        ("SECRET_KEY_FILE", "/nowhere/key", "SECRET_KEY_FILE names '/nowhere/key', which cannot be read"),
        ("SECRET_KEY_FALLBACKS", f"{STRONG_KEY},old", "SECRET_KEY_FALLBACKS has 3 characters"),
        ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS is empty"),
        ("ALLOWED_HOSTS", "a.example.org,*", "ALLOWED_HOSTS has '*'"),
        ("ALLOWED_HOSTS", ".org", "ALLOWED_HOSTS has '.org', a whole top-level domain"),
        ("ALLOWED_HOSTS", "https://a.example.org", "ALLOWED_HOSTS has 'https://a.example.org'"),
        ("CSRF_TRUSTED_ORIGINS", "http://a.example.org", "CSRF_TRUSTED_ORIGINS has 'http://a.example.org'"),
        ("CSRF_TRUSTED_ORIGINS", "https://*.example.org", "CSRF_TRUSTED_ORIGINS has 'https://*.example.org'"),
        ("TRUSTED_PROXIES", "proxy", "TRUSTED_PROXIES has 'proxy'"),
        ("TRUSTED_PROXIES", "0.0.0.0/0", "TRUSTED_PROXIES has '0.0.0.0/0', which is everybody"),
        ("DATABASE_PASSWORD_FILE", "/nowhere/pw", "DATABASE_PASSWORD_FILE names '/nowhere/pw'"),
        ("DATABASE_URL", "not an address", "DATABASE_URL is no database address"),
        ("DATABASE_URL", "oracle://u:p@h/n", "DATABASE_URL names a database that is not one of SQLite"),
        ("DATABASE_URL", "postgresql://u@h", "DATABASE_URL names no database"),
        ("DB_POOL_SIZE", "0", "DB_POOL_SIZE is '0'"),
        ("DB_POOL_SIZE", "many", "DB_POOL_SIZE is 'many'"),
        ("DB_MAX_OVERFLOW", "-1", "DB_MAX_OVERFLOW is '-1'"),
        ("DB_POOL_TIMEOUT", "nan", "DB_POOL_TIMEOUT is 'nan'"),
        ("CACHE_TTL", "1.5", "CACHE_TTL is '1.5'"),
        ("REDIS_URL", "127.0.0.1:6379", "REDIS_URL does not start with redis://"),
        ("CELERY_BROKER_URL", "broker", "CELERY_BROKER_URL has no scheme"),
        ("ULTRA_ENGINES", "{}", "ULTRA_ENGINES is no JSON list of at most 50 engines"),
        (
            "ULTRA_ENGINES",
            '[{"name": "a"}]',
            "ULTRA_ENGINES engine 1 (a): type is missing; right would be one",
        ),
        (
            "ULTRA_ENGINES",
            "@/nowhere/engines",
            "ULTRA_ENGINES names '/nowhere/engines', which cannot be read",
        ),
        ("PORT", "65536", "PORT is '65536'"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL is 'LOUD'"),
        ("TIME_ZONE", "Berlin", "TIME_ZONE is 'Berlin', which is no time zone"),
        ("UPLOAD_MAX_BYTES", "200M", "UPLOAD_MAX_BYTES is '200M'"),
    ],
)
def test_bad_value_is_named_with_what_would_be_right(
    production: pytest.MonkeyPatch, name: str, value: str, wrong: str
) -> None:
    production.setenv(name, value)

    message = refusal()

    assert "1 environment variable is not right" in message
    assert f"  {wrong}" in message
    assert "; right would be: " in message


def test_all_bad_values_stand_in_one_message(production: pytest.MonkeyPatch) -> None:
    production.setenv("DEBUG", "maybe")
    production.setenv("SECRET_KEY", "short")
    production.setenv("ALLOWED_HOSTS", "*")
    production.setenv("PORT", "none")

    message = refusal()

    assert message.startswith("nlpadmin cannot start: 4 environment variables are not right.\n")
    assert [line.split()[0] for line in message.splitlines()[1:]] == [
        "DEBUG",
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "PORT",
    ]


def test_message_never_shows_a_secret(production: pytest.MonkeyPatch) -> None:
    production.setenv("SECRET_KEY", "canary-key")
    production.setenv("DATABASE_URL", "oracle://user:canary-password@host/name")
    production.setenv("REDIS_URL", "http://:canary-redis@host")

    assert "canary" not in refusal()


def test_settings_object_hides_secrets_when_printed(production: pytest.MonkeyPatch) -> None:
    production.setenv("DATABASE_URL", "postgresql://user:canary@host/name")

    printed = repr(Environment.read())

    assert "canary" not in printed
    assert STRONG_KEY not in printed


def test_secrets_are_read_from_files(production: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key_file, password_file = tmp_path / "key", tmp_path / "password"
    key_file.write_text(f"{STRONG_KEY}\n")
    password_file.write_text("pass word\n")
    production.delenv("SECRET_KEY")
    production.setenv("SECRET_KEY_FILE", str(key_file))
    production.setenv("DATABASE_URL", "postgresql://user@host/name")
    production.setenv("DATABASE_PASSWORD_FILE", str(password_file))

    environment = Environment.read()

    assert environment.SECRET_KEY.get_secret_value() == STRONG_KEY
    assert environment.database()["PASSWORD"] == "pass word"


def test_engines_of_the_site_are_read(production: pytest.MonkeyPatch) -> None:
    entry = '{"type": "topics", "name": "acme", "version": "1", "endpoint": "https://acme.example.org"}'
    production.setenv("ULTRA_ENGINES", f"[{entry}]")

    [spec] = Environment.read().ULTRA_ENGINES

    assert (spec.type.value, spec.tier.value, spec.endpoint) == (
        "topics",
        "ultra",
        "https://acme.example.org",
    )


def test_key_and_key_file_together_are_refused(production: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(STRONG_KEY)
    production.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))

    assert "SECRET_KEY is set together with SECRET_KEY_FILE" in refusal()


def test_demo_makes_a_key_once_that_only_its_owner_reads(
    production: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    production.setenv("NLPADMIN_DEMO", "1")
    production.delenv("SECRET_KEY")
    production.delenv("ALLOWED_HOSTS")

    first, second = Environment.read(), Environment.read()

    assert first.SECRET_KEY == second.SECRET_KEY
    assert len(first.SECRET_KEY.get_secret_value()) >= 50
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert first.ALLOWED_HOSTS == ("localhost", "127.0.0.1", "[::1]")


def test_dotenv_file_is_not_read(production: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=1234\n")
    production.chdir(tmp_path)

    assert Environment.read().PORT == 8000


def test_example_names_every_variable_and_its_key_is_refused(production: pytest.MonkeyPatch) -> None:
    example = (settings.BASE_DIR / ".env.example").read_text()
    values = dict(re.findall(r"^#? ?([A-Z_]+)=(.*)$", example, flags=re.MULTILINE))
    production.setenv("SECRET_KEY", values["SECRET_KEY"])

    assert set(values) - COMPOSE_VARIABLES == set(Environment.model_fields)
    assert "SECRET_KEY" in refusal()


@pytest.mark.parametrize(
    "command", [("manage.py", "check"), ("-c", "import nlpadmin.wsgi"), ("-m", "gunicorn")]
)
def test_start_fails_with_one_message_and_no_traceback(command: tuple[str, ...], tmp_path: Path) -> None:
    result = subprocess.run(
        (sys.executable, *command),
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "DB_POOL_SIZE": "many"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 1
    assert "3 environment variables are not right" in result.stderr
    assert "Traceback" not in result.stderr + result.stdout


def test_sessions_survive_a_new_key_while_the_former_one_is_named(settings: Any, analyst: User) -> None:
    client = logged_in(analyst)
    former = settings.SECRET_KEY

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = STRONG_KEY, [former]
    during = client.get("/").status_code
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = f"{STRONG_KEY}-2", []
    after = client.get("/").status_code

    assert (during, after) == (200, 302)
