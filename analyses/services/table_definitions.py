"""What a table is made of, read from the database so that it can be made again: one reader for each vendor.

PostgreSQL builds the statements from its catalogue; MariaDB and SQLite keep the statement that made the table.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

Statements = list[str]


@dataclass(frozen=True, slots=True)
class Definition:
    """A table's schema as statements; `counters` says where automatic numbers stand and is no part of the schema."""

    table: str
    columns: list[str]  # without generated ones, which nobody may write
    create: Statements  # an empty table
    finish: Statements  # keys, indexes, triggers, grants, once the rows are in
    references: list[list[str]] = field(default_factory=list)  # (table, name, clause), from it and to it
    counters: Statements = field(default_factory=list, compare=False)

    def to_json(self) -> str:
        """Return it as text for the record of backups."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Definition:
        """Return what `to_json` wrote."""
        return cls(**json.loads(text))


def read(connection: BaseDatabaseWrapper, table: str) -> Definition:
    """Read a table that exists."""
    readers = {"postgresql": _read_postgresql, "mysql": _read_mariadb, "sqlite": _read_sqlite}
    with connection.cursor() as cursor:
        return readers[connection.vendor](cursor, connection.ops.quote_name(table), table)


def table_names(connection: BaseDatabaseWrapper) -> set[str]:
    """Name the tables; not SQLite's full-text indexes and their parts, which belong to the table that they index."""
    if connection.vendor != "sqlite":
        return set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
        return {name for (name,) in cursor.fetchall() if not name.startswith("sqlite_")}


def fingerprint(connection: BaseDatabaseWrapper, table: str, columns: list[str]) -> tuple[int, str]:
    """Return the number of rows and the sum of their hashes, which does not depend on their order. One query."""
    quote = connection.ops.quote_name
    names = [quote(column) for column in columns]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return _fingerprint_here(cursor, quote(table), names)
        digest = {
            "postgresql": f"('x' || substr(md5(ROW({', '.join(names)})::text), 1, 15))::bit(60)::bigint",
            "mysql": "CAST(CONV(LEFT(MD5(CONCAT_WS(',', "
            + ", ".join(f"CAST(QUOTE({name}) AS BINARY)" for name in names)
            + ")), 15), 16, 10) AS UNSIGNED)",
        }[connection.vendor]
        cursor.execute(f"SELECT COUNT(*), COALESCE(SUM({digest}), 0) FROM {quote(table)}")  # noqa: S608
        count, total = cursor.fetchone()
    return int(count), str(int(total))


def _fingerprint_here(cursor: Any, table: str, names: list[str]) -> tuple[int, str]:
    """SQLite cannot add up hashes: they are added here, row by row."""
    values = " || ',' || ".join(f"quote({name})" for name in names)
    count, total = 0, 0
    cursor.execute(f"SELECT django_md5 FROM (SELECT MD5({values}) AS django_md5 FROM {table})")  # noqa: S608
    for (digest,) in cursor:
        count += 1
        total += int(digest[:15], 16)
    return count, str(total)


# --- PostgreSQL -----------------------------------------------------------------------------------

_COLUMNS = """
    SELECT attname, quote_ident(attname), format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
           pg_get_expr(adbin, adrelid), pg_get_serial_sequence(quote_ident(%s), attname),
           CASE WHEN attcollation <> typcollation THEN attcollation::regcollation::text END
    FROM pg_attribute
    JOIN pg_type ON pg_type.oid = atttypid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = quote_ident(%s)::regclass AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""
_FINISH = """
    WITH this AS (SELECT quote_ident(%s)::regclass AS id)
    SELECT 1, conname::text, format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', id, conname, pg_get_constraintdef(oid))
    FROM pg_constraint, this WHERE conrelid = id AND contype IN ('p', 'u', 'c', 'x')
    UNION ALL
    SELECT 2, pg_get_indexdef(indexrelid), pg_get_indexdef(indexrelid) FROM pg_index, this
    WHERE indrelid = id AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = id)
    UNION ALL
    SELECT 3, tgname::text, pg_get_triggerdef(oid) FROM pg_trigger, this WHERE tgrelid = id AND NOT tgisinternal
    UNION ALL
    SELECT 4, grantee || privilege_type, format('GRANT %%s ON %%s TO %%s%%s', privilege_type, id,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
        CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM this, pg_class, aclexplode(relacl) WHERE pg_class.oid = id
    UNION ALL
    SELECT 5, objsubid::text, CASE objsubid WHEN 0 THEN format('COMMENT ON TABLE %%s IS %%L', id, description)
        ELSE format('COMMENT ON COLUMN %%s.%%I IS %%L', id, attname, description) END
    FROM this, pg_description LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid
    WHERE objoid = id AND classoid = 'pg_class'::regclass
    ORDER BY 1, 2
"""
_REFERENCES = """
    WITH this AS (SELECT quote_ident(%s)::regclass AS id)
    SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid)
    FROM this, pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE contype = 'f' AND (conrelid = id OR confrelid = id)
    ORDER BY 1, 2
"""


class _Column(NamedTuple):
    """A row of the query above."""

    attribute: str
    name: str  # quoted where that is needed
    kind: str
    is_needed: bool
    identity: str
    generated: str
    default: str | None
    sequence: str | None
    collation: str | None

    def sql(self) -> str:
        parts = [self.name, self.kind]
        if self.collation:
            parts.append(f"COLLATE {self.collation}")
        if self.identity:
            how = {"a": "ALWAYS", "d": "BY DEFAULT"}[self.identity]
            parts.append(f"GENERATED {how} AS IDENTITY (SEQUENCE NAME {self.sequence})")
        elif self.generated:
            parts.append(f"GENERATED ALWAYS AS ({self.default}) STORED")
        elif self.default is not None:
            parts.append(f"DEFAULT {self.default}")
        if self.is_needed:
            parts.append("NOT NULL")
        return " ".join(parts)


def _read_postgresql(cursor: Any, quoted: str, table: str) -> Definition:
    cursor.execute(_COLUMNS, [table, table])
    columns = [_Column(*row) for row in cursor.fetchall()]
    serial = [column for column in columns if column.sequence and not column.identity]
    create = [
        *(f"CREATE SEQUENCE IF NOT EXISTS {column.sequence}" for column in serial),
        f"CREATE TABLE {quoted} ({', '.join(column.sql() for column in columns)})",
        *(f"ALTER SEQUENCE {column.sequence} OWNED BY {quoted}.{column.name}" for column in serial),
    ]
    cursor.execute(_FINISH, [table])
    finish = [_settled(statement) for _, _, statement in cursor.fetchall()]
    cursor.execute(_REFERENCES, [table])
    return Definition(
        table=table,
        columns=[column.attribute for column in columns if not column.generated],
        create=create,
        finish=finish,
        references=[list(row) for row in cursor.fetchall()],
        counters=[_postgresql_counter(cursor, column.sequence) for column in columns if column.sequence],
    )


_WORD = r"'(?:[^']|'')*'::character varying"
_WORDS = re.compile(rf"\(ARRAY\[({_WORD}(?:, {_WORD})*)\]\)::text\[\]")


def _settled(statement: str) -> str:
    """Write a list of words as PostgreSQL does once it has read its own statement: only then do two compare equal."""

    def cast_each(words: re.Match[str]) -> str:
        return f"ARRAY[{re.sub(_WORD, lambda word: f'({word[0]})::text', words[1])}]"

    return _WORDS.sub(cast_each, statement)


def _postgresql_counter(cursor: Any, sequence: str) -> str:
    cursor.execute(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608 - the catalogue quoted it
    last, is_called = cursor.fetchone()
    return f"SELECT setval('{sequence}', {last}, {'true' if is_called else 'false'})"


# --- MariaDB --------------------------------------------------------------------------------------


def _read_mariadb(cursor: Any, quoted: str, table: str) -> Definition:
    """Foreign keys stand in the statement; those of other tables wait for the table to come back."""
    cursor.execute(f"SHOW CREATE TABLE {quoted}")
    statement = cursor.fetchone()[1]
    counter = re.search(r" AUTO_INCREMENT=(\d+)", statement)
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = %s"
        " AND COALESCE(generation_expression, '') = '' ORDER BY ordinal_position",
        [table],
    )
    columns = [name for (name,) in cursor.fetchall()]
    return Definition(
        table=table,
        columns=columns,
        create=[statement.replace(counter[0], "", 1) if counter else statement],
        finish=_mariadb_triggers(cursor, table),
        counters=[f"ALTER TABLE {quoted} AUTO_INCREMENT = {counter[1]}"] if counter else [],
    )


def _mariadb_triggers(cursor: Any, table: str) -> Statements:
    cursor.execute(
        "SELECT trigger_name FROM information_schema.triggers"
        " WHERE trigger_schema = DATABASE() AND event_object_table = %s ORDER BY action_order, trigger_name",
        [table],
    )
    statements = []
    for (name,) in cursor.fetchall():
        cursor.execute(f"SHOW CREATE TRIGGER `{name}`")
        statements.append(cursor.fetchone()[2])
    return statements


# --- SQLite ---------------------------------------------------------------------------------------


def _read_sqlite(cursor: Any, quoted: str, table: str) -> Definition:
    """Foreign keys stand in the statements of the tables that have them, by name, and outlive the table."""
    cursor.execute(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL ORDER BY type, name",
        [table],
    )
    rows = cursor.fetchall()
    cursor.execute(f"PRAGMA table_xinfo({quoted})")
    columns = [row[1] for row in cursor.fetchall() if row[6] == 0]
    counters = []
    if any("AUTOINCREMENT" in sql.upper() for kind, sql in rows if kind == "table"):
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        if found := cursor.fetchone():
            counters = [
                f"DELETE FROM sqlite_sequence WHERE name = '{table}'",  # noqa: S608
                f"INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {found[0]})",  # noqa: S608
            ]
    return Definition(
        table=table,
        columns=columns,
        create=[sql for kind, sql in rows if kind == "table"],
        finish=[*(sql for kind, sql in rows if kind != "table"), *_sqlite_full_text(cursor, table)],
        counters=counters,
    )


def _sqlite_full_text(cursor: Any, table: str) -> Statements:
    """Make the full-text indexes that read from the table anew."""
    cursor.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE %s AND instr(sql, %s)",
        ["CREATE VIRTUAL TABLE%", f"content='{table}'"],
    )
    return [
        statement
        for name, sql in cursor.fetchall()
        for statement in (
            f"DROP TABLE IF EXISTS {name}",
            sql,
            f"INSERT INTO {name} ({name}) VALUES ('rebuild')",  # noqa: S608
        )
    ]
