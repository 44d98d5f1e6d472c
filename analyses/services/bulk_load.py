"""Many rows in few statements; with search, counting and the backup the only code that knows a database vendor.

PostgreSQL takes rows by COPY into a temporary table and one statement from there; MariaDB stages results the same way
by a multi-row INSERT; SQLite takes `executemany`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext as _

from analyses.choices import AnalysisStatus
from analyses.exceptions import DatabaseError
from analyses.models import TextAnalysis

STAGED_COLUMNS = (
    "line_number",
    "text_content",
    "text_hash",
    "content_length",
    "external_id",
    "extra",
    "occurred_at",
    "dedupe_key",
)
COPIED_COLUMNS = ("text_content", "text_hash", "content_length", "external_id", "extra", "occurred_at")
SHARED_COLUMNS = (
    "analysis_type",
    "optimization_tier",
    "batch_analysis_id",
    "import_id",
    "status",
    "retry_count",
    "created_at",
    "updated_at",
)
RESULT_COLUMNS = (
    "status",
    "sentiment_score",
    "quality_score",
    "emotion_scores",
    "language_detected",
    "keywords",
    "readability_score",
    "entities",
    "topics",
    "confidence_score",
    "processing_time_ms",
    "model_used",
    "error_message",
    "processed_at",
    "updated_at",
)
JSON_COLUMNS = frozenset(("emotion_scores", "keywords", "entities", "topics"))


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A checked text, before it becomes a row: a record of a file, or posted (without a line outside a batch).

    `dedupe_key` is set for those that stand outside batches, where a text exists once.
    """

    line_number: int | None
    text_content: str
    text_hash: str
    content_length: int
    external_id: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    occurred_at: datetime | None = None
    dedupe_key: str | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of ours that is copied, with the line of its copies and the date of its text."""

    row_id: int
    line_number: int
    occurred_at: datetime | None


@dataclass(frozen=True, slots=True)
class BatchTarget:
    """A batch that receives the staged rows."""

    batch_id: int
    analysis_type: str
    optimization_tier: str


@dataclass(frozen=True, slots=True)
class SingleTarget:
    """What becomes of staged rows that stand outside batches."""

    analysis_type: str
    optimization_tier: str
    batch_id: None = None


def insert_rows(
    rows: Sequence[StagedRow],
    *,
    targets: Sequence[BatchTarget | SingleTarget],
    import_id: int | None,
    created_at: datetime,
) -> None:
    """Insert each row once for each batch, pending, in the caller's transaction.

    A `(batch, line)` or dedupe key that is there already raises IntegrityError: nothing is ever inserted twice.
    """
    if not rows:
        return
    if connection.vendor == "postgresql":
        _insert_by_copy(rows, targets=targets, import_id=import_id, created_at=created_at)
    else:
        _insert_many(rows, targets=targets, import_id=import_id, created_at=created_at)


def _shared_values(
    target: BatchTarget | SingleTarget, *, import_id: int | None, created_at: Any
) -> tuple[Any, ...]:
    pending = str(AnalysisStatus.PENDING)
    return (
        target.analysis_type,
        target.optimization_tier,
        target.batch_id,
        import_id,
        pending,
        0,
        created_at,
        created_at,
    )


def _staged_values(row: StagedRow, occurred_at: Any) -> tuple[Any, ...]:
    return (
        row.line_number,
        row.text_content,
        row.text_hash,
        row.content_length,
        row.external_id,
        orjson.dumps(row.extra).decode(),
        occurred_at,
        row.dedupe_key,
    )


def _insert_by_copy(
    rows: Sequence[StagedRow],
    *,
    targets: Sequence[BatchTarget | SingleTarget],
    import_id: int | None,
    created_at: datetime,
) -> None:
    staged = ", ".join(STAGED_COLUMNS)
    shared = ", ".join(SHARED_COLUMNS)
    marks = ", ".join(["%s"] * len(SHARED_COLUMNS))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE staged_texts (line_number int, text_content text, text_hash varchar(64),"
            " content_length int, external_id varchar(200), extra jsonb, occurred_at timestamptz,"
            " dedupe_key varchar(64)) ON COMMIT DROP"
        )
        with cursor.copy(f"COPY staged_texts ({staged}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(_staged_values(row, row.occurred_at))
        for target in targets:
            cursor.execute(
                f"INSERT INTO text_analyses ({staged}, {shared})"  # noqa: S608 - names are constants
                f" SELECT {staged}, {marks} FROM staged_texts ORDER BY line_number",
                _shared_values(target, import_id=import_id, created_at=created_at),
            )
        cursor.execute("DROP TABLE staged_texts")


def _insert_many(
    rows: Sequence[StagedRow],
    *,
    targets: Sequence[BatchTarget | SingleTarget],
    import_id: int | None,
    created_at: datetime,
) -> None:
    columns = (*STAGED_COLUMNS, *SHARED_COLUMNS)
    marks = ", ".join(["%s"] * len(columns))
    adapt = connection.ops.adapt_datetimefield_value
    staged = [_staged_values(row, adapt(row.occurred_at)) for row in rows]
    statement = f"INSERT INTO text_analyses ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    with connection.cursor() as cursor:
        for target in targets:
            shared = _shared_values(target, import_id=import_id, created_at=adapt(created_at))
            cursor.executemany(statement, [(*values, *shared) for values in staged])


def copy_rows(
    ids: Sequence[int],
    *,
    targets: Sequence[BatchTarget],
    created_at: datetime,
    first_line: int | None,
) -> None:
    """Insert the texts of rows of ours once for each batch, pending, in the caller's transaction; none is read here.

    External id, own columns and date come along; no file is theirs. Lines count on by id from `first_line`, or stay.
    Raises DatabaseError when a row is gone meanwhile, IntegrityError for a `(batch, line)` that is there already.
    """
    copied, shared = ", ".join(COPIED_COLUMNS), ", ".join(SHARED_COLUMNS)
    line = "line_number" if first_line is None else "ROW_NUMBER() OVER (ORDER BY id) + %s"
    among_ids, id_values = _among_ids(ids)
    statement = (
        f"INSERT INTO text_analyses (line_number, {copied}, {shared})"  # noqa: S608 - names are constants
        f" SELECT {line}, {copied}, {', '.join(['%s'] * len(SHARED_COLUMNS))}"
        f" FROM text_analyses WHERE {among_ids} ORDER BY id"
    )
    before = [] if first_line is None else [first_line - 1]
    created = connection.ops.adapt_datetimefield_value(created_at)
    with connection.cursor() as cursor:
        for target in targets:
            values = _shared_values(target, import_id=None, created_at=created)
            cursor.execute(statement, [*before, *values, *id_values])
            if cursor.rowcount != len(ids):
                raise DatabaseError("copy rows", _("Rows were deleted while they were copied."))


def _among_ids(ids: Sequence[int]) -> tuple[str, list[Any]]:
    """Give the condition that a row is one of many, as `among` does for the ORM."""
    if connection.vendor == "postgresql":
        return "id = ANY(%s)", [list(ids)]
    return f"id IN ({', '.join(['%s'] * len(ids))})", list(ids)


class _AnyOf(In):
    """Membership in a list that travels as one array: the driver takes milliseconds to place 500 parameters."""

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        if not self.rhs:
            return self.as_sql(compiler, connection)  # says that nothing can be found, without a query
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} = ANY(%s)", (*params, list(self.rhs))


def among(column: str, values: Iterable[Any]) -> In:
    """Give the condition that a column holds one of many values, for `filter`."""
    return _AnyOf(F(column), list(values))


def store_results(results: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Write result columns by primary key: (id, {column: value} with every one of RESULT_COLUMNS)."""
    if not results:
        return
    store_by_vendor = {"postgresql": _store_by_copy, "mysql": _store_by_join}
    store_by_vendor.get(connection.vendor, _store_many)(results)


def _column_types() -> list[str]:
    fields = {field.column: field for field in TextAnalysis._meta.concrete_fields}
    return [f"{name} {fields[name].db_type(connection)}" for name in RESULT_COLUMNS]


def _as_json(column: str, value: Any) -> Any:
    if value is None or column not in JSON_COLUMNS:
        return value
    return orjson.dumps(value).decode()


def _store_by_copy(results: Sequence[tuple[int, dict[str, Any]]]) -> None:
    assignments = ", ".join(f"{column} = staged_results.{column}" for column in RESULT_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE staged_results (id bigint, {', '.join(_column_types())}) ON COMMIT DROP"
        )
        with cursor.copy(f"COPY staged_results (id, {', '.join(RESULT_COLUMNS)}) FROM STDIN") as copy:
            for pk, values in results:
                copy.write_row((pk, *(_as_json(column, values[column]) for column in RESULT_COLUMNS)))
        cursor.execute(
            f"UPDATE text_analyses SET {assignments} FROM staged_results"  # noqa: S608
            " WHERE text_analyses.id = staged_results.id"
        )
        cursor.execute("DROP TABLE staged_results")


def _store_by_join(results: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Stage the results in one multi-row INSERT: an UPDATE for each row costs a round trip for each."""
    assignments = ", ".join(f"text_analyses.{column} = staged_results.{column}" for column in RESULT_COLUMNS)
    marks = ", ".join(["%s"] * (len(RESULT_COLUMNS) + 1))
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE staged_results (id bigint PRIMARY KEY, {', '.join(_column_types())})"
        )
        cursor.executemany(
            f"INSERT INTO staged_results (id, {', '.join(RESULT_COLUMNS)}) VALUES ({marks})",  # noqa: S608
            [(pk, *(_adapted(name, values[name]) for name in RESULT_COLUMNS)) for pk, values in results],
        )
        cursor.execute(f"UPDATE text_analyses JOIN staged_results USING (id) SET {assignments}")  # noqa: S608
        cursor.execute("DROP TEMPORARY TABLE staged_results")


def _store_many(results: Sequence[tuple[int, dict[str, Any]]]) -> None:
    assignments = ", ".join(f"{column} = %s" for column in RESULT_COLUMNS)
    statement = f"UPDATE text_analyses SET {assignments} WHERE id = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [(*(_adapted(name, values[name]) for name in RESULT_COLUMNS), pk) for pk, values in results],
        )


def _adapted(column: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return _as_json(column, value)
