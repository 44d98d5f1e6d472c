"""A process with a sentiment service: run as a script by the fault tests, which kill it.

Its first argument is the port; the second names a file that gets each text whose answer went out, one a line.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from tests.engines.service import good_results, running_service

PACE_SECONDS = 0.02


def main(port: int, log: str) -> None:
    """Serve until killed."""
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        threading.Event().wait(PACE_SECONDS)
        os.write(file, "".join(f"{text}\n" for text in request["texts"]).encode())
        return good_results(request)

    with running_service(port) as service:
        service.answer = answer
        print("ready", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
