"""Requests with an Idempotency-Key: a program that got no answer sends the same again, and nothing happens twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from analyses import choices
from analyses.api.answers import JSON
from analyses.api.bearer import holder_of
from analyses.exceptions import ValidationError
from analyses.services import idempotency
from analyses.services.idempotency import Answer
from analyses.tabular.json_lines import dumped

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY = re.compile(rf"[\x21-\x7e]{{1,{choices.IDEMPOTENCY_KEY_LENGTH_MAX}}}")

PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,200}$"},
    "description": "Send the same key with the same body again, within a day, and you get the same answer.",
}

Work = Callable[[], tuple[int, Any]]


def answered_once(
    request: HttpRequest,
    work: Work,
    *,
    dump: Callable[[Any], bytes] = dumped,
    content_type: str = JSON,
) -> HttpResponse:
    """Do the work and answer its status and content; with a key, do it once and answer the same each time."""
    key = request.headers.get(HEADER)
    if key is None:
        status, content = work()
        return HttpResponse(dump(content), status=status, content_type=content_type)
    if not KEY.fullmatch(key):
        raise ValidationError(HEADER, _("Give 1 to 200 visible ASCII characters."))
    answer = idempotency.once(
        token_id=holder_of(request).token_id,
        key=key,
        request_hash=_hash(request),
        work=lambda: _kept(work, dump),
    )
    response = HttpResponse(answer.content, status=answer.status, content_type=content_type)
    if answer.is_replay:
        response.headers[REPLAYED] = "true"
    return response


def _kept(work: Work, dump: Callable[[Any], bytes]) -> Answer:
    status, content = work()
    return Answer(status, dump(content).decode())


def _hash(request: HttpRequest) -> str:
    """Give the hash of what makes a request this request and no other."""
    head = f"{request.method} {request.path_info}\n".encode()
    return hashlib.sha256(head + request.body).hexdigest()
