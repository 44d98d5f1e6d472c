"""A real HTTP service on this machine that behaves as a test tells it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GIVE_UP_SECONDS = 30


def good_results(request: dict[str, Any]) -> dict[str, Any]:
    """Answer each text with its length, as a sentiment far from any bound."""
    return {"results": [{"value": len(text) % 10 / 10, "confidence": 0.75} for text in request["texts"]]}


class Service:
    """What a test sees of the service: where it is, what it was asked, and what it is to do next."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.connections: set[Any] = set()
        self.answer: Callable[[dict[str, Any]], Any] = good_results
        # One behaviour a request, in turn; when none is left the service is well.
        self.plan: list[str] = []
        self.always = ""
        # Requests with a text that holds the word get the status.
        self.refuse = ("", 0)
        self.pace_seconds = 0.0
        self.hold = threading.Event()

    def next_mode(self) -> str:
        return self.plan.pop(0) if self.plan else self.always


class Handler(BaseHTTPRequestHandler):
    """Does what the plan says; each method `do_NAME` of a behaviour writes its own answer."""

    protocol_version = "HTTP/1.1"
    service: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.service.requests.append(json.loads(body))
        self.service.headers.append(dict(self.headers))
        self.service.connections.add(self.client_address)
        mode, _, argument = self.service.next_mode().partition(":")
        getattr(self, f"behave_{mode or 'well'}")(argument)

    def behave_well(self, _argument: str) -> None:
        request = self.service.requests[-1]
        word, status = self.service.refuse
        self.service.hold.wait(self.service.pace_seconds)
        if word and any(word in text for text in request["texts"]):
            self.send(status, b"{}")
        else:
            self.send(200, json.dumps(self.service.answer(request)).encode())

    def behave_raw(self, argument: str) -> None:
        self.send(200, argument.encode())

    def behave_status(self, argument: str) -> None:
        status, _, retry_after = argument.partition(":")
        self.send(
            int(status), b'{"error": "secret details"}', {"Retry-After": retry_after} if retry_after else {}
        )

    def behave_redirect(self, argument: str) -> None:
        self.send(307, b"", {"Location": argument})

    def behave_silent(self, _argument: str) -> None:
        self.service.hold.wait(GIVE_UP_SECONDS)
        self.close_connection = True

    def behave_stuck(self, _argument: str) -> None:
        self.begin(1_000)
        self.wfile.write(b'{"results": [')
        self.service.hold.wait(GIVE_UP_SECONDS)
        self.close_connection = True

    def behave_drip(self, _argument: str) -> None:
        self.begin(10_000)
        try:
            while not self.service.hold.wait(0.05):
                self.wfile.write(b" ")
        except OSError:
            pass
        self.close_connection = True

    def behave_truncated(self, _argument: str) -> None:
        self.begin(1_000)
        self.wfile.write(b'{"results": [{"value": 0.5}]}')
        self.close_connection = True

    def behave_gone(self, _argument: str) -> None:
        self.close_connection = True

    def behave_huge(self, argument: str) -> None:
        self.send(200, b'{"results": ["' + b"x" * int(argument) + b'"]}')

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def begin(self, length: int) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Stay silent."""


class QuietServer(ThreadingHTTPServer):
    """A server that does not print when a client leaves in the middle, which is what tests are about."""

    daemon_threads = True

    def handle_error(self, *_args: Any) -> None:
        """Stay silent."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_service(port: int = 0) -> Iterator[Service]:
    """Give a service that runs until the end of the block."""
    server = QuietServer(("127.0.0.1", port), Handler)
    service = Service(f"http://127.0.0.1:{server.server_port}/v1?key=1")
    server.RequestHandlerClass = type("BoundHandler", (Handler,), {"service": service})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        service.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()
