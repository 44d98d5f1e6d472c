"""Which passwords are refused."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("elevenchars", "at least 12 characters"),
        ("qwerty123456", "too common"),
        ("nlpadmin-2026", "Without the name of this site"),
        ("wilhelmina-1", "too similar to the username"),
    ],
)
def test_weak_password_is_refused(password: str, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        validate_password(password, User(username="wilhelmina"))

    assert reason in " ".join(caught.value.messages)


@pytest.mark.parametrize("password", ["four plain words here", "ünïcödé pässwörd", "x7" * 64 + "!qz"])
def test_long_password_of_any_characters_is_accepted(password: str) -> None:
    validate_password(password, User(username="wilhelmina"))
