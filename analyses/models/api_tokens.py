"""The table of API tokens: what a program shows to be let in, kept as a hash."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analyses import choices
from analyses.models import bounds


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Narrow the tokens."""

    def valid(self) -> Self:
        """Keep what still opens the API, by the database's clock."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=Now())


class ApiToken(models.Model):
    """A token of one person; its secret is shown once and only its SHA-256 stays."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("owner"), related_name="+"
    )
    name = models.CharField(_("name"), max_length=choices.TOKEN_NAME_LENGTH_MAX)
    # The secret is 256 random bits: a slow hash would cost every request and protect nothing.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(_("begins with"), max_length=20, editable=False)
    scopes = models.CharField(_("scopes"), max_length=100)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        db_table = "api_tokens"
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ("-id",)
        constraints = (bounds.dated("expires_at", name="api_token_expires_at_bounds"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def scope_list(self) -> list[str]:
        """Give the scopes one by one."""
        return self.scopes.split()

    @property
    def is_valid(self) -> bool:
        """Tell whether the token opens the API now, by this process's clock."""
        return self.revoked_at is None and self.expires_at > timezone.now()
