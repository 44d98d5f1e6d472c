"""All invariants of the data in a row, for the command and the health page."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from analyses.queries import integrity
from analyses.services import folding, rollups


def check_data() -> Iterator[tuple[str, list[str]]]:
    """Give each invariant's name and a sentence for each thing that is wrong. Reads whole tables, changes nothing."""
    yield _("batch counters"), integrity.batch_problems()
    yield _("one result a line"), integrity.line_problems()
    yield _("leases"), integrity.job_problems()
    yield _("imports"), integrity.import_problems()
    yield _("work left"), integrity.unfinished_work_problems()
    yield _("rollup"), rollups.problems()
    yield _("totals of the rollup"), folding.problems()
