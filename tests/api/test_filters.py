"""No way through the list's parameters to a column that is not offered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import QueryDict

from analyses.api import filters
from analyses.exceptions import InvalidFilterError, ValidationError
from analyses.models import TextAnalysis
from analyses.queries import paging
from analyses.queries.filtering import TextAnalysisFilter

NOBODY = User()
DEPTH = 3
LOOKUPS = ("", "__regex", "__contains", "__isnull", "__gt")


def paths(model: type[Model], depth: int, prefix: str = "") -> Iterator[str]:
    """Walk every field and relation of a model, as the ORM would name them."""
    for field in model._meta.get_fields(include_hidden=True):
        name = prefix + field.name
        yield name
        related: Any = field.related_model
        if related is not None and depth > 1:
            yield from paths(related, depth - 1, f"{name}__")


def names() -> list[str]:
    offered = {*TextAnalysisFilter.base_filters, *filters.PLACE}
    walked = {f"{path}{lookup}" for path in paths(TextAnalysis, DEPTH) for lookup in LOOKUPS}
    return sorted(walked - offered)


def asked(name: str, value: str) -> QueryDict:
    query = QueryDict(mutable=True)
    query[name] = value
    return query


def test_no_relation_or_lookup_is_a_filter() -> None:
    walked = names()

    assert len(walked) > 1_000
    assert "batch_analysis__created_by__password" in walked
    for name in walked:
        with pytest.raises(InvalidFilterError):
            filters.read_filter(asked(name, "1"), reader=NOBODY)


def test_no_relation_or_lookup_orders_the_list() -> None:
    for name in set(paths(TextAnalysis, DEPTH)) - set(paging.SORT_COLUMNS):
        with pytest.raises(ValidationError):
            filters.read_list(asked("order_by", name), reader=NOBODY)
        with pytest.raises(ValidationError):
            filters.read_list(asked("sort", f"-{name}"), reader=NOBODY)
