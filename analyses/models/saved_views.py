"""The tables of saved views: a question with its table under a name, and who has it on the home page."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analyses import choices
from analyses.choices import ViewAudience
from analyses.models import bounds


class SavedView(models.Model):
    """A query string of Explore under a name; it goes with its owner, and is its owner's alone without its group."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("owner"), related_name="+"
    )
    name = models.CharField(_("name"), max_length=choices.VIEW_NAME_LENGTH_MAX)
    query = models.TextField(_("query"), blank=True, default="")
    audience = models.CharField(
        _("who sees it"), max_length=10, choices=ViewAudience.choices, default=ViewAudience.PRIVATE
    )
    group = models.ForeignKey(
        Group, models.SET_NULL, verbose_name=_("group"), related_name="+", null=True, blank=True
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        db_table = "saved_views"
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="uniq_saved_view_owner_name"),
            bounds.one_of("audience", ViewAudience.values, name="saved_view_audience_allowed"),
        )

    def __str__(self) -> str:
        return self.name


class PinnedView(models.Model):
    """A view on somebody's home page; the reader's own choice, also for views of others."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="pins")

    class Meta:
        db_table = "pinned_views"
        verbose_name = _("pinned view")
        verbose_name_plural = _("pinned views")
        constraints = (models.UniqueConstraint(fields=("user", "view"), name="uniq_pinned_view_user_view"),)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.view_id}"
