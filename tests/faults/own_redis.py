"""A Redis of a test's own, to stop, freeze and spoil."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import redis

START_SECONDS = 20


class OwnRedis:
    """A server on a socket in a directory of its own; it keeps nothing on disk, as the product does not need it to."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="nlpadmin-redis-"))
        self.socket = self.directory / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.client = redis.Redis.from_url(self.url)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = (
            "--port",
            "0",
            "--unixsocket",
            str(self.socket),
            "--save",
            "",
            "--dir",
            str(self.directory),
        )
        self.process = subprocess.Popen(("redis-server", *options), stdout=subprocess.DEVNULL)
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                self.client.ping()
                return
            except redis.RedisError:
                assert time.monotonic() < until, "redis-server does not start"
                time.sleep(0.02)

    def kill(self) -> None:
        """Kill the server, what it holds with it."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Let it accept connections and answer nothing."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def remove(self) -> None:
        """Leave nothing behind."""
        self.client.close()
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory)
