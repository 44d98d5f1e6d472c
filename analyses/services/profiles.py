"""One's own profile: time zone, colours, password."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from analyses.exceptions import ValidationError
from analyses.models import Profile
from analyses.services import audit


def save(user: User, *, zone: str, theme: str) -> Profile:
    """Keep a person's time zone and colours; raises ValidationError for an unknown one. Safe to repeat."""
    profile = Profile(user=user, zone=zone, theme=theme)
    try:
        profile.clean_fields(exclude=["user"])
    except DjangoValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise ValidationError(field, messages[0]) from error
    return Profile.objects.update_or_create(user=user, defaults={"zone": zone, "theme": theme})[0]


@transaction.atomic
def change_password(user: User, password: str) -> None:
    """Set a password that the form checked; the person's other sessions end."""
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(user, user, _("Password changed by its owner."))
