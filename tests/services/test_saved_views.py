"""Saved views: who may write which, what is kept, and what stays when people and groups go."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.http import QueryDict

from analyses import choices
from analyses.exceptions import InvalidFilterError, ValidationError
from analyses.models import PinnedView, Profile, SavedView
from analyses.queries import saved_views as queries
from analyses.services import saved_views

pytestmark = pytest.mark.django_db

ASKED = "status=error&sort=created_at&chart=quality&columns=type,batch&density=compact"


def made(owner: User, name: str = "May", query: str = ASKED, **options: Any) -> SavedView:
    return saved_views.create(owner=owner, name=name, query=QueryDict(query), **options)


def shared(owner: User, group: Group, name: str = "May") -> SavedView:
    return made(owner, name, audience="group", group_id=group.pk)


def group_of(user: User) -> Group:
    return user.groups.get()


def test_a_view_keeps_filter_and_display_but_no_places(analyst: User) -> None:
    view = made(
        analyst, "  May \t complaints ", f"{ASKED}&date_from=-7d&after=x&count=exact&view=3&numbers=inline&q="
    )

    assert view.name == "May complaints"
    assert view.query == (
        "status=error&sort=created_at&chart=quality&columns=type%2Cbatch&density=compact&date_from=-7d"
    )
    assert LogEntry.objects.get().change_message == "Saved for only you."


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b", "a\u202eb"])
def test_a_name_must_be_one(analyst: User, name: str) -> None:
    with pytest.raises(ValidationError, match="at most 100 characters"):
        made(analyst, name)


def test_a_name_is_given_once_a_person(analyst: User, editor: User) -> None:
    made(analyst)
    made(editor)

    with pytest.raises(ValidationError, match="There is a view “May” already"):
        made(analyst)


def test_a_filter_that_cannot_be_read_or_is_too_long_is_not_saved(analyst: User) -> None:
    with pytest.raises(InvalidFilterError, match="“color” is no filter"):
        made(analyst, query="color=red")
    with pytest.raises(ValidationError, match="too long"):
        made(analyst, query="&".join(["keyword=" + "x" * 300] + [f"topic={n:0>200}" for n in range(15)]))
    assert not SavedView.objects.exists()


def test_a_person_has_so_many_and_no_more(analyst: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "VIEWS_MAX", 1)
    made(analyst)

    with pytest.raises(ValidationError, match="You have 1 views"):
        made(analyst, "June")


def test_a_group_is_one_of_ones_own(analyst: User, editor: User) -> None:
    with pytest.raises(ValidationError, match="one of your groups"):
        shared(analyst, group_of(editor))
    with pytest.raises(ValidationError, match="one of your groups"):
        made(analyst, audience="group")
    with pytest.raises(ValidationError, match="Choose who sees it"):
        made(analyst, audience="world")


def test_only_the_owner_changes_a_private_view(analyst: User, operator: User) -> None:
    view = made(analyst)

    for call in (
        lambda: saved_views.describe(view.pk, user=operator, name="x", audience="all", group_id=None),
        lambda: saved_views.replace_query(view.pk, user=operator, query=QueryDict("")),
        lambda: saved_views.delete(view.pk, user=operator),
        lambda: saved_views.pin(view.pk, user=operator),
        lambda: saved_views.set_default(view.pk, user=operator),
    ):
        with pytest.raises(PermissionDenied):
            call()
    view.refresh_from_db()
    assert (view.name, view.audience, view.query) == ("May", "private", made(operator, query=ASKED).query)


def test_operators_care_for_shared_views_and_editors_do_not(
    analyst: User, editor: User, operator: User
) -> None:
    view = made(analyst, audience="all")

    with pytest.raises(PermissionDenied):
        saved_views.delete(view.pk, user=editor)
    saved_views.describe(view.pk, user=operator, name="June", audience="all", group_id=None)
    view.refresh_from_db()
    assert (view.name, view.owner_id) == ("June", analyst.pk)
    assert saved_views.delete(view.pk, user=operator) == "June"
    assert LogEntry.objects.filter(user=operator).count() == 2


def test_an_operator_keeps_the_group_of_a_view(analyst: User, operator: User) -> None:
    view = shared(analyst, group_of(analyst))

    saved_views.describe(view.pk, user=operator, name="June", audience="group", group_id=group_of(analyst).pk)

    view.refresh_from_db()
    assert (view.name, view.group) == ("June", group_of(analyst))


def test_a_changed_filter_keeps_the_looks_it_does_not_name(analyst: User) -> None:
    view = made(analyst)

    saved_views.replace_query(view.pk, user=analyst, query=QueryDict("status=completed&density=roomy"))

    view.refresh_from_db()
    assert dict(QueryDict(view.query).items()) == {
        "status": "completed",
        "density": "roomy",
        "chart": "quality",
        "columns": "type,batch",
    }


def test_each_sees_own_shared_and_group_views(analyst: User, editor: User, operator: User) -> None:
    own, for_all = made(analyst, "own"), made(analyst, "all", audience="all")
    for_group = shared(analyst, group_of(analyst), "group")

    assert set(queries.visible_to(analyst)) == {own, for_all, for_group}
    assert set(queries.visible_to(editor)) == {for_all}
    assert set(queries.visible_to(operator)) == {for_all, for_group}
    editor.groups.add(group_of(analyst))
    assert set(queries.visible_to(editor)) == {for_all, for_group}


def test_a_view_of_a_deleted_group_is_its_owners_alone(analyst: User, editor: User, operator: User) -> None:
    group = Group.objects.create(name="Team")
    analyst.groups.add(group)
    editor.groups.add(group)
    view = shared(analyst, group)

    group.delete()

    view.refresh_from_db()
    assert (view.audience, view.group) == ("group", None)
    assert list(queries.visible_to(analyst)) == [view]
    assert not queries.visible_to(editor).exists()
    assert not queries.visible_to(operator).exists()
    assert not queries.may_change(view, operator)


def test_views_go_with_the_account_of_their_owner_and_stay_when_it_is_only_closed(
    analyst: User, editor: User
) -> None:
    view = made(analyst, audience="all")
    saved_views.pin(view.pk, user=editor)
    saved_views.set_default(view.pk, user=editor)

    analyst.is_active = False
    analyst.save()
    assert list(queries.visible_to(editor)) == [view]
    analyst.delete()

    assert not queries.pinned(editor)
    assert queries.find_default(editor) is None
    assert Profile.objects.get(user=editor).default_view is None


def test_pins_are_ones_own_few_and_end_with_what_one_sees(
    analyst: User, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "PINNED_VIEWS_MAX", 1)
    view, other = made(analyst, audience="all"), made(editor)
    saved_views.pin(view.pk, user=editor)
    saved_views.pin(view.pk, user=editor)

    with pytest.raises(ValidationError, match="room for 1"):
        saved_views.pin(other.pk, user=editor)
    assert queries.pinned(editor) == [view]
    assert queries.pinned(analyst) == []
    saved_views.describe(view.pk, user=analyst, name="May", audience="private", group_id=None)
    assert queries.pinned(editor) == []
    saved_views.pin(other.pk, user=editor)
    saved_views.unpin(other.pk, user=editor)
    assert PinnedView.objects.count() == 1


def test_the_default_is_one_and_only_while_it_is_seen(analyst: User, editor: User) -> None:
    view = made(analyst, audience="all")
    saved_views.set_default(view.pk, user=editor)

    assert queries.find_default(editor) == view
    assert queries.find_default(analyst) is None
    saved_views.describe(view.pk, user=analyst, name="May", audience="private", group_id=None)
    assert queries.find_default(editor) is None
    saved_views.clear_default(user=editor)
    assert Profile.objects.get(user=editor).default_view is None


@pytest.mark.parametrize(
    ("query", "is_edited"),
    [
        (ASKED, False),
        ("sort=created_at&status=error&after=x&view=1", False),
        ("status=error&sort=created_at&density=roomy", True),
        ("status=error", True),
        ("status=error&sort=created_at&batch=1", True),
        ("", True),
    ],
)
def test_a_view_is_edited_where_the_address_asks_for_something_else(
    analyst: User, query: str, is_edited: bool
) -> None:
    assert queries.is_edited(made(analyst), QueryDict(query)) is is_edited
