"""A process whose clock is wrong by FAULT_CLOCK_HOURS; it goes on from there."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import time_machine


def put_wrong() -> None:
    """Move the clock of this process for good, if the environment says so."""
    hours = float(os.environ.get("FAULT_CLOCK_HOURS") or "0")
    if hours:
        time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True).start()
