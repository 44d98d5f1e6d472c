"""What must hold before the site is served to others; Django's own `check --deploy` sees little of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

STRONG_HASHERS = ("ScryptPasswordHasher", "Argon2PasswordHasher", "PBKDF2PasswordHasher")
PASSWORD_LENGTH_MIN = 12

Rule = tuple[str, Callable[[], bool], str, str]


def register() -> None:
    """Put the checks under `manage.py check --deploy`."""
    checks.register(check_deployment, "nlpadmin", deploy=True)


def check_deployment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    """Return an error for every rule that does not hold."""
    return [
        Error(wrong, hint=right, id=f"nlpadmin.{code}") for code, holds, wrong, right in RULES if not holds()
    ]


def _hosts_are_named() -> bool:
    return bool(settings.ALLOWED_HOSTS) and not any("*" in host for host in settings.ALLOWED_HOSTS)


def _origins_are_secure() -> bool:
    return all(o.startswith("https://") and "*" not in o for o in settings.CSRF_TRUSTED_ORIGINS)


def _cookies_are_bound_to_the_host() -> bool:
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    return (
        all(name.startswith("__Host-") for name in names)
        and settings.SESSION_COOKIE_SECURE
        and settings.CSRF_COOKIE_SECURE
        and settings.SESSION_COOKIE_HTTPONLY
        and settings.CSRF_COOKIE_HTTPONLY
        and not (settings.SESSION_COOKIE_DOMAIN or settings.CSRF_COOKIE_DOMAIN)
    )


def _sessions_are_in_the_database() -> bool:
    return settings.SESSION_ENGINE == "django.contrib.sessions.backends.db"


def _policy_is_strict() -> bool:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    words = {str(word) for sources in directives.values() for word in sources}
    return "'none'" in map(str, directives["default-src"]) and not words & {
        "'unsafe-inline'",
        "'unsafe-eval'",
        "*",
    }


def _passwords_are_long() -> bool:
    return any(
        validator["NAME"].endswith("MinimumLengthValidator")
        and validator.get("OPTIONS", {}).get("min_length", 0) >= PASSWORD_LENGTH_MIN
        for validator in settings.AUTH_PASSWORD_VALIDATORS
    )


def _hashers_are_strong() -> bool:
    return all(name.rpartition(".")[2] in STRONG_HASHERS for name in settings.PASSWORD_HASHERS)


def _uploads_are_limited() -> bool:
    limits: tuple[tuple[int | None, int], ...] = (
        (settings.DATA_UPLOAD_MAX_MEMORY_SIZE, 2_621_440),
        (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS, 1000),
        (settings.DATA_UPLOAD_MAX_NUMBER_FILES, 10),
    )
    return all(limit is not None and limit <= most for limit, most in limits)


def _nothing_is_silenced() -> bool:
    return not settings.SILENCED_SYSTEM_CHECKS


RULES: tuple[Rule, ...] = (
    ("E001", lambda: not settings.DEBUG, "DEBUG is on.", "Unset DEBUG."),
    ("E002", lambda: not settings.NLPADMIN_DEMO, "This is the demo mode.", "Unset NLPADMIN_DEMO."),
    ("E003", _hosts_are_named, "ALLOWED_HOSTS is empty or has a wildcard.", "Name the hosts, without *."),
    (
        "E004",
        _origins_are_secure,
        "CSRF_TRUSTED_ORIGINS has an origin without TLS.",
        "Use https origins without *.",
    ),
    (
        "E005",
        _cookies_are_bound_to_the_host,
        "A cookie is not bound to this host.",
        "Keep the __Host- cookies.",
    ),
    (
        "E006",
        _sessions_are_in_the_database,
        "Sessions are not in the database.",
        "Keep the database backend.",
    ),
    (
        "E007",
        _policy_is_strict,
        "The Content-Security-Policy is not strict.",
        "Allow no inline code and no *.",
    ),
    ("E008", _passwords_are_long, "Passwords may be too short.", "Ask for at least 12 characters."),
    ("E009", _hashers_are_strong, "A password hasher is weak.", "Keep scrypt, Argon2 or PBKDF2."),
    (
        "E010",
        _uploads_are_limited,
        "A limit of request bodies is missing or too wide.",
        "Keep the shipped limits.",
    ),
    ("E011", _nothing_is_silenced, "System checks are silenced.", "Empty SILENCED_SYSTEM_CHECKS."),
)
