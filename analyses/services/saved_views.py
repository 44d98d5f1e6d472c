"""Saved views: make, change, delete, pin, set as default; every change of a view leaves a line in the audit trail."""

from __future__ import annotations

from django.contrib.admin.models import ADDITION, DELETION
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses import choices
from analyses.choices import ViewAudience
from analyses.exceptions import ValidationError
from analyses.models import PinnedView, Profile, SavedView
from analyses.queries import filtering
from analyses.queries import saved_views as queries
from analyses.services import audit, transactions


@transactions.managed("create view")
def create(
    *,
    owner: User,
    name: str,
    query: QueryDict,
    audience: str = ViewAudience.PRIVATE,
    group_id: int | None = None,
) -> SavedView:
    """Keep a query string under a name.

    Raises InvalidFilterError for a filter that cannot be read, and ValidationError: no name, one of the owner's other
    views has it, too long a query, a group that is not the owner's, too many views.
    """
    _lock(owner)
    if SavedView.objects.filter(owner=owner).count() >= choices.VIEWS_MAX:
        reason = _("You have %(most)s views; delete one first.")
        raise ValidationError("name", reason % {"most": choices.VIEWS_MAX})
    view = SavedView(owner=owner, query=_checked_query(query, owner))
    _describe(view, name=name, audience=audience, group_id=group_id, user=owner)
    view.save(force_insert=True)
    audit.record(owner, view, _("Saved for %(audience)s.") % {"audience": _said(view)}, action_flag=ADDITION)
    return view


@transactions.managed("describe view")
def describe(view_id: int, *, user: User, name: str, audience: str, group_id: int | None) -> SavedView:
    """Change a view's name and who sees it; raises as `create` does, and PermissionDenied for whose it is not."""
    view = _changeable(view_id, user)
    before = (view.name, _said(view))
    _lock(view.owner)
    _describe(view, name=name, audience=audience, group_id=group_id, user=user)
    if before != (view.name, _said(view)):
        view.updated_at = timezone.now()
        view.save(update_fields=["name", "audience", "group", "updated_at"])
        words = {"before": before[0], "name": view.name, "audience": _said(view)}
        audit.record(user, view, _("Was “%(before)s”; now “%(name)s”, for %(audience)s.") % words)
    return view


@transactions.managed("change view")
def replace_query(view_id: int, *, user: User, query: QueryDict) -> SavedView:
    """Let a view ask for something else; raises InvalidFilterError, ValidationError or PermissionDenied."""
    view = _changeable(view_id, user)
    wanted = _checked_query(queries.query_of(view, query), user)
    if wanted != view.query:
        view.query, view.updated_at = wanted, timezone.now()
        view.save(update_fields=["query", "updated_at"])
        audit.record(user, view, _("Its filter or table was changed."))
    return view


@transactions.managed("delete view")
def delete(view_id: int, *, user: User) -> str:
    """Delete a view for all who see it and give its name; raises PermissionDenied for whose it is not."""
    view = _changeable(view_id, user)
    audit.record(user, view, _("Deleted."), action_flag=DELETION)
    view.delete()
    return view.name


@transactions.managed("pin view")
def pin(view_id: int, *, user: User) -> None:
    """Put a view on one's own home page. Safe to repeat; raises ValidationError when there are too many."""
    view = _visible(view_id, user)
    _lock(user)
    if PinnedView.objects.filter(user=user, view=view).exists():
        return
    if len(queries.pinned(user)) >= choices.PINNED_VIEWS_MAX:
        reason = _("The home page has room for %(most)s views; take one away first.")
        raise ValidationError("pin", reason % {"most": choices.PINNED_VIEWS_MAX})
    PinnedView.objects.create(user=user, view=view)


@transactions.managed("unpin view")
def unpin(view_id: int, *, user: User) -> None:
    """Take a view off one's own home page. Safe to repeat."""
    PinnedView.objects.filter(user=user, view=view_id).delete()


@transactions.managed("set default view")
def set_default(view_id: int, *, user: User) -> None:
    """Begin Explore with a view. Safe to repeat; raises PermissionDenied for one that the person does not see."""
    view = _visible(view_id, user)
    Profile.objects.update_or_create(user=user, defaults={"default_view": view})


@transactions.managed("clear default view")
def clear_default(*, user: User) -> None:
    """Begin Explore with all texts. Safe to repeat."""
    Profile.objects.filter(user=user).update(default_view=None)


def _lock(owner: User) -> None:
    """Let two requests of one person count one after the other."""
    User.objects.select_for_update().get(pk=owner.pk)


def _visible(view_id: int, user: User) -> SavedView:
    view = queries.find(user, view_id)
    if view is None:
        raise PermissionDenied
    return view


def _changeable(view_id: int, user: User) -> SavedView:
    view = SavedView.objects.select_for_update().filter(pk=view_id).first()
    if view is None or not queries.may_change(view, user):
        raise PermissionDenied
    return view


def _describe(view: SavedView, *, name: str, audience: str, group_id: int | None, user: User) -> None:
    view.name = _checked_name(name)
    if SavedView.objects.filter(owner=view.owner_id, name=view.name).exclude(pk=view.pk).exists():
        reason = _("There is a view “%(name)s” already.")
        raise ValidationError("name", reason % {"name": view.name})
    if audience not in ViewAudience.values:
        raise ValidationError("audience", _("Choose who sees it."))
    is_for_group = audience == ViewAudience.GROUP
    if is_for_group and not is_open_to(user, view, group_id):
        raise ValidationError("audience", _("Choose one of your groups."))
    view.audience, view.group_id = audience, group_id if is_for_group else None


def is_open_to(user: User, view: SavedView, group_id: int | None) -> bool:
    """Tell whether a person may give a view to a group: one of their own, or the one that has it already."""
    if group_id is None:
        return False
    return group_id == view.group_id or Group.objects.filter(pk=group_id, user=user).exists()


def _checked_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or not cleaned.isprintable() or len(cleaned) > choices.VIEW_NAME_LENGTH_MAX:
        reason = _("Give the view a name of at most %(most)s characters.")
        raise ValidationError("name", reason % {"most": choices.VIEW_NAME_LENGTH_MAX})
    return cleaned


def _checked_query(query: QueryDict, user: User) -> str:
    filtering.parse(query, zone=timezone.get_current_timezone(), reader=user)
    text = queries.encoded(queries.kept(query))
    if len(text) > choices.VIEW_QUERY_LENGTH_MAX:
        raise ValidationError("name", _("This filter is too long to be saved."))
    return text


def _said(view: SavedView) -> str:
    if view.group is not None:
        return view.group.name
    return str(ViewAudience(view.audience).label)
