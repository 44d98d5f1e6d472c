"""Counts the word pairs that English hardly has: python -m training.word_pairs --data DIR [--out FILE]."""

import gzip
import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from analyses.engines.word_pairs import NUMBER, OTHER_WORD, PARTING, STOPS, WEIGHTS, tokenize
from training.goemotions import read_comments
from training.manifest import GOEMOTIONS, arguments, store_weights

WORDS_NAMED = 2_000
# A pair is judged when chance alone would give this many, and kept when it is rarer by this power of e. Half a pair is
# added to each count.
EXPECTED_MIN = 2.0
SURPRISE_MIN = 1.25
PAIRS_ADDED = 0.5

# GoEmotions hides names so; a word that is not named stands for them.
ANY_NAME = "Xyzzy"
_PLACEHOLDER = re.compile(r"\[(?:NAME|RELIGION)\]")


def count(texts: list[str]) -> tuple[frozenset[str], Counter[str], Counter[tuple[str, str]]]:
    """Count the common words, then all kinds of tokens and their pairs."""
    spelt = Counter(token.kind for text in texts for token in tokenize(text, _ANY_WORD))
    ordered = sorted(spelt, key=lambda kind: (-spelt[kind], kind))
    words = [kind for kind in ordered if kind not in STOPS | PARTING | {NUMBER} and OTHER_WORD not in kind]
    named = frozenset(words[:WORDS_NAMED])
    singles: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for text in texts:
        kinds = [token.kind for token in tokenize(text, named)]
        singles.update(kinds)
        pairs.update(pairwise(kinds))
    return named, singles, pairs


class _AnyWord(frozenset[str]):
    """Takes every word for a named one."""

    def __contains__(self, word: object) -> bool:
        return True


_ANY_WORD = _AnyWord()


def find_rare(singles: Counter[str], pairs: Counter[tuple[str, str]]) -> Iterator[tuple[str, str, float]]:
    """Give the pairs that are rarer than `SURPRISE_MIN` says, with their surprise."""
    total = sum(singles.values())
    kinds = sorted(set(singles) - PARTING, key=lambda kind: (-singles[kind], kind))
    for first in sorted(kinds):
        for second in kinds:
            expected = singles[first] * singles[second] / total
            if expected < EXPECTED_MIN:
                break
            surprise = math.log(expected / (pairs[first, second] + PAIRS_ADDED))
            if surprise > SURPRISE_MIN:
                yield first, second, surprise


def pack(named: frozenset[str], rare: list[tuple[str, str, float]]) -> bytes:
    """Write the table as `analyses.engines.word_pairs.PairTable` reads it."""
    by_first: dict[str, list[str]] = {}
    for first, second, surprise in rare:
        by_first.setdefault(first, []).append(f"{second}={surprise:.1f}")
    lines = [" ".join((first, *sorted(seconds))) for first, seconds in sorted(by_first.items())]
    text = "\n".join((" ".join(sorted(named)), *lines))
    return gzip.compress(text.encode("utf-8"), mtime=0)


def main(data: Path, out: Path) -> None:
    """Count in the training split, and write the table down."""
    texts = [comment.text for comment in read_comments(data / "goemotions" / "original", "train")]
    named, singles, pairs = count([_PLACEHOLDER.sub(ANY_NAME, text) for text in texts])
    rare = list(find_rare(singles, pairs))
    weights = pack(named, rare)
    figures = {"words": len(named), "pairs": len(rare)}
    facts = {**GOEMOTIONS, "script": "training/word_pairs.py", "texts": len(texts), "figures": figures}
    store_weights(out, weights, facts)
    print(out, len(weights), figures)


if __name__ == "__main__":
    args = arguments("training.word_pairs", WEIGHTS)
    main(args.data, args.out)
