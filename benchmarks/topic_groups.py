"""How well the groups of a batch hold together, beside k-means and scikit-learn's NMF on the same vectors.

Run from the project's folder: python -m benchmarks.topic_groups DATA_DIR, with the folder of the data sets. It needs
scikit-learn, which the product does not. Of each set 2,000 texts are grouped and 6,000 held out. Coherence is the
mean NPMI of the terms of each group in the held-out texts, -1 to 1. Agreement is the normalised mutual information
of the groups of held-out tweets with the reason of a complaint, over the tweets that have both.
"""

from __future__ import annotations

import csv
import math
import random
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF
from sklearn.metrics import normalized_mutual_info_score

from analyses.engines import topic_groups
from analyses.engines.topic_groups import Groups, fold, words_of

FITTED, HELD_OUT = 2_000, 6_000
SEEDS = (0, 1, 2)

Text = tuple[str, str]  # with its label, empty where it has none


def tweets(folder: Path) -> list[Text]:
    with (folder / "airline" / "Tweets.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["negativereason"]) for row in csv.DictReader(file)]


def comments(folder: Path) -> list[Text]:
    lines = (folder / "goemotions" / "original" / "train.tsv").read_text(encoding="utf-8").splitlines()
    return [(line.split("\t")[0], "") for line in lines]


def coherence(groups: Sequence[Sequence[str]], texts: Sequence[Text]) -> float:
    documents = [{fold(word) for _start, _end, word in words_of(text)} for text, _label in texts]
    values = []
    for terms in groups:
        for one, other in combinations(map(fold, terms), 2):
            shares = [
                sum(wanted <= document for document in documents) / len(documents)
                for wanted in ({one}, {other}, {one, other})
            ]
            if shares[2]:
                values.append(math.log(shares[2] / (shares[0] * shares[1])) / -math.log(shares[2]))
            elif shares[0] and shares[1]:
                values.append(-1.0)
    return sum(values) / len(values) if values else 0.0


def agreement(found: Groups, texts: Sequence[Text]) -> tuple[float, int]:
    places = [(topic_groups.assign(text, found).group, label) for text, label in texts]
    pairs = [(place, label) for place, label in places if place is not None and label]
    if not pairs:
        return 0.0, 0
    return normalized_mutual_info_score(*zip(*pairs, strict=True)), len(pairs)


def report(name: str, found: Groups, held_out: Sequence[Text], seconds: float) -> None:
    named = coherence([group.terms for group in found.groups], held_out)
    score, pairs = agreement(found, held_out)
    placed = sum(topic_groups.assign(text, found).group is not None for text, _label in held_out) / len(
        held_out
    )
    print(
        f"{name:22} groups {len(found.groups):2}  coherence {named:6.3f}  agreement {score:.3f} ({pairs})"
        f"  in a group {placed:.0%}  {seconds:.1f} s"
    )


def vectors_of(texts: Sequence[str], found: Groups) -> Any:
    index = {word: place for place, word in enumerate(found.worth)}
    rows = []
    for text in texts:
        counts = Counter(fold(word) for _start, _end, word in words_of(text))
        vector = topic_groups._vector(counts, found.worth)
        if vector:
            row = np.zeros(len(index))
            for word, weight in vector.items():
                row[index[word]] = weight
            rows.append(row)
    return np.array(rows)


def named_by_weight(rows: Any, found: Groups) -> Groups:
    """Make groups of other rows as `fit` makes them of its own, but for leaving out."""
    vocabulary = list(found.worth)
    groups = tuple(
        topic_groups.Group(
            tuple(vocabulary[place] for place in np.argsort(-row, kind="stable")[:5]),
            topic_groups._weights(list(map(float, row)), vocabulary),
        )
        for row in rows
    )
    return Groups(groups, found.worth, found.texts)


def measure(name: str, texts: list[Text]) -> None:
    random.Random(1).shuffle(texts)
    fitted, held_out = [text for text, _label in texts[:FITTED]], texts[FITTED : FITTED + HELD_OUT]
    print(f"\n{name}")
    started = perf_counter()
    found = topic_groups.fit(fitted)
    report("ours", found, held_out, perf_counter() - started)
    for group in found.groups:
        print("   ", ", ".join(group.terms))
    vectors = vectors_of(fitted, found)
    count = min(12, max(2, round(math.sqrt(len(vectors) / topic_groups.TEXTS_TO_A_GROUP))))
    for seed in SEEDS:
        started = perf_counter()
        centres = KMeans(count, n_init=3, random_state=seed).fit(vectors).cluster_centers_
        report(f"k-means, seed {seed}", named_by_weight(centres, found), held_out, perf_counter() - started)
    started = perf_counter()
    rows = NMF(count, init="nndsvd", max_iter=300, random_state=0).fit(vectors).components_
    report("NMF of scikit-learn", named_by_weight(rows, found), held_out, perf_counter() - started)


if __name__ == "__main__":
    measure("airline tweets", tweets(Path(sys.argv[1])))
    measure("GoEmotions comments", comments(Path(sys.argv[1])))
