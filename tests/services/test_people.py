"""The service that lets people in: what holds when two operators work at once, and what is recorded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection

from analyses.choices import Role
from analyses.exceptions import ValidationError
from analyses.queries import people as queries
from analyses.services import people
from tests.conftest import MakePerson


@pytest.mark.django_db(transaction=True)
def test_two_operators_cannot_demote_each_other_at_once(make_person: MakePerson) -> None:
    olga, oscar = make_person("olga", Role.OPERATOR), make_person("oscar", Role.OPERATOR)
    start = Barrier(2)

    def demote(target: User, user: User) -> str:
        start.wait()
        try:
            people.update(target.pk, full_name="", role=Role.ANALYST, is_active=True, user=user)
        except ValidationError as error:
            return error.field
        finally:
            connection.close()
        return "demoted"

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(demote, (olga, oscar), (oscar, olga)))

    assert sorted(outcomes) == ["demoted", "role"]
    assert queries.active_operators().count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_name_is_given_once_by_parallel_operators(operator: User) -> None:
    start = Barrier(4)

    def create(_number: int) -> str:
        start.wait()
        try:
            people.create(username="nina", full_name="", role=Role.ANALYST, user=operator)
        except ValidationError as error:
            return error.reason
        finally:
            connection.close()
        return "created"

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(create, range(4)))

    assert sorted(set(outcomes)) == ["Somebody is called “nina” already.", "created"]
    assert outcomes.count("created") == 1


def test_shut_out_operator_does_not_count_as_one(operator: User, make_person: MakePerson) -> None:
    gone = make_person("gone", Role.OPERATOR)
    people.update(gone.pk, full_name="", role=Role.OPERATOR, is_active=False, user=operator)

    with pytest.raises(ValidationError, match="last operator"):
        people.update(operator.pk, full_name="", role=Role.EDITOR, is_active=True, user=operator)


def test_unknown_role_creates_nobody(operator: User) -> None:
    with pytest.raises(ValidationError, match="Choose Analyst, Editor or Operator"):
        people.create(username="nina", full_name="", role="Owner", user=operator)

    assert not User.objects.filter(username="nina").exists()


@pytest.mark.parametrize("name", ["me", "Me"])
def test_nobody_is_called_like_whoever_reads(name: str, operator: User) -> None:
    with pytest.raises(ValidationError, match="choose another name"):
        people.create(username=name, full_name="", role=Role.ANALYST, user=operator)


def test_passwords_differ_and_are_never_recorded(operator: User) -> None:
    nina, first = people.create(username="nina", full_name="", role=Role.ANALYST, user=operator)
    _nina, second = people.reset_password(nina.pk, user=operator)

    written = " ".join(entry.change_message for entry in LogEntry.objects.filter(object_id=str(nina.pk)))
    assert first != second
    assert "Created as Analyst." in written
    assert "Password reset." in written
    assert first not in written
    assert second not in written


def test_saving_unchanged_writes_nothing(operator: User, analyst: User) -> None:
    people.update(analyst.pk, full_name="", role=Role.ANALYST, is_active=True, user=operator)

    assert not LogEntry.objects.exists()


def test_superusers_account_belongs_to_superusers(operator: User) -> None:
    root = User.objects.create_superuser("root", password="a-long-enough-one")
    other = User.objects.create_superuser("other", password="a-long-enough-two")

    with pytest.raises(PermissionDenied):
        people.reset_password(root.pk, user=operator)

    people.update(root.pk, full_name="Root", role=Role.OPERATOR, is_active=False, user=other)
    root.refresh_from_db()
    assert not root.is_active
