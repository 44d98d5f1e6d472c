"""Rows copied per second to be run again against one bare INSERT .. SELECT, in one run on the same rows.

Run from the project's folder: python -m benchmarks.rerun [--rows 50000] [--rounds 5] [--save]
Reading the rows and storing them by bulk_create is shown beside it.
"""

from functools import partial
from time import perf_counter

from benchmarks import scratch, worker

LIMIT = "limit: one INSERT .. SELECT"
BULK_CREATE = "read and bulk_create, 500 at once"
CHUNK = 500
COPIED = "text_content, text_hash, content_length, external_id, extra, occurred_at, analysis_type"


def load(texts: list[str]) -> int:
    """Import the texts and give the batch; not measured."""
    from analyses.models import BatchAnalysis

    worker.load(texts)
    return BatchAnalysis.objects.get().pk


def by_one_statement(texts: list[str]) -> float:
    from django.db import connection

    from analyses.models import BatchAnalysis

    source = load(texts)
    target = BatchAnalysis.objects.create(batch_name="again", analysis_type="sentiment")
    started = perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO text_analyses ({COPIED}, line_number, batch_analysis_id, status, retry_count,"
            f" optimization_tier, created_at, updated_at) SELECT {COPIED}, line_number, %s, 'pending', 0, 'basic',"
            " now(), now() FROM text_analyses WHERE batch_analysis_id = %s AND deleted_at IS NULL ORDER BY id",
            (target.pk, source),
        )
    return perf_counter() - started


def by_worker(texts: list[str]) -> float:
    from django.http import QueryDict
    from django.utils import timezone

    from analyses.models import Job
    from analyses.queries import filtering
    from analyses.services import copying, jobs, reruns

    source = load(texts)
    zone = timezone.get_current_timezone()
    filtered = filtering.parse(QueryDict(f"batch={source}"), zone=zone)
    Job.objects.all().delete()
    reruns.start(filtered, zone="UTC", name="again", analysis_types=["sentiment"], tier="basic", user=None)
    claim = jobs.claim_job(Job.objects.all(), "benchmark")
    assert claim is not None
    started = perf_counter()
    copying.run(claim)
    return perf_counter() - started


def by_bulk_create(texts: list[str]) -> float:
    from analyses.models import BatchAnalysis, TextAnalysis

    source = load(texts)
    target = BatchAnalysis.objects.create(batch_name="again", analysis_type="sentiment")
    names = [name.strip() for name in COPIED.split(",")]
    started = perf_counter()
    rows = TextAnalysis.objects.filter(batch_analysis=source).order_by("pk").values("line_number", *names)
    made = (
        TextAnalysis(**row, batch_analysis=target, optimization_tier="basic")
        for row in rows.iterator(chunk_size=5000)
    )
    TextAnalysis.objects.bulk_create(made, batch_size=CHUNK)
    return perf_counter() - started


def main() -> None:
    options = scratch.arguments(__doc__, rows=50_000)
    texts = scratch.texts(options.rows)
    ways = {LIMIT: by_one_statement, "rows run again": by_worker, BULK_CREATE: by_bulk_create}
    with scratch.scratch_database():
        turns = {name: (len(texts), partial(run, texts)) for name, run in ways.items()}
        rates = scratch.take_turns(turns, options.rounds)
        ratios = scratch.show(rates, LIMIT)
        if options.save:
            scratch.save("rerun", rates, ratios, rows=options.rows)


if __name__ == "__main__":
    main()
