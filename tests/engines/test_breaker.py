"""A breaker opens, waits, lets one call through and closes."""

from __future__ import annotations

import doctest
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from analyses.engines import breaker
from analyses.engines.breaker import Breaker


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock, failures: int = 3) -> Breaker:
    made = Breaker(failures_max=3, open_seconds=30.0, clock=clock)
    for _ in range(failures):
        made.failed()
    return made


def test_a_new_one_admits_every_call() -> None:
    made = opened(Clock(), failures=0)

    assert [made.admits() for _ in range(5)] == [True] * 5
    assert made.seconds_left() == 0.0


def test_it_opens_at_the_third_failure_in_a_row_and_says_so_once() -> None:
    made = opened(Clock(), failures=0)

    assert [made.failed() for _ in range(3)] == [False, False, True]
    assert not made.admits()
    assert made.seconds_left() == 30.0
    assert not made.failed()


def test_a_success_between_failures_keeps_it_closed() -> None:
    made = opened(Clock(), failures=2)

    assert not made.succeeded()
    assert not made.failed()
    assert made.admits()


def test_after_the_wait_one_call_is_let_through() -> None:
    clock = Clock()
    made = opened(clock)

    clock.now += 29.9
    assert not made.admits()
    clock.now += 0.1
    assert [made.admits(), made.admits()] == [True, False]


def test_the_call_that_was_let_through_decides() -> None:
    clock = Clock()
    failing, mended = opened(clock), opened(clock)
    clock.now += 30.0
    assert failing.admits()
    assert mended.admits()

    assert not failing.failed()
    assert mended.succeeded()

    assert (failing.admits(), failing.seconds_left()) == (False, 60.0)
    assert (mended.admits(), mended.seconds_left()) == (True, 0.0)


def test_each_call_that_fails_doubles_the_wait_up_to_five_minutes() -> None:
    clock = Clock()
    made = opened(clock)

    waits = []
    for _ in range(6):
        waits.append(made.seconds_left())
        clock.now += made.seconds_left()
        assert made.admits()
        made.failed()

    assert waits == [30.0, 60.0, 120.0, 240.0, 300.0, 300.0]


def test_a_call_that_never_comes_back_costs_one_more_wait() -> None:
    clock = Clock()
    made = opened(clock)
    clock.now += 30.0
    assert made.admits()

    clock.now += 30.0

    assert made.admits()


def test_of_threads_that_ask_together_one_is_let_through() -> None:
    clock = Clock()
    made = opened(clock)
    clock.now += 30.0
    together = Barrier(16)

    def ask(_: int) -> bool:
        together.wait()
        return made.admits()

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(ask, range(16))) == 1


def test_the_examples_in_docstrings_are_true() -> None:
    result = doctest.testmod(breaker)

    assert (result.attempted, result.failed) == (2, 0)
