"""Compare the rollup, from which the pages take their totals, with the rows, and mend it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analyses.services import folding, rollups


class Command(BaseCommand):
    """Exit 1 when the rollup differs from the rows, unless it was mended; right beside writers."""

    help = "Recompute the rollup from the rows, in the database, and compare."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to mend."""
        parser.add_argument(
            "--repair", action="store_true", help="add what is missing, minus what is too much"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each key that differs, the first hundred of them."""
        problems = rollups.problems() + folding.problems()
        for problem in problems:
            self.stdout.write(problem)
        if not problems:
            self.stdout.write("The rollup says what the rows say.")
        elif options["repair"]:
            self.stdout.write(f"Mended: {rollups.repair() + folding.mend()} keys.")
        else:
            raise CommandError("The rollup differs from the rows; `check_rollups --repair` mends it.")
