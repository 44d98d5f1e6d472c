"""Requests that nobody would think of, made from the OpenAPI document and sent with a token of each scope.

Only documented answers, none of them a 5xx. Each operation gets the cases that cover its parameters, some 3,500 over
all operations, and cases drawn at random: NLPADMIN_FUZZ_CASES says how many for each token. `make fuzz` draws 5,000
and writes docs/fuzz.md.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks, openapi
from schemathesis.specs.openapi import checks as openapi_checks

from analyses.api.application import api
from analyses.services import tokens
from tests.api import fuzz_report
from tests.factories import make_analysis, make_batch, make_scored

CASES_OF_EACH_OPERATION_MIN = 4
SCOPES = {
    "read": ("read",),
    "ingest": ("ingest",),
    "review": ("review",),
    "all": ("read", "ingest", "review"),
}
# What a token lacks is refused before any table is asked: in a whole run the other databases get the one that may all.
TOKENS = [pytest.param(name, marks=[] if name == "all" else [pytest.mark.one_database]) for name in SCOPES]
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]


@schemathesis.serializer("application/x-ndjson")
def lines_of(_context: Any, value: Any) -> bytes:
    """Send a text as it is: each of its lines is right or wrong by itself, and the whole is neither."""
    return str(value).encode(errors="replace")


schema = openapi.from_dict(dict(api.get_openapi_schema()))
schema.app = get_wsgi_application()
OPERATIONS = len(list(schema.get_all_operations()))


@pytest.fixture(autouse=True)
def kept_connection() -> Iterator[None]:
    """Keep the test's connection, with its transaction, from one request to the next, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(params=TOKENS)
def secret(request: pytest.FixtureRequest, db: None) -> str:
    """Return a token of each kind."""
    owner = User.objects.create_superuser("root")
    return tokens.create(owner=owner, name="fuzz", scopes=SCOPES[request.param], days=7)[1]


@pytest.fixture
def known(db: None) -> dict[str, list[int]]:
    """Return ids of rows that are there, by the name of the parameter."""
    batches = [make_batch() for _number in range(3)]
    rows = [make_scored(0.5), *(make_analysis(batch_analysis=batch) for batch in batches)]
    return {"analysis_id": [row.pk for row in rows], "batch_id": [batch.pk for batch in batches]}


@pytest.fixture
def answers(record_property: Any) -> Iterator[Counter[int]]:
    """Count the answers by status, for the report."""
    counted: Counter[int] = Counter()
    yield counted
    record_property(fuzz_report.ANSWERS, dict(counted))


def aim(case: Any, known: dict[str, list[int]]) -> None:
    """Let two of three ids be those of rows."""
    for name, ids in known.items():
        number = case.path_parameters.get(name)
        if isinstance(number, int) and number > 0 and number % 3:
            case.path_parameters[name] = ids[number % len(ids)]


@schema.parametrize()
@settings(
    max_examples=max(CASES_OF_EACH_OPERATION_MIN, math.ceil(fuzz_report.CASES / OPERATIONS)),
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_only_documented_answers(
    case: Any, secret: str, known: dict[str, list[int]], answers: Counter[int]
) -> None:
    aim(case, known)
    headers = {"Authorization": f"Bearer {secret}"}

    response = case.call(headers=headers)

    answers[response.status_code] += 1
    case.validate_response(response, headers=headers, checks=CHECKS)
