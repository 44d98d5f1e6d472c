"""Tokens of the API: make, revoke, note their use. A secret is shown once and written nowhere."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.contrib.admin.models import ADDITION
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses import choices
from analyses.choices import PERMISSION_BY_SCOPE, TokenScope
from analyses.exceptions import ValidationError
from analyses.models import ApiToken
from analyses.queries import tokens as queries
from analyses.services import audit, transactions

SECRET_BYTES = 32
# So that a leaked secret can be searched for, and told from any other.
SECRET_PREFIX = "nlp_"  # noqa: S105
SHOWN_LENGTH = len(SECRET_PREFIX) + 6
USE_NOTED_EVERY = timedelta(minutes=1)


@transactions.managed("create token")
def create(*, owner: User, name: str, scopes: Sequence[str], days: int) -> tuple[ApiToken, str]:
    """Make a token and give it with its secret, which nothing can show again.

    Raises ValidationError: no name, a scope that the owner's role does not allow, another number of days, too many.
    """
    cleaned = _checked_name(name)
    wanted = _checked_scopes(owner, scopes)
    if days not in choices.TOKEN_DAYS:
        raise ValidationError("days", _("Choose how long the token lives."))
    if ApiToken.objects.valid().filter(owner=owner).count() >= choices.TOKENS_MAX:
        raise ValidationError("name", _("You have 50 tokens; revoke one first."))
    secret = SECRET_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken.objects.create(
        owner=owner,
        name=cleaned,
        digest=queries.digest(secret),
        prefix=secret[:SHOWN_LENGTH],
        scopes=" ".join(wanted),
        expires_at=timezone.now() + timedelta(days=days),
    )
    audit.record(owner, token, _("Made with %(scopes)s.") % {"scopes": token.scopes}, action_flag=ADDITION)
    return token, secret


def _checked_name(name: str) -> str:
    cleaned = name.strip()
    if not cleaned or "\x00" in cleaned or len(cleaned) > choices.TOKEN_NAME_LENGTH_MAX:
        raise ValidationError("name", _("Give the token a name of at most 100 characters."))
    return cleaned


def _checked_scopes(owner: User, scopes: Sequence[str]) -> list[str]:
    wanted = [str(scope) for scope in TokenScope.values if scope in scopes]
    if not wanted or len(wanted) != len(set(scopes)):
        raise ValidationError("scopes", _("Choose at least one of: read, ingest, review."))
    beyond = [scope for scope in wanted if scope not in scopes_of(owner)]
    if beyond:
        raise ValidationError(
            "scopes", _("Your role does not allow: %(scopes)s.") % {"scopes": ", ".join(beyond)}
        )
    return wanted


def scopes_of(owner: User) -> list[str]:
    """Give the scopes that a person's role allows."""
    return [
        str(scope)
        for scope, permission in PERMISSION_BY_SCOPE.items()
        if owner.has_perm(f"analyses.{permission}")
    ]


@transactions.managed("revoke token")
def revoke(token_id: int, *, user: User) -> None:
    """End a token at once, one's own or, for who looks after people, anybody's. Safe to repeat.

    Raises PermissionDenied for another person's token, and equally where there is none.
    """
    token = ApiToken.objects.select_for_update().filter(pk=token_id).first()
    if token is None or not (token.owner_id == user.pk or user.has_perm("auth.change_user")):
        raise PermissionDenied
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit.record(user, token, _("Revoked."))


def note_use(holder: queries.Holder) -> None:
    """Write down that a token was used, at most once a minute; no query in between."""
    now = timezone.now()
    if holder.last_used_at is not None and now - holder.last_used_at < USE_NOTED_EVERY:
        return
    _write_use(holder.token_id)


@transactions.managed("note use of token")
def _write_use(token_id: int) -> None:
    now = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    ApiToken.objects.filter(stale, pk=token_id).update(last_used_at=now)
