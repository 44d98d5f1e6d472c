"""Searching the texts: a question as a condition on rows, the first rows of a list fast, how far the index is.

With `counting`, `services/bulk_load` and the backup the only code that knows a database vendor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.lookups import In, Lookup
from django.db.models.sql.compiler import SQLCompiler

from analyses.choices import JobKind, JobState
from analyses.models import Job, SearchDocument
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import rollup_totals
from analyses.search import spellings
from analyses.search.parsing import Query

# A word that one text in twenty has fills a page from these.
AHEAD_ROWS = 2_500

_SqlAndParams = tuple[str, tuple[str | int, ...]]


# --- How far the index is -------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """Texts that are not indexed yet, among all; the search does not find them."""

    waiting: int
    total: int

    @property
    def percent(self) -> int:
        """The share that is indexed, rounded down: 100 is never said too early."""
        return 100 * max(self.total - self.waiting, 0) // self.total if self.total else 0


def progress() -> Progress | None:
    """Say how far the index is, None when it has all texts; one query, two while it has not."""
    open_jobs = Job.objects.filter(
        state__in=(JobState.QUEUED, JobState.RUNNING), kind=JobKind.INDEX_TEXTS
    ).order_by()
    waiting = sum(arguments["rows"] for arguments in open_jobs.values_list("arguments", flat=True))
    if not waiting:
        return None
    total = rollup_totals.count()
    return Progress(min(waiting, total), total)


# --- The condition --------------------------------------------------------------------------------


def _holds(query: Query, column: str) -> _SqlAndParams:
    """Write whether one document, in a column of words, answers a question."""
    if connection.vendor == "postgresql":
        sign = "NOT " if query.is_negated else ""
        return f"{sign}({column} @@ %s::tsquery)", (spellings.tsquery(query.tree),)
    is_mysql = connection.vendor == "mysql"
    sql, phrases = spellings.contains(
        query, column, spellings.innodb_phrase if is_mysql else spellings.spaced_phrase
    )
    return sql, tuple(phrases)


class _Finds(Lookup):
    """Whether a document answers a question, by the index where that can.

    A lookup, because Django compares any other condition with 1 on MySQL, where no index helps that any more.
    """

    prepare_rhs = False

    def __init__(self, query: Query) -> None:
        super().__init__(F("words"), query)
        self.query = query

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Compare with the list of words; PostgreSQL itself sees where its index helps."""
        return _holds(self.query, self._column(compiler))

    def as_mysql(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Look into what the index found: it only leaves out texts that lack a word."""
        column = self._column(compiler)
        sql, params = _holds(self.query, column)
        if self.query.is_negated:
            return sql, params
        candidates = spellings.innodb_candidates(self.query.tree)
        return f"(MATCH ({column}) AGAINST (%s IN BOOLEAN MODE) AND {sql})", (candidates, *params)

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Ask the index beside the table."""
        if self.query.is_negated:
            return _holds(self.query, self._column(compiler))
        found = "SELECT rowid FROM search_words WHERE search_words MATCH %s"
        key = compiler.quote_name_unless_alias("analysis_id")
        return f"({key} IN ({found}))", (spellings.fts5(self.query.tree),)

    def _column(self, compiler: SQLCompiler) -> str:
        return str(compiler.compile(self.lhs)[0])


class Found(In):
    """Whether a row's text answers a question."""

    def __init__(self, query: Query) -> None:
        self.query = query
        super().__init__(F("pk"), SearchDocument.objects.filter(_Finds(query)).order_by().values("pk"))


def narrow(rows: TextAnalysisQuerySet, query: Query) -> TextAnalysisQuerySet:
    """Keep the rows whose text answers a question; rows that are not indexed yet are missing (`progress`)."""
    return rows.filter(Found(query))


# --- The first rows of a list ---------------------------------------------------------------------


class _FoundAhead(Found):
    """As `Found`, and the index is read first: PostgreSQL may not walk the list from row to row instead."""

    def as_postgresql(self, compiler: SQLCompiler, connection: Any) -> _SqlAndParams:
        """Collect the ids in one array before the rows."""
        key, key_params = self.process_lhs(compiler, connection)
        found, params = compiler.compile(self.rhs)
        return f"{key} = ANY(ARRAY{found})", (*key_params, *params)


def first_of(rows: TextAnalysisQuerySet, limit: int) -> TextAnalysisQuerySet:
    """Give rows whose first `limit` are those of an ordered list, found fast whether many answer or few.

    One query where the list searches, none otherwise: it looks into the documents of the list's next 2,500 rows. Where
    more than a few in a hundred answer, they fill a page; else there are few enough for the index.
    """
    asked = [one for one in rows.query.where.children if isinstance(one, Found)]
    if not asked:
        return rows
    plain = rows.all()
    plain.query.where.children = [one for one in plain.query.where.children if one not in asked]
    near = _near(plain, [one.query for one in asked], limit)
    if len(near) == limit:
        return plain.filter(pk__in=near)
    for one in asked:
        plain = plain.filter(_FoundAhead(one.query))
    return plain


def _near(rows: TextAnalysisQuerySet, queries: Sequence[Query], limit: int) -> list[int]:
    """Give the ids of the first rows that answer, of the next 2,500 of an ordered list; one query."""
    order = [str(one) for one in rows.query.order_by]
    columns = list(dict.fromkeys([*(one.removeprefix("-") for one in order), "id"]))
    ahead, params = rows.values_list(*columns)[:AHEAD_ROWS].query.sql_with_params()
    held = [_holds(query, "search_documents.words") for query in queries]
    directions = (f"ahead.{one[1:]} DESC" if one.startswith("-") else f"ahead.{one} ASC" for one in order)
    sql = (
        f"WITH ahead ({', '.join(columns)}) AS ({ahead})"  # noqa: S608 - columns of the list's own order
        " SELECT ahead.id FROM ahead JOIN search_documents ON search_documents.analysis_id = ahead.id"
        f" WHERE {' AND '.join(one for one, _params in held)} ORDER BY {', '.join(directions)} LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *(one for _sql, given in held for one in given), limit])
        return [pk for (pk,) in cursor.fetchall()]
