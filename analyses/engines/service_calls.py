"""Calls of a service over HTTP: bounded in time and size, repeated where that may help, stopped by a breaker."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar
from urllib.parse import urlsplit

import urllib3
from django.utils.translation import gettext as _
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from analyses.engines.breaker import Breaker
from analyses.exceptions import EngineUnavailableError

logger = logging.getLogger(__name__)

CONNECTIONS_MAX = 4
BACK_OFF_SECONDS = 0.5
BYTES_MAX = 8 * 1024 * 1024
READ_BYTES = 64 * 1024
SECONDS_MIN = 0.05

# What waits in the ledger is tried again after this, unless the service or the breaker asks for longer.
RETRY_SECONDS = 5.0
RETRY_SECONDS_MAX = 3600.0

PASSING_STATUSES = frozenset(
    (
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    )
)

# What a service may answer because of what it was sent: a text too long for it, or one that it cannot take.
REFUSALS = frozenset(
    (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.FAILED_DEPENDENCY,
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
)

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How long a call may take and how often it is repeated.

    `timeout_seconds` is for the connection and for each silence of the service; `seconds_max` for the whole, with
    repeats and pauses; `retries` are the repeats after the first try.
    """

    timeout_seconds: float = 10.0
    retries: int = 2
    seconds_max: float = 15.0
    bytes_max: int = BYTES_MAX


class CallFailedError(Exception):
    """A call came to nothing; `reason` is a sentence for the user. `is_passing`: another try may help."""

    def __init__(self, reason: str, *, is_passing: bool = False, wait_seconds: float = 0.0) -> None:
        self.reason = reason
        self.is_passing = is_passing
        self.wait_seconds = wait_seconds
        super().__init__(reason)


class RequestRefusedError(CallFailedError):
    """The service is there but does not take the request: our entry in ULTRA_ENGINES or one of the texts is wrong."""

    def __init__(self, reason: str, *, status: int) -> None:
        self.status = status
        super().__init__(reason)


class ServiceCaller:
    """Posts JSON to one address. Redirects are not followed, TLS is verified, nothing of the texts is logged."""

    def __init__(
        self,
        *,
        name: str,
        url: str,
        token_file: Path | None = None,
        limits: CallLimits | None = None,
        breaker: Breaker | None = None,
        clock: Callable[[], float] = monotonic,
        pause: Callable[[float], None] = sleep,
    ) -> None:
        parts = urlsplit(url)
        self._name = name
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._token_file = token_file
        self._limits = limits or CallLimits()
        self._breaker = breaker or Breaker(clock=clock)
        self._clock = clock
        self._pause = pause
        tls = {"cert_reqs": "CERT_REQUIRED"} if parts.scheme == "https" else {}
        self._pool = urllib3.connection_from_url(
            f"{parts.scheme}://{parts.netloc}", maxsize=CONNECTIONS_MAX, retries=False, **tls
        )

    def deadline(self) -> float:
        """Give the moment, by this caller's clock, at which a call that begins now must be over."""
        return self._clock() + self._limits.seconds_max

    def post(
        self, body: Any, read: Callable[[Any], Read], *, deadline: float, retries: int | None = None
    ) -> Read:
        """Post a body and give what `read` makes of the answer's JSON.

        `read` raises CallFailedError where the answer as a whole is of no use. Raises EngineUnavailableError, or
        RequestRefusedError where one of the texts may be to blame: whoever finds out calls `unavailable` or goes on.
        """
        if not self._breaker.admits():
            raise EngineUnavailableError(
                _("%(engine)s did not answer several times in a row.") % {"engine": self._name},
                retry_after_seconds=max(1.0, self._breaker.seconds_left()),
            )
        repeats = self._limits.retries if retries is None else retries
        try:
            answer = read(self._post_and_repeat(json.dumps(body).encode(), repeats, deadline))
        except RequestRefusedError:
            raise
        except CallFailedError as failure:
            raise self.unavailable(failure) from failure
        if self._breaker.succeeded():
            logger.info("The service of engine %s answers again.", self._name)
        return answer

    def unavailable(self, failure: CallFailedError) -> EngineUnavailableError:
        """Count a failure and give the error that lets rows wait for the service."""
        if self._breaker.failed():
            logger.warning("Engine %s is left alone for a while: %s", self._name, failure.reason)
        seconds = max(failure.wait_seconds, self._breaker.seconds_left(), RETRY_SECONDS)
        return EngineUnavailableError(failure.reason, retry_after_seconds=min(seconds, RETRY_SECONDS_MAX))

    def _post_and_repeat(self, content: bytes, retries: int, deadline: float) -> Any:
        tried = 0
        while True:
            try:
                return self._post_once(content, deadline)
            except CallFailedError as failure:
                wait = max(failure.wait_seconds, BACK_OFF_SECONDS * 2.0**tried)
                if not failure.is_passing or tried >= retries or self._clock() + wait >= deadline:
                    raise
            tried += 1
            self._pause(wait)

    def _post_once(self, content: bytes, deadline: float) -> Any:
        seconds = min(self._limits.timeout_seconds, max(SECONDS_MIN, deadline - self._clock()))
        try:
            response = self._pool.urlopen(
                "POST",
                self._target,
                body=content,
                headers=self._headers(),
                timeout=urllib3.Timeout(connect=seconds, read=seconds),
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                self._check(response)
                content = self._read_all(response, deadline)
            finally:
                # What was read to its end has given its connection back already; any other is closed with it.
                response.close()
        except HTTPError as error:
            raise self._failure_of(error, seconds) from error
        return self._parse(content)

    def _headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "nlpadmin",
        }
        if self._token_file is not None:
            headers["Authorization"] = f"Bearer {self._token(self._token_file)}"
        return headers

    def _token(self, path: Path) -> str:
        """Read the token anew for each call: it may have been replaced. Its path is the operator's affair."""
        try:
            token = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            logger.warning(
                "The token file of engine %s cannot be read (%s).", self._name, type(error).__name__
            )
            token = ""
        if not token or not token.isprintable() or " " in token:
            raise CallFailedError(_("The token of %(engine)s cannot be read.") % {"engine": self._name})
        return token

    def _check(self, response: urllib3.BaseHTTPResponse) -> None:
        """Raise for every answer but a plain 200; what a wrong status says of us is no text's fault."""
        status = response.status
        words = {"engine": self._name, "status": status}
        if status in PASSING_STATUSES:
            wait = _retry_after_seconds(response.headers.get("Retry-After", ""))
            reason = _("%(engine)s is busy or down (status %(status)s).") % words
            raise CallFailedError(reason, is_passing=True, wait_seconds=wait)
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            reason = _(
                "%(engine)s answers from another address (status %(status)s); redirects are not followed."
            )
            raise CallFailedError(reason % words)
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            reason = _(
                "%(engine)s refuses the request (status %(status)s): its entry in ULTRA_ENGINES may be wrong."
            )
            raise _refusal(reason % words, status)
        if status != HTTPStatus.OK:
            raise _refusal(_("%(engine)s failed (status %(status)s).") % words, status)

    def _read_all(self, response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        content = bytearray()
        # read1() gives what is there: read() would wait for all of it, however slowly it drips.
        while piece := response.read1(READ_BYTES):
            content += piece
            if len(content) > self._limits.bytes_max:
                words = {"engine": self._name, "size": self._limits.bytes_max}
                raise CallFailedError(_("The answer of %(engine)s is larger than %(size)s bytes.") % words)
            if self._clock() > deadline:
                raise CallFailedError(_("%(engine)s answers too slowly.") % {"engine": self._name})
        return bytes(content)

    def _parse(self, content: bytes) -> Any:
        """Parse with Python's own reader: it takes NaN, which then fails one row and not all of them."""
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            reason = _("%(engine)s gave an answer that cannot be read.") % {"engine": self._name}
            raise CallFailedError(reason) from error

    def _failure_of(self, error: HTTPError, seconds: float) -> CallFailedError:
        words: dict[str, object] = {"engine": self._name, "seconds": f"{seconds:g}"}
        if isinstance(error, SSLError):
            return CallFailedError(_("The certificate of %(engine)s is not trusted.") % words)
        if isinstance(error, NewConnectionError):
            return CallFailedError(_("%(engine)s cannot be reached.") % words, is_passing=True)
        if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
            reason = _("%(engine)s did not answer within %(seconds)s seconds.") % words
            return CallFailedError(reason, is_passing=True)
        return CallFailedError(_("%(engine)s broke off its answer.") % words, is_passing=True)


def _refusal(reason: str, status: int) -> CallFailedError:
    if status in REFUSALS:
        return RequestRefusedError(reason, status=status)
    return CallFailedError(reason)


def _retry_after_seconds(header: str) -> float:
    """Read Retry-After, seconds or a date, up to an hour; 0 for none and for nonsense.

    >>> _retry_after_seconds("12"), _retry_after_seconds("99999"), _retry_after_seconds("soon")
    (12.0, 3600.0, 0.0)
    """
    if header.isascii() and header.isdigit():
        return min(float(header[:10]), RETRY_SECONDS_MAX)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), RETRY_SECONDS_MAX)
