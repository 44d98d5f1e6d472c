"""The table of profiles: how a person reads the console."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from analyses.choices import Theme
from analyses.models import bounds


def validate_zone(value: str) -> None:
    """Refuse a name that the time-zone database does not know."""
    if value not in available_timezones():
        raise ValidationError(
            _("“%(zone)s” is not a time zone, such as Europe/Berlin or UTC."), params={"zone": value}
        )


class Profile(models.Model):
    """A person's time zone, colours and first view."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="profile")
    zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_zone])
    theme = models.CharField(_("colours"), max_length=10, choices=Theme.choices, default=Theme.SYSTEM)

    default_view = models.ForeignKey(
        "analyses.SavedView",
        models.SET_NULL,
        verbose_name=_("Explore begins with"),
        related_name="+",
        null=True,
        blank=True,
    )

    class Meta:
        db_table = "profiles"
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")
        constraints = (bounds.one_of("theme", Theme.values, name="profile_theme_allowed"),)

    def __str__(self) -> str:
        return f"{self.user} ({self.zone})"
