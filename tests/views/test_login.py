"""The login: open to roles, not to `is_staff`; closed to everybody else."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def log_in(user: User, client: Client) -> object:
    return client.post(reverse("admin:login"), {"username": user.username, "password": PASSWORD, "next": "/"})


@pytest.mark.parametrize("role", ["analyst", "editor", "operator"])
def test_each_role_gets_in_without_being_staff(
    role: str, request: pytest.FixtureRequest, client: Client
) -> None:
    user: User = request.getfixturevalue(role)
    assert not user.is_staff

    response = log_in(user, client)

    assert response.status_code == 302  # type: ignore[attr-defined]
    assert client.get("/").status_code == 200


def test_account_without_a_role_is_told_whom_to_ask(outsider: User, client: Client) -> None:
    response = log_in(outsider, client)

    assert "has no role here yet" in response.content.decode()  # type: ignore[attr-defined]
    assert client.get("/").status_code == 302


def test_wrong_password_does_not_say_what_was_wrong(analyst: User, client: Client) -> None:
    unknown = client.post(reverse("admin:login"), {"username": "nobody", "password": "wrong"})
    known = client.post(reverse("admin:login"), {"username": analyst.username, "password": "wrong"})

    sentence = "do not belong together"
    assert sentence in unknown.content.decode()
    assert sentence in known.content.decode()


def test_poll_after_the_session_ended_sends_the_whole_page_to_the_login(client: Client) -> None:
    response = client.get(
        reverse("admin:shell"),
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/batches/1/"},
        follow=True,
    )

    assert response.headers["HX-Redirect"] == "/login/?next=%2Fbatches%2F1%2F"
