r"""Rows exported per second against psql's \copy of the same columns, in one run on the same rows.

Run from the project's folder: python -m benchmarks.export [--rows 100000] [--rounds 3] [--save]
"""

import argparse
import os
import resource
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks import scratch
from benchmarks.worker import load

COLUMNS = (
    "id, external_id, batch_analysis_id, line_number, analysis_type, status, optimization_tier, text_content,"
    " occurred_at, sentiment_score, quality_score, readability_score, emotion_scores, language_detected, keywords,"
    " entities, topics, confidence_score, processing_time_ms, model_used, error_message, created_at, processed_at,"
    " extra->>'shop'"
)


def by_psql(path: Path) -> float:
    query = f"SELECT {COLUMNS} FROM text_analyses WHERE deleted_at IS NULL ORDER BY id"
    started = perf_counter()
    subprocess.run(
        ["psql", "-q", os.environ["DATABASE_URL"], "-c", f"\\copy ({query}) TO '{path}' CSV HEADER"],
        check=True,
    )
    return perf_counter() - started


def by_command(path: Path) -> float:
    from django.core.management import call_command

    started = perf_counter()
    with Path(os.devnull).open("w") as quiet:
        call_command("export_csv", output=path, stdout=quiet, stderr=quiet)
    return perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    ways = {"limit: psql \\copy": by_psql, "export_csv": by_command}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with scratch.scratch_database(), tempfile.TemporaryDirectory() as folder:
        load(scratch.texts(options.rows))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(options.rounds):
            for name, run in ways.items():
                seconds[name].append(run(Path(folder) / "out.csv"))
        grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    ratios = scratch.show([(name, options.rows, seconds[name]) for name in ways], next(iter(ways)))
    print(f"the exporting process grew by {grown_mb:.1f} MB")
    if options.save:
        scratch.save("export", ratios, rows=options.rows, grown_mb=round(grown_mb, 1))


if __name__ == "__main__":
    main()
