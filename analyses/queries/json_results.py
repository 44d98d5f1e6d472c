"""Results kept as JSON, asked in SQL as `frequent_values` counts them in Python, alike on three databases.

Whatever else a column holds (another kind of JSON, numbers where texts belong) meets no condition. Texts compare letter
by letter. The templates differ by database in the words only: `{json}` is the column, `{value}` the asked text.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, F, Field, FloatField, Func, TextField, Value
from django.db.models.sql.compiler import SQLCompiler

_SqlAndParams = tuple[str, Any]


class _OfJson(Func):
    """A column and a text, set into the template of the database in use."""

    sqlite: str
    mysql: str
    postgresql: str

    def __init__(self, column: str, value: str = "", *, output_field: Field[Any, Any]) -> None:
        super().__init__(F(column), Value(value, output_field=TextField()), output_field=output_field)

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Walk the JSON with json_each, which reads escaped letters as the letters they mean."""
        return self._filled(compiler, self.sqlite)

    def as_mysql(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Walk the JSON with JSON_TABLE, in the collation that tells "a " from "a"."""
        collation = "utf8mb4_nopad_bin" if connection.mysql_is_mariadb else "utf8mb4_0900_bin"
        return self._filled(compiler, self.mysql, collation=collation)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **_context: Any) -> _SqlAndParams:
        """Walk the JSON with the functions behind PostgreSQL's operators."""
        return self._filled(compiler, self.postgresql)

    def _filled(self, compiler: SQLCompiler, template: str, **words: str) -> _SqlAndParams:
        column, value = self.get_source_expressions()
        json, _no_params = compiler.compile(column)
        placeholder, params = compiler.compile(value)
        sql = template.format(json=json, value=placeholder, **words)
        return sql, tuple(params) * template.count("{value}")


class HasItem(_OfJson):
    """Whether a text is among the items of a list."""

    conditional = True
    sqlite = """(json_type({json}) = 'array' AND EXISTS (
        SELECT 1 FROM json_each({json}) AS item WHERE item.type = 'text' AND item.value = {value}))"""
    mysql = """(JSON_TYPE({json}) = 'ARRAY' AND EXISTS (
        SELECT 1 FROM JSON_TABLE({json}, '$[*]' COLUMNS (place FOR ORDINALITY, item LONGTEXT PATH '$')) AS items
        WHERE CONVERT(items.item USING utf8mb4) COLLATE {collation} = {value}
        AND JSON_TYPE(JSON_EXTRACT({json}, CONCAT('$[', items.place - 1, ']'))) = 'STRING'))"""
    postgresql = "(jsonb_typeof({json}) = 'array' AND jsonb_exists({json}, {value}::text))"

    def __init__(self, column: str, item: str) -> None:
        super().__init__(column, item, output_field=BooleanField())


class HasEntity(_OfJson):
    """Whether an entity has a text."""

    conditional = True
    sqlite = """(json_type({json}) = 'array' AND EXISTS (
        SELECT 1 FROM json_each({json}) AS item WHERE item.type = 'object'
        AND json_type(item.value, '$.text') = 'text' AND json_extract(item.value, '$.text') = {value}))"""
    mysql = """(JSON_TYPE({json}) = 'ARRAY' AND EXISTS (
        SELECT 1 FROM JSON_TABLE({json}, '$[*]' COLUMNS (place FOR ORDINALITY, item LONGTEXT PATH '$.text')) AS items
        WHERE CONVERT(items.item USING utf8mb4) COLLATE {collation} = {value}
        AND JSON_TYPE(JSON_EXTRACT({json}, CONCAT('$[', items.place - 1, '].text'))) = 'STRING'))"""
    postgresql = """(jsonb_typeof({json}) = 'array'
        AND {json} @> jsonb_build_array(jsonb_build_object('text', {value}::text)))"""

    def __init__(self, text: str) -> None:
        super().__init__("entities", text, output_field=BooleanField())


class HasEntityKind(_OfJson):
    """Whether an entity is of a kind: its "type", or its "label" where it has no such text."""

    conditional = True
    sqlite = """(json_type({json}) = 'array' AND EXISTS (
        SELECT 1 FROM json_each({json}) AS item WHERE item.type = 'object' AND COALESCE(
            CASE json_type(item.value, '$.type') WHEN 'text' THEN NULLIF(json_extract(item.value, '$.type'), '') END,
            CASE json_type(item.value, '$.label') WHEN 'text' THEN json_extract(item.value, '$.label') END
        ) = {value}))"""
    mysql = """(JSON_TYPE({json}) = 'ARRAY' AND EXISTS (
        SELECT 1 FROM JSON_TABLE({json}, '$[*]' COLUMNS (
            place FOR ORDINALITY, kind LONGTEXT PATH '$.type', label LONGTEXT PATH '$.label')) AS items
        WHERE CONVERT(COALESCE(
            CASE JSON_TYPE(JSON_EXTRACT({json}, CONCAT('$[', items.place - 1, '].type')))
                WHEN 'STRING' THEN NULLIF(items.kind, '') END,
            CASE JSON_TYPE(JSON_EXTRACT({json}, CONCAT('$[', items.place - 1, '].label')))
                WHEN 'STRING' THEN items.label END
        ) USING utf8mb4) COLLATE {collation} = {value}))"""
    postgresql = """(jsonb_typeof({json}) = 'array' AND EXISTS (
        SELECT 1 FROM jsonb_array_elements(
            CASE jsonb_typeof({json}) WHEN 'array' THEN {json} ELSE '[]'::jsonb END) AS items(item)
        WHERE COALESCE(
            CASE jsonb_typeof(items.item -> 'type') WHEN 'string' THEN NULLIF(items.item ->> 'type', '') END,
            CASE jsonb_typeof(items.item -> 'label') WHEN 'string' THEN items.item ->> 'label' END
        ) = {value}::text))"""

    def __init__(self, kind: str) -> None:
        super().__init__("entities", kind, output_field=BooleanField())


class LeadingEmotion(_OfJson):
    """The emotion with the highest number, of equal ones the first by name; NULL where none has a number."""

    sqlite = """(SELECT score.key FROM json_each({json}) AS score
        WHERE json_type({json}) = 'object' AND score.type IN ('integer', 'real')
        ORDER BY score.value DESC, score.key LIMIT 1)"""
    # JSON_TABLE gives no names: those of JSON_KEYS stand in the order of the values that "$.*" lists.
    mysql = """(SELECT CONVERT(names.name USING utf8mb4) COLLATE {collation}
        FROM JSON_TABLE(JSON_KEYS({json}), '$[*]' COLUMNS (place FOR ORDINALITY, name LONGTEXT PATH '$')) AS names
        WHERE JSON_TYPE(JSON_EXTRACT(JSON_EXTRACT({json}, '$.*'), CONCAT('$[', names.place - 1, ']')))
            IN ('INTEGER', 'DOUBLE')
        ORDER BY CAST(JSON_EXTRACT(JSON_EXTRACT({json}, '$.*'), CONCAT('$[', names.place - 1, ']')) AS DOUBLE) DESC,
            CONVERT(names.name USING utf8mb4) COLLATE {collation}
        LIMIT 1)"""
    postgresql = """(SELECT score.key FROM jsonb_each(
            CASE jsonb_typeof({json}) WHEN 'object' THEN {json} ELSE '{{}}'::jsonb END) AS score
        WHERE jsonb_typeof(score.value) = 'number'
        ORDER BY score.value DESC, score.key COLLATE "C" LIMIT 1)"""

    def __init__(self) -> None:
        super().__init__("emotion_scores", output_field=TextField(null=True))


class EmotionScore(_OfJson):
    """The number that an emotion has; NULL where it has none."""

    sqlite = """(SELECT score.value FROM json_each({json}) AS score
        WHERE json_type({json}) = 'object' AND score.key = {value} AND score.type IN ('integer', 'real') LIMIT 1)"""
    mysql = """(CASE WHEN JSON_TYPE(JSON_EXTRACT({json}, CONCAT('$."', {value}, '"'))) IN ('INTEGER', 'DOUBLE')
        THEN CAST(JSON_EXTRACT({json}, CONCAT('$."', {value}, '"')) AS DOUBLE) END)"""
    postgresql = """(CASE jsonb_typeof({json} -> {value}::text)
        WHEN 'number' THEN ({json} ->> {value}::text)::double precision END)"""

    def __init__(self, emotion: str) -> None:
        super().__init__("emotion_scores", emotion, output_field=FloatField(null=True))
