"""A scratch database, generated texts, and the way figures are shown and saved; not a benchmark itself."""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import psycopg

DEFAULT_URL = "postgresql://postgres@127.0.0.1:5432/nlpadmin_benchmark"
RESULTS = Path(__file__).parent / "results"
WORDS = tuple(
    word
    for line in (
        "good bad great awful late early kind rude lovely broken perfect slow clean dirty happy angry service",
        "delivery coffee order phone ticket the a of and but not very really never again quite rather parcel",
        "store answer email waited asked found lost thank sorry love hate like price money refund colour size",
        "week day morning evening",
    )
    for word in line.split(" ")
)


@contextmanager
def scratch_database() -> Iterator[None]:
    """Create an empty PostgreSQL database with our tables, set Django up on it, and drop it afterwards."""
    url = os.environ.get("DATABASE_URL") or DEFAULT_URL
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    server = parts._replace(path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    with tempfile.TemporaryDirectory(prefix="nlpadmin-benchmark-") as folder:
        os.environ |= {"DATABASE_URL": url, "VAR_DIR": folder, "NLPADMIN_DEMO": "1", "LOG_LEVEL": "ERROR"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nlpadmin.settings")
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        try:
            yield
        finally:
            connections.close_all()
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def texts(count: int, seed: int = 1968) -> list[str]:
    """Make texts of 60 to 400 characters, the same ones in every run."""
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=rng.randint(12, 66)))[:400] for _ in range(count)]


def show(rows: list[tuple[str, int, list[float]]], limit: str) -> dict[str, float]:
    """Print rows a second (median of the rounds) and each one's ratio to the limit; give the ratios."""
    rates = {name: count / median(seconds) for name, count, seconds in rows}
    print(f"{'':34}{'rows/s':>12}{'of limit':>10}")
    for name, rate in rates.items():
        print(f"{name:34}{rate:12,.0f}{rate / rates[limit]:10.2f}")
    return {name: round(rate / rates[limit], 3) for name, rate in rates.items()}


def save(name: str, ratios: dict[str, float], **facts: object) -> None:
    """Write the ratios with date, commit and versions to benchmarks/results/."""
    RESULTS.mkdir(exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    content = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "python": sys.version.split()[0],
        **facts,
        "ratio_to_limit": ratios,
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")
