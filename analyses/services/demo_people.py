"""The demo's people: one for each role, with passwords made at the first start."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import Group, User
from django.db import transaction

from analyses.choices import Role

PASSWORD_BYTES = 12


@dataclass(frozen=True)
class Login:
    """What one demo person types; no password where the person chose another one since."""

    username: str
    password: str | None
    role: Role


def ensure_people(passwords_file: Path) -> list[Login]:
    """Return a login for each role, creating the people who are missing.

    Repeating is safe: passwords are read from the file (mode 0600), and nobody's own password is overwritten
    unless the file is lost.
    """
    passwords = _read_passwords(passwords_file)
    unknown = [role for role in Role if role.value not in passwords]
    passwords |= {role.value: secrets.token_urlsafe(PASSWORD_BYTES) for role in unknown}
    if unknown:
        _write_passwords(passwords_file, passwords)
    with transaction.atomic():
        return [_ensure_person(role, passwords[role.value], must_set=role in unknown) for role in Role]


def _ensure_person(role: Role, password: str, *, must_set: bool) -> Login:
    user, is_new = User.objects.get_or_create(username=role.value.lower())
    if is_new or must_set:
        user.set_password(password)
        user.save(update_fields=["password"])
        user.groups.set([Group.objects.get(name=role.value)])
    return Login(user.username, password if user.check_password(password) else None, role)


def _read_passwords(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _write_passwords(path: Path, passwords: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(
        os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(passwords, file, indent=2)
