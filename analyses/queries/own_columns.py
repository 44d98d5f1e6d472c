"""The columns that imported files have beside ours: which exist, and how they are read in SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import F, Func, TextField, Value
from django.db.models.sql.compiler import SQLCompiler

from analyses.choices import EXPORT_COLUMNS
from analyses.models import Import

# What an export appends to an own column that is named like one of ours.
OWN_COLUMN_SUFFIX = " (file)"

_SqlAndParams = tuple[str, Any]


class OwnColumn(Func):
    """The text in a named column of the file; NULL where the row has no such column.

    Django's KeyTextTransform takes a column called "2024" for a place in a list, hence a function of our own.
    """

    function = "JSON_EXTRACT"
    arity = 2

    def __init__(self, name: str) -> None:
        self.name = name
        path = f"$.{json.dumps(name)}"
        super().__init__(F("extra"), Value(path), output_field=TextField())

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Walk the names: a path of SQLite's does not see that an escape in the document means its letter."""
        extra, params = compiler.compile(self.get_source_expressions()[0])
        # `extra` is the compiler's own column reference; the name is a parameter.
        return f"(SELECT value FROM json_each({extra}) WHERE key = %s LIMIT 1)", (*params, self.name)  # noqa: S608

    def as_mysql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> _SqlAndParams:
        """Unquote what MariaDB and MySQL give as JSON, in a collation that tells "a " from "a"."""
        collation = "utf8mb4_nopad_bin" if connection.mysql_is_mariadb else "utf8mb4_0900_bin"
        template = f"CONVERT(JSON_UNQUOTE(%(function)s(%(expressions)s)) USING utf8mb4) COLLATE {collation}"
        return super().as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Use PostgreSQL's operator, which takes the name as it is."""
        extra, params = compiler.compile(self.get_source_expressions()[0])
        return f"({extra} ->> %s::text)", (*params, self.name)


def of_import(record: Import) -> Iterator[str]:
    """Walk the names of the file's own columns, in the file's order; no query."""
    mapped = {record.text_column, record.id_column, record.date_column}
    for index, name in enumerate(record.columns):
        if record.is_export and index < len(EXPORT_COLUMNS):
            continue
        if name not in mapped:
            yield name.removesuffix(OWN_COLUMN_SUFFIX) if record.is_export else name


def of_imports(records: Iterable[Import]) -> list[str]:
    """List the names of all the files' own columns once each, in the order of their first sight; no query."""
    return list(dict.fromkeys(name for record in records for name in of_import(record)))
