"""Migrations by hand: create, upgrade, downgrade, current, history, check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS

from analyses.exceptions import DatabaseError, ValidationError
from analyses.queries import migrations
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

    def handle(self, *args: Any, **options: Any) -> None:
        with MigrationManager(options["directory"], options["database"]) as manager:
            try:
                getattr(self, f"_{options['step']}")(manager, options)
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
