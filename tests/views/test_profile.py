"""One's own profile."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from analyses.models import Profile
from tests.conftest import PASSWORD, MakePerson, logged_in

URL = reverse("admin:profile")
NEW_PASSWORD = "seven-quiet-otters-17"


def test_zone_and_theme_are_saved_and_used(analyst_client: Client, analyst: User) -> None:
    analyst_client.post(URL, {"zone": "Asia/Tokyo", "theme": "dark"})

    page = analyst_client.get(URL).content.decode()
    assert Profile.objects.get(user=analyst).zone == "Asia/Tokyo"
    assert 'data-theme="dark"' in page
    assert "ana</bdi> · Asia/Tokyo" in page


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "a\x00b", "x" * 65, ""])
def test_bad_zone_is_refused_and_kept_in_the_field(analyst_client: Client, zone: str) -> None:
    response = analyst_client.post(URL, {"zone": zone, "theme": "dark"})

    assert response.status_code == 422
    assert 'class="errorlist"' in response.content.decode()
    assert not Profile.objects.exists()


def test_password_change_keeps_this_session_and_ends_others(analyst: User) -> None:
    here, elsewhere = logged_in(analyst), logged_in(analyst)

    response = here.post(
        URL, {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    )

    analyst.refresh_from_db()
    assert response.status_code == 302
    assert analyst.check_password(NEW_PASSWORD)
    assert here.get(URL).status_code == 200
    assert elsewhere.get(URL).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("wrong", NEW_PASSWORD, "old password was entered incorrectly"),
        (PASSWORD, "short", "too short"),
        (PASSWORD, "password1234", "too common"),
        (PASSWORD, "nlpadmin-nlpadmin", "Without the name of this site"),
    ],
)
def test_weak_or_unproved_password_is_refused(
    analyst_client: Client, analyst: User, old: str, new: str, sentence: str
) -> None:
    response = analyst_client.post(URL, {"old_password": old, "new_password1": new, "new_password2": new})

    analyst.refresh_from_db()
    assert sentence in response.content.decode()
    assert analyst.check_password(PASSWORD)


def test_every_role_has_a_profile(make_person: MakePerson) -> None:
    for role in ("Analyst", "Editor", "Operator"):
        assert logged_in(make_person(role.lower(), role)).get(URL).status_code == 200
