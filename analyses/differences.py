"""How two samples differ: means and shares with 95 % intervals, and how strongly a word belongs to one side."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, log, pi, sin, sqrt

LEVEL = 0.95
# The quantiles of the standard normal distribution below which 97.5 % and 99.865 % lie.
Z = 1.959963984540054
CLEAR_Z = 3.0
# The weight of what both sides say together, in texts, when a word is compared.
PRIOR_TEXTS = 10.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of `count` texts: their mean, and their standard deviation as a population (divided by the count)."""

    count: int
    mean: float
    deviation: float

    @property
    def squared_error(self) -> float:
        """Give the square of the mean's standard error; asks for two values at least."""
        return self.deviation**2 / (self.count - 1)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value, and the ends of its 95 % interval; None where the sample is too small for one."""

    value: float
    lower: float | None = None
    upper: float | None = None

    @property
    def is_clear(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.lower is not None and self.upper is not None and (self.lower > 0 or self.upper < 0)


def mean(sample: Sample) -> Estimate:
    """Estimate the mean by Student's t (1908); a single value has no interval.

    >>> found = mean(Sample(count=4, mean=2.5, deviation=1.118))
    >>> round(found.lower, 1), round(found.upper, 1)
    (0.4, 4.6)
    """
    if sample.count <= 1:
        return Estimate(sample.mean)
    return _around(sample.mean, sqrt(sample.squared_error), freedom=sample.count - 1)


def mean_difference(first: Sample, second: Sample) -> Estimate:
    """Estimate by how much the second mean lies above the first, variances unequal: Welch (1947), Satterthwaite (1946).

    No interval where a side has a single value, or where none varies.
    """
    value = second.mean - first.mean
    if min(first.count, second.count) <= 1:
        return Estimate(value)
    parts = [(one.squared_error, one.count - 1) for one in (first, second)]
    total = sum(square for square, _freedom in parts)
    if total == 0:
        return Estimate(value)
    freedom = total**2 / sum(square**2 / each for square, each in parts)
    return _around(value, sqrt(total), freedom=freedom)


def share(count: int, texts: int) -> Estimate:
    """Estimate the share of `count` among `texts`, of which there is one at least: Wilson (1927).

    >>> found = share(0, 10)
    >>> found.lower, round(found.upper, 3)
    (0.0, 0.278)
    """
    value = count / texts
    middle = (value + Z**2 / (2 * texts)) / (1 + Z**2 / texts)
    half = Z * sqrt(value * (1 - value) / texts + Z**2 / (4 * texts**2)) / (1 + Z**2 / texts)
    lower = 0.0 if count == 0 else max(0.0, middle - half)
    upper = 1.0 if count == texts else min(1.0, middle + half)
    return Estimate(value, lower, upper)


def share_difference(first: tuple[int, int], second: tuple[int, int]) -> Estimate:
    """Estimate by how much the second share (count, texts) lies above the first: Newcombe (1998), method 10.

    >>> found = share_difference((48, 80), (56, 70))
    >>> round(found.value, 3), round(found.lower, 4), round(found.upper, 4)
    (0.2, 0.0524, 0.3339)
    """
    before, after = share(*first), share(*second)
    value = after.value - before.value
    below = sqrt((after.value - _known(after.lower)) ** 2 + (_known(before.upper) - before.value) ** 2)
    above = sqrt((_known(after.upper) - after.value) ** 2 + (before.value - _known(before.lower)) ** 2)
    return Estimate(value, value - below, value + above)


def belonging(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Tell how much likelier the second's texts (count, texts) have a word, in standard errors; below zero the first's.

    The difference of the log odds, drawn towards what both sides say together: Monroe, Colaresi and Quinn, "Fightin'
    Words" (2008), with texts counted instead of words. Beyond 3 in either direction is hardly chance.

    >>> round(belonging((5, 100), (50, 100)), 1), belonging((0, 100), (0, 100))
    (6.0, 0.0)
    """
    both, texts = first[0] + second[0], first[1] + second[1]
    if both in (0, texts):
        return 0.0
    with_word = PRIOR_TEXTS * both / texts
    without = PRIOR_TEXTS - with_word
    odds, variance = [], 0.0
    for count, of in (first, second):
        odds.append(log((count + with_word) / (of - count + without)))
        variance += 1 / (count + with_word) + 1 / (of - count + without)
    return (odds[1] - odds[0]) / sqrt(variance)


def _known(end: float | None) -> float:
    return 0.0 if end is None else end


def _around(value: float, error: float, *, freedom: float) -> Estimate:
    half = t_quantile(freedom) * error
    return Estimate(value, value - half, value + half)


def t_quantile(freedom: float) -> float:
    """Give the value below which 97.5 % of Student's t lie, to 1 % from two degrees of freedom on.

    One and two degrees have closed forms, between them the value is too large; above, 26.7.5 of Abramowitz and Stegun
    (1964).

    >>> round(t_quantile(1), 2), round(t_quantile(10), 3), round(t_quantile(1e9), 3)
    (12.71, 2.228, 1.96)
    """
    p = (1 + LEVEL) / 2
    if freedom <= 1:
        return sin(pi * (p - 0.5)) / cos(pi * (p - 0.5))
    if freedom <= 2:  # noqa: PLR2004 - two degrees of freedom
        two = (2 * p - 1) * sqrt(2 / (4 * p * (1 - p)))
        return two + (2 - freedom) * (t_quantile(1) - two)
    terms = (
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
        (79 * Z**9 + 776 * Z**7 + 1482 * Z**5 - 1920 * Z**3 - 945 * Z) / 92_160,
    )
    return Z + sum(term / freedom ** (power + 1) for power, term in enumerate(terms))
