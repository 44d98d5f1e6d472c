"""Migrations by hand: create, upgrade, downgrade, current, history, check; copies of tables before them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS

from analyses.exceptions import DatabaseError, ValidationError
from analyses.queries import migrations
from analyses.services import table_backups
from analyses.services.migrating import BASE, HEAD, MigrationManager
from analyses.services.safe_migrating import safe_migrate

DATE = "%Y-%m-%d %H:%M UTC"


class Command(BaseCommand):
    """Do one thing with the migrations; exit 1 and one sentence when it cannot be done."""

    help = "Create, apply, undo and report the migrations of the analyses."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--directory", type=Path, help="A directory with the site's own migrations.")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS)
        steps = parser.add_subparsers(dest="step", required=True)
        create = steps.add_parser("create", help="Write a migration named after a message.")
        create.add_argument("message")
        create.add_argument("--empty", action="store_true", help="Do not look for changes of the models.")
        upgrade = steps.add_parser("upgrade", help="Apply what is pending.")
        upgrade.add_argument("target", nargs="?", default=HEAD, help="A migration's name, or head.")
        upgrade.add_argument(
            "--with-backup", action="store_true", help="Put the tables back as they were when it fails."
        )
        downgrade = steps.add_parser("downgrade", help="Undo.")
        downgrade.add_argument("target", help=f"-1 for one step, a migration's name, or {BASE} for all.")
        steps.add_parser("current", help="Show the last migration applied.")
        steps.add_parser("history", help="Show all migrations, newest first.")
        steps.add_parser("check", help="Exit 1 unless database, migrations and models agree.")
        _add_backup_steps(steps)

    def handle(self, *args: Any, **options: Any) -> None:
        step = options["step"].replace("-", "_")
        with MigrationManager(options["directory"], options["database"]) as manager:
            try:
                getattr(self, f"_{step}")(manager, options)
            except (DatabaseError, ValidationError) as error:
                raise CommandError(str(error)) from error

    def _create(self, manager: MigrationManager, options: dict[str, Any]) -> None:
        name = manager.create_migration(options["message"], autogenerate=not options["empty"])
        self.stdout.write(name)

    def _upgrade(self, manager: MigrationManager, options: dict[str, Any]) -> None:
        if options["with_backup"]:
            safe_migrate(options["target"], manager=manager)
        else:
            manager.upgrade_or_raise(options["target"])
        self._current(manager, options)

    def _downgrade(self, manager: MigrationManager, options: dict[str, Any]) -> None:
        manager.downgrade_or_raise(options["target"])
        self._current(manager, options)

    def _current(self, manager: MigrationManager, options: dict[str, Any]) -> None:
        self.stdout.write(manager.current_revision() or BASE)

    def _history(self, manager: MigrationManager, options: dict[str, Any]) -> None:
        for line in manager.migration_history():
            when = line["date"].strftime(DATE) if line["date"] else "not applied"
            self.stdout.write(f"{line['revision']}  {when}  {line['message']}")

    def _check(self, manager: MigrationManager, options: dict[str, Any]) -> None:
        report = manager.check_migrations()
        for key, value in report.items():
            self.stdout.write(f"{key}: {value}")
        if not report["is_up_to_date"]:
            raise CommandError(str(report.get("error") or "Migrations are pending: `migrations upgrade`."))
        if changes := migrations.model_changes(manager.using, directory=manager.directory):
            raise CommandError(f"No migration does this yet: {'; '.join(changes)}. `migrations create` does.")

    def _backup(self, manager: MigrationManager, options: dict[str, Any]) -> None:
        self.stdout.write(table_backups.backup_table(options["table"], using=manager.using))

    def _restore(self, manager: MigrationManager, options: dict[str, Any]) -> None:
        table_backups.restore_table(options["table"], options["backup"], using=manager.using)
        self.stdout.write(f"{options['table']} is as {options['backup']} was taken.")

    def _backups(self, manager: MigrationManager, options: dict[str, Any]) -> None:
        for backup in table_backups.list_backups(manager.using):
            what = f"{backup.row_count} rows of {backup.definition.table}"
            self.stdout.write(f"{backup.name}  {backup.made_at:.16}  {what}")

    def _drop_backup(self, manager: MigrationManager, options: dict[str, Any]) -> None:
        table_backups.drop_backup(options["backup"], using=manager.using)


def _add_backup_steps(steps: Any) -> None:
    backup = steps.add_parser("backup", help="Copy a table and show the copy's name.")
    backup.add_argument("table")
    restore = steps.add_parser("restore", help="Put a table back as a copy was taken.")
    restore.add_argument("table")
    restore.add_argument("backup")
    steps.add_parser("backups", help="Show the copies that there are.")
    drop = steps.add_parser("drop-backup", help="Remove a copy.")
    drop.add_argument("backup")
