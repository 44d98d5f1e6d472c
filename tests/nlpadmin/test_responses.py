"""Every response of the production settings: headers, policy, cookies, hosts, methods and proxies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

HOST = {"HTTP_HOST": "texts.example.org"}
TLS = HOST | {"wsgi.url_scheme": "https"}
REQUESTS = {
    "login": TLS,
    "foreign host": {"HTTP_HOST": "evil.example.com", "wsgi.url_scheme": "https"},
    "plain http": HOST,
    "trusted proxy": HOST | {"REMOTE_ADDR": "10.0.0.7", "HTTP_X_FORWARDED_PROTO": "https"},
    "stranger as proxy": HOST | {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_PROTO": "https"},
    "missing page": TLS | {"path": "/nothing/here/"},
    "trace": TLS | {"method": "TRACE"},
    "unknown method": TLS | {"method": "BREW"},
    "post without token": TLS | {"method": "POST"},
    "static file": TLS | {"path": "/static/admin/css/base.css"},
}
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}

Answers = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Return what production answers to each request, on an empty SQLite database."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(settings.BASE_DIR),
        "SECRET_KEY": "abcdefghijklmnopqrstuvwxyz0123456789" * 2,
        "ALLOWED_HOSTS": "texts.example.org",
        "TRUSTED_PROXIES": "10.0.0.0/8",
        "VAR_DIR": str(tmp_path_factory.mktemp("production")),
        "LOG_LEVEL": "CRITICAL",
    }
    for command in (("migrate", "--verbosity=0"), ("collectstatic", "--noinput", "--verbosity=0")):
        subprocess.run(
            (sys.executable, "manage.py", *command),
            cwd=settings.BASE_DIR,
            env=environment,
            check=True,
            timeout=120,
        )
    probe = (sys.executable, "-m", "tests.nlpadmin.probe_responses", json.dumps(REQUESTS))
    result = subprocess.run(
        probe, cwd=settings.BASE_DIR, env=environment, check=True, timeout=120, stdout=subprocess.PIPE
    )
    return dict(json.loads(result.stdout))


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("login", 200),
        ("foreign host", 400),
        ("plain http", 301),
        ("trusted proxy", 200),
        ("stranger as proxy", 301),
        ("trace", 405),
        ("unknown method", 405),
        ("post without token", 403),
        ("static file", 200),
    ],
)
def test_status(answers: Answers, name: str, status: int) -> None:
    assert answers[name]["status"] == status


@pytest.mark.parametrize("name", REQUESTS)
def test_every_response_carries_the_strict_policy(answers: Answers, name: str) -> None:
    policy = answers[name]["headers"]["Content-Security-Policy"]

    assert set(policy.split("; ")) == POLICY


@pytest.mark.parametrize("name", REQUESTS)
def test_every_response_carries_the_guarding_headers(answers: Answers, name: str) -> None:
    headers = answers[name]["headers"]

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Permissions-Policy"] == "camera=(), microphone=(), geolocation=(), usb=(), payment=()"
    assert "Access-Control-Allow-Origin" not in headers
    assert "Server" not in headers


def test_tls_responses_ask_browsers_to_stay_with_tls(answers: Answers) -> None:
    assert answers["login"]["headers"]["Strict-Transport-Security"].startswith(
        "max-age=31536000; includeSubDomains"
    )


@pytest.mark.parametrize("name", ["login", "missing page", "post without token"])
def test_pages_are_kept_out_of_caches(answers: Answers, name: str) -> None:
    assert answers[name]["headers"]["Cache-Control"] == "no-store, private"


def test_static_files_may_be_cached(answers: Answers) -> None:
    assert "no-store" not in answers["static file"]["headers"]["Cache-Control"]


def test_token_cookie_is_bound_to_the_host(answers: Answers) -> None:
    cookies = answers["login"]["cookies"]

    assert list(cookies) == ["__Host-csrftoken"]
    cookie = cookies["__Host-csrftoken"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"]) == (True, True, "/")
    assert cookie["samesite"] == "Lax"
    assert "domain" not in cookie


def test_plain_http_is_sent_to_the_same_page_over_tls(answers: Answers) -> None:
    assert answers["plain http"]["headers"]["Location"] == "https://texts.example.org/login/"
