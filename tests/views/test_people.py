"""The people page: who may change whom, and the password that is shown once."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from analyses.choices import Role
from tests.conftest import PASSWORD, MakePerson, logged_in

LIST = reverse("admin:people")
NEW = reverse("admin:person_new")


def shown_password(content: bytes) -> str:
    found = re.search(r"<code data-password>([^<]+)</code>", content.decode())
    assert found is not None
    return found[1]


def test_list_names_everybody_with_role(operator_client: Client, editor: User, outsider: User) -> None:
    page = operator_client.get(LIST).content.decode()

    assert "edi" in page
    assert "none: cannot enter" in page


def test_list_costs_the_same_for_many_people(
    operator_client: Client, make_person: MakePerson, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        make_person(f"person{number}", Role.ANALYST)

    operator_client.get(LIST)  # the first visit also renews the session
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        operator_client.get(LIST)


def test_list_finds_a_name_and_keeps_what_was_typed(
    operator_client: Client, analyst: User, editor: User
) -> None:
    page = operator_client.get(LIST, {"q": "AN"}).content.decode()

    assert ">ana<" in page
    assert ">edi<" not in page
    assert 'value="AN"' in page


def test_created_person_logs_in_with_the_password_shown(operator_client: Client) -> None:
    response = operator_client.post(
        NEW, {"username": "nina", "full_name": "Nina <b>New</b>", "role": Role.EDITOR}
    )

    password = shown_password(response.content)
    nina = User.objects.get(username="nina")
    assert response.headers["Cache-Control"] == "no-store, private"
    assert len(password) >= 20
    assert nina.check_password(password)
    assert [group.name for group in nina.groups.all()] == ["Editor"]
    assert not nina.is_staff
    assert Client().login(username="nina", password=password)


def test_password_is_kept_in_no_session(operator_client: Client) -> None:
    password = shown_password(operator_client.post(NEW, {"username": "nina", "role": "Analyst"}).content)

    decoded = [str(session.get_decoded()) for session in Session.objects.all()]

    assert decoded
    assert not any(password in content for content in decoded)
    assert password not in operator_client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"username": "OLGA", "role": "Analyst"}, "Somebody is called"),
        ({"username": "two words", "role": "Analyst"}, "Enter a valid username"),
        ({"username": "a\x00b", "role": "Analyst"}, "Null characters are not allowed"),
        ({"username": "x" * 151, "role": "Analyst"}, "at most 150"),
        ({"username": "nina", "role": "Superuser"}, "Select a valid choice"),
        ({"username": "", "role": "Analyst"}, "This field is required"),
    ],
)
def test_refused_person_is_not_created(
    operator_client: Client, fields: dict[str, str], sentence: str
) -> None:
    response = operator_client.post(NEW, fields)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert User.objects.count() == 1


def test_fields_the_form_does_not_have_are_ignored(operator_client: Client) -> None:
    extra = {"is_superuser": "on", "is_staff": "on", "id": "1", "password": "known-to-all-of-us"}

    operator_client.post(NEW, {"username": "nina", "role": "Analyst", **extra})

    nina = User.objects.get(username="nina")
    assert (nina.is_superuser, nina.is_staff) == (False, False)
    assert not nina.check_password("known-to-all-of-us")


def test_role_name_and_access_are_changed_and_recorded(operator_client: Client, analyst: User) -> None:
    url = reverse("admin:person", args=[analyst.pk])

    operator_client.post(url, {"full_name": "Ana Lyst", "role": "Editor"})

    analyst.refresh_from_db()
    assert analyst.get_full_name() == "Ana Lyst"
    assert [group.name for group in analyst.groups.all()] == ["Editor"]
    assert not analyst.is_active
    assert "Role is now Editor. May no longer log in." in operator_client.get(url).content.decode()


def test_shut_out_person_loses_the_open_session(
    operator_client: Client, analyst: User, analyst_client: Client
) -> None:
    assert analyst_client.get(reverse("admin:profile")).status_code == 200

    operator_client.post(reverse("admin:person", args=[analyst.pk]), {"role": "Analyst"})

    assert analyst_client.get(reverse("admin:profile")).status_code == 302


def test_reset_password_ends_sessions_and_shows_the_new_one(
    operator_client: Client, analyst: User, analyst_client: Client
) -> None:
    response = operator_client.post(reverse("admin:person_password", args=[analyst.pk]))

    analyst.refresh_from_db()
    assert analyst.check_password(shown_password(response.content))
    assert not analyst.check_password(PASSWORD)
    assert analyst_client.get(reverse("admin:profile")).status_code == 302


def test_a_get_resets_nothing(operator_client: Client, analyst: User) -> None:
    response = operator_client.get(reverse("admin:person_password", args=[analyst.pk]))

    analyst.refresh_from_db()
    assert response.status_code == 405
    assert analyst.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"role": "Analyst", "is_active": "on"}, "This is the last operator"),
        ({"role": "Operator"}, "You cannot shut yourself out"),
    ],
)
def test_last_operator_stays(
    operator_client: Client, operator: User, fields: dict[str, str], sentence: str
) -> None:
    response = operator_client.post(reverse("admin:person", args=[operator.pk]), fields)

    operator.refresh_from_db()
    assert sentence in response.content.decode()
    assert operator.is_active
    assert operator.groups.get().name == "Operator"


def test_operator_may_step_down_when_another_remains(
    operator_client: Client, operator: User, make_person: MakePerson
) -> None:
    make_person("oscar", Role.OPERATOR)

    operator_client.post(reverse("admin:person", args=[operator.pk]), {"role": "Analyst", "is_active": "on"})

    assert operator.groups.get().name == "Analyst"


def test_operator_cannot_touch_a_superuser(operator_client: Client) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)

    edited = operator_client.post(reverse("admin:person", args=[root.pk]), {"role": "Analyst"})
    reset = operator_client.post(reverse("admin:person_password", args=[root.pk]))

    root.refresh_from_db()
    assert (edited.status_code, reset.status_code) == (403, 403)
    assert root.is_active
    assert root.check_password(PASSWORD)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.EDITOR])
def test_others_see_no_people(make_person: MakePerson, operator: User, role: Role) -> None:
    client = logged_in(make_person("nosy", role))

    statuses = [
        client.get(LIST).status_code,
        client.post(NEW, {"username": "nina", "role": "Operator"}).status_code,
        client.post(reverse("admin:person", args=[operator.pk]), {"role": "Analyst"}).status_code,
        client.post(reverse("admin:person_password", args=[operator.pk])).status_code,
    ]

    assert statuses == [403, 403, 403, 403]
    assert "People" not in client.get(reverse("admin:profile")).content.decode()


@pytest.mark.parametrize("user_id", ["0", "999999", "9" * 30])
def test_unknown_person_is_not_found(operator_client: Client, user_id: str) -> None:
    assert operator_client.get(f"{LIST}{user_id}/").status_code == 404
    assert operator_client.post(f"{LIST}{user_id}/password/").status_code == 404
