"""Many texts in one request: a line of JSON each, and a result for each line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pydantic
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from analyses.api import failures, reading, repeats
from analyses.api.answered import CONFLICT, WITH_BODY, answers
from analyses.api.answers import NDJSON
from analyses.api.bearer import MANY_TEXTS_BYTES_MAX, Bearer
from analyses.api.reading import UnreadableBodyError
from analyses.api.schemas import BulkLineIn
from analyses.choices import TokenScope
from analyses.exceptions import ValidationError
from analyses.services import bulk as services
from analyses.services.bulk import ALL_TEXTS_MAX, Made
from analyses.tabular.json_lines import dumped

router = Router(tags=["analyses"])

INGESTS_LINES = Bearer(TokenScope.INGEST, bytes_max=MANY_TEXTS_BYTES_MAX, content_type=NDJSON)

Result = dict[str, Any]
Kind = tuple[str, str]

_DOCUMENT = {
    "parameters": [repeats.PARAMETER],
    "requestBody": {"required": True, "content": {NDJSON: {"schema": {"type": "string"}}}},
    "responses": {200: {"content": {NDJSON: {"schema": {"type": "string"}}}}},
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read: its number, from 1, and its text."""

    number: int
    text: str


@router.post(
    "/bulk",
    auth=INGESTS_LINES,
    response=answers({200: None}, CONFLICT, *WITH_BODY),
    summary="Post many texts",
    operation_id="create_analyses",
    openapi_extra=_DOCUMENT,
)
def create(request: HttpRequest) -> HttpResponse:
    """Post up to 10,000 lines such as `{"text_content": "...", "analysis_type": "sentiment"}`.

    Each gets a line back: `{"line": 1, "status": 201, "id": 7}`; 200 for a text that exists, 400 or 422 with `errors`
    for a line that is wrong, which stops no other. Safe to repeat.
    """
    lines = request.body.split(b"\n")
    if len(lines) > ALL_TEXTS_MAX + 1 or (len(lines) > ALL_TEXTS_MAX and lines[-1].strip()):
        sentence = _("Send at most %(most)s lines.") % {"most": f"{ALL_TEXTS_MAX:,}"}
        raise UnreadableBodyError(sentence, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return repeats.answered_once(
        request, lambda: (HTTPStatus.OK, _results(lines)), dump=_as_lines, content_type=NDJSON
    )


def _as_lines(results: Sequence[Result]) -> bytes:
    return b"".join(dumped(result) + b"\n" for result in results)


def _results(lines: Sequence[bytes]) -> list[Result]:
    """Create what the lines say, by type and tier, and give a result for each, in their order."""
    results: list[Result] = []
    kinds: dict[Kind, list[Line]] = {}
    for number, content in enumerate(lines, start=1):
        if not content.strip():
            continue
        try:
            line = _read(content)
        except UnreadableBodyError as error:
            results.append(_refused(number, HTTPStatus.BAD_REQUEST, [("line", error.detail)]))
        except pydantic.ValidationError as error:
            results.append(_refused(number, HTTPStatus.UNPROCESSABLE_ENTITY, failures.reasons(error)))
        else:
            kinds.setdefault((line.analysis_type, line.optimization_tier), []).append(
                Line(number, line.text_content)
            )
    for kind, read in kinds.items():
        results += _created(kind, read)
    return sorted(results, key=lambda result: int(result["line"]))


def _read(content: bytes) -> BulkLineIn:
    return BulkLineIn.model_validate(reading.strict_json(content))


def _created(kind: Kind, lines: Sequence[Line]) -> Iterator[Result]:
    analysis_type, tier = kind
    try:
        outcomes = services.create_many(
            (line.text for line in lines), analysis_type=analysis_type, optimization_tier=tier
        )
    except ValidationError as error:
        for line in lines:
            yield _refused(line.number, HTTPStatus.UNPROCESSABLE_ENTITY, [(error.field, error.reason)])
        return
    for outcome in outcomes:
        number = lines[outcome.position].number
        if isinstance(outcome, Made):
            status = HTTPStatus.CREATED if outcome.is_new else HTTPStatus.OK
            yield {"line": number, "status": status.value, "id": outcome.analysis_id}
        else:
            yield _refused(number, HTTPStatus.UNPROCESSABLE_ENTITY, [(outcome.field, outcome.reason)])


def _refused(number: int, status: HTTPStatus, found: Sequence[tuple[str, str]]) -> Result:
    errors = [{"field": field, "reason": reason} for field, reason in found]
    return {"line": number, "status": status.value, "errors": errors}
