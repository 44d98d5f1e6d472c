"""Reads GoEmotions (Demszky et al. 2020, Apache-2.0) as its authors publish it, and groups its labels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# The groups of the paper's sentiment taxonomy (Demszky et al. 2020, figure 2).
POSITIVE = (
    *("admiration", "amusement", "approval", "caring", "desire", "excitement", "gratitude", "joy", "love"),
    *("optimism", "pride", "relief"),
)
NEGATIVE = (
    *("anger", "annoyance", "disappointment", "disapproval", "disgust", "embarrassment", "fear", "grief"),
    *("nervousness", "remorse", "sadness"),
)
AMBIGUOUS = ("confusion", "curiosity", "realization", "surprise")

GROUP_BY_LABEL: Mapping[str, str] = {
    **dict.fromkeys(POSITIVE, "positive"),
    **dict.fromkeys(NEGATIVE, "negative"),
    **dict.fromkeys(AMBIGUOUS, "ambiguous"),
    "neutral": "neutral",
}


@dataclass(frozen=True, slots=True)
class Comment:
    """A Reddit comment and the names of its labels."""

    text: str
    labels: tuple[str, ...]

    @property
    def groups(self) -> frozenset[str]:
        """The sentiment groups of its labels: negative, neutral, positive, ambiguous."""
        return frozenset(GROUP_BY_LABEL[label] for label in self.labels)


def read_comments(folder: Path, part: str) -> list[Comment]:
    """Read `part` ("train" or "dev") of a folder with labels.txt: text TAB label numbers TAB id, no header.

    Raises `ValueError` with the line number where a line has another form.
    """
    names = folder.joinpath("labels.txt").read_text(encoding="utf-8").split()
    path = folder / f"{part}.tsv"
    with path.open(encoding="utf-8", newline="\n") as lines:
        return list(_parse(lines, names, path))


def _parse(lines: Iterator[str], names: list[str], path: Path) -> Iterator[Comment]:
    for number, line in enumerate(lines, start=1):
        try:
            text, places, _identifier = line.rstrip("\r\n").split("\t")
            yield Comment(text, tuple(names[int(place)] for place in places.split(",")))
        except (ValueError, IndexError) as error:
            raise ValueError(f"{path}, line {number}: expected text, label numbers and id.") from error
