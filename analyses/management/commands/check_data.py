"""Check the invariants of the data and say what is wrong."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analyses.queries import integrity
from analyses.services import rollups


class Command(BaseCommand):
    """Read everything, change nothing; exit 1 when an invariant is broken."""

    help = "Check batch counters, lines, jobs, imports and the rollup against the rows."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run each check and print one line for each problem."""
        checks = (
            ("batch counters", integrity.batch_problems),
            ("one result a line", integrity.line_problems),
            ("leases", integrity.job_problems),
            ("imports", integrity.import_problems),
            ("work left", integrity.unfinished_work_problems),
            ("rollup", rollups.problems),
        )
        broken = 0
        for name, check in checks:
            problems = check()
            broken += len(problems)
            self.stdout.write(f"{name}: {'ok' if not problems else len(problems)}")
            for problem in problems:
                self.stdout.write(f"  {problem}")
        if broken:
            raise CommandError(f"{broken} problems found.")
