"""Start the whole product on this machine: database, demo texts, people, web and worker."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from analyses.services import demo, demo_people

HOST = "127.0.0.1"
PORTS_TRIED = 20
START_SECONDS = 60
ANSWER_SECONDS = 3
STOP_SECONDS = 4
POLL_SECONDS = 0.2


class Command(BaseCommand):
    """Prepare, start two children, watch them, and stop both together."""

    help = "Start the demo on this machine: a site and a worker on SQLite. Ctrl-C stops both."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.NLPADMIN_DEMO:
            raise CommandError("run_demo is for the demo mode alone: start it with `make run`.")
        _on_signals(_exit_quietly)
        self._prepare()
        logins = demo_people.ensure_people(settings.VAR_DIR / "demo_logins.json")
        port = self._choose_port(settings.ENVIRONMENT.PORT)
        stop = threading.Event()
        _on_signals(lambda signum, frame: stop.set())
        children = _start_children(port)
        try:
            if self._wait_for_answer(port, children, stop):
                self._greet(port, logins)
            self._watch(children, stop)
        finally:
            _stop_children(children)
        self.stdout.write("Stopped; the data is kept.")

    def _prepare(self) -> None:
        self.stdout.write("Preparing the database and the demo texts ...")
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        demo.load_demo_texts()

    def _choose_port(self, wanted: int) -> int:
        for port in range(wanted, min(wanted + PORTS_TRIED, 65_536)):
            if _is_free(port):
                if port != wanted:
                    self.stdout.write(f"Port {wanted} is taken; the demo answers on {port}.")
                return port
        raise CommandError(f"No free port from {wanted} on: set PORT to another number.")

    def _wait_for_answer(
        self, port: int, children: dict[str, subprocess.Popen[bytes]], stop: threading.Event
    ) -> bool:
        """Return whether the site answered; False when we are asked to stop first."""
        deadline = time.monotonic() + START_SECONDS
        while not stop.is_set():
            _refuse_dead(children)
            if _answers(port):
                return True
            if time.monotonic() > deadline:
                raise CommandError(f"The site did not answer within {START_SECONDS} seconds.")
            stop.wait(POLL_SECONDS)
        return False

    def _greet(self, port: int, logins: list[demo_people.Login]) -> None:
        lines = ["", f"  {settings.SITE_NAME} is running at http://{HOST}:{port}/", ""]
        lines += [
            f"  {login.role.value:<9} {login.username:<9} {login.password or '(the password that you chose)'}"
            for login in logins
        ]
        lines += ["", "  Ctrl-C stops it; `make run` starts it again with the same data.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def _watch(self, children: dict[str, subprocess.Popen[bytes]], stop: threading.Event) -> None:
        while not stop.wait(POLL_SECONDS):
            _refuse_dead(children)


def _on_signals(handle: Callable[[int, FrameType | None], object]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)


def _exit_quietly(signum: int, frame: FrameType | None) -> NoReturn:
    """Leave while nothing has been started: open transactions roll back."""
    sys.exit(0)


def _is_free(port: int) -> bool:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
        except OSError:
            return False
    return True


def _start_children(port: int) -> dict[str, subprocess.Popen[bytes]]:
    """Start both, each in a session of its own: a Ctrl-C reaches us alone, and we stop them."""
    commands = {
        "site": (
            "-m",
            "gunicorn",
            "--bind",
            f"{HOST}:{port}",
            "--graceful-timeout",
            "2",
            "--log-level",
            "warning",
        ),
        "worker": ("manage.py", "run_worker"),
    }
    return {
        name: subprocess.Popen(
            (sys.executable, *command),
            cwd=settings.BASE_DIR,
            env=os.environ | {"PORT": str(port)},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        for name, command in commands.items()
    }


def _refuse_dead(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise CommandError(
                f"The {name} ended by itself (exit {child.returncode}); what it said is above."
            )


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/login/")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    finally:
        connection.close()


def _stop_children(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask both to end, and end what is left of them after a few seconds."""
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.0, deadline - time.monotonic()))
        _kill_group(child)


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """End what a child left behind; its group has its number because it leads a session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
