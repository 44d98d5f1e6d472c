"""Read a body: JSON in UTF-8 as RFC 8259 has it, and nothing that readers understand differently."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, NoReturn

from django.http import HttpRequest, UnreadablePostError
from django.utils.translation import gettext as _
from ninja.parser import Parser

from analyses.api.answers import JSON

DEPTH_MAX = 32
METHODS_WITH_BODY = ("POST", "PUT", "PATCH")


class UnreadableBodyError(Exception):
    """A body cannot be read at all; `status` is 400, 413 or 415 and `detail` a sentence."""

    def __init__(self, detail: str, *, status: int = HTTPStatus.BAD_REQUEST) -> None:
        self.detail = detail
        self.status = status
        super().__init__(detail)


def take_body(request: HttpRequest, *, bytes_max: int, content_type: str = JSON) -> None:
    """Read the body into the request once the sender is known; UnreadableBodyError for size, type or a lost sender.

    Django's own limit is one for all addresses; a batch of texts is larger than a text.
    """
    if request.content_type != content_type:
        raise UnreadableBodyError(
            _("Send %(type)s.") % {"type": content_type}, status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        )
    if (request.content_params or {}).get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnreadableBodyError(_("Send UTF-8."), status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    refuse_larger(int(request.META.get("CONTENT_LENGTH") or 0), bytes_max)
    try:
        body = request.read(bytes_max + 1)
    except UnreadablePostError as error:
        raise UnreadableBodyError(_("The body did not arrive whole.")) from error
    refuse_larger(len(body), bytes_max)
    if not body:
        raise UnreadableBodyError(_("The body is empty."))
    request._body = body  # what `request.body` gives from now on


def refuse_larger(size: int, bytes_max: int) -> None:
    """Raise UnreadableBodyError (413) for more bytes than allowed."""
    if size > bytes_max:
        raise UnreadableBodyError(
            _("Send at most %(limit)s bytes.") % {"limit": f"{bytes_max:,}"},
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        )


def strict_json(body: bytes) -> Any:
    """Give the value of a JSON text, or raise UnreadableBodyError.

    Refused beside what is no JSON: NaN and infinities, numbers that no float holds, keys given twice, more than 32
    levels, bytes that are not UTF-8.

    >>> strict_json(b'{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    """
    try:
        text = body.decode()
        value = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise UnreadableBodyError(_("The body is not UTF-8.")) from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise UnreadableBodyError(_("This is not JSON: %(reason)s.") % {"reason": _reason(error)}) from error
    # Few brackets cannot be deep: most bodies need no walk.
    if text.count("{") + text.count("[") > DEPTH_MAX:
        _refuse_depth(value)
    return value


def _reason(error: ValueError) -> str:
    """Say what is wrong and where, without the text itself."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, line {error.lineno}, column {error.colno}"
    return str(error)


def _refuse_depth(value: Any) -> None:
    waiting = [(value, 1)]
    while waiting:
        part, depth = waiting.pop()
        if depth > DEPTH_MAX:
            raise _too_deep()
        inner = part.values() if isinstance(part, dict) else part
        waiting += ((one, depth + 1) for one in inner if isinstance(one, dict | list))


def _too_deep() -> UnreadableBodyError:
    return UnreadableBodyError(_("Nest at most %(limit)s levels.") % {"limit": DEPTH_MAX})


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(_("a key is given twice"))
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(_("a number is too large"))
    return number


def _whole(digits: str) -> int:
    if len(digits) > WHOLE_DIGITS_MAX:
        raise ValueError(_("a number is too large"))
    return int(digits)


def _no_number(name: str) -> NoReturn:
    raise ValueError(_("%(name)s is no number") % {"name": name})


# As many as the largest float has before its point.
WHOLE_DIGITS_MAX = 309
_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_repeats, parse_float=_finite, parse_int=_whole, parse_constant=_no_number
)


class StrictParser(Parser):
    """Reads bodies for django-ninja, which makes a 400 of every exception; the cause in it says more."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Give the value of the body."""
        return strict_json(request.body)
