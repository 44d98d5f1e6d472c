"""A scratch database, generated texts, and the way figures are shown and saved; not a benchmark itself."""

import argparse
import json
import os
import platform
import random
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from urllib.parse import SplitResult, urlsplit

import psycopg

DEFAULT_SERVER = "postgresql://postgres@127.0.0.1:5432"
RESULTS = Path(__file__).parent / "results"
PACKAGES = ("django", "psycopg", "vaderSentiment")
TEXT_CHARACTERS = (60, 400)
# One word in eight says what somebody feels, as in customers' posts; VADER's time depends on that share.
FEELING_SHARE = 1 / 8
FEELINGS = """good bad great awful rude lovely broken perfect dirty happy angry lost thank sorry love hate like kind"""
OTHERS = """the a of and but not very really never again quite rather we they it was were is had with for to at on
delivery coffee order phone ticket parcel store answer email waited asked found price money refund colour size
week day morning evening late early slow clean service desk window train minutes people number bought said"""


def arguments(description: str | None, *, rows: int) -> argparse.Namespace:
    """Read what every benchmark takes."""
    return parser(description, rows=rows).parse_args()


def parser(description: str | None, *, rows: int) -> argparse.ArgumentParser:
    """Give the parser of what every benchmark takes, for those that take more."""
    made = argparse.ArgumentParser(description=(description or "").split("\n", maxsplit=1)[0])
    made.add_argument("--rows", type=int, default=rows)
    made.add_argument("--rounds", type=int, default=5)
    made.add_argument("--save", action="store_true", help="write benchmarks/results/<name>.json")
    return made


@contextmanager
def scratch_database() -> Iterator[None]:
    """Create a database of our own on DATABASE_URL's PostgreSQL, set Django up on it, and drop it afterwards."""
    if not (os.environ.get("DATABASE_URL") or DEFAULT_SERVER).startswith("postgres"):
        raise SystemExit("The limits are PostgreSQL's: DATABASE_URL must name one, or be unset.")
    with database(f"nlpadmin_benchmark_{os.getpid()}"):
        yield


@contextmanager
def database(name: str, *, keep: bool = False) -> Iterator[None]:
    """Set Django up on the database of that name on DATABASE_URL's server, and drop it unless it is to be kept.

    One that is there already is taken as it is. The database that DATABASE_URL names is never touched: benchmarks
    empty their tables. A SQLite file lies in the folder that DATABASE_URL names.
    """
    address = os.environ.get("DATABASE_URL") or f"{DEFAULT_SERVER}/"
    given, url = urlsplit(address), f"{address.rpartition('/')[0]}/{name}"
    _create(given, name)
    try:
        with tempfile.TemporaryDirectory(prefix="nlpadmin-benchmark-") as folder:
            (Path(folder) / "static").mkdir()
            os.environ |= {"DATABASE_URL": url, "VAR_DIR": folder, "NLPADMIN_DEMO": "1", "LOG_LEVEL": "ERROR"}
            set_up_django()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            yield
    finally:
        if not keep:
            _drop(given, name)


def _create(server: SplitResult, name: str) -> None:
    if server.scheme == "sqlite":
        return
    exists = f"SELECT 1 FROM information_schema.schemata WHERE schema_name = '{name}'"
    create = f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
    if server.scheme.startswith("postgres"):
        exists, create = f"SELECT 1 FROM pg_database WHERE datname = '{name}'", f'CREATE DATABASE "{name}"'
    if not _ask(server, exists):
        _ask(server, create)


def _drop(server: SplitResult, name: str) -> None:
    if server.scheme == "sqlite":
        for path in Path(server.path).parent.glob(f"{name}*"):
            path.unlink()
    elif server.scheme.startswith("postgres"):
        _ask(server, f'DROP DATABASE "{name}" WITH (FORCE)')
    else:
        _ask(server, f"DROP DATABASE `{name}`")


def _ask(server: SplitResult, statement: str) -> bool:
    """Run a statement on the server and tell whether it gave a row."""
    if server.scheme.startswith("postgres"):
        with psycopg.connect(server._replace(path="/postgres").geturl(), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.description is not None and cursor.fetchone() is not None
    import pymysql

    login = {"user": server.username, "password": server.password or ""}
    with pymysql.connect(host=server.hostname, port=server.port or 3306, **login) as connection:
        return bool(connection.cursor().execute(statement))


def set_up_django() -> None:
    """Load the settings as the environment says."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nlpadmin.settings")
    import django

    django.setup()


def empty_tables() -> None:
    """Take every row out, so that each run starts from the same tables."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE text_analyses, search_documents, batch_analyses, imports, rejected_lines, jobs, rollups CASCADE"
        )
        cursor.execute("VACUUM ANALYZE text_analyses, batch_analyses, jobs")


def texts(count: int, seed: int = 1968) -> list[str]:
    """Make texts of 60 to 400 characters, the same ones in every run."""
    rng = random.Random(seed)
    feelings, others = FEELINGS.split(), OTHERS.split()
    shortest, longest = TEXT_CHARACTERS
    made = []
    for _ in range(count):
        length = rng.randint(shortest, longest)
        words = [rng.choice(feelings if rng.random() < FEELING_SHARE else others) for _ in range(length // 2)]
        made.append(" ".join(words)[:length])
    return made


def peak_memory_mb() -> float:
    """Give the most memory that this process has held; getrusage would count its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


Way = tuple[int, Callable[[], float]]


def take_turns(ways: Mapping[str, Way], rounds: int) -> dict[str, list[float]]:
    """Run each way once a round and give rows a second by way; in turns, all of them meet the same load."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (rows, run) in ways.items():
            rates[name].append(rows / run())
    return rates


def show(rates: Mapping[str, list[float]], limit: str) -> dict[str, float]:
    """Print rows a second and the ratio to the limit of the same round, medians; give the ratios."""
    ratios = {
        name: median(rate / bound for rate, bound in zip(measured, rates[limit], strict=True))
        for name, measured in rates.items()
    }
    print("| | rows/s | of the limit |\n| --- | --- | --- |")
    for name, measured in rates.items():
        print(f"| {name} | {median(measured):,.0f} | {ratios[name]:.2f} |")
    return {name: round(ratio, 3) for name, ratio in ratios.items()}


def save(name: str, rates: Mapping[str, list[float]], ratios: Mapping[str, float], **facts: object) -> None:
    """Write figures, date, commit and versions to benchmarks/results/."""
    from django.db import connection

    RESULTS.mkdir(exist_ok=True)
    content = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "versions": {
            "python": platform.python_version(),
            connection.vendor: str(connection.get_database_version()),
            **{package: version(package) for package in PACKAGES},
        },
        "load_average": round(os.getloadavg()[0], 1),
        **facts,
        "rows_per_second": {way: [round(rate) for rate in measured] for way, measured in rates.items()},
        "ratio_to_limit": ratios,
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
