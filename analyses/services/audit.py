"""The audit trail: who changed what, in Django's own log of the admin, so that each record shows its history."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model


def record(user: Any, instance: Model, message: str, *, action_flag: int = CHANGE) -> None:
    """Write one line in the caller's transaction; without a person (a command, the worker) write nothing."""
    if user is None or user.pk is None:
        return
    LogEntry.objects.create(
        user_id=user.pk,
        content_type_id=ContentType.objects.get_for_model(instance).pk,
        object_id=str(instance.pk),
        object_repr=str(instance)[:200],
        action_flag=action_flag,
        change_message=message,
    )
