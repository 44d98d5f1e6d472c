"""F30: machines whose clocks are wrong by hours; leases and tokens go by the database's clock."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from analyses.choices import JobKind, TokenScope
from analyses.models import ApiToken, Job
from analyses.services import tokens
from tests.faults.crew import Crew, check_settled, crew_of, numbered, start_import, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

HOURS = (2, -2)


def test_f30_workers_with_wrong_clocks_steal_no_lease_and_do_nothing_twice(
    fault_environment: dict[str, str], figures: Any
) -> None:
    rows = 2_000  # four chunks of two seconds: each worker has a part
    # Long enough for a busy machine, and far shorter than the clocks are wrong.
    environment = fault_environment | {"LEASE_SECONDS": "60", "FAULT_PACE_MS": "4"}
    with crew_of(environment) as crew:
        for hours in HOURS:
            crew.environment = environment | {"FAULT_CLOCK_HOURS": str(hours)}
            crew.hire()
        for worker in crew.everybody:
            worker.wait_until_ready()
        record = start_import(numbered(rows))
        wait_for(lambda: record.batches.get().batch_size == rows)
        workers = _who_works(crew, record.pk, rows)

        assert check_settled(record, rows=rows) == {"completed": rows}
        assert crew.unwanted_lines() == []
        assert "belongs to another worker" not in crew.logs()
    assert workers == len(HOURS)
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}
    assert Path(environment["FAULT_LOG"]).stat().st_size == rows
    figures(items=rows, stolen=0, twice=0, **{"clocks wrong by": "2 h, -2 h"})


def _who_works(crew: Crew, import_id: int, rows: int) -> int:
    """Wait for the end of the work and give how many workers had a part in it."""
    wait_for(lambda: not Job.objects.filter(finished_at=None).exists(), seconds=240)
    named = Job.objects.exclude(kind=JobKind.IMPORT_FILE).values_list("claimed_by", flat=True)
    return len(set(named) & {worker.name for worker in crew.everybody})


@pytest.mark.parametrize("hours", [2, -2])
def test_f30_a_token_lives_as_long_as_the_database_says(
    child_environment: dict[str, str], editor: User, hours: int, figures: Any
) -> None:
    secrets = {}
    for name, seconds in (("lives", 60), ("is over", -60)):
        token, secrets[name] = tokens.create(owner=editor, name=name, scopes=[TokenScope.READ], days=7)
        moment = timezone.now() + timedelta(seconds=seconds)
        ApiToken.objects.filter(pk=token.pk).update(expires_at=moment)

    command = (sys.executable, "-m", "tests.faults.ask_with_token", secrets["lives"], secrets["is over"])
    asked = subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env=child_environment | {"FAULT_CLOCK_HOURS": str(hours)},
        check=True,
        capture_output=True,
        text=True,
    )

    assert asked.stdout.split() == ["200", "401"]
    figures(tokens=2, **{"wrong answers": 0})
