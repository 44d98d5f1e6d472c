"""Saved views: which a person sees and may change, which view an address came from, and whether it was edited since."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from analyses.choices import ViewAudience
from analyses.models import PinnedView, Profile, SavedView
from analyses.queries import paging

LISTED_MAX = 500
MENU_MAX = 50
# Places in a list, and the view itself: what no view keeps.
PASSING = ("after", "before", "page", "count", "numbers", "filters", "view", "bar")
# What a link on the page may leave away, because the page remembers it or shows its usual one.
LOOKS = ("chart", "columns", "density")
CARES_FOR_OTHERS = "auth.change_user"

Pairs = list[tuple[str, str]]


def visible_to(user: User) -> QuerySet[SavedView]:
    """Give the views a person sees: own, those of their groups, those for all; operators see all that are shared."""
    shared = Q(audience=ViewAudience.ALL)
    if user.has_perm(CARES_FOR_OTHERS):
        shared |= Q(audience=ViewAudience.GROUP, group__isnull=False)
    else:
        groups = User.groups.through.objects.filter(user=user.pk).values("group")
        shared |= Q(audience=ViewAudience.GROUP, group__in=groups)
    return SavedView.objects.filter(Q(owner=user.pk) | shared)


def listed(user: User) -> QuerySet[SavedView]:
    """Give them by name with owner, group, `is_pinned` and `is_default` (for this person); one query.

    One more than a list shows where there are more.
    """
    mine = {
        "is_pinned": Exists(PinnedView.objects.filter(user=user.pk, view=OuterRef("pk"))),
        "is_default": Exists(Profile.objects.filter(user=user.pk, default_view=OuterRef("pk"))),
    }
    return visible_to(user).select_related("owner", "group").annotate(**mine)[: LISTED_MAX + 1]


def menu(user: User) -> list[SavedView]:
    """Give the first of them by name, one more than a menu shows where there are more; one query."""
    return list(visible_to(user)[: MENU_MAX + 1])


def find(user: User, view_id: int) -> SavedView | None:
    """Find a view that a person sees; one query."""
    return visible_to(user).filter(pk=view_id).first()


def pinned(user: User) -> list[SavedView]:
    """Give what a person has on the home page and still sees; one query."""
    return list(visible_to(user).filter(pins__user=user.pk))


def find_default(user: User) -> SavedView | None:
    """Find the view with which Explore begins for a person, while they see it; one query."""
    chosen = Profile.objects.filter(user=user.pk).values("default_view")
    return visible_to(user).filter(pk__in=chosen).first()


def may_change(view: SavedView, user: User) -> bool:
    """Tell whether it is one's own, or shared and one looks after others."""
    is_shared = view.audience == ViewAudience.ALL or view.group_id is not None
    return view.owner_id == user.pk or (is_shared and user.has_perm(CARES_FOR_OTHERS))


def kept(query: QueryDict) -> Pairs:
    """Give what a view keeps of a query string: the filter and what steers the display, no places."""
    given = [(name, value) for name, values in query.lists() for value in values if value]
    return [pair for pair in given if pair[0] not in PASSING and pair != ("sort", paging.DEFAULT_SORT)]


def is_edited(view: SavedView, query: QueryDict) -> bool:
    """Tell whether a query string asks for something else than the view."""
    return sorted(kept(query_of(view, query))) != sorted(kept(QueryDict(view.query)))


def query_of(view: SavedView, query: QueryDict) -> QueryDict:
    """Give a query string with those looks of the view that it leaves open."""
    whole = QueryDict(mutable=True)
    whole.update(QueryDict(view.query))
    looks: Any = [(name, whole.getlist(name)) for name in LOOKS if name in whole and name not in query]
    merged = query.copy()
    for name, values in looks:
        merged.setlist(name, values)
    return merged


def encoded(pairs: Iterable[tuple[str, str]]) -> str:
    """Write what a view keeps as a query string."""
    return urlencode(list(pairs))
