"""Rows by who corrected them or started their batch; "me" is whoever reads."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import QueryDict

from analyses.exceptions import InvalidFilterError
from analyses.models import Correction, TextAnalysis
from analyses.queries import completion, filtering, query_bar
from analyses.queries.filtering import Filtered
from tests.factories import make_batch, make_scored

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(editor: User, operator: User) -> dict[str, TextAnalysis]:
    """A row that the editor corrected, in a batch of the operator, and one of the editor's own batch."""
    corrected = make_scored(0.5, batch_analysis=make_batch(created_by=operator))
    Correction.objects.create(analysis=corrected, field="sentiment_score", human_value=0.5, user=editor)
    return {"corrected": corrected, "started": make_scored(0.1, batch_analysis=make_batch(created_by=editor))}


def asked(query: str, reader: Any = None) -> Filtered:
    return filtering.parse(QueryDict(query), zone=UTC, reader=reader)


def ids(filtered: Filtered) -> list[int]:
    return list(filtered.queryset.values_list("pk", flat=True))


def test_rows_by_name(rows: dict[str, TextAnalysis], editor: User, operator: User) -> None:
    assert ids(asked(f"corrected_by={editor.username}")) == [rows["corrected"].pk]
    assert ids(asked(f"started_by={editor.username}")) == [rows["started"].pk]
    assert ids(asked(f"started_by={operator.username}&corrected_by={editor.username}")) == [
        rows["corrected"].pk
    ]


def test_me_is_whoever_reads(rows: dict[str, TextAnalysis], analyst: User, editor: User) -> None:
    assert ids(asked("corrected_by=me", editor)) == [rows["corrected"].pk]
    assert ids(asked("started_by=me", editor)) == [rows["started"].pk]
    assert ids(asked("started_by=me", analyst)) == []


@pytest.mark.parametrize("reader", [None, AnonymousUser()])
def test_without_a_reader_there_is_no_me(reader: Any) -> None:
    with pytest.raises(InvalidFilterError) as caught:
        asked("corrected_by=me", reader)

    assert caught.value.errors[0].reason == "“me” is whoever reads a page: give a user name here."


def test_names_of_people_who_did_nothing_are_not_told_from_names_of_nobody(
    rows: dict[str, TextAnalysis], analyst: User, operator: User
) -> None:
    """The filter must not say who has an account."""
    reasons = []
    for name in (analyst.username, operator.username, "nobody"):
        with pytest.raises(InvalidFilterError) as caught:
            asked(f"corrected_by={name}")
        reasons.append(caught.value.errors[0].reason.replace(name, "NAME"))

    assert set(reasons) == {"corrected_by: there is nothing by a person named “NAME”."}


def test_a_query_for_later_readers_names_me(rows: dict[str, TextAnalysis], editor: User) -> None:
    filtered = asked("corrected_by=me&status=completed", editor)

    assert filtered.query == "corrected_by=me&status=completed"
    assert filtered.fixed_query == f"corrected_by={editor.username}&status=completed"
    assert next((chip.label, chip.text) for chip in filtered.conditions) == ("Corrected by", "me")


def test_one_query_finds_a_person(
    rows: dict[str, TextAnalysis], editor: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        asked(f"corrected_by={editor.username}")
    with django_assert_num_queries(0):
        asked("corrected_by=me", editor)


def test_the_query_bar_knows_people(rows: dict[str, TextAnalysis], editor: User) -> None:
    assert query_bar.parse("corrected_by:me") == [("corrected_by", "me")]
    assert query_bar.write([("started_by", "Zoë Q")]) == 'started_by:"Zoë Q"'
    offered = [one.line for one in completion.suggest("corrected_by:")]
    assert offered == ["corrected_by:me ", f"corrected_by:{editor.username} "]


@pytest.mark.parametrize("value", ["%00", "x" * 151, "%F0%9F%98%80"])
def test_hostile_names_are_refused(value: str, rows: dict[str, TextAnalysis]) -> None:
    with pytest.raises(InvalidFilterError):
        asked(f"corrected_by={value}")
