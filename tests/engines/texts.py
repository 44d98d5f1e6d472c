"""Texts for the engines' tests: hypothesis strategies, seeded VADER-like posts, and awkward cases."""

import csv
import os
import random
from pathlib import Path

import pytest
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SPECIAL_CASES, SentimentIntensityAnalyzer

PLAIN_VADER = SentimentIntensityAnalyzer()
DATA = Path(os.environ.get("NLPADMIN_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))

# Surrogates too: a damaged file can bring them.
ANY_TEXT = st.text(st.characters(), max_size=300)

AWKWARD = {
    "empty": "",
    "whitespace": " \t\r\n\x0b\x0c\x1c\x85\u2003",
    "emoji": "\U0001f600\U0001f621\u2764\ufe0f",
    "marks": "\u0301\u0327\u20dd",
    "right to left": "הטיסה אחרה מאוד ולכן כעסנו",
    "NUL": "bad\x00flight",
    "surrogate": "awful \ud83d service",
    "one long word": "a" * 10_000,
    "long word of vowels": "aeiouy" * 1_666,
    "many words": "not so bad but good! " * 476,
    "many short words": ":( " * 3_333,
    "many emojis": "\U0001f600" * 10_000,
    "many stops": ".' " * 3_333,
    "many newlines": "\n" * 9_999 + "x",
    "digits": "0123456789" * 1_000,
    "mixed scripts": "gutes хорошо 良い good جيد " * 300,
}

# Every word that a rule of VADER names, beside some words of its list and some of none.
_RULE_WORDS = sorted(
    {*BOOSTER_DICT, *NEGATE, *(word for phrase in SPECIAL_CASES for word in phrase.split())}
    | {
        "no",
        "or",
        "nor",
        "so",
        "this",
        "never",
        "doubt",
        "least",
        "at",
        "very",
        "kind",
        "sort",
        "of",
        "but",
        "just",
    }
    | {"enough", "mayn't", "İzmir", "ΟΔΟΣ", "the", "seat", "gate"}
)
_LISTED_WORDS = sorted(PLAIN_VADER.lexicon)
_PHRASES = [*SPECIAL_CASES, "mayn't", "kind of", "sort of", "just enough"]
_ENDS = ["", "", "", "", "!", "?", ",", ".", "...", "!!!!!", "??", ")", "'"]
_GAPS = [" ", " ", " ", "  ", "\n", "\t", "\u00a0"]
_EMOJIS = sorted(emoji for emoji in PLAIN_VADER.emojis if len(emoji) == 1)


def make_post(rng: random.Random) -> str:
    """Make a post in which many of VADER's rules meet."""
    pieces: list[str] = []
    for _ in range(rng.randrange(1, 15)):
        word = rng.choice(rng.choices([_RULE_WORDS, _LISTED_WORDS, _PHRASES], [50, 44, 6])[0])
        word = rng.choice([word, word, word, word.upper(), word.capitalize()])
        emoji = rng.choice(_EMOJIS) if rng.random() < 0.05 else ""
        pieces += [word, rng.choice(_ENDS), emoji, rng.choice(_GAPS)]
    return "".join(pieces)


POSTS = st.integers(min_value=0, max_value=2**32).map(lambda seed: make_post(random.Random(seed)))


# Emojis in a row, some among words that bend what stands beside them.
EMOJI_POSTS = st.lists(
    st.sampled_from(_EMOJIS) | st.sampled_from([" ", "\ufe0f", "GOOD", " not ", " isn't ", " but ", "!"]),
    max_size=60,
).map("".join)


def airline_tweets() -> list[dict[str, str]]:
    """Read the labelled tweets; skip the test where they are not at hand."""
    path = DATA / "airline" / "Tweets.csv"
    if not path.exists():
        pytest.skip(f"{path} is not here; set NLPADMIN_DATA to the folder of the data sets")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
