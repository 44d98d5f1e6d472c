"""Copies of tables: what comes back is what was there, in rows, keys, indexes, constraints and counters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connections, transaction

from analyses.exceptions import DatabaseError, ValidationError
from analyses.models import BatchAnalysis, Profile, SearchDocument, TextAnalysis
from analyses.queries import search
from analyses.search.parsing import parse
from analyses.services import table_backups, table_definitions
from analyses.services.table_backups import backup_table, restore_table, restore_tables
from tests.own_databases import own_database

EXTRAS = {
    "postgresql": (
        'CREATE TABLE extras (id serial PRIMARY KEY, word text COLLATE "C", half numeric(9,2) DEFAULT 0.5)',
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER noting AFTER UPDATE ON extras FOR EACH ROW EXECUTE FUNCTION note()",
        "CREATE INDEX part ON extras (lower(word)) WHERE half > 0",
        "GRANT SELECT, UPDATE ON extras TO PUBLIC",
        "COMMENT ON COLUMN extras.word IS 'it''s a word'",
    ),
    "mysql": (
        "CREATE TABLE extras (id integer AUTO_INCREMENT PRIMARY KEY, word varchar(9) COMMENT 'it''s', half float)",
        "CREATE TRIGGER noting BEFORE UPDATE ON extras FOR EACH ROW SET NEW.half = OLD.half",
        "CREATE INDEX part ON extras (word(3))",
    ),
    "sqlite": (
        "CREATE TABLE extras (id integer PRIMARY KEY AUTOINCREMENT, word text COLLATE NOCASE, half real)",
        "CREATE TRIGGER noting AFTER UPDATE ON extras BEGIN DELETE FROM jobs; END",
        "CREATE INDEX part ON extras (lower(word)) WHERE half > 0",
    ),
}
TEXTS = ["It's", "100 % \\ 'quoted' \"so\"", "🍣\t\n", "a ", "a"]


@pytest.fixture
def using(django_db_blocker: Any) -> Iterator[str]:
    """Return the alias of a migrated database with a batch of texts."""
    with django_db_blocker.unblock(), own_database() as alias:
        call_command("migrate", database=alias, verbosity=0)
        batch = BatchAnalysis.objects.using(alias).create(
            batch_name="first",
            batch_size=len(TEXTS),
            analysis_type="sentiment",
            model_config={"a": [1, None]},
        )
        TextAnalysis.objects.using(alias).bulk_create(
            TextAnalysis(
                text_content=text,
                text_hash=f"{number:064}",
                content_length=len(text),
                analysis_type="sentiment",
                batch_analysis_id=batch.pk,
                line_number=number,
                sentiment_score=0.1 * number,
            )
            for number, text in enumerate(TEXTS)
        )
        yield alias


def rows(using: str, table: str = "text_analyses") -> list[tuple[Any, ...]]:
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")
        return list(cursor.fetchall())


def run(using: str, *statements: str) -> None:
    with connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def all_definitions(using: str) -> dict[str, Any]:
    connection = connections[using]
    names = connection.introspection.table_names()
    return {name: table_definitions.read(connection, name) for name in names if "backup" not in name}


class TestBackup:
    def test_a_second_copy_does_not_touch_the_first(self, using: str) -> None:
        first = backup_table("text_analyses", using=using)
        TextAnalysis.objects.using(using).all().delete()
        second = backup_table("text_analyses", using=using)
        third = backup_table("text_analyses", "_old", using=using)

        assert (first, second, third) == (
            "text_analyses_backup",
            "text_analyses_backup_2",
            "text_analyses_old",
        )
        assert [len(rows(using, name)) for name in (first, second)] == [len(TEXTS), 0]
        assert [made.row_count for made in table_backups.list_backups(using)] == [len(TEXTS), 0, 0]

    @pytest.mark.parametrize(
        "table",
        ["nothing", "", "text_analyses; DROP TABLE jobs", 'text_analyses"', "text analyses", "1st", "tèxt"],
    )
    def test_names_that_are_no_tables_are_refused(self, using: str, table: str) -> None:
        with pytest.raises(ValidationError, match="table"):
            backup_table(table, using=using)

    @pytest.mark.parametrize("suffix", ["", " x", "; --", "é", "_" * 31])
    def test_suffixes_that_are_no_names_are_refused(self, using: str, suffix: str) -> None:
        with pytest.raises(ValidationError, match="suffix"):
            backup_table("jobs", suffix, using=using)

    def test_a_long_name_is_cut_and_not_refused(self, using: str) -> None:
        table = "t" * 60
        run(using, f"CREATE TABLE {table} (id integer PRIMARY KEY)")

        assert backup_table(table, using=using) == "t" * 56 + "_backup"

    def test_dropping_a_copy_takes_its_record_too(self, using: str) -> None:
        name = backup_table("jobs", using=using)

        table_backups.drop_backup(name, using=using)

        assert table_backups.list_backups(using) == []
        assert name not in connections[using].introspection.table_names()

    def test_only_copies_can_be_dropped(self, using: str) -> None:
        with pytest.raises(ValidationError, match="no backup 'jobs'"):
            table_backups.drop_backup("jobs", using=using)


class TestRestore:
    def test_nothing_changed_and_nothing_is_touched(
        self, using: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name = backup_table("text_analyses", using=using)
        monkeypatch.setattr(table_backups, "_put_back", None)

        assert restore_table("text_analyses", name, using=using) is True

    def test_rows_come_back_in_a_table_that_others_refer_to(self, using: str) -> None:
        before, schema = rows(using, "batch_analyses"), all_definitions(using)
        name = backup_table("batch_analyses", using=using)
        BatchAnalysis.objects.using(using).update(batch_name="spoiled")
        BatchAnalysis.objects.using(using).create(batch_name="added", analysis_type="topics")

        assert restore_table("batch_analyses", name, using=using) is True

        assert rows(using, "batch_analyses") == before
        assert all_definitions(using) == schema

    @pytest.mark.parametrize(
        "table", ["text_analyses", "batch_analyses", "imports", "rejected_lines", "profiles"]
    )
    def test_a_table_that_is_gone_comes_back_whole(self, using: str, table: str) -> None:
        before, schema = rows(using, table), all_definitions(using)
        name = backup_table(table, using=using)
        drop(using, table)

        assert restore_table(table, name, using=using) is True

        assert rows(using, table) == before
        assert all_definitions(using) == schema
        check_rules(using)

    def test_what_no_model_says_comes_back_too(self, using: str) -> None:
        run(using, *EXTRAS[connections[using].vendor], "INSERT INTO extras (word, half) VALUES ('Ä', 0.1)")
        schema = all_definitions(using)
        name = backup_table("extras", using=using)
        drop(using, "extras")

        restore_table("extras", name, using=using)

        assert all_definitions(using) == schema
        run(using, "INSERT INTO extras (word) VALUES ('next')")
        assert [row[:2] for row in rows(using, "extras")] == [(1, "Ä"), (2, "next")]

    def test_a_table_with_another_schema_is_built_anew(self, using: str) -> None:
        before, schema = rows(using), all_definitions(using)
        name = backup_table("text_analyses", using=using)
        run(using, "ALTER TABLE text_analyses ADD COLUMN word varchar(9)")
        with connections[using].schema_editor() as editor:
            editor.remove_index(TextAnalysis, TextAnalysis._meta.indexes[0])

        assert restore_table("text_analyses", name, using=using) is True

        assert rows(using) == before
        assert all_definitions(using) == schema
        check_rules(using)

    def test_the_full_text_index_comes_back_with_its_table(self, using: str) -> None:
        pk = TextAnalysis.objects.using(using).get(text_content="It's").pk
        SearchDocument.objects.using(using).create(analysis_id=pk, words=["it", "s"])
        backup = backup_table("search_documents", using=using)
        with connections[using].cursor() as cursor:
            cursor.execute("DROP TABLE search_documents")

        assert restore_table("search_documents", backup, using=using)

        assert list(search.narrow(TextAnalysis.objects.using(using), parse("it's"))) == [
            TextAnalysis(pk=pk),
        ]

    def test_numbers_go_on_after_the_highest_ever_given(self, using: str) -> None:
        gone = BatchAnalysis.objects.using(using).create(batch_name="gone", analysis_type="topics")
        highest = gone.pk
        gone.delete()
        name = backup_table("batch_analyses", using=using)
        drop(using, "batch_analyses")

        restore_table("batch_analyses", name, using=using)

        made = BatchAnalysis.objects.using(using).create(batch_name="next", analysis_type="topics")
        assert made.pk == highest + 1

    def test_tables_that_refer_to_each_other_come_back_together(self, using: str) -> None:
        before = {table: rows(using, table) for table in ("batch_analyses", "text_analyses")}
        copies = {table: backup_table(table, using=using) for table in before}
        other = BatchAnalysis.objects.using(using).create(
            batch_name="x", batch_size=9, analysis_type="sentiment"
        )
        TextAnalysis.objects.using(using).update(batch_analysis=other)
        drop(using, "batch_analyses")

        assert restore_tables(copies, using=using) is True

        assert {table: rows(using, table) for table in before} == before

    def test_a_row_that_would_hang_in_the_air_stops_it(self, using: str) -> None:
        name = backup_table("batch_analyses", using=using)
        later = BatchAnalysis.objects.using(using).create(
            batch_name="later", analysis_type="sentiment", batch_size=9
        )
        TextAnalysis.objects.using(using).update(batch_analysis=later)
        before, schema = rows(using, "batch_analyses"), all_definitions(using)

        with pytest.raises(DatabaseError, match="the log says why"):
            restore_table("batch_analyses", name, using=using)

        assert rows(using, "batch_analyses") == before
        assert all_definitions(using) == schema

    def test_a_copy_that_was_changed_is_refused(self, using: str) -> None:
        name = backup_table("text_analyses", using=using)
        run(using, f"UPDATE {name} SET text_content = 'b' WHERE line_number = 4")
        before = rows(using)

        with pytest.raises(DatabaseError, match="does not hold what was copied"):
            restore_table("text_analyses", name, using=using)

        assert rows(using) == before

    def test_a_copy_of_another_table_is_refused(self, using: str) -> None:
        name = backup_table("jobs", using=using)

        with pytest.raises(ValidationError, match="a copy of jobs, not of text_analyses"):
            restore_table("text_analyses", name, using=using)

    def test_any_other_table_is_no_copy(self, using: str) -> None:
        backup_table("jobs", using=using)

        with pytest.raises(ValidationError, match="no backup 'workers'"):
            restore_table("text_analyses", "workers", using=using)

    def test_inside_a_transaction_it_is_refused(self, using: str) -> None:
        name = backup_table("jobs", using=using)

        with transaction.atomic(using), pytest.raises(DatabaseError, match="outside any transaction"):
            restore_table("jobs", name, using=using)


def drop(using: str, table: str) -> None:
    """Drop a table whatever refers to it."""
    connection = connections[using]
    cascade = " CASCADE" if connection.vendor == "postgresql" else ""
    with connection.constraint_checks_disabled():
        run(using, f"DROP TABLE {table}{cascade}")


def check_rules(using: str) -> None:
    """Assert that checks, unique keys and foreign keys both ways still hold."""
    batch = BatchAnalysis.objects.using(using).get()
    with pytest.raises(IntegrityError), transaction.atomic(using):
        BatchAnalysis.objects.using(using).update(batch_size=-1)
    with pytest.raises(IntegrityError), transaction.atomic(using):
        TextAnalysis.objects.using(using).update(line_number=1)
    with pytest.raises(IntegrityError), transaction.atomic(using):
        TextAnalysis.objects.using(using).update(batch_analysis_id=batch.pk + 99)
    with pytest.raises(IntegrityError), transaction.atomic(using):
        run(using, "DELETE FROM batch_analyses")
    with pytest.raises(IntegrityError), transaction.atomic(using):
        Profile.objects.using(using).create(user_id=4711)
