"""Which answers an operation may give, for the OpenAPI document."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from analyses.api.schemas import ProblemOut, RefusalOut

ALWAYS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
WITH_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
NOT_FOUND, CONFLICT = HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT


def answers(success: dict[int, Any], *more: int) -> dict[int, Any]:
    """Add to what an operation gives what may go wrong with it."""
    problems: dict[int, Any] = dict.fromkeys(map(int, (*ALWAYS, *more)), ProblemOut)
    return success | problems | {int(HTTPStatus.UNPROCESSABLE_ENTITY): RefusalOut}
