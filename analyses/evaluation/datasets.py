"""Texts that people labelled: the public sets in a folder that the reader names, and our own."""

import csv
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from analyses.evaluation import gold


def _names(line: str) -> frozenset[str]:
    return frozenset(line.split())


# How the authors of GoEmotions group their 27 emotions (Demszky et al. 2020, figure 2).
POSITIVE = _names(
    "admiration amusement approval caring desire excitement gratitude joy love optimism pride relief"
)
NEGATIVE = _names(
    "anger annoyance disappointment disapproval disgust embarrassment fear grief nervousness remorse sadness"
)
GROUPS = {"positive": POSITIVE, "negative": NEGATIVE, "neutral": _names("neutral")}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and what people called it; several labels where they disagreed or felt several things."""

    text: str
    labels: frozenset[str]

    @property
    def label(self) -> str:
        """The only label; raises ValueError where there are several."""
        (only,) = self.labels
        return only


@dataclass(frozen=True, slots=True)
class Rated:
    """A sentence, the work it stands in, and how pleasant its readers felt, 1 (not at all) to 5."""

    text: str
    work: str
    place: int
    valence: float
    split: str


def airline_tweets(folder: Path) -> list[Labelled]:
    """Read tweets to six airlines, each negative, neutral or positive (Crowdflower 2015)."""
    with (folder / "airline" / "Tweets.csv").open(encoding="utf-8", newline="") as file:
        return [Labelled(row["text"], frozenset([row["airline_sentiment"]])) for row in csv.DictReader(file)]


def goemotions(folder: Path, *, labelling: str, split: str) -> list[Labelled]:
    """Read Reddit comments with one emotion or more (Demszky et al. 2020); labelling: `original` or `ekman`."""
    place = folder / "goemotions" / labelling
    names = (place / "labels.txt").read_text(encoding="utf-8").split()
    rows = []
    # Not splitlines(): a comment may hold a character that Python takes for a line's end.
    for line in (place / f"{split}.tsv").read_text(encoding="utf-8").rstrip("\n").split("\n"):
        text, numbers, _id = line.rstrip("\r").split("\t")
        rows.append(Labelled(text, frozenset(names[int(number)] for number in numbers.split(","))))
    return rows


def goemotions_sentiment(folder: Path, *, split: str) -> list[Labelled]:
    """Read the comments whose emotions all lie in one of the three groups; ambiguous ones are left out."""
    rows = []
    for row in goemotions(folder, labelling="original", split=split):
        group = [name for name, emotions in GROUPS.items() if row.labels <= emotions]
        if group:
            rows.append(Labelled(row.text, frozenset(group)))
    return rows


def emobank(folder: Path) -> list[Rated]:
    """Read sentences of six kinds of writing as their readers felt them (Buechel and Hahn 2017)."""
    with (folder / "emobank" / "emobank_train_dev.csv").open(encoding="utf-8", newline="") as file:
        return [_rated(row) for row in csv.DictReader(file)]


def _rated(row: dict[str, str]) -> Rated:
    work, _, places = row["id"].partition("_")
    if row["id"].count("_") > 1:
        work, place, _end = row["id"].rsplit("_", 2)
        places = place
    return Rated(row["text"], work, int(places or 0), float(row["V"]), row["split"])


def sentences_by_language() -> list[Labelled]:
    """Read our sentences, five in each of 24 languages, labelled with the language's code."""
    lines = (files(gold) / "languages.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines)
    return [Labelled(text, frozenset([code])) for code, text in pairs]
