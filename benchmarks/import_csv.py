"""Rows imported per second against COPY to staging and INSERT..SELECT, and against bulk_create, in one run.

Run from the project's folder: python -m benchmarks.import_csv [--rows 100000] [--rounds 3] [--save]
The limit loads the same file into a table with the same constraints and B-tree indexes, hashed by the server; it
reports no bad line and keeps no rollup.
"""

import argparse
import csv
import resource
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks import scratch


def write_file(path: Path, rows: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "text", "shop"))
        writer.writerows((number, text, "a") for number, text in enumerate(scratch.texts(rows)))


def empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE text_analyses, batch_analyses, imports, rejected_lines, jobs, rollups CASCADE"
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM text_analyses")


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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    ways = {"limit: COPY + INSERT..SELECT": by_sql, "import_csv": by_service, "bulk_create": by_bulk_create}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with scratch.scratch_database(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.csv"
        write_file(path, options.rows)
        empty()
        by_service(path)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        empty()
        by_service(path)
        grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        for _ in range(options.rounds):
            for name, run in ways.items():
                empty()
                seconds[name].append(run(path))
    ratios = scratch.show([(name, options.rows, seconds[name]) for name in ways], next(iter(ways)))
    print(f"a second import grew the process by {grown_mb:.1f} MB at most")
    if options.save:
        scratch.save("import_csv", ratios, rows=options.rows, grown_mb=round(grown_mb, 1))


if __name__ == "__main__":
    main()
