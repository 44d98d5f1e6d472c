"""Threads of a test: all begin at the same moment, and each gives its connection back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections

R = TypeVar("R")
WAIT_SECONDS = 60


def run_at_once(count: int, work: Callable[[int], R]) -> list[R]:
    """Call `work(0)`, `work(1)`, ... in a thread each, at the same moment, and give their results in this order."""
    barrier = Barrier(count)

    def run(number: int) -> R:
        barrier.wait(WAIT_SECONDS)
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
