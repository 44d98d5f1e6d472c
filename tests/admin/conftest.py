"""What the tests of the admin's pages share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analyses.queries import shell


@pytest.fixture
def captured_sql() -> Callable[[Client, str], tuple[str, list[str]]]:
    """Return a function that opens a page twice and gives the second answer with its statements."""

    def capture(client: Client, url: str) -> tuple[str, list[str]]:
        client.get(url)  # the first visit also renews the session
        shell.forget()
        with CaptureQueriesContext(connection) as context:
            response = client.get(url)
        assert response.status_code == 200
        return response.content.decode(), [query["sql"] for query in context.captured_queries]

    return capture


@pytest.fixture
def connection_queries(captured_sql: Callable[[Client, str], tuple[str, list[str]]]) -> Callable[..., int]:
    """Return a function that counts the statements of a page."""
    return lambda client, url: len(captured_sql(client, url)[1])
