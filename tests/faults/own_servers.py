"""A database server of a test's own, to stop and start: others use the shared one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Protocol

import pymysql
import pytest

from tests.faults.crew import wait_for

START_SECONDS = 60
DATABASE = "nlp_db"


class OwnServer(Protocol):
    """What the tests do to a server."""

    url: str

    def start(self) -> None:
        """Start and wait until it accepts connections."""

    def crash(self) -> None:
        """End at once, as in a power cut; what was committed is found again at the next start."""

    def remove(self) -> None:
        """Leave nothing behind."""


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class OwnPostgreSQL:
    """A cluster in a directory of its own; the server refuses to run as root, so it runs as its own user then.

    Its data may lie on a disk of their own; the log of transactions does not, as a full one ends the server.
    """

    def __init__(self, database: str = DATABASE, *, disk: Path | None = None) -> None:
        self.bin = _postgresql_bin()
        self.user = "postgres" if os.geteuid() == 0 else None
        self.directory = Path(tempfile.mkdtemp(prefix="nlpadmin-postgresql-"))
        self.port = free_port()
        self.url = self.url_of("postgres", database)
        self._data = (disk or self.directory) / "data"
        if self.user:
            for place in {self.directory, self._data.parent}:
                shutil.chown(place, self.user)
        options = ("--username=postgres", "--auth=trust", "--no-sync", f"--waldir={self.directory / 'wal'}")
        self._run("initdb", *options, "--pgdata", str(self._data))
        self.start()
        if database:
            self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", database)

    def url_of(self, role: str, database: str) -> str:
        """Give the address of a database for a role; nobody is asked for a password."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.directory}"
        self._control("start", "--wait", "-o", options, "-l", str(self.directory / "log"))

    def crash(self) -> None:
        self._control("stop", "--mode=immediate")

    def remove(self) -> None:
        if (self._data / "postmaster.pid").exists():
            self.crash()
        shutil.rmtree(self.directory)
        shutil.rmtree(self._data, ignore_errors=True)

    def check(self) -> None:
        """Read every page of every table and index; fail where one is damaged."""
        address = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres")
        self._run("pg_amcheck", *address, "--all", "--install-missing", "--heapallindexed")

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "--pgdata", str(self._data), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            (self.bin / program, *arguments),
            check=True,
            cwd=self.directory,
            user=self.user,
            stdout=subprocess.DEVNULL,
            timeout=START_SECONDS,
        )


def _postgresql_bin() -> Path:
    """Find the programs of a server; Debian keeps them off the PATH."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve()] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("the programs of a PostgreSQL server are not installed")
    return found[-1].parent


class OwnMariaDB:
    """A server in a directory of its own."""

    def __init__(self) -> None:
        self.server, self.installer = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
        if not (self.server and self.installer):
            pytest.skip("the programs of a MariaDB server are not installed")
        self.user = "mysql" if os.geteuid() == 0 else None
        self.directory = Path(tempfile.mkdtemp(prefix="nlpadmin-mariadb-"))
        self.port = free_port()
        self.url = f"mysql://root@127.0.0.1:{self.port}/{DATABASE}"
        self.process: subprocess.Popen[bytes] | None = None
        if self.user:
            shutil.chown(self.directory, self.user)
        subprocess.run(
            (
                self.installer,
                "--no-defaults",
                f"--datadir={self._data}",
                "--auth-root-authentication-method=normal",
            ),
            check=True,
            user=self.user,
            cwd=self.directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.start()
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _connect(self) -> pymysql.Connection[pymysql.cursors.Cursor]:
        return pymysql.connect(host="127.0.0.1", port=self.port, user="root")

    def start(self) -> None:
        assert self.server
        options = (
            "--no-defaults",
            f"--datadir={self._data}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--socket={self.directory / 'socket'}",
            f"--pid-file={self.directory / 'pid'}",
        )
        self.process = subprocess.Popen((self.server, *options), user=self.user, stderr=subprocess.DEVNULL)
        wait_for(self._accepts, seconds=START_SECONDS)

    def _accepts(self) -> bool:
        try:
            self._connect().close()
        except pymysql.OperationalError:
            return False
        return True

    def crash(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def remove(self) -> None:
        if self.process and self.process.poll() is None:
            self.crash()
        shutil.rmtree(self.directory)
