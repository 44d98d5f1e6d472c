"""What a page answers when the database cannot do its part: a sentence and 503, never 500."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import DjangoAssertNumQueries

from analyses.exceptions import DatabaseError
from analyses.queries.driver_errors import Fault
from nlpadmin import urls

REFUSALS = {
    Fault.CROWDED: "All connections to the database are taken. Try again shortly.",
    Fault.SLOW: "It took longer than a page may. Ask for less at once.",
    Fault.FULL: "The database&#x27;s disk is full. Reading goes on; writing waits for space.",
    Fault.CONFLICT: "Others were changing the same rows; nothing was changed. Try again.",
    Fault.LOST: "The connection to the database broke; nothing was changed. Try again shortly.",
}


class Page:
    """A view that raises what stands first in its list, and answers when nothing is left."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.asked = 0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return HttpResponse("here it is")


page = Page()
urlpatterns = [path("page/", page), *urls.urlpatterns]
handler500 = urls.handler500


@pytest.fixture
def client(settings: Any) -> Client:
    """Return a client of a site with the page, which sees answers where others see exceptions."""
    settings.ROOT_URLCONF = __name__
    page.errors, page.asked = [], 0
    return Client(raise_request_exception=False)


def lost() -> Error:
    """Make the error of a server that went away: it has no code."""
    return OperationalError("server closed the connection unexpectedly")


@pytest.mark.parametrize("fault", REFUSALS)
def test_what_passes_is_503_with_a_sentence_and_a_time(client: Client, fault: Fault) -> None:
    page.errors = [
        DatabaseError("read page", "so", fault=fault),
        DatabaseError("read page", "so", fault=fault),
    ]

    response = client.get("/page/")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "2"
    assert REFUSALS[fault] in response.content.decode()
    assert response.headers["Cache-Control"] == "no-store, private"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_the_page_needs_no_query(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page.errors = [lost(), lost()]

    with django_assert_num_queries(0):
        assert client.get("/page/").status_code == 503


def test_a_page_whose_connection_broke_is_asked_once_more(client: Client) -> None:
    page.errors = [lost()]

    response = client.get("/page/")

    assert (response.status_code, response.content, page.asked) == (200, b"here it is", 2)


def test_it_is_asked_no_third_time(client: Client) -> None:
    page.errors = [lost(), lost(), lost()]

    assert client.get("/page/").status_code == 503
    assert page.asked == 2


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_what_may_have_changed_something_is_not_asked_again(client: Client, method: str) -> None:
    page.errors = [lost()]

    assert getattr(client, method)("/page/").status_code == 503
    assert page.asked == 1


def test_a_full_pool_is_not_asked_again(client: Client) -> None:
    page.errors = [DatabaseError("read page", "so", fault=Fault.CROWDED)]

    assert client.get("/page/").status_code == 503
    assert page.asked == 1


@pytest.mark.parametrize(
    "error", [ValueError("a bug"), DatabaseError("read page", "so"), Error("a statement that is wrong")]
)
def test_a_bug_stays_500_and_is_not_asked_again(client: Client, error: Exception) -> None:
    page.errors = [error]

    response = client.get("/page/")

    assert (response.status_code, page.asked) == (500, 1)
    assert "Something broke on our side" in response.content.decode()
    assert "Retry-After" not in response.headers
