"""Who holds a secret, and the analysis that is asked for with it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from analyses.queries import tokens as queries
from analyses.queries.analyses import COLUMNS
from analyses.services import tokens
from tests.factories import make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(editor: User) -> str:
    return tokens.create(owner=editor, name="robot", scopes=["read"], days=30)[1]


def test_holder_and_analysis_come_in_one_query(secret: str, django_assert_num_queries: Any) -> None:
    row = make_scored(0.5, extra={"airline": "B"}, model_config={"a": [1, 2.5]}, batch_analysis=make_batch())
    queries.find_holder_and_analysis(secret, "read", row.pk)

    with django_assert_num_queries(1):
        holder, values = queries.find_holder_and_analysis(secret, "read", row.pk)

    assert holder == queries.find_holder(secret, "read")
    assert values == {name: getattr(row, name) for name in COLUMNS}


def test_a_holder_without_the_analysis_is_still_one(secret: str) -> None:
    trashed = make_analysis(deleted_at=timezone.now())

    for number in (trashed.pk, 10**9):
        assert queries.find_holder_and_analysis(secret, "read", number) == (
            queries.find_holder(secret, "read"),
            None,
        )


def test_nobody_gets_an_analysis(secret: str) -> None:
    row = make_analysis()

    holder, _values = queries.find_holder_and_analysis(secret, "review", row.pk)
    assert holder is not None
    assert not holder.is_allowed
    assert queries.find_holder_and_analysis("another", "read", row.pk) == (None, None)
