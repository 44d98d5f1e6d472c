"""Lists of topics in SQL: the first one of a row, alike on three databases."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Func, TextField
from django.db.models.sql.compiler import SQLCompiler

_SqlAndParams = tuple[str, Any]


def _collation(connection: Any) -> str:
    """Name the collation that tells "a " from "a"."""
    return "utf8mb4_nopad_bin" if connection.mysql_is_mariadb else "utf8mb4_0900_bin"


class FirstTopic(Func):
    """The best topic of a row; NULL where the list is empty, missing or has no text in front."""

    function = "JSON_EXTRACT"
    arity = 1

    def __init__(self) -> None:
        super().__init__(F("topics"), output_field=TextField(null=True))

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Take the first item where it is a text."""
        return super().as_sql(compiler, connection, template="JSON_EXTRACT(%(expressions)s, '$[0]')")

    def as_mysql(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Unquote what MariaDB and MySQL give as JSON."""
        template = "CONVERT(JSON_UNQUOTE(JSON_EXTRACT(%(expressions)s, '$[0]')) USING utf8mb4)"
        return super().as_sql(compiler, connection, template=f"{template} COLLATE {_collation(connection)}")

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Use PostgreSQL's operator."""
        return super().as_sql(compiler, connection, template="(%(expressions)s ->> 0)")
