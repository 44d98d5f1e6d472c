"""Check the invariants of the data and say what is wrong."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analyses.services import checking


class Command(BaseCommand):
    """Read everything, change nothing; exit 1 when an invariant is broken."""

    help = "Check batch counters, lines, jobs, imports and the rollup against the rows."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run each check and print one line for each problem."""
        broken = 0
        for name, problems in checking.check_data():
            broken += len(problems)
            self.stdout.write(f"{name}: {'ok' if not problems else len(problems)}")
            for problem in problems:
                self.stdout.write(f"  {problem}")
        if broken:
            raise CommandError(f"{broken} problems found.")
