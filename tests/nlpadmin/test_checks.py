"""The deployment checks: each rule fails where it must."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as project_settings

from nlpadmin.checks import check_deployment

SOUND: dict[str, Any] = {
    "DEBUG": False,
    "NLPADMIN_DEMO": False,
    "ALLOWED_HOSTS": ["texts.example.org"],
    "SESSION_COOKIE_NAME": "__Host-sessionid",
    "CSRF_COOKIE_NAME": "__Host-csrftoken",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.ScryptPasswordHasher"],
}


@pytest.fixture
def sound(settings: Any) -> Any:
    """Give the suite's settings what production has."""
    for name, value in SOUND.items():
        setattr(settings, name, value)
    return settings


def codes() -> list[str | None]:
    return [message.id for message in check_deployment(None)]


def test_sound_settings_raise_nothing(sound: Any) -> None:
    assert codes() == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("DEBUG", True, "nlpadmin.E001"),
        ("NLPADMIN_DEMO", True, "nlpadmin.E002"),
        ("ALLOWED_HOSTS", [], "nlpadmin.E003"),
        ("ALLOWED_HOSTS", ["*"], "nlpadmin.E003"),
        ("CSRF_TRUSTED_ORIGINS", ["http://a.example.org"], "nlpadmin.E004"),
        ("SESSION_COOKIE_NAME", "sessionid", "nlpadmin.E005"),
        ("CSRF_COOKIE_HTTPONLY", False, "nlpadmin.E005"),
        ("SESSION_COOKIE_DOMAIN", "example.org", "nlpadmin.E005"),
        ("SESSION_ENGINE", "django.contrib.sessions.backends.cache", "nlpadmin.E006"),
        ("CONTENT_SECURITY_POLICY", {"DIRECTIVES": {"default-src": ["'self'"]}}, "nlpadmin.E007"),
        (
            "CONTENT_SECURITY_POLICY",
            {"DIRECTIVES": {"default-src": ["'none'"], "script-src": ["'unsafe-inline'"]}},
            "nlpadmin.E007",
        ),
        ("AUTH_PASSWORD_VALIDATORS", [], "nlpadmin.E008"),
        ("PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"], "nlpadmin.E009"),
        ("DATA_UPLOAD_MAX_MEMORY_SIZE", None, "nlpadmin.E010"),
        ("DATA_UPLOAD_MAX_NUMBER_FIELDS", 100_000, "nlpadmin.E010"),
        ("SILENCED_SYSTEM_CHECKS", ["security.W004"], "nlpadmin.E011"),
    ],
)
def test_unsound_setting_is_an_error(sound: Any, name: str, value: object, code: str) -> None:
    setattr(sound, name, value)

    assert codes() == [code]


def test_shipped_hashers_and_validators_are_the_strong_ones() -> None:
    names = [validator["NAME"].rpartition(".")[2] for validator in project_settings.AUTH_PASSWORD_VALIDATORS]

    assert names == [
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "UserAttributeSimilarityValidator",
        "ContextWordsValidator",
    ]
