"""The demo as a person starts it: prepared, answering, stopped whole."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

Demo = subprocess.Popen[str]


@pytest.fixture
def taken_port() -> Generator[int]:
    """Hold a port, so that the demo must choose another one."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.fixture
def demo(tmp_path: Path, taken_port: int) -> Generator[Demo]:
    """Start the demo without a terminal in a folder of its own, on a port that is taken."""
    environment = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path),
        "NLPADMIN_DEMO": "1",
        "PORT": str(taken_port),
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        (sys.executable, "manage.py", "run_demo"),
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    for left in descendants(process.pid):
        left.kill()
    process.kill()
    process.communicate()


def descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def read_until(process: Demo, word: str) -> str:
    """Return what the demo printed up to the word; fail when it ends before."""
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if word in line:
            return seen
    pytest.fail(f"the demo ended without saying {word!r}:\n{seen}")


def still_works(process: psutil.Process) -> bool:
    """Tell whether a process runs; one that ended and waits for its parent to notice does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def login_status(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/login/")
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_demo_answers_and_stops_whole(demo: Demo, taken_port: int, number: signal.Signals) -> None:
    said = read_until(demo, "Ctrl-C stops it")
    port = int(re.search(r"running at http://127\.0\.0\.1:(\d+)/", said)[1])  # type: ignore[index]
    started = descendants(demo.pid)

    assert f"Port {taken_port} is taken; the demo answers on {port}." in said
    assert re.search(r"Analyst +analyst +\S{16}\n", said)
    assert login_status(port) == 200
    assert [child for child in started if "run_worker" in child.cmdline()]
    demo.send_signal(number)

    assert demo.wait(timeout=5) == 0
    assert not [process for process in started if still_works(process)]


def test_demo_ends_with_a_message_when_a_child_dies(demo: Demo) -> None:
    read_until(demo, "Ctrl-C stops it")
    (worker,) = [child for child in psutil.Process(demo.pid).children() if "run_worker" in child.cmdline()]

    worker.kill()

    assert demo.wait(timeout=10) == 1


def test_demo_outside_the_demo_mode_is_refused(settings: pytest.FixtureRequest) -> None:
    settings.NLPADMIN_DEMO = False  # type: ignore[attr-defined]

    with pytest.raises(CommandError, match="start it with `make run`"):
        call_command("run_demo")
