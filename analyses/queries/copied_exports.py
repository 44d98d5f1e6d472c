"""PostgreSQL writes an export itself: COPY of the page's own query.

As CSV its cells are those of `tabular.writing`, and as JSON Lines its values those of `tabular.json_lines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import (
    DateTimeField,
    Expression,
    F,
    Func,
    JSONField,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
)
from django.db.models.functions import Cast

from analyses.models import Correction, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.tabular.json_lines import dumped

BLOCK_BYTES = 64 * 1024
EVERYTHING = 2**62
LINE_END = b"\r\n"

Columns = Sequence[tuple[str, bool]]

# `tabular.writing.guard_cell`, as PostgreSQL says it. A text holds no NUL there.
RISKY = r"'^''*[=+\-@\t\r\n＝＋－＠]'"


def csv_blocks(ranges: Iterable[TextAnalysisQuerySet], columns: Columns) -> Iterator[tuple[bytes, int]]:
    """Give lines of CSV in blocks of about 64 KiB, each with how many rows it has; in flat memory, a statement a range.

    A column is a name and whether it is the file's own.
    """
    cells = {f"cell_{n}": _OwnCell(name) if own else _cell(name) for n, (name, own) in enumerate(columns)}
    for lines in _copied((rows.annotate(**cells).values_list(*cells) for rows in ranges), "csv"):
        yield LINE_END.join(line[:-1] for line in lines) + LINE_END, len(lines)


def json_blocks(
    ranges: Iterable[TextAnalysisQuerySet], columns: Columns, names: Sequence[str]
) -> Iterator[tuple[bytes, int]]:
    """Give JSON Lines as `csv_blocks` gives CSV; `names` are what the columns are called."""
    values = [_OwnValue(name) if own else _value(name) for name, own in columns]
    line = _JsonLine(names, values)
    for lines in _copied((rows.annotate(json_line=line).values_list("json_line") for rows in ranges), "text"):
        # COPY doubles the backslashes, and nothing else in JSON means anything to it.
        yield b"".join(lines).replace(rb"\\", b"\\"), len(lines)


def _copied(queries: Iterable[QuerySet[TextAnalysis, Any]], copy_format: str) -> Iterator[list[bytes]]:
    """Give the lines of COPY, some at a time."""
    with transaction.atomic(), connection.cursor() as cursor:
        # A page's statement is cut off after seconds; a download lasts as long as its reader takes.
        cursor.execute("SET LOCAL statement_timeout = 0")
        for rows in queries:
            # A limit, though of no rows, lets a sort run before the cells are computed and not after.
            sql = connection.ops.compose_sql(*rows[:EVERYTHING].query.sql_with_params())  # type: ignore[attr-defined]
            with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT {copy_format})") as copy:
                yield from _in_blocks(copy)


def _in_blocks(copy: Iterable[Any]) -> Iterator[list[bytes]]:
    lines: list[Any] = []
    size = 0
    for line in copy:
        lines.append(line)
        size += len(line)
        if size >= BLOCK_BYTES:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


class _Written(Func):
    """A value as SQL writes it into a cell; `%(expressions)s` may stand in the template several times."""

    output_field = TextField()

    def __init__(self, expression: Expression | F, template: str) -> None:
        super().__init__(expression, template=template)


class _OwnCell(Expression):
    """A value of a file's own column; only texts are guarded."""

    output_field = TextField()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.column: Any = F("extra")

    def resolve_expression(self, *args: Any, **kwargs: Any) -> _OwnCell:
        """Find the column."""
        resolved = self.copy()
        resolved.column = self.column.resolve_expression(*args, **kwargs)
        return resolved

    def get_source_expressions(self) -> list[Any]:
        """Name the column as what this depends on."""
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """Take the column again."""
        (self.column,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str, ...]]:
        """Write it."""
        column, _parameters = compiler.compile(self.column)
        text, kind = f"({column} ->> %s)", f"jsonb_typeof({column} -> %s)"
        return (
            f"CASE WHEN {text} ~ {RISKY} AND {kind} = 'string' THEN '''' || {text} ELSE NULLIF({text}, '') END",
            (self.name,) * 4,
        )


_GUARDED = (
    f"CASE WHEN %(expressions)s ~ {RISKY} THEN '''' || %(expressions)s ELSE NULLIF(%(expressions)s, '') END"
)
_UTC = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
_MOMENT = f"replace({_UTC}, '.000000', '') || '+00:00'"
_JSON = "NULLIF(%(expressions)s::text, 'null')"
# Written by ourselves from a short list: nothing in them has to be guarded.
_PLAIN = ("analysis_type", "status", "optimization_tier")


def _cell(name: str) -> Any:
    if name == "corrected":
        said = Func(F("field"), F("model_value"), function="jsonb_object_agg", output_field=JSONField())
        of_row = Correction.objects.filter(analysis=OuterRef("pk")).order_by().values("analysis")
        return Cast(Subquery(of_row.annotate(said=said).values("said")), TextField())
    field = TextAnalysis._meta.get_field(name)
    if isinstance(field, DateTimeField):
        return _Written(F(name), _MOMENT)
    if isinstance(field, JSONField):
        return _Written(F(name), _JSON)
    is_text = field.get_internal_type() in ("CharField", "TextField") and name not in _PLAIN
    return _Written(F(name), _GUARDED) if is_text else F(name)


# --- JSON -----------------------------------------------------------------------------------------


class _OwnValue(_OwnCell):
    """A value of a file's own column as JSON."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str, ...]]:
        """Write it."""
        column, _parameters = compiler.compile(self.column)
        return f"({column} -> %s)::text", (self.name,)


class _JsonLine(Func):
    """An object of names and values that are JSON already; json_build_object ends at 50 of them."""

    output_field = TextField()

    def __init__(self, names: Sequence[str], values: Sequence[Any]) -> None:
        super().__init__(*values)
        self.names = tuple(names)

    def as_sql(
        self, compiler: Any, connection: Any, *_more: Any, **_context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """Write it."""
        parts, parameters = [], []
        for number, (name, value) in enumerate(zip(self.names, self.get_source_expressions(), strict=True)):
            sql, given = compiler.compile(value)
            parts.append(f"%s || COALESCE({sql}, 'null')")
            parameters += [f"{',' if number else '{'}{dumped(name).decode()}:", *given]
        return f"({' || '.join(parts)} || '}}')", tuple(parameters)


_JSON_MOMENT = f"to_json(replace({_UTC}, '.000000', '') || 'Z')::text"


def _value(name: str) -> Any:
    if name == "corrected":
        return _cell(name)
    is_moment = isinstance(TextAnalysis._meta.get_field(name), DateTimeField)
    return _Written(F(name), _JSON_MOMENT if is_moment else "to_json(%(expressions)s)::text")
