"""Limits on code that nobody can ask to stop."""

import subprocess
import sys
import threading
import time

import pytest

from analyses.services.time_limits import EXIT_CODE, TimeLimitError, limited


def spin() -> None:
    while True:
        pass


def test_what_takes_too_long_is_cut_off() -> None:
    started = time.monotonic()
    with pytest.raises(TimeLimitError), limited(0.05):
        spin()

    assert time.monotonic() - started < 5.0


def test_what_sleeps_is_woken() -> None:
    with pytest.raises(TimeLimitError), limited(0.05):
        threading.Event().wait(30)


def test_what_ends_in_time_is_left_alone_and_so_is_what_follows() -> None:
    with limited(0.2):
        answer = 42
    threading.Event().wait(0.3)

    assert answer == 42


def test_other_threads_are_not_limited() -> None:
    ended: list[bool] = []

    def run() -> None:
        with limited(0.01):
            threading.Event().wait(0.1)
        ended.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert ended == [True]


def test_a_process_that_cannot_be_woken_ends() -> None:
    script = (
        "import signal; from analyses.services import time_limits; time_limits.GRACE_SECONDS = 0.2\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\n"
        "with time_limits.limited(0.1):\n"
        "    while True: pass\n"
    )

    done = subprocess.run([sys.executable, "-c", script], timeout=60, check=False)

    assert done.returncode == EXIT_CODE
