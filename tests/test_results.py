"""What a result may be, by analysis type."""

from __future__ import annotations

import doctest
from typing import Any

import pytest

from analyses import results
from analyses.exceptions import ValidationError

HUGE = 10**400


@pytest.mark.parametrize(
    ("analysis_type", "value"),
    [
        ("sentiment", float("nan")),
        ("sentiment", float("inf")),
        ("sentiment", HUGE),
        ("sentiment", True),
        ("sentiment", "0.5"),
        ("quality", -0.1),
        ("readability", 101),
        ("keywords", ["half \ud83c"]),
        ("keywords", "not a list"),
        ("keywords", ["word"] * 1_001),
        ("topics", [""]),
        ("topics", [1]),
        ("emotion", {"joy": 2}),
        ("emotion", {"joy": float("nan")}),
        ("emotion", {}),
        ("entities", ["Berlin"]),
        ("entities", [{"text": "a\x00b"}]),
        ("entities", [{"text": {"deep": {}}}]),
        ("entities", [{"start": HUGE}]),
        ("entities", [{"score": float("nan")}]),
        ("entities", [{str(number): 1 for number in range(51)}]),
        ("language", "x" * 11),
        ("language", "e n"),
        ("language", None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_bad_result_is_refused(analysis_type: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        results.clean(analysis_type, value)

    assert refusal.value.reason.endswith(".")


@pytest.mark.parametrize(
    ("analysis_type", "value", "kept"),
    [
        ("sentiment", -1, -1.0),
        ("language", " DE ", "de"),
        ("keywords", ["late delivery"], ["late delivery"]),
        ("topics", [], []),
        ("emotion", {"joy": 1}, {"joy": 1.0}),
        ("entities", [{"text": "Berlin", "start": 3}], [{"text": "Berlin", "start": 3}]),
        ("entities", [{"known": True, "id": None}], [{"known": True, "id": None}]),
        ("readability", 100, 100.0),
    ],
)
def test_good_result_is_kept(analysis_type: str, value: Any, kept: Any) -> None:
    assert results.clean(analysis_type, value) == kept


def test_the_examples_in_docstrings_are_true() -> None:
    assert doctest.testmod(results).failed == 0
