"""Linear models of texts: 8-bit weights of words and pairs of words, scored in plain Python."""

import gzip
import json
import math
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from itertools import islice, pairwise
from operator import mul
from typing import Any, NamedTuple

from analyses.engines.base import Span

# Raised with every change to the layout or to `tokenize`: weights fit the tokens that they were trained on.
LAYOUT = 1

WEIGHT_MAX = 127

# One integer holds the weights of all classes side by side, so one addition adds them all. Each field has room
# for 16 million words of the largest weight.
FIELD_BITS = 32
FIELD_OFFSET = 1 << (FIELD_BITS - 1)

# What moves the decision by less than this share of the strongest word is not worth marking.
SHARE_SHOWN = 0.1

# A word with its apostrophes; up to three signs in a row (an emoticon, "...", "!!!"); any other sign, such as an
# emoji. No alternative can begin where another one gave up, so long texts cannot make it walk back.
_TOKEN = re.compile(r"\w+(?:'\w+)*|[!-/:-@\[-^`{-~]{1,3}|[^\w\s]")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Header:
    """What a file of weights says before the weights.

    `scales` is what one step of a weight is worth, by class. The sum over the words of a text is divided by
    the number of its tokens to the power `length_power`. `dense` holds the weights by class of each further
    feature, by name, in the order in which they are given. Scores are divided by `temperature` before they
    become probabilities. `thresholds` are limits that an engine reads for itself.
    """

    classes: tuple[str, ...]
    scales: tuple[float, ...]
    biases: tuple[float, ...]
    dense: dict[str, tuple[float, ...]]
    length_power: float
    temperature: float
    thresholds: dict[str, float]
    layout: int = LAYOUT


@dataclass(frozen=True, slots=True)
class Scores:
    """What a model says about one text: a probability for each class, and how many words and pairs it knew."""

    probabilities: tuple[float, ...]
    known: int


class Token(NamedTuple):
    """A token and where it stands in the text as it was given."""

    start: int
    end: int
    word: str


def tokenize(text: str) -> list[str]:
    """Cut a text into lower-case words, emoticons and signs, in text order.

    >>> tokenize("Don\u2019t GO there... :-) \U0001f600!")
    ["don't", 'go', 'there', '...', ':-)', '\U0001f600', '!']
    """
    return _TOKEN.findall(_lowered(text))


def locate_tokens(text: str) -> list[Token]:
    """Give the tokens of `tokenize` with their places."""
    lowered = _lowered(text)
    found = _TOKEN.finditer(lowered)
    if len(lowered) == len(text):
        return [Token(*one.span(), one[0]) for one in found]
    # A few capitals, such as the Turkish I with a dot, become two characters.
    origins = [index for index, character in enumerate(text) for _ in character.lower()]
    return [Token(origins[one.start()], origins[one.end() - 1] + 1, one[0]) for one in found]


def _lowered(text: str) -> str:
    return text.lower().replace("\u2019", "'")


class LinearModel:
    """Probabilities of classes from a weighted sum over a text's words, pairs of words and further features.

    A class's score is its bias, plus the weights of the text's known words and pairs (each as often as it
    occurs) over a power of the text's length, plus the further features by their weights; softmax of the scores over
    the temperature gives probabilities. Whole numbers are summed, so the order of words cannot change a digit.
    """

    def __init__(self, header: Header, weights: Mapping[str, Sequence[int]]) -> None:
        """Take whole weights, -127..127 by class, for words and for pairs written with a space between."""
        self.header = header
        packed = {gram: self._pack(row) for gram, row in weights.items()}
        self._words = {gram: value for gram, value in packed.items() if " " not in gram}
        self._pairs: dict[Pair, int] = {
            (first, second): value
            for gram, value in packed.items()
            for first, space, second in [gram.partition(" ")]
            if space
        }
        fields = len(header.classes) + 1
        self._offset = sum(FIELD_OFFSET << (FIELD_BITS * index) for index in range(fields))
        self._fields = struct.Struct(f"<{fields}I")
        self._scales = [scale / header.temperature for scale in header.scales]
        self._biases = [bias / header.temperature for bias in header.biases]
        self._dense = [
            [row[index] / header.temperature for row in header.dense.values()]
            for index in range(len(header.classes))
        ]

    @staticmethod
    def _pack(row: Sequence[int]) -> int:
        """Put the weights side by side; a last field counts one known word."""
        return sum(weight << (FIELD_BITS * index) for index, weight in enumerate((*row, 1)))

    def _unpack(self, total: int) -> list[int]:
        """Give the sums by class, and in the last place the number of known words and pairs."""
        fields = self._fields.unpack((total + self._offset).to_bytes(self._fields.size, "little"))
        return [value - FIELD_OFFSET for value in fields]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self.header.classes

    def score(self, text: str, dense: Sequence[float] = ()) -> Scores:
        """Give the probabilities for one text; `dense` has a value for each further feature of the header."""
        tokens = tokenize(text)
        # Unknown ones are left out before the sum: adding 0 to so long a number takes as long as adding any.
        total = sum(filter(None, map(self._words.get, tokens)))
        total += sum(filter(None, map(self._pairs.get, zip(tokens, islice(tokens, 1, None), strict=False))))
        *sums, known = self._unpack(total)
        shrink = len(tokens) ** -self.header.length_power if tokens else 0.0
        self._check(dense)
        scores = [
            bias + scale * shrink * one + sum(map(mul, weights, dense))
            for bias, scale, one, weights in zip(self._biases, self._scales, sums, self._dense, strict=True)
        ]
        return Scores(softmax(scores), known)

    def _check(self, dense: Sequence[float]) -> None:
        if len(dense) != len(self.header.dense):
            raise ValueError(f"The model takes {len(self.header.dense)} further features, not {len(dense)}.")

    def contributions(self, text: str, direction: Sequence[float]) -> list[tuple[Token, float]]:
        """Give each token with what it adds to the scores, by class times `direction`, before softmax.

        A pair's weight is shared by its two words, so that no two places overlap.
        """
        tokens = locate_tokens(text)
        shrink = len(tokens) ** -self.header.length_power if tokens else 0.0
        steps = [scale * shrink * one for scale, one in zip(self._scales, direction, strict=True)]
        words = [self._words.get(token.word, 0) for token in tokens]
        pairs = [self._pairs.get((first.word, second.word), 0) for first, second in pairwise(tokens)]
        # A long text repeats itself: each distinct weight is unpacked once.
        worth = {packed: self._worth(packed, steps) for packed in {*words, *pairs}}
        added = [worth[packed] for packed in words]
        for index, packed in enumerate(pairs):
            added[index] += worth[packed] / 2.0
            added[index + 1] += worth[packed] / 2.0
        return list(zip(tokens, added, strict=True))

    def dense_contribution(self, dense: Sequence[float], direction: Sequence[float]) -> float:
        """Give what the further features add to the scores, by class times `direction`, before softmax."""
        self._check(dense)
        return sum(
            one * weight * value
            for one, weights in zip(direction, self._dense, strict=True)
            for weight, value in zip(weights, dense, strict=True)
        )

    def _worth(self, packed: int, steps: Sequence[float]) -> float:
        *weights, _known = self._unpack(packed)
        return sum(weight * step for weight, step in zip(weights, steps, strict=True))


def against_the_others(chosen: int, classes: int) -> list[float]:
    """Give the direction that sets one class apart from the mean of the others.

    >>> against_the_others(1, 3)
    [-0.5, 1.0, -0.5]
    """
    return [1.0 if index == chosen else -1.0 / (classes - 1) for index in range(classes)]


def strongest(contributions: Sequence[tuple[Token, float]], *, label: str = "") -> tuple[Span, ...]:
    """Keep what counts beside the strongest contribution, as spans in text order."""
    limit = SHARE_SHOWN * max((abs(weight) for _, weight in contributions), default=0.0)
    return tuple(
        Span(token.start, token.end, shown, label)
        for token, weight in contributions
        if abs(weight) >= limit and (shown := round(weight, 4))
    )


def softmax(scores: Sequence[float]) -> tuple[float, ...]:
    """Turn scores into probabilities that sum to 1.

    >>> softmax([0.0, 0.0])
    (0.5, 0.5)
    """
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    total = sum(powers)
    return tuple(power / total for power in powers)


def load_model(name: str) -> LinearModel:
    """Read a model from this package's folder of weights."""
    return read_model(resources.files("analyses.engines").joinpath("weights", name).read_bytes())


def read_model(data: bytes) -> LinearModel:
    """Read a model from the bytes of its file. Raises `ValueError` where they have another layout."""
    header_line, vocabulary, weights = gzip.decompress(data).split(b"\n\n", 2)
    facts: dict[str, Any] = json.loads(header_line)
    if facts["layout"] != LAYOUT:
        raise ValueError(f"The weights have layout {facts['layout']}; this code reads layout {LAYOUT}.")
    facts |= {key: tuple(facts[key]) for key in ("classes", "scales", "biases")}
    facts["dense"] = {name: tuple(row) for name, row in facts["dense"]}
    header = Header(**facts)
    grams = vocabulary.decode().split("\n") if vocabulary else []
    return LinearModel(header, dict(zip(grams, _rows(weights, len(grams), header), strict=True)))


def _rows(weights: bytes, count: int, header: Header) -> Iterator[tuple[int, ...]]:
    """Give the weights of each word by class; the file has them class by class, which packs tighter."""
    flat = memoryview(weights).cast("b")
    columns = [flat[index * count : (index + 1) * count] for index in range(len(header.classes))]
    return zip(*columns, strict=True)


def write_model(header: Header, weights: Mapping[str, Sequence[int]]) -> bytes:
    """Give the bytes of a model's file; equal models give equal bytes."""
    facts = asdict(header) | {"dense": list(header.dense.items())}
    grams = sorted(weights)
    columns = zip(*(weights[gram] for gram in grams), strict=True)
    flat = b"".join(struct.pack(f"{len(grams)}b", *column) for column in columns)
    head = json.dumps(facts, sort_keys=True).encode()
    return gzip.compress(b"\n\n".join([head, "\n".join(grams).encode(), flat]), mtime=0)
