"""Milliseconds of server time for lists, filters, searches, charts and the dashboard, beside stock admin and bare SQL.

Run from the project's folder: python -m benchmarks.explore [--rows 1000000] [--rounds 15] [--keep NAME] [--save]
DATABASE_URL names the server: PostgreSQL, MariaDB, or the folder of a SQLite file (sqlite:////tmp/any). `--keep` leaves
the built database there and takes it as it is the next time; `--only WORDS` measures the lines that hold the words;
`--explain` shows the slow statements of each and how PostgreSQL runs them. Pages are asked for in this process, by an
analyst who is logged in; every line is a whole page with its facets and charts, warm.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlencode

from benchmarks import library, scratch

SLOW_MS, SQL_SHOWN = 5, 1_500
FAST, BETWEEN = 25, 300
FEW, SHARE_OF_MANY = 1_000, 0.05
PAGE = 10_000
PLAIN_PAGE = 200


@dataclass(frozen=True)
class Line:
    """What is measured: its name, how it is done, how many rows match it (None: nothing is filtered)."""

    name: str
    run: Callable[[], object]
    matches: int | None = None
    is_ours: bool = True


@dataclass(frozen=True)
class Figure:
    """Milliseconds and queries of a line; `cpu` is this process's own work, which a busy machine inflates least."""

    p50: float
    p95: float
    cpu: float
    queries: int
    budget: int | None


def filters() -> dict[str, dict[str, Any]]:
    """Name the filters by what they are; the rare ones match one row in 20,000 or 500 rows."""
    return {
        "a small batch": {"batch": library.BATCHES},
        "a large batch": {"batch": 1},
        "a rare score": {"sentiment_min": 0.995},
        "a common score": {"sentiment_max": -0.5},
        "a language of 3 %": {"language": "nl"},
        "a common language": {"language": "en"},
        "a rare model": {"model_used": library.RARE_MODEL},
        "a common model": {"model_used": library.COMMON_MODEL},
        "a common type": {"analysis_type": "sentiment"},
        "what failed": {"status": "error"},
        "a day": {"date_from": "2026-01-05", "date_to": "2026-01-05"},
        "a rare value of a file's column": {"extra.airline": library.RARE_AIRLINE},
        "a common value of a file's column": {"extra.airline": library.COMMON_AIRLINE},
        "a file's column in a large batch": {"batch": 1, "extra.airline": library.COMMON_AIRLINE},
        "searched, a rare word": {"q": library.RARE_WORD},
        "searched, a word of 2 %": {"q": library.MIDDLE_WORD},
        "searched, a common word": {"q": library.COMMON_WORD},
        "searched, two words": {"q": f"{library.COMMON_WORD} {library.MIDDLE_WORD}"},
    }


class Pages:
    """The pages of the site as an analyst asks for them."""

    def __init__(self) -> None:
        from django.contrib.auth.models import Group, User
        from django.test import Client

        from analyses.choices import TokenScope
        from analyses.services import tokens

        User.objects.filter(username__in=("analyst", "root")).delete()
        analyst = User.objects.create_user("analyst")
        analyst.groups.add(Group.objects.get(name="Analyst"))
        root = User.objects.create_superuser("root")
        self.client = Client(headers={"host": "localhost"})
        self.client.force_login(analyst)
        self.stock = Client(headers={"host": "localhost"})
        self.stock.force_login(root)
        secret = tokens.create(name="benchmark", scopes=[TokenScope.READ], owner=analyst, days=30)[1]
        self.api = Client(headers={"host": "localhost", "authorization": f"Bearer {secret}"})

    def page(self, name: str, **query: Any) -> Callable[[], object]:
        """Ask for a page of the console by the name of its URL."""
        from django.urls import reverse

        return asked(self.client, _address(reverse(f"admin:{name}"), query))

    def listed(self, **query: Any) -> Callable[[], object]:
        """Ask the API for a list."""
        return asked(self.api, _address("/api/analyses", query))

    def stock_list(self, **query: Any) -> Callable[[], object]:
        """Ask stock admin for a list."""
        from django.test import override_settings

        from benchmarks import stock_admin

        ask = asked(self.stock, _address("/analyses/textanalysis/", query))

        def run() -> object:
            with override_settings(ROOT_URLCONF=stock_admin.__name__, TEMPLATES=stock_admin.TEMPLATES):
                return ask()

        return run


def _address(path: str, query: dict[str, Any]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def asked(client: Any, address: str) -> Callable[[], object]:
    """Give what asks for an address; an answer other than 200 ends the benchmark."""

    def run() -> object:
        response = client.get(address)
        if response.status_code != 200:
            raise SystemExit(f"{address} answers {response.status_code}: {response.content[:300]!r}")
        return response.content

    return run


def lines(rows: int) -> Iterator[Line]:
    """Walk all that is measured."""
    pages = Pages()
    deep = cursor_at(page := min(PAGE, rows // 100))
    yield Line("Explore, page 1", pages.page("explore"))
    yield Line(f"Explore, page {page:,}", pages.page("explore", after=deep))
    yield Line("Explore, last page", pages.page("explore", before="end"))
    yield Line("Explore, sorted by sentiment", pages.page("explore", sort="-sentiment_score"))
    for name, query in filters().items():
        yield Line(f"Explore, {name}", pages.page("explore", **query), matches(query))
    yield Line("Home", pages.page("index"))
    yield Line("API list, page 1 by key", pages.listed(sort="-dated_at", size=50))
    yield Line(f"API list, page {page:,} by key", pages.listed(sort="-dated_at", size=50, after=deep))
    yield Line(f"API list, page {PLAIN_PAGE} by number", pages.listed(page=PLAIN_PAGE, size=50))
    yield from admin_lines(pages)
    offset = (page - 1) * 50
    yield Line("plain OFFSET list, page 1", lambda: plain_list(0), is_ours=False)
    yield Line(f"plain OFFSET list, page {page:,}", lambda: plain_list(offset), is_ours=False)
    yield Line("bare SQL, page 1", bare_sql(""), is_ours=False)
    yield Line(f"bare SQL, page {page:,}", bare_sql(deep), is_ours=False)


def admin_lines(pages: Pages) -> Iterator[Line]:
    """Walk our admin's lists and stock admin's."""
    name = "analyses_textanalysis_changelist"
    yield Line("admin list, page 1", pages.page(name))
    yield Line(f"admin list, page {PLAIN_PAGE}", pages.page(name, p=PLAIN_PAGE))
    yield Line("admin list, sorted by number", pages.page(name, o="0"))
    yield Line("admin list, sorted by date, oldest first", pages.page(name, o="6"))
    yield Line("admin list, a common type", pages.page(name, analysis_type="sentiment"))
    yield Line("admin list, a type of 4 %", pages.page(name, analysis_type="topics"))
    yield Line("admin list, a large batch", pages.page(name, batch=1))
    yield Line("admin list, what failed", pages.page(name, status="error"))
    yield Line("admin list, a rare word", pages.page(name, q=library.RARE_WORD))
    yield Line("admin list, a common word", pages.page(name, q=library.COMMON_WORD))
    yield Line("admin list of batches", pages.page("analyses_batchanalysis_changelist"))
    yield Line("admin list of imports", pages.page("analyses_import_changelist"))
    yield Line("stock admin list, page 1", pages.stock_list(), is_ours=False)
    yield Line(f"stock admin list, page {PLAIN_PAGE}", pages.stock_list(p=PLAIN_PAGE), is_ours=False)
    # Stock admin's reader may act on rows: the box in front is a column too.
    sorted_by_date = "stock admin list, sorted by date, oldest first"
    yield Line("stock admin list, sorted by number", pages.stock_list(o="1"), is_ours=False)
    yield Line(sorted_by_date, pages.stock_list(o="7"), is_ours=False)
    for kind, value in (("a common type", "sentiment"), ("a type of 4 %", "topics")):
        stock = pages.stock_list(analysis_type__exact=value)
        yield Line(f"stock admin list, {kind}", stock, is_ours=False)
    yield Line("stock admin list, what failed", pages.stock_list(status__exact="error"), is_ours=False)
    yield Line("stock admin list, a rare word", pages.stock_list(q=library.RARE_WORD), is_ours=False)
    yield Line("stock admin list, a common word", pages.stock_list(q=library.COMMON_WORD), is_ours=False)


def matches(query: dict[str, Any]) -> int:
    """Count the rows of a filter; not measured."""
    from datetime import UTC

    from django.http import QueryDict

    from analyses.queries import counting, filtering

    return counting.exact(filtering.parse(QueryDict(urlencode(query)), zone=UTC)).rows


def cursor_at(page: int) -> str:
    """Give the cursor of a page deep in the list, found by OFFSET; not measured."""
    from analyses.models import TextAnalysis
    from analyses.queries import paging

    rows = TextAnalysis.objects.live().order_by("-dated_at", "-id").only("id", "dated_at")
    return paging.cursor_after(rows[(page - 1) * 50 - 1], "-dated_at")


def plain_list(offset: int) -> object:
    """Do what a list view of a tutorial does: count all, skip, read whole rows."""
    from analyses.models import TextAnalysis

    rows = TextAnalysis.objects.filter(deleted_at=None).select_related("batch_analysis")
    return rows.count(), list(rows.order_by("-dated_at", "-id")[offset : offset + 50])


def bare_sql(after: str) -> Callable[[], object]:
    """Give what runs the page's own query and nothing else."""
    from django.db import connection

    from analyses.models import TextAnalysis
    from analyses.queries import paging

    statement = recorded(lambda: paging.page(TextAnalysis.objects.live(), after=after))[-1]

    def run() -> object:
        with connection.cursor() as cursor:
            cursor.cursor.execute(statement.sql, statement.params)
            return cursor.fetchall()

    return run


@dataclass(frozen=True)
class Statement:
    """What went to the database, and how long it took."""

    sql: str
    params: Any
    milliseconds: float


def recorded(run: Callable[[], object]) -> list[Statement]:
    """Run something and give its statements."""
    from django.db import connection

    found: list[Statement] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        started = perf_counter()
        result = execute(sql, params, many, context)
        found.append(Statement(sql, params, (perf_counter() - started) * 1000))
        return result

    with connection.execute_wrapper(note):
        run()
    return found


def measure(line: Line, rows: int, rounds: int) -> Figure:
    """Run a line until it is warm, count its queries, then take its time; a slow one is run less often."""
    line.run()
    queries = len(recorded(line.run))
    first = timed(line.run)
    times, cpu = [], []
    for _round in range(rounds if first < 1000 else 3):
        started = process_time()
        times.append(timed(line.run))
        cpu.append((process_time() - started) * 1000)
    p95 = quantiles(times, n=20, method="inclusive")[-1]
    return Figure(
        round(median(times), 1), round(p95, 1), round(median(cpu), 1), queries, budget_of(line, rows)
    )


def timed(run: Callable[[], object]) -> float:
    started = perf_counter()
    run()
    return (perf_counter() - started) * 1000


def budget_of(line: Line, rows: int) -> int | None:
    """Give the milliseconds that a line may take, None where the budget is no time."""
    if not line.is_ours or line.name.startswith("admin"):
        return None
    few_or_many = line.matches is None or line.matches < FEW or line.matches > rows * SHARE_OF_MANY
    return FAST if few_or_many else BETWEEN


def explain(line: Line) -> None:
    """Print the slow statements of a line, the slowest first, and how PostgreSQL runs them."""
    from django.db import connection

    for one in sorted(recorded(line.run), key=lambda one: -one.milliseconds):
        if one.milliseconds < SLOW_MS:
            break
        print(f"  {one.milliseconds:.0f} ms: {one.sql[:SQL_SHOWN]}\n  {str(one.params)[:SQL_SHOWN]}")
        if connection.vendor == "postgresql" and one.sql.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {one.sql}", one.params)
                print("\n".join(f"    {row[0]}" for row in cursor.fetchall()))


def arguments() -> argparse.Namespace:
    parser = scratch.parser(__doc__, rows=1_000_000)
    parser.set_defaults(rounds=15)
    parser.add_argument(
        "--keep", metavar="NAME", help="leave the database under this name, and take it if it is there"
    )
    parser.add_argument(
        "--only", default="", metavar="WORDS", help="a regular expression that names of lines match"
    )
    parser.add_argument("--explain", action="store_true", help="show the slow statements")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    name = options.keep or f"nlpadmin_benchmark_{os.getpid()}"
    with scratch.database(name, keep=bool(options.keep)):
        from analyses.models import TextAnalysis

        if not TextAnalysis.objects.exists():
            seconds = timed(lambda: library.build(options.rows)) / 1000
            library.index()
            print(f"built {options.rows:,} rows in {seconds:.0f} s")
        rows = TextAnalysis.objects.count()
        figures = run(options, rows)
        ratios = show_ratios(figures)
        if options.save:
            save(rows, figures, ratios)


def run(options: argparse.Namespace, rows: int) -> dict[str, Figure]:
    """Measure the lines and print each as it comes."""
    from django.conf import settings
    from django.test import override_settings

    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    print(
        f"\n{rows:,} rows\n\n| | matches | p50 ms | p95 ms | CPU ms | queries | budget ms | |\n|{' --- |' * 8}"
    )
    figures = {}
    with override_settings(DEBUG=False, STORAGES=settings.STORAGES | plain):
        for line in lines(rows):
            if not re.search(options.only, line.name):
                continue
            figure = figures[line.name] = measure(line, rows, options.rounds)
            over = figure.budget is not None and figure.p50 > figure.budget
            matching = "" if line.matches is None else f"{line.matches:,}"
            budget = "" if figure.budget is None else figure.budget
            cells = (
                line.name,
                matching,
                figure.p50,
                figure.p95,
                figure.cpu,
                figure.queries,
                budget,
                "**above**" if over else "",
            )
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)
            if options.explain:
                explain(line)
    return figures


def show_ratios(figures: dict[str, Figure]) -> dict[str, float]:
    """Print how many times as fast as stock admin the lists are."""
    pairs = {
        "Explore, page 1": ("stock admin list, page 1", 50),
        "Explore, searched, a rare word": ("stock admin list, a rare word", 50),
        **{name: (f"stock {name}", 10) for name in figures if f"stock {name}" in figures},
    }
    ratios = {}
    for name, (stock, budget) in pairs.items():
        if name in figures and stock in figures:
            ratios[f"{name} to {stock}"] = ratio = round(figures[stock].p50 / figures[name].p50, 1)
            print(f"{name}: {ratio} x {stock} (budget {budget})")
    return ratios


def save(rows: int, figures: dict[str, Figure], ratios: dict[str, float]) -> None:
    from django.db import connection

    scratch.save(
        f"explore_{connection.vendor}_{rows}",
        {},
        ratios,
        rows=rows,
        milliseconds={
            name: {
                "p50": one.p50,
                "p95": one.p95,
                "cpu": one.cpu,
                "queries": one.queries,
                "budget": one.budget,
            }
            for name, one in figures.items()
        },
    )


if __name__ == "__main__":
    main()
