"""How long a session lives, and in which zone its reader sees times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analyses.models import Profile
from nlpadmin.middleware import ReaderZoneMiddleware
from tests.conftest import PASSWORD, logged_in

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def is_signed_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_session_ends_after_eight_idle_hours(analyst: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        client = logged_in(analyst)
        assert is_signed_in(client)

        clock.move_to(NOON + timedelta(hours=8, minutes=1))

        assert not is_signed_in(client)


def test_session_in_use_lives_on(analyst: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        client = logged_in(analyst)

        for hours in (5, 10, 15):
            clock.move_to(NOON + timedelta(hours=hours))
            assert is_signed_in(client)


def test_session_ends_after_seven_days_even_in_use(analyst: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        client = logged_in(analyst)
        for hours in range(0, 7 * 24, 7):
            clock.move_to(NOON + timedelta(hours=hours))
            assert is_signed_in(client)

        clock.move_to(NOON + timedelta(days=7, minutes=1))

        assert not is_signed_in(client)


def test_reading_twice_within_ten_minutes_writes_the_session_once(analyst: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        client = logged_in(analyst)
        client.get("/")
        expires_at = Session.objects.get().expire_date

        clock.move_to(NOON + timedelta(minutes=9))
        client.get("/")

        assert Session.objects.get().expire_date == expires_at


def test_changed_password_ends_the_other_sessions(analyst: User) -> None:
    client = logged_in(analyst)

    analyst.set_password(f"{PASSWORD}-new")
    analyst.save()

    assert not is_signed_in(client)


def zone_seen_by(user: User) -> str:
    seen: list[str] = []

    def page(request: HttpRequest) -> HttpResponse:
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    request = RequestFactory().get("/")
    request.user = user
    ReaderZoneMiddleware(page)(request)
    return seen[0]


def test_reader_sees_times_in_the_own_zone_at_the_cost_of_one_query(
    analyst: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Profile.objects.update_or_create(user=analyst, defaults={"zone": "Asia/Tokyo"})
    reader = User.objects.get(pk=analyst.pk)

    with django_assert_num_queries(1):
        assert zone_seen_by(reader) == "Asia/Tokyo"
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize("zone", ["Nowhere/Town", "../etc/passwd", ""])
def test_zone_that_is_none_falls_back_to_the_sites(analyst: User, zone: str) -> None:
    Profile.objects.update_or_create(user=analyst, defaults={"zone": zone})

    assert zone_seen_by(User.objects.get(pk=analyst.pk)) == "UTC"


def test_person_without_profile_sees_the_sites_zone(analyst: User) -> None:
    Profile.objects.filter(user=analyst).delete()

    assert zone_seen_by(User.objects.get(pk=analyst.pk)) == "UTC"
