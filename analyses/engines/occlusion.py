"""Which words carried a score, for models that cannot tell: leave each out and score again."""

import re
from collections.abc import Callable, Sequence

from analyses.engines.base import Span

# A longer text is left out in so many stretches of several words each, to keep the time bounded.
STRETCHES_MAX = 50
WEIGHT_MIN = 0.005

_WORD = re.compile(r"\S+")


def by_leaving_out(
    text: str, score: Callable[[Sequence[str]], Sequence[float]], *, label: str = ""
) -> tuple[Span, ...]:
    """Mark the words without which the score would be another (occlusion, Zeiler and Fergus 2014).

    `score` gives one number for each text; it is called once, with the text and up to 50 others. A span's weight
    is the score of the text minus that of the text without the span; what moves it by less than 0.005 is left out.

    >>> by_leaving_out("so good", lambda texts: [float("good" in text) for text in texts])
    (Span(start=3, end=7, weight=1.0, label=''),)
    """
    stretches = _stretches(text)
    if not stretches:
        return ()
    whole, *others = score([text, *(text[:start] + text[end:] for start, end in stretches)])
    spans = (
        Span(start, end, round(whole - other, 4), label)
        for (start, end), other in zip(stretches, others, strict=True)
    )
    return tuple(span for span in spans if abs(span.weight) >= WEIGHT_MIN)


def _stretches(text: str) -> list[tuple[int, int]]:
    words = [found.span() for found in _WORD.finditer(text)]
    size = -(-len(words) // STRETCHES_MAX) or 1
    groups = [words[first : first + size] for first in range(0, len(words), size)]
    return [(group[0][0], group[-1][1]) for group in groups]
