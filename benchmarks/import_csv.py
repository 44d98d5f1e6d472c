"""Rows imported per second against COPY to staging and INSERT..SELECT, and against bulk_create, in one run.

Run from the project's folder: python -m benchmarks.import_csv [--rows 200000] [--rounds 5] [--save]
The limit loads the same file into the same table, hashed by the server; it reports no bad line and keeps neither
rollup nor jobs. Ours includes the upload: spooled, hashed, looked into. Memory is that of a process of its own.
"""

import csv
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import scratch

LIMIT = "limit: COPY + INSERT..SELECT"
LARGE = 4
GROW = "--grow"


def write_file(path: Path, rows: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "text", "shop"))
        writer.writerows((number, text, "a") for number, text in enumerate(scratch.texts(rows)))


def by_service(path: Path) -> float:
    from analyses.models import Job
    from analyses.services import importing, imports, jobs, uploads

    started = perf_counter()
    with path.open("rb") as file:
        record = uploads.store_upload(
            iter(lambda: file.read(1 << 20), b""), file_name=path.name, user=None, limit_bytes=0
        )
    mapping = imports.Mapping("text", "id")
    imports.start(
        record.pk, mapping=mapping, name="b", analysis_types=["sentiment"], tier="standard", user=None
    )
    claim = jobs.claim_job(Job.objects.all(), "benchmark")
    assert claim is not None
    importing.run(claim)
    return perf_counter() - started


def by_sql(path: Path) -> float:
    from django.db import connection, transaction

    started = perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE UNLOGGED TABLE staging (id text, text text, shop text)")
        with (
            cursor.copy("COPY staging FROM STDIN WITH (FORMAT csv, HEADER)") as copy,
            path.open("rb") as file,
        ):
            while block := file.read(1 << 16):
                copy.write(block)
        cursor.execute(
            "INSERT INTO batch_analyses (batch_name, batch_size, analysis_type, status, completed_count,"
            " error_count, optimization_tier, created_at, updated_at) VALUES"
            " ('b', 0, 'sentiment', 'pending', 0, 0, 'standard', now(), now()) RETURNING id"
        )
        (batch_id,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO text_analyses (text_content, text_hash, content_length, analysis_type, status,"
            " optimization_tier, created_at, updated_at, retry_count, batch_analysis_id, line_number, external_id,"
            " extra) SELECT text, encode(sha256(convert_to(text, 'UTF8')), 'hex'), length(text), 'sentiment',"
            " 'pending', 'standard', now(), now(), 0, %s, row_number() OVER () + 1, id,"
            " jsonb_build_object('shop', shop) FROM staging"
            " WHERE length(text) BETWEEN 1 AND 10000",
            (batch_id,),
        )
        cursor.execute("DROP TABLE staging")
    return perf_counter() - started


def by_bulk_create(path: Path) -> float:
    from django.db import transaction

    from analyses import texts
    from analyses.models import BatchAnalysis, TextAnalysis

    started = perf_counter()
    with transaction.atomic(), path.open(newline="", encoding="utf-8") as file:
        batch = BatchAnalysis.objects.create(batch_name="b", analysis_type="sentiment")
        rows = (
            TextAnalysis(
                text_content=row["text"],
                text_hash=texts.text_hash(row["text"]),
                content_length=len(row["text"]),
                analysis_type="sentiment",
                batch_analysis=batch,
                line_number=number,
                external_id=row["id"],
                extra={"shop": row["shop"]},
            )
            for number, row in enumerate(csv.DictReader(file), start=2)
        )
        TextAnalysis.objects.bulk_create(rows, batch_size=5000)
    return perf_counter() - started


def emptied(run: Callable[[Path], float], path: Path) -> float:
    scratch.empty_tables()
    return run(path)


def growth_mb(path: Path) -> float:
    """Give how much a fresh process grows by an import."""
    scratch.empty_tables()
    command = [sys.executable, "-m", "benchmarks.import_csv", GROW, str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def grow(path: Path) -> None:
    """Import one small file and then this one, and print by how many megabytes the peak rose in between."""
    scratch.set_up_django()
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.csv"
        write_file(small, 100)
        by_service(small)
    before = scratch.peak_memory_mb()
    by_service(path)
    print(scratch.peak_memory_mb() - before)


def main() -> None:
    options = scratch.arguments(__doc__, rows=200_000)
    with scratch.scratch_database(), tempfile.TemporaryDirectory() as folder:
        path, large = Path(folder) / "texts.csv", Path(folder) / "large.csv"
        write_file(path, options.rows)
        write_file(large, options.rows * LARGE)
        ways = {LIMIT: by_sql, "import_csv": by_service, "bulk_create": by_bulk_create}
        turns = {name: (options.rows, partial(emptied, run, path)) for name, run in ways.items()}
        rates = scratch.take_turns(turns, options.rounds)
        ratios = scratch.show(rates, LIMIT)
        times = median(
            ours / theirs for ours, theirs in zip(rates["import_csv"], rates["bulk_create"], strict=True)
        )
        grown = {
            rows: round(growth_mb(file), 1)
            for rows, file in ((options.rows, path), (options.rows * LARGE, large))
        }
        print(f"import_csv is {times:.1f} x bulk_create")
        for rows, megabytes in grown.items():
            print(f"an import of {rows:,} rows grows its process by {megabytes} MB")
        if options.save:
            scratch.save(
                "import_csv",
                rates,
                ratios,
                rows=options.rows,
                times_bulk_create=round(times, 2),
                grown_mb_by_rows=grown,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == [GROW]:
        grow(Path(sys.argv[2]))
    else:
        main()
