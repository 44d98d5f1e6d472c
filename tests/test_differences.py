"""Means, shares and words of two samples, against published examples."""

from __future__ import annotations

import doctest

import pytest

from analyses import differences
from analyses.differences import Estimate, Sample


def rounded(found: Estimate, digits: int = 4) -> tuple[float, float | None, float | None]:
    lower = None if found.lower is None else round(found.lower, digits)
    upper = None if found.upper is None else round(found.upper, digits)
    return round(found.value, digits), lower, upper


def test_examples_of_the_docstrings() -> None:
    assert doctest.testmod(differences).failed == 0


@pytest.mark.parametrize(
    ("freedom", "table"), [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (10, 2.228), (30, 2.042)]
)
def test_quantiles_of_student(freedom: float, table: float) -> None:
    assert differences.t_quantile(freedom) == pytest.approx(table, rel=0.01)


def test_a_mean_of_one_value_has_no_interval() -> None:
    assert differences.mean(Sample(1, 0.4, 0.0)) == Estimate(0.4)


def test_a_mean_of_equal_values_is_certain() -> None:
    assert rounded(differences.mean(Sample(5, 0.4, 0.0))) == (0.4, 0.4, 0.4)


def test_welch_example() -> None:
    """Two samples of scipy's manual: means 15.0 and 12.0, standard deviations sqrt(87.5) and sqrt(39.0), 13 and 11."""
    first = Sample(13, 15.0, (87.5 * 12 / 13) ** 0.5)
    second = Sample(11, 12.0, (39.0 * 10 / 11) ** 0.5)

    value, lower, upper = rounded(differences.mean_difference(first, second), 1)

    assert (value, lower, upper) == (-3.0, -9.7, 3.7)


@pytest.mark.parametrize(
    ("first", "second"),
    [(Sample(1, 0.1, 0.0), Sample(9, 0.2, 0.1)), (Sample(5, 0.1, 0.0), Sample(9, 0.2, 0.0))],
)
def test_no_interval_where_nothing_can_be_told(first: Sample, second: Sample) -> None:
    found = differences.mean_difference(first, second)

    assert rounded(found) == (0.1, None, None)
    assert not found.is_clear


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Newcombe (1998), table II, method 10; there the first minus the second.
        ((56, 70), (48, 80), (-0.2, -0.3339, -0.0524)),
        ((9, 10), (3, 10), (-0.6, -0.8090, -0.1705)),
        ((10, 10), (0, 20), (-1.0, -1.0, -0.6791)),
    ],
)
def test_newcombe_examples(
    first: tuple[int, int], second: tuple[int, int], expected: tuple[float, float, float]
) -> None:
    found = differences.share_difference(first, second)

    assert rounded(found) == expected
    assert found.is_clear


def test_an_interval_around_zero_is_not_clear() -> None:
    assert not differences.share_difference((5, 50), (6, 50)).is_clear


def test_a_word_belongs_to_the_side_that_has_it_more_often() -> None:
    assert differences.belonging((40, 100), (2, 100)) < -differences.CLEAR_Z
    assert differences.belonging((2, 100), (40, 100)) > differences.CLEAR_Z


def test_a_word_of_few_texts_is_no_difference() -> None:
    assert abs(differences.belonging((0, 1000), (2, 1000))) < differences.CLEAR_Z


def test_sides_may_have_different_sizes() -> None:
    assert abs(differences.belonging((10, 100), (1000, 10_000))) < 0.01


@pytest.mark.parametrize("both", [((0, 10), (0, 10)), ((10, 10), (20, 20))])
def test_a_word_of_no_or_of_every_text_tells_nothing(both: tuple[tuple[int, int], tuple[int, int]]) -> None:
    assert differences.belonging(*both) == 0.0
