"""A worker whose sentiment engine misbehaves on marked texts: `manage.py run_worker` with another engine.

Run as a script by the fault tests. FAULT_PACE_MS makes each text and each block of an export take that long; FAULT_LOG
names a file that gets one byte for each text computed; FAULT_CLOCK_HOURS puts the clock wrong.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import django
from django.core.management import execute_from_command_line

from tests.faults import wrong_clocks

EXITS, HANGS, RAISES = "[exits]", "[hangs]", "[raises]"
PACE_SECONDS = float(os.environ.get("FAULT_PACE_MS", "0")) / 1000
LOG = os.environ.get("FAULT_LOG")


def install() -> None:
    """Put the engine in the place of the one for sentiment."""
    from analyses.choices import OptimizationTier
    from analyses.engines import registry
    from analyses.engines.base import Outcome
    from analyses.engines.sentiment import VaderEngine

    class FaultyEngine(VaderEngine):
        """VADER, slower, that ends the process, hangs or raises where a text says so."""

        facts = replace(VaderEngine.facts, tiers=(OptimizationTier.BASIC, OptimizationTier.STANDARD))

        def analyze(self, texts: Sequence[str]) -> list[Outcome]:
            return [self._answer(text) for text in texts]

        def _answer(self, text: str) -> Outcome:
            threading.Event().wait(PACE_SECONDS)
            if EXITS in text:
                os._exit(9)
            while HANGS in text:
                pass
            if RAISES in text:
                raise ValueError("this engine does not like the text")
            if LOG:
                note(LOG)
            return super().analyze([text])[0]

    registry.configure([registry.Provider(FaultyEngine.facts, FaultyEngine)])


def slow_down_exports() -> None:
    """Let each block of an export take its time."""
    from analyses.queries.exports import Content

    usual = Content.__iter__

    def slowly(self: Content) -> Iterator[bytes]:
        for block in usual(self):
            threading.Event().wait(PACE_SECONDS)
            yield block

    Content.__iter__ = slowly  # type: ignore[method-assign]


def note(path: str) -> None:
    """Add a byte to a file that several processes write."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, b".")
    os.close(file)


if __name__ == "__main__":
    wrong_clocks.put_wrong()
    django.setup()
    install()
    slow_down_exports()
    execute_from_command_line(["manage.py", "run_worker", *sys.argv[1:]])
