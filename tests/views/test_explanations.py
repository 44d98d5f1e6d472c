"""When an answer counts as the stored one."""

from __future__ import annotations

import doctest

import pytest

from analyses.views import explanations


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(explanations).failed == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (0.30000000001, 0.3, True),
        (0.31, 0.3, False),
        (("a", "b"), ["a", "b"], True),
        (["a"], ["a", "b"], False),
        ({"joy": 0.1 + 0.2}, {"joy": 0.3}, True),
        ({"joy": 0.3}, {"anger": 0.3}, False),
        (None, None, True),
        (None, 0.0, False),
        (True, 1, False),
        ("en", "de", False),
        ([{"text": "Oslo", "start": 3}], [{"text": "Oslo", "start": 3.0}], True),
    ],
)
def test_results_are_compared_as_the_database_keeps_them(one: object, other: object, same: bool) -> None:
    assert explanations.is_same(one, other) is same
