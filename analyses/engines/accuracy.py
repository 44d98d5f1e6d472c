"""How good answers are: figures that compare what an engine says with what people say."""

import math
from collections.abc import Iterable, Sequence

CALIBRATION_BINS = 15


def macro_f1(guesses: Sequence[str], truths: Sequence[str]) -> float:
    """Give the mean over classes of F1, 0..1: the classes are those that occur in `truths`.

    A guess outside these classes (say "" for an engine that does not know) is simply wrong. 0.0 without texts.
    Raises `ValueError` where the two differ in length.

    >>> macro_f1(["joy", "joy", "anger", ""], ["joy", "anger", "anger", "joy"])
    0.5833333333333333
    """
    scores = []
    for name in sorted(set(truths)):
        pairs = list(zip(guesses, truths, strict=True))
        both = sum(guess == name == truth for guess, truth in pairs)
        either = sum(guess == name for guess, _ in pairs) + sum(truth == name for _, truth in pairs)
        scores.append(2 * both / either)
    return sum(scores) / len(scores) if scores else 0.0


def expected_calibration_error(
    confidences: Sequence[float], are_right: Iterable[float], *, bins: int = CALIBRATION_BINS
) -> float:
    """Give how far confidence and the share of right answers lie apart, 0 (never) to 1 (Naeini et al. 2015).

    The confidences (0..1) fall into `bins` intervals of equal width; the distance between mean confidence
    and share of right answers in each interval is weighted by its number of answers. An answer of several parts
    may be right in part, 0..1. 0.0 without answers.

    >>> round(expected_calibration_error([0.9, 0.9, 0.6, 0.6], [True, True, True, False]), 4)
    0.1
    """
    members: list[list[tuple[float, float]]] = [[] for _ in range(bins)]
    for confidence, is_right in zip(confidences, are_right, strict=True):
        members[min(bins - 1, int(confidence * bins))].append((confidence, is_right))
    distance = sum(
        abs(sum(confidence for confidence, _ in one) - sum(is_right for _, is_right in one))
        for one in members
    )
    return distance / len(confidences) if confidences else 0.0


def pearson(left: Sequence[float], right: Sequence[float]) -> float:
    """Give the correlation of two lists of numbers, -1..1 (Pearson 1895); NaN where one does not vary.

    Raises `ValueError` where the two differ in length.

    >>> round(pearson([1.0, 2.0, 3.0], [2.0, 4.0, 7.0]), 4)
    0.9934
    """
    if not left and not right:
        return math.nan
    left_mean, right_mean = math.fsum(left) / len(left), math.fsum(right) / len(right)
    products = [(x - left_mean) * (y - right_mean) for x, y in zip(left, right, strict=True)]
    spread = math.sqrt(
        math.fsum((x - left_mean) ** 2 for x in left) * math.fsum((y - right_mean) ** 2 for y in right)
    )
    return math.fsum(products) / spread if spread else math.nan
