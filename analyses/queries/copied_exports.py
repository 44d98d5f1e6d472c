"""PostgreSQL writes an export's CSV itself: COPY of the page's own query, cells as `tabular.writing` writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import DateTimeField, Expression, F, Func, JSONField, OuterRef, Subquery, TextField
from django.db.models.functions import Cast

from analyses.choices import EXPORT_COLUMNS
from analyses.models import Correction, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet

BLOCK_BYTES = 64 * 1024
LINE_END = b"\r\n"

# `tabular.writing.guard_cell`, as PostgreSQL says it. A text holds no NUL there.
RISKY = r"'^''*[=+\-@\t\r\n＝＋－＠]'"


def blocks(
    queryset: TextAnalysisQuerySet, own: Sequence[str], sources: dict[str, str]
) -> Iterator[tuple[bytes, int]]:
    """Give lines in blocks of about 64 KiB, each with how many rows it has; in flat memory, in one statement."""
    names = [sources.get(name, name) for name in EXPORT_COLUMNS]
    cells = {f"cell_{number}": _cell(name) for number, name in enumerate(names)}
    cells |= {f"own_{number}": _OwnCell(name) for number, name in enumerate(own)}
    query = queryset.order_by("id").annotate(**cells).values_list(*cells).query
    sql = connection.ops.compose_sql(*query.sql_with_params())  # type: ignore[attr-defined]
    with transaction.atomic(), connection.cursor() as cursor:
        # A page's statement is cut off after seconds; a download lasts as long as its reader takes.
        cursor.execute("SET LOCAL statement_timeout = 0")
        with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy:
            yield from _in_blocks(copy)


def _in_blocks(copy: Any) -> Iterator[tuple[bytes, int]]:
    parts: list[Any] = []
    size = 0
    for line in copy:
        parts += (line[:-1], LINE_END)
        size += len(line)
        if size >= BLOCK_BYTES:
            yield b"".join(parts), len(parts) // 2
            parts, size = [], 0
    if parts:
        yield b"".join(parts), len(parts) // 2


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
