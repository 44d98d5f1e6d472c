"""Run a worker: read imported files and analyse what waits."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from analyses.services.workers import WorkLoop

PAUSE_SECONDS = 0.5


class Command(BaseCommand):
    """Claim jobs until told to stop (SIGTERM, Ctrl-C); what was computed is stored, the rest handed back."""

    help = "Read imported files and analyse the rows that wait, until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --until-idle."""
        parser.add_argument(
            "--until-idle",
            action="store_true",
            help="stop as soon as no work is left, here or at other workers",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the loop."""
        loop = WorkLoop()

        def stop(_signal: int, _frame: FrameType | None) -> None:
            loop.stopping.set()

        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, stop)
            signal.signal(signal.SIGINT, stop)
        loop.start()
        self.stderr.write(f"Worker {loop.name} is ready.")
        try:
            while not loop.stopping.is_set():
                if loop.step():
                    continue
                if options["until_idle"] and loop.is_idle():
                    break
                loop.stopping.wait(PAUSE_SECONDS)
        finally:
            loop.stop()
