"""The OpenAPI document: whole, true, and shown to insiders only."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.api.conftest import Program
from tests.conftest import logged_in

ADDRESS = "/api/openapi.json"


@pytest.fixture
def document(reader: Program) -> Any:
    return reader.client.get(ADDRESS).json()


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [
        (path, method, one) for path, methods in document["paths"].items() for method, one in methods.items()
    ]


def test_every_operation_names_its_failures_with_their_shape(document: Any) -> None:
    for path, method, one in operations(document):
        expected = {"400", "401", "403", "422", "429", "500", "503"}
        if "{" in path:
            expected.add("409" if "claim_id" in path else "404")
        if "requestBody" in one:
            expected |= {"413", "415"}
        assert expected <= set(one["responses"]), (path, method)
        for status in expected:
            schema = one["responses"][status]["content"]["application/json"]["schema"]["$ref"]
            assert schema.endswith("RefusalOut" if status == "422" else "ProblemOut"), (path, method, status)


def test_every_operation_demands_a_token_and_says_what_it_does(document: Any) -> None:
    assert document["components"]["securitySchemes"] == {"Bearer": {"type": "http", "scheme": "bearer"}}
    names = [one["operationId"] for _path, _method, one in operations(document)]
    assert len(names) == len(set(names))
    for path, method, one in operations(document):
        assert one["security"] == [{"Bearer": []}], (path, method)
        assert one["summary"], (path, method)
        assert one["description"], (path, method)


def test_the_list_names_all_filters_of_explore(document: Any) -> None:
    from analyses.queries.filtering import TextAnalysisFilter

    for path in ("/api/analyses", "/api/exports/analyses.csv"):
        named = {one["name"] for one in document["paths"][path]["get"]["parameters"]}
        assert set(TextAnalysisFilter.base_filters) <= named


def test_insiders_see_the_document_and_the_page(
    reader: Program, analyst: User, outsider: User, stranger: Program
) -> None:
    for address in (ADDRESS, "/api/docs"):
        assert logged_in(analyst).get(address).status_code == 200
        assert reader.client.get(address).status_code == 200
        assert logged_in(outsider).get(address, headers={"accept": "application/json"}).status_code == 401
        assert stranger.client.get(address, headers={"accept": "application/json"}).status_code == 401


def test_a_visitor_with_a_browser_is_sent_to_the_login(db: None) -> None:
    answer = Client().get("/api/docs", headers={"accept": "text/html"})

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login/?next=/api/docs"


def test_the_root_leads_to_the_documentation(analyst_client: Client) -> None:
    assert analyst_client.get("/api/").headers["Location"] == "/api/docs"


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(analyst_client: Client) -> None:
    page = analyst_client.get("/api/docs").content.decode()

    assert "<style" not in page
    assert "<script>" not in page
    assert "://" not in page
