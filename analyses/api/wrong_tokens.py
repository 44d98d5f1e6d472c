"""Wrong tokens: each is counted for the address that it came from, and beyond a limit answered 429.

A token that is valid is never asked for this: whoever guesses beside it, behind the same address, costs it nothing.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import HttpError

from analyses.api import answers
from analyses.choices import ATTEMPTS_MAX, AttemptKind
from analyses.services import attempts
from analyses.services.attempts import Standing
from analyses.views import client_addresses

logger = logging.getLogger(__name__)


class WrongTokenError(HttpError):
    """A token that opens nothing: 401, and 429 beyond the limit; `headers` say what is left."""

    def __init__(self, standing: Standing) -> None:
        status = HTTPStatus.TOO_MANY_REQUESTS if standing.is_beyond else HTTPStatus.UNAUTHORIZED
        super().__init__(status, _("Too many wrong tokens came from this address. Try again later."))
        self.headers = {
            "RateLimit-Limit": str(ATTEMPTS_MAX),
            "RateLimit-Remaining": str(max(0, standing.left)),
            "RateLimit-Reset": str(standing.seconds),
        }
        if standing.is_beyond:
            self.headers["Retry-After"] = str(standing.seconds)


def refusal(request: HttpRequest) -> WrongTokenError:
    """Count a wrong token and give the error to raise."""
    address = client_addresses.of(request)
    standing = attempts.failed(AttemptKind.TOKEN, address)
    if standing.left == -1:  # once a window
        logger.warning("Too many wrong tokens from %s; request %s.", address, answers.request_id(request))
    return WrongTokenError(standing)
