"""The demo's people: one a role, kept between starts."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from analyses.choices import Role
from analyses.services import demo_people

pytestmark = pytest.mark.django_db


def test_one_person_for_each_role_who_can_log_in(tmp_path: Path) -> None:
    logins = demo_people.ensure_people(tmp_path / "logins.json")

    assert [(login.username, login.role) for login in logins] == [
        ("analyst", Role.ANALYST),
        ("editor", Role.EDITOR),
        ("operator", Role.OPERATOR),
    ]
    for login in logins:
        user = User.objects.get(username=login.username)
        assert login.password is not None
        assert user.check_password(login.password)
        assert [group.name for group in user.groups.all()] == [login.role.value]
        assert (user.is_staff, user.is_superuser) == (False, False)


def test_passwords_are_random_and_for_their_owner_alone(tmp_path: Path) -> None:
    first = demo_people.ensure_people(tmp_path / "logins.json")
    User.objects.all().delete()
    second = demo_people.ensure_people(tmp_path / "others.json")

    assert stat.S_IMODE((tmp_path / "logins.json").stat().st_mode) == 0o600
    assert len({login.password for login in [*first, *second]}) == 6
    assert all(len(login.password or "") >= 12 for login in first)


def test_second_start_gives_the_same_logins(tmp_path: Path) -> None:
    path = tmp_path / "logins.json"

    assert demo_people.ensure_people(path) == demo_people.ensure_people(path)
    assert User.objects.count() == 3


def test_password_that_a_person_chose_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "logins.json"
    demo_people.ensure_people(path)
    editor = User.objects.get(username="editor")
    editor.set_password("chosen by the editor")
    editor.save()

    logins = {login.username: login.password for login in demo_people.ensure_people(path)}

    assert logins["editor"] is None
    assert User.objects.get(username="editor").check_password("chosen by the editor")
    assert logins["analyst"] is not None


def test_lost_file_gives_new_passwords_that_work(tmp_path: Path) -> None:
    path = tmp_path / "logins.json"
    demo_people.ensure_people(path)
    path.unlink()

    logins = demo_people.ensure_people(path)

    assert set(json.loads(path.read_text())) == {"Analyst", "Editor", "Operator"}
    for login in logins:
        assert User.objects.get(username=login.username).check_password(login.password or "")
