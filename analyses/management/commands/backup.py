"""Back the whole database up into a file, while the site goes on."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analyses.exceptions import DatabaseError
from analyses.services import backups


class Command(BaseCommand):
    """Exit 1 with a sentence when the file exists or the database's tool fails; then there is no file."""

    help = "Write a backup of the whole database, of one moment, into a new file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, help="the file to write; it must not exist")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the file's size and SHA-256."""
        try:
            made = backups.back_up(options["file"])
        except (DatabaseError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{made.path}: {made.size_bytes:,} bytes, sha256 {made.sha256}")
