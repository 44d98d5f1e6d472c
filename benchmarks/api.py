"""Requests per second of the JSON API against django-ninja with the ORM and the server's floor, in one run.

Run from the project's folder: python -m benchmarks.api [--rows 20000] [--rounds 3] [--save]
Needs wrk (Debian: apt-get install wrk) and, for the cached reads, a Redis at REDIS_URL or 127.0.0.1:6379. Ours checks a
token, scopes, duplicates and the text, and counts the row in the rollup; the plain one (benchmarks/plain_ninja.py)
checks nothing. Both run on gunicorn with two processes of eight threads; wrk keeps 32 connections busy. Many texts are
a hundred a request, counted singly.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from benchmarks import scratch, worker

LIMIT = "floor: an empty Django view"
SECONDS = 4
REDIS = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/14"

RANDOM_IDS = """
math.randomseed(os.time())
request = function()
  return wrk.format("GET", "{path}" .. math.random({first}, {last}), {{["Authorization"] = "Bearer {secret}"}})
end
"""
NEW_TEXTS = """
local number = 0
local start = "{salt}" .. tostring({{}})
request = function()
  number = number + 1
  local body = '{{"text_content": "The parcel ' .. start .. number .. ' was late again, but the driver was friendly.",'
    .. ' "analysis_type": "sentiment"}}'
  local headers = {{["Authorization"] = "Bearer {secret}", ["Content-Type"] = "application/json"}}
  return wrk.format("POST", "{path}", headers, body)
end
"""

LINES = 100
MANY_TEXTS = """
local number = 0
local start = "{salt}" .. tostring({{}})
request = function()
  local lines = {{}}
  for place = 1, {lines} do
    number = number + 1
    lines[place] = '{{"text_content": "The parcel ' .. start .. number .. ' was late again, but the driver was'
      .. ' friendly.", "analysis_type": "sentiment"}}'
  end
  local body = "{begin}" .. table.concat(lines, "{between}") .. "{finish}"
  local headers = {{["Authorization"] = "Bearer {secret}", ["Content-Type"] = "{content_type}"}}
  return wrk.format("POST", "{path}", headers, body)
end
"""
# How each side takes many texts.
NDJSON = {"begin": "", "between": "\\n", "finish": "", "content_type": "application/x-ndjson"}
LIST = {"begin": "[", "between": ",", "finish": "]", "content_type": "application/json"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(module: str, variables: dict[str, str], probe: str) -> Iterator[str]:
    """Serve a WSGI application, and give its address once it answers."""
    port = free_port()
    command = (sys.executable, "-m", "gunicorn", f"{module}:application", "--worker-class", "gthread")
    options = ("--workers", "2", "--threads", "8", "--bind", f"127.0.0.1:{port}", "--log-level", "error")
    process = subprocess.Popen((*command, *options), env=os.environ | variables)
    address = f"http://127.0.0.1:{port}"
    try:
        for _attempt in range(200):
            try:
                urlopen(address + probe, timeout=5).close()
                break
            except HTTPError:
                break  # it answers: that the probe holds no token
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit(f"{module} does not answer.")
        yield address
    finally:
        process.terminate()
        process.wait()


def requests_per_second(address: str, script: str | None) -> float:
    """Let wrk ask for some seconds; an answer that is no success ends the benchmark."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script or "")
        file.flush()
        options = ("-s", file.name) if script else ()
        command = ("wrk", "-t1", "-c32", f"-d{SECONDS}s", *options, address)
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in shown or "Socket errors" in shown:
        raise SystemExit(f"wrk met failures at {address}:\n{shown}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", shown)
    assert found, shown
    return float(found[1])


def secret_of_a_token() -> str:
    from django.contrib.auth.models import User

    from analyses.choices import TokenScope
    from analyses.services import tokens

    user = User.objects.create_superuser("benchmark")
    return tokens.create(name="benchmark", scopes=list(TokenScope), owner=user, days=30)[1]


def ways(ours: str, plain: str, secret: str, first: int, last: int) -> dict[str, Callable[[], float]]:
    """Give each operation of both sides; texts are new in each round."""

    def reading(address: str, path: str) -> Callable[[], float]:
        script = RANDOM_IDS.format(path=path, first=first, last=last, secret=secret)
        return lambda: requests_per_second(address, script)

    def posting(address: str, path: str) -> Callable[[], float]:
        def run() -> float:
            return requests_per_second(
                address, NEW_TEXTS.format(path=path, secret=secret, salt=os.urandom(4).hex())
            )

        return run

    def posting_many(address: str, path: str, form: dict[str, str]) -> Callable[[], float]:
        def run() -> float:
            salt = os.urandom(4).hex()
            script = MANY_TEXTS.format(path=path, secret=secret, salt=salt, lines=LINES, **form)
            return LINES * requests_per_second(address, script)

        return run

    return {
        "GET by id, ours": reading(ours, "/api/analyses/"),
        "GET by id, plain": reading(plain, "/api/analyses/"),
        "GET by id, one bare statement": reading(plain, "/bare/"),
        "GET cached, plain": reading(plain, "/api/cached/"),
        "POST one, ours": posting(ours, "/api/analyses"),
        "POST one, plain": posting(plain, "/api/analyses"),
        "POST one, one bare statement": posting(plain, "/bare"),
        "POST many, ours": posting_many(ours, "/api/analyses/bulk", NDJSON),
        "POST many, plain": posting_many(plain, "/api/bulk", LIST),
    }


def main() -> None:
    options = scratch.arguments(__doc__, rows=20_000)
    if shutil.which("wrk") is None:
        raise SystemExit("This needs wrk; on Debian: apt-get install wrk.")
    with scratch.scratch_database():
        from django.db import connection

        worker.load(scratch.texts(options.rows))
        with connection.cursor() as cursor:
            cursor.execute("SELECT min(id), max(id) FROM text_analyses")
            first, last = cursor.fetchone()
        measure(options, secret_of_a_token(), first, last)


def measure(options: object, secret: str, first: int, last: int) -> None:
    """Ask all of them in turns, so that each meets the same load, and show medians and ratios of a round."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    place = {
        "PLAIN_HOST": parts.hostname or "127.0.0.1",
        "PLAIN_PORT": str(parts.port or 5432),
        "PLAIN_USER": parts.username or "",
        "PLAIN_NAME": parts.path.lstrip("/"),
        "PLAIN_REDIS": REDIS,
    }
    prefix = {"CACHE_KEY_PREFIX": f"benchmark-{os.getpid()}"}
    with (
        serving("nlpadmin.wsgi", {"REDIS_URL": ""}, "/api/analyses/1") as ours,
        serving("nlpadmin.wsgi", {"REDIS_URL": REDIS} | prefix, "/api/analyses/1") as cached,
        serving("benchmarks.plain_ninja", place, "/hello") as plain,
    ):
        runs = {LIMIT: lambda: requests_per_second(plain + "/hello", None)}
        runs |= ways(ours, plain, secret, first, last)
        runs["GET cached, ours"] = ways(cached, plain, secret, first, last)["GET by id, ours"]
        for name in ("GET cached, ours", "GET cached, plain"):
            runs[name]()  # fills the cache
        rates: dict[str, list[float]] = {name: [] for name in runs}
        for _round in range(options.rounds):  # type: ignore[attr-defined]
            for name, run in runs.items():
                rates[name].append(run())
    ratios = scratch.show(rates, LIMIT)
    for operation in ("GET by id", "GET cached", "POST one", "POST many"):
        pairs = zip(rates[f"{operation}, ours"], rates[f"{operation}, plain"], strict=True)
        ratios[f"{operation}, ours to plain"] = round(median(mine / other for mine, other in pairs), 3)
        print(f"{operation}: {ratios[f'{operation}, ours to plain']:.2f} x plain")
    for operation in ("GET by id", "POST one"):
        pairs = zip(rates[f"{operation}, one bare statement"], rates[f"{operation}, plain"], strict=True)
        ratios[f"{operation}, bare to plain"] = round(median(bare / other for bare, other in pairs), 3)
        print(f"{operation}: no more than {ratios[f'{operation}, bare to plain']:.2f} x plain can be had")
    if options.save:  # type: ignore[attr-defined]
        scratch.save("api", rates, ratios)


if __name__ == "__main__":
    main()
