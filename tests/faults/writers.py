"""Programs that post to the API again and again, and send what was not answered once more with the same key."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx

from analyses.models import BatchAnalysis, TextAnalysis
from tests.faults.web_server import WebServer

DONE = {HTTPStatus.OK, HTTPStatus.CREATED}
TRIES_MAX = 200
TRY_AGAIN_SECONDS = 0.2


@dataclass
class Write:
    """A request, each answer that it got, and what the last one said."""

    path: str
    content: dict[str, Any]
    key: str = field(default_factory=lambda: uuid4().hex)
    statuses: list[int] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    is_replay: bool = False

    def send(self, server: WebServer, token: str) -> bool:
        """Send it and say whether it is done."""
        try:
            response = server.post(self.path, self.content, token=token, key=self.key)
        except httpx.TransportError:
            self.statuses.append(0)
            return False
        self.statuses.append(response.status_code)
        assert response.status_code != HTTPStatus.SERVICE_UNAVAILABLE or response.headers["Retry-After"]
        if response.status_code in DONE:
            self.answer = response.json()
            self.is_replay = "Idempotency-Replayed" in response.headers
        return response.status_code in DONE


class Writers:
    """Threads that post single texts and small batches in turn until told to stop; each key until it is done."""

    def __init__(self, server: WebServer, *, token: str, count: int, pause_seconds: float) -> None:
        self.writes: list[Write] = []
        self._name = uuid4().hex
        self._server, self._token, self._pause_seconds = server, token, pause_seconds
        self._stopping, self._giving_up = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(count)]

    def _write(self, thread: int) -> None:
        number = 0
        while not self._stopping.wait(self._pause_seconds):
            number += 1
            name = f"{self._name} {thread} {number}"
            write = _single(name) if number % 2 else _batch(name)
            self.writes.append(write)
            for _ in range(TRIES_MAX):
                if write.send(self._server, self._token) or self._giving_up.wait(TRY_AGAIN_SECONDS):
                    break

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self._stopping.set()
        if kind is not None:
            self._giving_up.set()
        for thread in self._threads:
            thread.join()

    def statuses(self) -> list[int]:
        """Give the status of every answer to every write."""
        return [status for write in self.writes for status in write.statuses]

    def check_done_once(self, server: WebServer) -> None:
        """Assert that all was done in the end, what was done is there once and a repetition changes nothing."""
        assert all(write.statuses[-1] in DONE for write in self.writes)
        self._check_rows()
        for write in self.writes:
            said = write.answer
            assert write.send(server, self._token)
            assert (write.answer, write.is_replay) == (said, True)
        self._check_rows()

    def _check_rows(self) -> None:
        singles = [write for write in self.writes if "text_content" in write.content]
        batches = [write for write in self.writes if "batch_name" in write.content]
        texts = TextAnalysis.objects.filter(text_content__startswith=f"Single {self._name}")
        assert sorted(texts.values_list("pk", "text_content")) == sorted(
            (write.answer["id"], write.content["text_content"]) for write in singles
        )
        found = BatchAnalysis.objects.filter(batch_name__startswith=f"Outage {self._name}")
        assert sorted(found.values_list("pk", "batch_name", "batch_size")) == sorted(
            (write.answer["id"], write.content["batch_name"], 3) for write in batches
        )
        assert TextAnalysis.objects.filter(batch_analysis__in=found).count() == 3 * len(batches)


def _single(name: str) -> Write:
    return Write("/api/analyses", {"text_content": f"Single {name}", "analysis_type": "sentiment"})


def _batch(name: str) -> Write:
    texts = [f"Parcel {number} of {name}" for number in range(3)]
    content = {"batch_name": f"Outage {name}", "analysis_type": "sentiment", "texts": texts}
    return Write("/api/batches", content)
