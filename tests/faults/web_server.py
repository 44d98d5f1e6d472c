"""The site as it is served: gunicorn with the shipped configuration, in processes of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx
from django.conf import settings

from tests.faults.crew import wait_for
from tests.faults.own_servers import free_port

START_SECONDS = 60
ASK_SECONDS = 30


class WebServer:
    """One gunicorn; what it writes is kept in a file."""

    def __init__(
        self, environment: dict[str, str], *, log: Path, code: Path | None = None, **variables: str
    ) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        # One for all threads: each new client reads the machine's certificates anew.
        # It keeps no cookie: what one thread was sent is not another one's.
        cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        self.client = httpx.Client(base_url=self.address, timeout=ASK_SECONDS, cookies=cookies)
        self.log = log
        with log.open("w") as out:
            self.process = subprocess.Popen(
                (sys.executable, "-m", "gunicorn"),
                env=environment | variables | {"PORT": str(self.port)},
                cwd=code or settings.BASE_DIR,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        wait_for(self._accepts, seconds=START_SECONDS)

    def _accepts(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.get("/static/admin/css/base.css").status_code == 200
        except httpx.TransportError:
            return False

    def get(self, path: str, *, session: str = "", token: str = "") -> httpx.Response:
        """Ask for a page as the owner of a session or a token; redirects are not followed."""
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"} if session else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.client.get(path, headers=headers)

    def post(self, path: str, content: object, *, token: str, key: str) -> httpx.Response:
        """Send JSON as the owner of a token, with an Idempotency-Key."""
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        return self.client.post(path, json=content, headers=headers)

    def stop(self) -> None:
        """Let it end in good order."""
        self.client.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


@contextmanager
def serving(
    environment: dict[str, str], *, log: Path, code: Path | None = None, **variables: str
) -> Iterator[WebServer]:
    """Give a running server, of this code or another folder's, and end it afterwards."""
    server = WebServer(environment, log=log, code=code, **variables)
    try:
        yield server
    finally:
        server.stop()


class Readers:
    """People who ask for a page again and again, each in a thread of its own, until told to stop."""

    def __init__(
        self,
        server: WebServer,
        path: str,
        *,
        count: int,
        pause_seconds: float,
        session: str = "",
        token: str = "",
    ) -> None:
        self.answers: list[httpx.Response] = []
        self.seconds: list[float] = []
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=(server, path, session, token, pause_seconds))
            for _ in range(count)
        ]

    def _read(self, server: WebServer, path: str, session: str, token: str, pause_seconds: float) -> None:
        while not self._stopping.wait(pause_seconds):
            started = time.monotonic()
            self.answers.append(server.get(path, session=session, token=token))
            self.seconds.append(time.monotonic() - started)

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def statuses(self) -> list[int]:
        """Give the status of every answer, oldest first."""
        return [answer.status_code for answer in self.answers]
