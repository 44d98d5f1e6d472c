"""Milliseconds for the first page and the capped count of searches, by how many texts match, and indexing alone.

Run from the project's folder: python -m benchmarks.search [--rows 1000000] [--rounds 15] [--keep NAME] [--save]
DATABASE_URL names the server, as for benchmarks.explore. No page is drawn here: what is timed is the list's rows and
the count up to 10,000, each as its own statements.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from benchmarks import library, scratch

RARE, MIDDLE, COMMON = library.RARE_WORD, library.MIDDLE_WORD, library.COMMON_WORD
QUESTIONS = {
    "no text": "nowhere",
    "a rare word": RARE,
    "a word of 2 %": MIDDLE,
    "a common word": COMMON,
    "a common and a rare word": f"{COMMON} {RARE}",
    "a common word and one of 2 %": f"{COMMON} {MIDDLE}",
    "one of two words": f"{RARE} OR {MIDDLE}",
    "a common word without another": f"{COMMON} -coffee",
    "all but a common word": f"-{COMMON}",
    "a phrase of common words": f'"{COMMON} coffee"',
    "a beginning": f"{COMMON[:4]}*",
    "a rare beginning": f"{RARE[:5]}*",
}

Figures = dict[str, dict[str, float]]


def measure(rounds: int) -> Figures:
    """Time each question and print it as it comes."""
    from analyses.choices import LIST_MATCHES_MAX
    from analyses.models import TextAnalysis
    from analyses.queries import paging, search
    from analyses.search.parsing import parse

    print("| | matches | page p50 | p95 | count p50 | p95 |\n| --- | --- | --- | --- | --- | --- |")
    figures = {}
    for name, words in QUESTIONS.items():
        rows = search.narrow(TextAnalysis.objects.live(), parse(words))
        page = timed(lambda rows=rows: paging.page(rows), rounds)
        counted = timed(lambda rows=rows: rows.order_by()[: LIST_MATCHES_MAX + 1].count(), rounds)
        matches = rows.order_by().count()
        print(
            f"| {name} | {matches:,} | {page[0]:.1f} | {page[1]:.1f} | {counted[0]:.1f} | {counted[1]:.1f} |",
            flush=True,
        )
        figures[name] = {
            "matches": matches,
            "page_p50_ms": round(page[0], 1),
            "page_p95_ms": round(page[1], 1),
            "count_p50_ms": round(counted[0], 1),
            "count_p95_ms": round(counted[1], 1),
        }
    return figures


def timed(run: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """Give the median and the 95th percentile of some rounds in milliseconds, the first one left out."""
    taken = []
    for _ in range(rounds + 1):
        started = perf_counter()
        run()
        taken.append((perf_counter() - started) * 1000)
    warm = taken[1:]
    return median(warm), quantiles(warm, n=20)[-1] if len(warm) > 1 else warm[0]


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = scratch.parser(__doc__, rows=1_000_000)
    parser.set_defaults(rounds=15)
    parser.add_argument("--keep", default="", metavar="NAME", help="keep the database under this name")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    name = options.keep or f"nlpadmin_benchmark_{os.getpid()}"
    with scratch.database(name, keep=bool(options.keep)):
        from django.db import connection

        from analyses.models import TextAnalysis

        if not TextAnalysis.objects.exists():
            library.build(options.rows)
        rows = TextAnalysis.objects.count()
        started = perf_counter()
        indexed = library.index()
        rate = indexed / (perf_counter() - started)
        print(f"indexed {indexed:,} of {rows:,} texts, {rate:,.0f} a second\n")
        figures = measure(options.rounds)
        if options.save:
            facts = {"rows": rows, "indexed": indexed, "indexed_per_second": round(rate), "figures": figures}
            scratch.save(f"search_{connection.vendor}", {}, {}, **facts)


if __name__ == "__main__":
    main()
