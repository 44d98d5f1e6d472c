"""Lists of topics in SQL: the first one of a row, and whether a row has one, alike on three databases."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, F, Func, TextField, Value
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


class HasTopic(Func):
    """Whether a topic, spelt exactly so, is among those of a row; NULL counts as no."""

    arity = 2
    conditional = True

    def __init__(self, topic: str) -> None:
        super().__init__(F("topics"), Value(topic, output_field=TextField()), output_field=BooleanField())

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Walk the list."""
        return self._of_parts(compiler, "EXISTS (SELECT 1 FROM json_each({list}) WHERE value = {topic})")

    def as_mysql(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Walk the list as a table: JSON_CONTAINS compares as the connection's collation does."""
        table = "JSON_TABLE({list}, '$[*]' COLUMNS (item LONGTEXT PATH '$')) AS items"
        item = f"CONVERT(items.item USING utf8mb4) COLLATE {_collation(connection)}"
        # The collation is one of two names of our own; the topic is a parameter.
        return self._of_parts(compiler, f"EXISTS (SELECT 1 FROM {table} WHERE {item} = {{topic}})")  # noqa: S608

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Use the function behind PostgreSQL's "?" operator, which is an item of the list for it."""
        return self._of_parts(compiler, "jsonb_exists({list}, {topic}::text)")

    def _of_parts(self, compiler: SQLCompiler, template: str) -> _SqlAndParams:
        (column, topic) = self.get_source_expressions()
        list_sql, list_params = compiler.compile(column)
        topic_sql, topic_params = compiler.compile(topic)
        return template.format(list=list_sql, topic=topic_sql), (*list_params, *topic_params)
