"""Statements that are written once: Django takes a millisecond to write what a database answers in a tenth of one.

For the few queries that every request of the API makes. The queryset stays the only description of what is asked; its
SQL is kept for each database vendor, with the places where values go. PostgreSQL gets it with the values beside it
and, in a process that serves pages, plans it once a connection: that takes it longer than the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    parameters: tuple[Any, ...]
    converters: Sequence[tuple[int, Sequence[Callable[..., Any]], Any]]
    width: int


class Prepared:
    """A queryset of `values_list` with places for values.

    `build` gets the names of `places` with a value each that occurs nowhere else in the query; these stand for the
    values that `rows` puts in. Expressions must not depend on a value: only what goes to the database as a parameter.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], places: Mapping[str, Any]) -> None:
        self._build = build
        self._places = dict(places)
        self._statements: dict[str, _Statement] = {}

    def beside(self, other: Prepared) -> Prepared:
        """Give each row of this one followed by each of the other: two questions in one statement."""
        return _Beside(self, other)

    def rows(self, **values: Any) -> list[Row]:
        """Give the rows for some values, in one query."""
        statement = self._statement()
        names = {place: name for name, place in self._places.items()}
        parameters = [
            values[names[one]] if isinstance(one, str | int) and one in names else one
            for one in statement.parameters
        ]
        with _cursor() as cursor:
            cursor.execute(statement.sql, parameters)
            found = cursor.fetchall()
        return [_converted(row, statement) for row in found] if statement.converters else list(found)

    def _statement(self) -> _Statement:
        vendor = connection.vendor
        if vendor not in self._statements:
            self._statements[vendor] = self._write()
        return self._statements[vendor]

    def _write(self) -> _Statement:
        compiler = self._build(**self._places).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        missing = [name for name, place in self._places.items() if place not in parameters]
        if missing:
            raise TypeError(f"the query has no place for {missing}")
        converters = compiler.get_converters([expression for expression, *_rest in compiler.select])
        found = [(place, *converter) for place, converter in converters.items()]
        return _Statement(sql, tuple(parameters), found, width=len(compiler.select))


class _Beside(Prepared):
    """Two statements as one. Their places must not share a value."""

    def __init__(self, left: Prepared, right: Prepared) -> None:
        super().__init__(left._build, {**left._places, **right._places})
        self._parts = left, right

    def _write(self) -> _Statement:
        left, right = (part._statement() for part in self._parts)
        return _Statement(
            f"SELECT * FROM ({left.sql}) AS leftward CROSS JOIN ({right.sql}) AS rightward",  # noqa: S608 - our own
            left.parameters + right.parameters,
            [*left.converters, *((left.width + place, *rest) for place, *rest in right.converters)],
            width=left.width + right.width,
        )


def _cursor() -> Any:
    if connection.vendor != "postgresql":
        return connection.cursor()
    from psycopg import Cursor  # noqa: PLC0415 - other databases do without the driver

    connection.ensure_connection()
    # What `connection.cursor()` does around a cursor that binds values at the client.
    return connection._prepare_cursor(Cursor(connection.connection))  # type: ignore[attr-defined]


def _converted(row: Row, statement: _Statement) -> Row:
    values = list(row)
    for place, converters, expression in statement.converters:
        for convert in converters:
            values[place] = convert(values[place], expression, connection)
    return values
