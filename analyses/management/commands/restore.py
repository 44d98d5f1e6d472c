"""Fill an empty database from a backup, and look whether it is sound."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from analyses.exceptions import DatabaseError
from analyses.services import backups


class Command(BaseCommand):
    """Exit 1 with a sentence when the database is not empty, the file is no backup, or its rows do not agree."""

    help = "Restore a backup into an empty database, migrate it, and check its data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument(
            "file", type=Path, help="a file that `backup` wrote, for the same kind of database"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, bring an older backup up to this release, and check."""
        try:
            backups.restore(options["file"])
        except (DatabaseError, OSError) as error:
            raise CommandError(str(error)) from error
        call_command("migrate", verbosity=0, stdout=self.stdout)
        call_command("check_data", stdout=self.stdout)
        self.stdout.write("Restored.")
