"""Tokens of the API: whose a secret is and what it is good for, and the lists of tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Exists, OuterRef, QuerySet

from analyses.choices import PERMISSION_BY_SCOPE
from analyses.models import ApiToken
from analyses.queries.analyses import BY_ID, COLUMNS
from analyses.queries.driver_errors import reading
from analyses.queries.prepared import Prepared

LISTED_MAX = 500


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks: a token that is valid, its owner, and whether it may do what is asked."""

    token_id: int
    owner_id: int
    owner_name: str
    scopes: tuple[str, ...]
    is_allowed: bool
    last_used_at: datetime | None

    @property
    def user(self) -> User:
        """Give the owner as far as services need it: to be named in rows and in the audit trail; runs no query."""
        return User(pk=self.owner_id, username=self.owner_name)


def digest(secret: str) -> str:
    """Give the hash under which a secret is kept."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


@reading("find token")
def find_holder(secret: str, scope: str, permission: str = "") -> Holder | None:
    """Find who holds a secret and whether that is enough for a scope, in one query.

    None: no such token, expired, revoked, or its owner may not log in. A scope counts while the token has it and its
    owner's role has the permission: the scope's own, unless another is named.
    """
    needed = permission or PERMISSION_BY_SCOPE[scope]
    rows = _HOLDER.rows(digest=digest(secret), permission=needed)
    return _held(rows[0], scope) if rows else None


@reading("find token and analysis")
def find_holder_and_analysis(
    secret: str, scope: str, analysis_id: int
) -> tuple[Holder | None, dict[str, Any] | None]:
    """Find who holds a secret and the columns of a live analysis in one query; in two when one of them is not there.

    For the most frequent question of programs. The columns are `queries.analyses.COLUMNS`.
    """
    needed = PERMISSION_BY_SCOPE[scope]
    rows = _HOLDER_AND_ANALYSIS.rows(digest=digest(secret), permission=needed, pk=analysis_id)
    if not rows:
        return find_holder(secret, scope), None
    held, columns = rows[0][:_HELD_COLUMNS], rows[0][_HELD_COLUMNS:]
    return _held(held, scope), dict(zip(COLUMNS, columns, strict=True))


def _held(row: Sequence[Any], scope: str) -> Holder:
    token_id, owner_id, name, text, last_used_at, is_superuser, owner_may = row
    scopes = tuple(text.split())
    is_allowed = scope in scopes and bool(is_superuser or owner_may)
    return Holder(token_id, owner_id, name, scopes, is_allowed, last_used_at)


def _holder(digest: str, permission: str) -> QuerySet[ApiToken, Any]:
    # Through the tables between: without the groups themselves a database plans it in half the time.
    allowed = Group.permissions.through.objects.filter(permission__codename=permission).values("group")
    may = Exists(User.groups.through.objects.filter(user=OuterRef("owner"), group__in=allowed))
    valid = ApiToken.objects.valid().filter(digest=digest, owner__is_active=True).order_by()
    return valid.values_list(
        "pk", "owner_id", "owner__username", "scopes", "last_used_at", "owner__is_superuser", may
    )


_HOLDER = Prepared(_holder, {"digest": "the digest", "permission": "the permission"})
_HELD_COLUMNS = 7
_HOLDER_AND_ANALYSIS = _HOLDER.beside(BY_ID)


def owned_by(user: User) -> QuerySet[ApiToken]:
    """Give a person's tokens, newest first; one query."""
    return ApiToken.objects.filter(owner=user).order_by("-pk")[:LISTED_MAX]


def of_others(user: User) -> QuerySet[ApiToken]:
    """Give everybody else's tokens, newest first, with their owners; one query."""
    return ApiToken.objects.exclude(owner=user).select_related("owner").order_by("-pk")[:LISTED_MAX]
