r"""Rows exported per second against psql's \copy of the same columns and filter, in one run on the same rows.

Run from the project's folder: python -m benchmarks.export [--rows 200000] [--rounds 5] [--save]
Of twice as many rows the filter keeps the analysed half. Our file is written by `manage.py export` and, as a browser
gets it, by the Explore page's view, which counts the rows before its first byte; only those guard cells against
formulas and compute a sha256. Memory is that of a process of its own.
"""

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import scratch, worker

LIMIT = "limit: psql \\copy"
JSON_LINES = "export --format jsonl"
GROW = "--grow"
LARGE = 4
COLUMNS = (
    "id, external_id, batch_analysis_id, line_number, analysis_type, status, optimization_tier, text_content,"
    " occurred_at, sentiment_score, quality_score, readability_score, emotion_scores, language_detected, keywords,"
    " entities, topics, confidence_score, processing_time_ms, model_used, error_message, created_at, processed_at,"
    " (SELECT jsonb_object_agg(field, model_value) FROM corrections WHERE analysis_id = text_analyses.id),"
    " extra->>'shop'"
)


def load(rows: int) -> tuple[str, str]:
    """Import the rows and answer the first half; give Explore's filter and psql's query for those."""
    from django.db import connection

    from analyses.models import BatchAnalysis

    worker.load(scratch.texts(rows * 2))
    batch = BatchAnalysis.objects.get()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE text_analyses SET status = 'completed', sentiment_score = (id %% 2001 - 1000) / 1000.0,"
            " processing_time_ms = 0.125, model_used = 'vader 3.3.2', processed_at = now(), updated_at = now()"
            " WHERE line_number <= %s + 1",
            (rows,),
        )
        cursor.execute("VACUUM ANALYZE text_analyses")
    where = f"deleted_at IS NULL AND batch_analysis_id = {batch.pk} AND status = 'completed'"
    query = f"SELECT {COLUMNS} FROM text_analyses WHERE {where} ORDER BY id"
    return f"batch={batch.pk}&status=completed", query


def by_psql(query: str, path: Path) -> float:
    started = perf_counter()
    command = f"\\copy ({query}) TO '{path}' CSV HEADER"
    subprocess.run(["psql", "-q", os.environ["DATABASE_URL"], "-c", command], check=True)
    return perf_counter() - started


def by_command(query_string: str, path: Path, file_format: str = "csv") -> float:
    from django.core.management import call_command

    started = perf_counter()
    call_command("export", filter=query_string, output=path, format=file_format)
    return perf_counter() - started


def by_view(query_string: str, path: Path, first_bytes: list[float]) -> float:
    """Fetch what a browser gets and note after how many seconds its first block came."""
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import reverse

    user, _ = get_user_model().objects.get_or_create(username="benchmark", is_staff=True, is_superuser=True)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    address = f"{reverse('admin:explore_export')}?{query_string}&sort=id"
    started = perf_counter()
    blocks = iter(client.get(address))
    with path.open("wb") as file:
        file.write(next(blocks))
        first_bytes.append(perf_counter() - started)
        file.writelines(blocks)
    return perf_counter() - started


def line_count(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def growth_mb(query_string: str) -> float:
    """Give how much a fresh process grows by an export."""
    command = [sys.executable, "-m", "benchmarks.export", GROW, query_string]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def grow(query_string: str) -> None:
    """Export nothing, then the filter's rows, and print by how many megabytes the peak rose in between."""
    scratch.set_up_django()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.csv"
        by_command("status=error", path)
        before = scratch.peak_memory_mb()
        by_command(query_string, path)
    print(scratch.peak_memory_mb() - before)


def main() -> None:
    options = scratch.arguments(__doc__, rows=200_000)
    first_bytes: list[float] = []
    with scratch.scratch_database(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.csv"
        query_string, query = load(options.rows)
        ways = {
            LIMIT: partial(by_psql, query, path),
            "export": partial(by_command, query_string, path),
            "Explore's export": partial(by_view, query_string, path, first_bytes),
            JSON_LINES: partial(by_command, query_string, path, "jsonl"),
        }
        for name, run in ways.items():
            run()
            if line_count(path) != options.rows + (name != JSON_LINES):
                raise SystemExit(f"{name} wrote {line_count(path)} lines for {options.rows} rows.")
        rates = scratch.take_turns({name: (options.rows, run) for name, run in ways.items()}, options.rounds)
        ratios = scratch.show(rates, LIMIT)
        first_byte_ms = round(median(first_bytes) * 1000, 1)
        print(f"the first block comes after {first_byte_ms} ms")
        grown = {options.rows: round(growth_mb(query_string), 1)}
        grown[options.rows * LARGE] = round(growth_mb(load(options.rows * LARGE)[0]), 1)
        for rows, megabytes in grown.items():
            print(f"an export of {rows:,} rows grows its process by {megabytes} MB")
        if options.save:
            scratch.save(
                "export",
                rates,
                ratios,
                rows=options.rows,
                first_byte_ms=first_byte_ms,
                grown_mb_by_rows=grown,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == [GROW]:
        grow(sys.argv[2])
    else:
        main()
