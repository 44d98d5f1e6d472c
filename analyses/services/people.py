"""People: create, change, give a new password; every change leaves a line in the audit trail."""

from __future__ import annotations

import secrets

from django.contrib.admin.models import ADDITION
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from analyses.choices import Role
from analyses.exceptions import ValidationError
from analyses.queries import people
from analyses.queries.filters import ME
from analyses.services import audit

PASSWORD_BYTES = 15


def create(*, username: str, full_name: str, role: str, user: User) -> tuple[User, str]:
    """Create an account and give it with its password, which is kept nowhere in the clear.

    Raises ValidationError when the name is taken (in any case of letters) or not allowed.
    """
    name = User.normalize_username(username)
    person = User(username=name, first_name=full_name.strip())
    password = _new_password()
    person.set_password(password)
    _check(person)
    if name.casefold() == ME:
        raise ValidationError("username", _("“me” is whoever reads, in filters; choose another name."))
    if people.is_taken(name):
        raise _taken(name)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
            person.groups.set([_group(role)])
            audit.record(user, person, _("Created as %(role)s.") % {"role": role}, action_flag=ADDITION)
    except IntegrityError as error:
        raise _taken(name) from error
    return person, password


@transaction.atomic
def update(user_id: int, *, full_name: str, role: str, is_active: bool, user: User) -> User:
    """Change name, role and whether somebody may log in; ending an account ends its sessions.

    Raises ValidationError when nobody would be left who can let others in, or one shuts oneself out, and
    PermissionDenied for a superuser's account unless a superuser asks.
    """
    # Everybody who takes the role away waits here: two operators cannot demote each other at once.
    Group.objects.select_for_update().get(name=Role.OPERATOR)
    person = User.objects.select_for_update().get(pk=user_id)
    _refuse_above(person, user)
    _refuse_shutting_out(person, role=role, is_active=is_active, user=user)
    changes = _changes(person, full_name=full_name.strip(), role=role, is_active=is_active)
    if not changes:
        return person
    person.first_name, person.last_name, person.is_active = full_name.strip(), "", is_active
    _check(person)
    person.save(update_fields=["first_name", "last_name", "is_active"])
    _set_role(person, role)
    audit.record(user, person, " ".join(changes))
    return person


@transaction.atomic
def reset_password(user_id: int, *, user: User) -> tuple[User, str]:
    """Give an account a new random password and return it once; its sessions end.

    Raises PermissionDenied for a superuser's account unless a superuser asks.
    """
    person = User.objects.select_for_update().get(pk=user_id)
    _refuse_above(person, user)
    password = _new_password()
    person.set_password(password)
    person.save(update_fields=["password"])
    audit.record(user, person, _("Password reset."))
    return person, password


def _new_password() -> str:
    return secrets.token_urlsafe(PASSWORD_BYTES)


def _check(person: User) -> None:
    try:
        person.clean_fields(exclude=["password"])
    except DjangoValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise ValidationError("full_name" if field == "first_name" else field, messages[0]) from error


def _taken(username: str) -> ValidationError:
    return ValidationError("username", _("Somebody is called “%(name)s” already.") % {"name": username})


def _group(role: str) -> Group:
    group = Group.objects.filter(name=role).first() if role in Role.values else None
    if group is None:
        raise ValidationError("role", _("Choose Analyst, Editor or Operator."))
    return group


def _set_role(person: User, role: str) -> None:
    group = _group(role)
    person.groups.remove(*Group.objects.filter(name__in=Role.values).exclude(pk=group.pk))
    person.groups.add(group)


def _refuse_above(person: User, user: User) -> None:
    if person.is_superuser and not user.is_superuser:
        raise PermissionDenied


def _refuse_shutting_out(person: User, *, role: str, is_active: bool, user: User) -> None:
    if person.pk == user.pk and not is_active:
        raise ValidationError("is_active", _("You cannot shut yourself out; another operator can."))
    remains = is_active and (role == Role.OPERATOR or person.is_superuser)
    if not remains and not people.active_operators().exclude(pk=person.pk).exists():
        field = "role" if is_active else "is_active"
        raise ValidationError(
            field,
            _("This is the last operator: give somebody else that role first, or nobody can let people in."),
        )


def _changes(person: User, *, full_name: str, role: str, is_active: bool) -> list[str]:
    changes = []
    if full_name != person.get_full_name():
        changes.append(_("Name changed."))
    if role != people.role_of(person):
        changes.append(_("Role is now %(role)s.") % {"role": role})
    if is_active != person.is_active:
        changes.append(_("May log in.") if is_active else _("May no longer log in."))
    return changes
