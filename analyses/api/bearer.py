"""Who may use the API: the holder of a token with the right scope. Cookies open nothing here."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.security import HttpBearer

from analyses.api import reading, wrong_tokens
from analyses.api.answers import JSON
from analyses.choices import TokenScope
from analyses.exceptions import DatabaseError
from analyses.queries import tokens as queries
from analyses.queries.analyses import is_id
from analyses.queries.tokens import Holder
from analyses.services import tokens

TOKEN_LENGTH_MAX = 200
# A batch of 1,000 texts of 10,000 letters, and room for its quotes.
MANY_TEXTS_BYTES_MAX = 12 * 1024 * 1024


class Bearer(HttpBearer):
    """Lets a token with a scope in, and only then reads the body.

    The owner's role must allow it too: by the scope's permission, or by the one that is named. `with_analysis` fetches
    the analysis that the address names in the same query: `analysis_of` has its columns.
    """

    def __init__(
        self,
        scope: TokenScope,
        *,
        permission: str = "",
        bytes_max: int | None = None,
        content_type: str = JSON,
        takes_body: bool = True,
        with_analysis: bool = False,
    ) -> None:
        super().__init__()
        self.scope = scope
        self.permission = permission
        self.bytes_max = bytes_max
        self.content_type = content_type
        self.takes_body = takes_body
        self.with_analysis = with_analysis

    def authenticate(self, request: HttpRequest, token: str) -> Holder:
        """Give the holder; raise HttpError: 401 where there is none (429 beyond a limit), 403 without the scope."""
        is_possible = 0 < len(token) <= TOKEN_LENGTH_MAX
        holder = self._find(request, token) if is_possible else None
        if holder is None:
            raise wrong_tokens.refusal(request)
        if not holder.is_allowed:
            sentence = _("This token, or its owner's role, does not allow “%(scope)s”.")
            raise HttpError(HTTPStatus.FORBIDDEN, sentence % {"scope": self.scope})
        with suppress(DatabaseError):  # a full disk, which is logged: reading goes on
            tokens.note_use(holder)
        if request.method in reading.METHODS_WITH_BODY and self.takes_body:
            limit = self.bytes_max or settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            reading.take_body(request, bytes_max=limit, content_type=self.content_type)
        return holder

    def _find(self, request: HttpRequest, token: str) -> Holder | None:
        """Find who holds the token; one query, or two where the analysis that the address names is missing."""
        if self.with_analysis:
            named = request.resolver_match.kwargs["analysis_id"]  # type: ignore[union-attr]
            if named.isdecimal() and is_id(int(named)):
                found = queries.find_holder_and_analysis(token, self.scope, int(named))
                holder, request.analysis = found  # type: ignore[attr-defined]
                return holder
        return queries.find_holder(token, self.scope, self.permission)


def analysis_of(request: HttpRequest) -> dict[str, Any] | None:
    """Give the columns of the analysis that came with the token; None when there is none."""
    return getattr(request, "analysis", None)


def holder_of(request: HttpRequest) -> Holder:
    """Give who asks."""
    return cast("Holder", request.auth)  # type: ignore[attr-defined]


READS = Bearer(TokenScope.READ)
READS_ONE = Bearer(TokenScope.READ, with_analysis=True)
INGESTS = Bearer(TokenScope.INGEST)
INGESTS_MANY = Bearer(TokenScope.INGEST, bytes_max=MANY_TEXTS_BYTES_MAX)
REVIEWS = Bearer(TokenScope.REVIEW)
# What the console asks a permission of its own for.
OPERATES = Bearer(TokenScope.READ, permission="view_worker")
EXPORTS = Bearer(TokenScope.READ, permission="export_textanalysis")
STEERS_EXPORTS = Bearer(TokenScope.READ, permission="export_textanalysis", takes_body=False)
RUNS = Bearer(TokenScope.INGEST, permission="run_batchanalysis", takes_body=False)
RETRIES = Bearer(TokenScope.INGEST, permission="run_batchanalysis")
DELETES = Bearer(TokenScope.REVIEW, permission="delete_textanalysis")
DELETES_BATCHES = Bearer(TokenScope.REVIEW, permission="delete_batchanalysis")
