"""The page of API tokens."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from analyses.models import ApiToken
from analyses.queries import tokens as queries
from analyses.services import tokens

URL = reverse("admin:tokens")
WISH: dict[str, Any] = {"name": "nightly <b>import</b>", "scopes": ["read", "ingest"], "days": "90"}


def test_secret_is_shown_in_one_answer_and_never_again(editor_client: Client) -> None:
    made = editor_client.post(URL, WISH)

    found = re.search(r"<code data-token>(nlp_[\w-]{43})</code>", made.content.decode())
    assert found is not None
    page = editor_client.get(URL).content.decode()
    assert found[1] not in page
    assert found[1][:10] in page
    assert "nightly &lt;b&gt;import" in page
    assert made.headers["Cache-Control"] == "no-store, private"
    assert queries.find_holder(found[1], "ingest") is not None


@pytest.mark.parametrize("changes", [{"name": ""}, {"scopes": []}, {"scopes": ["admin"]}, {"days": "4000"}])
def test_a_bad_wish_is_shown_beside_its_field(editor_client: Client, changes: dict[str, Any]) -> None:
    response = editor_client.post(URL, WISH | changes)

    assert response.status_code == 422
    assert 'class="errorlist"' in response.content.decode()
    assert not ApiToken.objects.exists()


def test_an_analyst_is_offered_read_alone(analyst_client: Client) -> None:
    page = analyst_client.get(URL).content.decode()

    assert 'value="read"' in page
    assert 'value="ingest"' not in page
    assert analyst_client.post(URL, WISH).status_code == 422


def test_outsiders_and_visitors_see_nothing(outsider_client: Client, editor: User) -> None:
    token = tokens.create(owner=editor, name="mine", scopes=("read",), days=7)[0]
    revoke = reverse("admin:token_revoke", args=[token.pk])

    for client in (outsider_client, Client()):
        assert client.get(URL).status_code == 302
        assert client.post(URL, WISH).status_code == 302
        assert client.post(revoke).status_code == 302
    assert ApiToken.objects.get().revoked_at is None


def test_only_operators_see_and_revoke_the_tokens_of_others(
    analyst_client: Client, operator_client: Client, editor: User
) -> None:
    token = tokens.create(owner=editor, name="of edi", scopes=("read",), days=7)[0]
    revoke = reverse("admin:token_revoke", args=[token.pk])

    assert "of edi" not in analyst_client.get(URL).content.decode()
    assert analyst_client.post(revoke).status_code == 403
    assert operator_client.get(revoke).status_code == 405
    assert "of edi" in operator_client.get(URL).content.decode()
    assert operator_client.post(revoke).status_code == 302
    assert ApiToken.objects.get().revoked_at is not None


def test_page_costs_the_same_for_many_tokens(
    operator_client: Client, editor: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        tokens.create(owner=editor, name=f"token {number}", scopes=("read",), days=7)

    operator_client.get(URL)  # the first visit also renews the session
    with django_assert_max_num_queries(10):
        operator_client.get(URL)
