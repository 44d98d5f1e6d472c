"""Texts analysed and stored per second by one worker against the bare VADER loop, in one run on the same texts.

Run from the project's folder: python -m benchmarks.worker [--rows 20000] [--rounds 5] [--save]
Storing alone is shown beside Django's bulk_update.
"""

from functools import partial
from statistics import median
from time import perf_counter

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks import scratch

LIMIT = "limit: bare VADER loop"
STORING = "storing alone, 500 a transaction"
BULK_UPDATE = "bulk_update, 500 a transaction"
CHUNK = 500
BULK_UPDATE_ROWS = 2_000


def load(texts: list[str], analysis_type: str = "sentiment", tier: str = "standard") -> None:
    """Import the texts as a batch that waits; not measured. Indexing is measured alone, by benchmarks.search."""
    from analyses.choices import JobKind
    from analyses.models import Job
    from analyses.services import importing, imports, jobs, uploads
    from analyses.tabular.writing import write_rows

    scratch.empty_tables()
    rows = write_rows(("text", "shop"), ((text, "a") for text in texts))
    record = uploads.store_upload(rows, file_name="texts.csv", user=None, limit_bytes=0)
    imports.start(
        record.pk,
        mapping=imports.Mapping("text"),
        name="b",
        analysis_types=[analysis_type],
        tier=tier,
        user=None,
    )
    claim = jobs.claim_job(Job.objects.all(), "benchmark")
    assert claim is not None
    importing.run(claim)
    Job.objects.filter(kind=JobKind.INDEX_TEXTS).delete()


def by_bare_loop(texts: list[str]) -> float:
    analyzer = SentimentIntensityAnalyzer()
    started = perf_counter()
    for text in texts:
        analyzer.polarity_scores(text)
    return perf_counter() - started


def by_worker(texts: list[str], analysis_type: str = "sentiment", tier: str = "standard") -> float:
    from analyses.services.workers import WorkLoop

    load(texts, analysis_type, tier)
    loop = WorkLoop()
    loop.start()
    started = perf_counter()
    while loop.step():
        pass
    return perf_counter() - started


def results() -> list[tuple[int, dict[str, object]]]:
    from django.utils import timezone

    from analyses.models import TextAnalysis
    from analyses.services import bulk_load

    now = timezone.now()
    values: dict[str, object] = dict.fromkeys(bulk_load.RESULT_COLUMNS)
    values |= {"status": "completed", "processing_time_ms": 0.1, "model_used": "m 1", "processed_at": now}
    values |= {"updated_at": now}
    ids = TextAnalysis.objects.order_by("id").values_list("pk", flat=True)
    return [(pk, values | {"sentiment_score": index % 100 / 100}) for index, pk in enumerate(ids)]


def by_store_results(texts: list[str]) -> float:
    from django.db import transaction

    from analyses.services import bulk_load

    load(texts)
    rows = results()
    started = perf_counter()
    for start in range(0, len(rows), CHUNK):
        with transaction.atomic():
            bulk_load.store_results(rows[start : start + CHUNK])
    return perf_counter() - started


def by_bulk_update(texts: list[str]) -> float:
    from analyses.models import TextAnalysis
    from analyses.services import bulk_load

    load(texts)
    rows = [TextAnalysis(pk=pk, **values) for pk, values in results()]
    started = perf_counter()
    for start in range(0, len(rows), CHUNK):
        TextAnalysis.objects.bulk_update(rows[start : start + CHUNK], bulk_load.RESULT_COLUMNS)
    return perf_counter() - started


def main() -> None:
    options = scratch.arguments(__doc__, rows=20_000)
    texts = scratch.texts(options.rows)
    few = texts[:BULK_UPDATE_ROWS]  # it takes seconds for each thousand
    ways = {
        LIMIT: (by_bare_loop, texts),
        "worker: analysed and stored": (partial(by_worker, tier="basic"), texts),
        STORING: (by_store_results, texts),
        BULK_UPDATE: (by_bulk_update, few),
    }
    with scratch.scratch_database():
        turns = {name: (len(given), partial(run, given)) for name, (run, given) in ways.items()}
        rates = scratch.take_turns(turns, options.rounds)
        ratios = scratch.show(rates, LIMIT)
        times = median(ours / theirs for ours, theirs in zip(rates[STORING], rates[BULK_UPDATE], strict=True))
        print(f"storing alone is {times:.0f} x bulk_update")
        if options.save:
            scratch.save(
                "worker", rates, ratios, rows=options.rows, storing_times_bulk_update=round(times, 1)
            )


if __name__ == "__main__":
    main()
