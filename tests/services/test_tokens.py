"""Tokens of the API: shown once, kept as a hash, good for what they and their owner may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from analyses.exceptions import ValidationError
from analyses.models import ApiToken
from analyses.queries import tokens as queries
from analyses.services import tokens

pytestmark = pytest.mark.django_db


def made(owner: User, *scopes: str) -> tuple[ApiToken, str]:
    return tokens.create(owner=owner, name="nightly", scopes=scopes or ("read",), days=90)


def test_secret_has_256_random_bits_and_is_kept_nowhere(editor: User) -> None:
    token, secret = made(editor, "read", "ingest")

    other = made(editor)[1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM api_tokens")
        stored = str(cursor.fetchall())
    assert secret.startswith("nlp_")
    assert len(secret) == 47
    assert other != secret
    assert secret not in stored
    assert token.prefix == secret[:10]
    assert all(secret not in entry.change_message + entry.object_repr for entry in LogEntry.objects.all())


def test_no_column_of_the_table_opens_the_api(editor: User) -> None:
    token, _secret = made(editor)

    for value in (token.digest, token.prefix, token.name, str(token.pk), token.scopes):
        assert queries.find_holder(value, "read") is None


def test_holder_is_found_in_one_query(editor: User, django_assert_num_queries: Any) -> None:
    token, secret = made(editor, "read", "review")

    with django_assert_num_queries(1):
        holder = queries.find_holder(secret, "read")

    assert holder is not None
    assert (holder.token_id, holder.user.pk, holder.user.get_username()) == (token.pk, editor.pk, "edi")
    assert holder.scopes == ("read", "review")


def test_a_scope_counts_while_token_and_role_have_it(editor: User) -> None:
    secret = made(editor, "read", "ingest")[1]

    def allowed(scope: str) -> bool:
        holder = queries.find_holder(secret, scope)
        return holder is not None and holder.is_allowed

    assert [allowed(scope) for scope in ("read", "ingest", "review")] == [True, True, False]
    editor.groups.clear()
    assert [allowed(scope) for scope in ("read", "ingest", "review")] == [False, False, False]


def test_a_superuser_needs_no_group(editor: User) -> None:
    secret = made(editor)[1]
    editor.groups.clear()
    User.objects.filter(pk=editor.pk).update(is_superuser=True)

    holder = queries.find_holder(secret, "read")

    assert holder is not None
    assert holder.is_allowed


def test_expired_revoked_and_shut_out_open_nothing(editor: User, operator: User) -> None:
    expired, expired_secret = made(editor)
    revoked, revoked_secret = made(editor)
    _kept, shut_secret = made(editor)

    ApiToken.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=2))
    tokens.revoke(revoked.pk, user=editor)
    assert queries.find_holder(shut_secret, "read") is not None
    User.objects.filter(pk=editor.pk).update(is_active=False)

    assert [queries.find_holder(one, "read") for one in (expired_secret, revoked_secret, shut_secret)] == [
        None,
        None,
        None,
    ]


@pytest.mark.parametrize("secret", ["", "nlp_", "x" * 10_000, "\x00", "\ud800", "nlp_é"])
def test_nonsense_is_nobodys_secret(db: None, secret: str) -> None:
    assert queries.find_holder(secret, "read") is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": ()}, "scopes"),
        ({"scopes": ("read", "everything")}, "scopes"),
        ({"days": 91}, "days"),
    ],
)
def test_a_bad_wish_is_refused_by_name(editor: User, changes: dict[str, Any], field: str) -> None:
    values: dict[str, Any] = {"name": "nightly", "scopes": ("read",), "days": 90}

    with pytest.raises(ValidationError) as caught:
        tokens.create(owner=editor, **values | changes)

    assert caught.value.field == field
    assert not ApiToken.objects.exists()


def test_an_analyst_gets_no_token_that_writes(analyst: User) -> None:
    assert tokens.scopes_of(analyst) == ["read"]
    with pytest.raises(ValidationError, match="Your role does not allow: ingest, review"):
        made(analyst, "read", "ingest", "review")


def test_use_is_written_at_most_once_a_minute(editor: User, django_assert_num_queries: Any) -> None:
    token, secret = made(editor)

    def use() -> None:
        holder = queries.find_holder(secret, "read")
        assert holder is not None
        tokens.note_use(holder)

    use()
    token.refresh_from_db()
    first = token.last_used_at
    with django_assert_num_queries(1):
        use()
    token.refresh_from_db()
    assert first is not None
    assert token.last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
    use()
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert token.last_used_at >= first


def test_only_the_owner_and_operators_revoke(editor: User, analyst: User, operator: User) -> None:
    first, second = made(editor)[0], made(editor)[0]

    with pytest.raises(PermissionDenied):
        tokens.revoke(first.pk, user=analyst)
    with pytest.raises(PermissionDenied):
        tokens.revoke(10**6, user=analyst)
    tokens.revoke(first.pk, user=editor)
    tokens.revoke(second.pk, user=operator)
    tokens.revoke(second.pk, user=operator)

    assert ApiToken.objects.filter(revoked_at__isnull=False).count() == 2
    assert LogEntry.objects.filter(change_message="Revoked.").count() == 2
