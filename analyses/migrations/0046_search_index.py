"""Make each database's own full-text index of the search documents."""

from django.db import migrations

NAME = "ft_search_words"
TABLE = "search_documents"

# The index of SQLite reads the words from the table, which triggers keep it in step with.
SQLITE = (
    "DROP TABLE IF EXISTS search_words",  # nothing that goes back drops what is no table of a model
    (
        "CREATE VIRTUAL TABLE search_words USING fts5(words, content='search_documents',"
        " content_rowid='analysis_id', tokenize='ascii', columnsize=0)"
    ),
    (
        "CREATE TRIGGER search_words_insert AFTER INSERT ON search_documents BEGIN"
        " INSERT INTO search_words (rowid, words) VALUES (new.analysis_id, new.words); END"
    ),
    (
        "CREATE TRIGGER search_words_delete AFTER DELETE ON search_documents BEGIN"
        " INSERT INTO search_words (search_words, rowid, words)"
        " VALUES ('delete', old.analysis_id, old.words); END"
    ),
    (
        "CREATE TRIGGER search_words_update AFTER UPDATE ON search_documents BEGIN"
        " INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', old.analysis_id, old.words);"
        " INSERT INTO search_words (rowid, words) VALUES (new.analysis_id, new.words); END"
    ),
)
SQLITE_BACK = (
    "DROP TRIGGER search_words_insert",
    "DROP TRIGGER search_words_delete",
    "DROP TRIGGER search_words_update",
    "DROP TABLE search_words",
)


def make_index(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE INDEX {NAME} ON {TABLE} USING gin (words)")
    elif connection.vendor == "sqlite":
        for statement in SQLITE:
            schema_editor.execute(statement, None)
    elif not _has_index(connection):
        schema_editor.execute(f"ALTER TABLE {TABLE} ADD FULLTEXT INDEX {NAME} (words)")


def drop_index(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX {NAME}")
    elif connection.vendor == "sqlite":
        for statement in SQLITE_BACK:
            schema_editor.execute(statement, None)
    elif _has_index(connection):
        schema_editor.execute(f"ALTER TABLE {TABLE} DROP INDEX {NAME}")


def _has_index(connection):
    """Tell whether a run that was killed made it: MariaDB cannot take it back."""
    with connection.cursor() as cursor:
        return NAME in connection.introspection.get_constraints(cursor, TABLE)


class Migration(migrations.Migration):
    dependencies = [("analyses", "0045_search_documents")]
    touched_tables = (TABLE,)

    # MariaDB changes no table inside a transaction; elsewhere the migration itself is one.
    operations = [migrations.RunPython(make_index, drop_index, atomic=False)]
