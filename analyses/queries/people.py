"""Who may use the console, with which role; what a person who reads may do and how they read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower
from django.http import Http404

from analyses.choices import Role, Theme
from analyses.models import Profile

PEOPLE_MAX = 500
EVENTS_MAX = 20


# The attribute in which Django's own backend keeps what it found.
_PERMISSIONS = "_perm_cache"
_READER = "_reader"


@dataclass(frozen=True, slots=True)
class Reader:
    """What each page asks about who reads it: permissions ("app.codename"), groups, time zone and colours."""

    permissions: frozenset[str]
    groups: frozenset[str]
    zone: str = ""
    theme: str = Theme.SYSTEM.value


def reader(user: User) -> Reader:
    """Learn in one query what a page asks about its reader, for `user.has_perm` too; once for each object.

    A request has an object of its own, so that a change holds from the next request on.
    """
    known: Reader | None = getattr(user, _READER, None)
    if known is None:
        known = _read(user)
        setattr(user, _READER, known)
        if user.is_active and not user.is_superuser:
            setattr(user, _PERMISSIONS, set(known.permissions))
    return known


def _read(user: User) -> Reader:
    right, name = "content_type__app_label", "codename"
    parts = [
        _facts("right", Permission.objects.filter(group__user=user.pk), right, name),
        _facts("right", Permission.objects.filter(user=user.pk), right, name),
        _facts("group", Group.objects.filter(user=user.pk), "name", "name"),
        _facts("profile", Profile.objects.filter(user=user.pk), "zone", "theme"),
    ]
    facts = list(parts[0].union(*parts[1:], all=True))
    profile = next(((zone, theme) for kind, zone, theme in facts if kind == "profile"), None)
    return Reader(
        frozenset(f"{label}.{codename}" for kind, label, codename in facts if kind == "right"),
        frozenset(name for kind, name, _same in facts if kind == "group"),
        *(profile or ()),
    )


def _facts(kind: str, rows: QuerySet[Any], first: str, second: str) -> QuerySet[Any, tuple[str, str, str]]:
    """Give two columns of rows behind the name of what they are."""
    return rows.order_by().values_list(Value(kind, CharField()), F(first), F(second))


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the people page; `role` is the widest one held, or empty."""

    user_id: int
    username: str
    full_name: str
    role: str
    is_superuser: bool
    is_active: bool
    last_login: datetime | None


def people(words: str = "") -> list[Person]:
    """List the first 500 people by user name, those whose names hold `words`; two database queries."""
    users = User.objects.order_by("username", "pk").prefetch_related("groups")
    if words:
        users = users.alias(name=Lower(Concat("username", Value(" "), "first_name", Value(" "), "last_name")))
        users = users.filter(Q(name__contains=words.lower()) | Q(first_name__contains=words))
    return [person(user) for user in users[:PEOPLE_MAX]]


def person(user: User) -> Person:
    """Describe one account; one query unless its groups were fetched before."""
    return Person(
        user_id=user.pk,
        username=user.username,
        full_name=user.get_full_name(),
        role=role_of(user),
        is_superuser=user.is_superuser,
        is_active=user.is_active,
        last_login=user.last_login,
    )


def role_of(user: User) -> str:
    """Name the widest role of an account, or give an empty string; one query unless groups were fetched."""
    held = {group.name for group in user.groups.all()}
    return next((role.value for role in reversed(Role) if role.value in held), "")


def get(user_id: int) -> User:
    """Give an account, or raise Http404; one query."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise Http404
    return user


def is_taken(username: str) -> bool:
    """Tell whether an account has this name in any case of letters; one query."""
    # iexact follows the collation, which is binary on MariaDB.
    return User.objects.alias(lowered=Lower("username")).filter(lowered=username.lower()).exists()


def active_operators() -> QuerySet[User]:
    """Narrow the accounts to those that can let others in."""
    return User.objects.filter(is_active=True).filter(Q(groups__name=Role.OPERATOR) | Q(is_superuser=True))


def events(user: User) -> QuerySet[LogEntry]:
    """Give the latest changes made to an account, newest first; one query."""
    content_type = ContentType.objects.get_for_model(User)
    entries = LogEntry.objects.filter(content_type=content_type, object_id=str(user.pk))
    return entries.select_related("user").order_by("-action_time", "-pk")[:EVENTS_MAX]
