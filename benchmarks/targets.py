"""The documented system's expected figures, each measured on PostgreSQL and Redis in one run, against its target.

Run from the project's folder: python -m benchmarks.targets [--rows 20000] [--rounds 5] [--save]
Needs a Redis at REDIS_URL or 127.0.0.1:6379. The targets: a simple query < 10 ms, bulk >= 1,000 records/s, 20 to 50
connections at once, cache hit rate > 80 %, memory < 500 MB.
"""

import http.client
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import accumulate
from pathlib import Path
from statistics import median, quantiles
from threading import Barrier, BrokenBarrierError
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks import api, scratch

QUERIES_MAX = 1_000
CACHED_ROWS = 1_000
READS_A_ROW = 10
# One operation in twenty stores a result: its row has to be read anew.
WRITE_SHARE = 1 / 20
AT_ONCE = 50
REQUESTS_EACH = 40
PAGE_ROWS = 20

# Connections of the pool that serves pages are all held at the same moment, or the barrier says how many were not.
HOLD = """
import json, sys
from threading import Barrier, BrokenBarrierError, Lock, Thread
import nlpadmin.wsgi
from django.db import connection

barrier, held = Barrier(int(sys.argv[1])), []

def hold():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            held.append(cursor.fetchone()[0])
            barrier.wait(30)
    except BrokenBarrierError:
        pass
    except Exception:
        barrier.abort()
        raise
    finally:
        connection.close()

threads = [Thread(target=hold) for _ in range(int(sys.argv[1]))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(len(set(held))))
"""


class Target(NamedTuple):
    """A documented figure: what it is, its bound, and on which side of it we are to be."""

    name: str
    sign: str
    bound: float
    unit: str

    def is_met(self, measured: float) -> bool:
        if self.sign == "<":
            return measured < self.bound
        return measured > self.bound if self.sign == ">" else measured >= self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:,} {self.unit}"


QUERY = Target("simple query, the slowest kind, p95", "<", 10, "ms")
BULK = Target("bulk creation", ">=", 1_000, "records/s")
CONNECTIONS = Target("connections to the database held at once by one process", ">=", AT_ONCE, "connections")
CLIENTS = Target("clients at once, every request answered", ">=", AT_ONCE, "clients")
HIT_RATE = Target("cache hit rate", ">", 80, "%")
MEMORY = Target("memory of a process that creates, analyses and reads, peak", "<", 500, "MB")
SITE_MEMORY = Target("memory of the site's processes together, peaks", "<", 500, "MB")
TARGETS = (QUERY, BULK, CONNECTIONS, CLIENTS, HIT_RATE, MEMORY, SITE_MEMORY)


def created_per_second(texts: list[str]) -> float:
    """Create all of them anew in empty tables."""
    from analyses.services import bulk

    scratch.empty_tables()
    started = time.perf_counter()
    made = list(bulk.create_many(texts, analysis_type="sentiment"))
    seconds = time.perf_counter() - started
    assert all(getattr(one, "is_new", False) for one in made)
    return len(texts) / seconds


def analyse_all() -> None:
    """Let a worker do what waits; its engines belong into the memory that is measured."""
    from analyses.services.workers import WorkLoop

    loop = WorkLoop()
    loop.start()
    while loop.step():
        pass
    loop.stop()


def query_times_ms(ids: list[int]) -> dict[str, float]:
    """Give the p95 of each kind of simple query; reads of single rows come from the database, not from the cache."""
    from django.db import transaction

    from analyses.models import TextAnalysis
    from analyses.queries import analyses as queries
    from analyses.services import analyses

    sample = random.Random(7).sample(ids, min(len(ids), QUERIES_MAX))
    hashes = TextAnalysis.objects.in_bulk(sample)

    def uncached(ask: Callable[[int], object]) -> Callable[[int], object]:
        def run(pk: int) -> object:
            with transaction.atomic():  # what is read in a transaction is neither from the cache nor for it
                return ask(pk)

        return run

    def create(pk: int) -> object:
        return analyses.create(text_content=f"One more after {pk}.", analysis_type="sentiment")

    def update(pk: int) -> object:
        return analyses.update(pk, {"sentiment_score": pk % 100 / 100})

    kinds: dict[str, Callable[[int], object]] = {
        "by id": uncached(queries.find),
        "by hash and type": uncached(lambda pk: queries.find_by_hash(hashes[pk].text_hash, "sentiment")),
        "by id through the cache": queries.find,
        "a page of a filtered list": lambda _pk: queries.select(status="completed", limit=PAGE_ROWS),
        "an exact count": lambda _pk: queries.count(analysis_type="sentiment"),
        "an update": update,
        "a create": create,
    }
    for pk in sample:
        queries.find(pk)  # fills the cache
    return {name: p95_ms(ask, sample) for name, ask in kinds.items()}


def p95_ms(ask: Callable[[int], object], ids: list[int]) -> float:
    """Ask once to warm up, then once for each row."""
    times = []
    for pk in [ids[0], *ids]:
        started = time.perf_counter()
        found = ask(pk)
        times.append((time.perf_counter() - started) * 1000)
        assert found is not None
    return quantiles(times[1:], n=20)[-1]


def hit_rate_percent(ids: list[int]) -> float:
    """Read rows as sites do, a few of them often (Zipf), and write some; give the hits that Redis counted."""
    from analyses.queries import analyses as queries
    from analyses.queries import cached_analyses, shared_cache
    from analyses.services import analyses

    dice = random.Random(11)
    rows = dice.sample(ids, min(len(ids), CACHED_ROWS))
    weights = list(accumulate(1 / rank for rank in range(1, len(rows) + 1)))
    shared_cache.empty()
    cached_analyses.forget_state()
    for pk in dice.choices(rows, cum_weights=weights, k=READS_A_ROW * len(rows)):
        if dice.random() < WRITE_SHARE:
            analyses.update(pk, {"sentiment_score": dice.random()})
        else:
            assert queries.find(pk) is not None
    traffic = shared_cache.traffic()
    assert traffic is not None
    return traffic.hit_rate * 100


def connections_held() -> int:
    """Let a process of its own, with the pool that serves pages and its defaults, take them all at once."""
    done = subprocess.run(
        (sys.executable, "-c", HOLD, str(AT_ONCE)), capture_output=True, text=True, check=False, timeout=120
    )
    if not done.stdout:
        raise SystemExit(f"The process that was to hold connections failed:\n{done.stderr}")
    return int(json.loads(done.stdout))


def serve_clients(address: str, secret: str, ids: list[int]) -> tuple[int, float]:
    """Let clients ask beside each other; give how many had every request answered, and requests/s of all."""
    barrier = Barrier(AT_ONCE + 1)
    place = urlsplit(address)

    def ask(number: int) -> bool:
        dice = random.Random(number)
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
        try:
            connection.connect()
            barrier.wait(60)  # all are connected before the first asks
            for _request in range(REQUESTS_EACH):
                path = f"/api/analyses/{dice.choice(ids)}"
                connection.request("GET", path, headers={"Authorization": f"Bearer {secret}"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    return False
        except (OSError, BrokenBarrierError):
            barrier.abort()  # the others would wait for this one
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = [threads.submit(ask, number) for number in range(AT_ONCE)]
        with suppress(BrokenBarrierError):  # then none was answered
            barrier.wait(60)
        started = time.perf_counter()
        answered = sum(answer.result() for answer in answers)
        return answered, AT_ONCE * REQUESTS_EACH / (time.perf_counter() - started)


def peaks_of_children_mb() -> float:
    """Sum up the most that each process below this one has held; what they share is counted in each."""
    import psutil

    total_kb = 0
    for child in psutil.Process().children(recursive=True):
        status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
        total_kb += int(status.split("VmHWM:")[1].split()[0])
    return total_kb / 1024


@contextmanager
def redis_of_our_own() -> Iterator[None]:
    """Use keys of our own in REDIS_URL's Redis, and drop them afterwards."""
    import redis

    prefix = f"benchmark-targets-{os.getpid()}"
    os.environ |= {"REDIS_URL": api.REDIS, "CACHE_KEY_PREFIX": prefix, "ENABLE_CACHING": "true"}
    with redis.Redis.from_url(api.REDIS, socket_connect_timeout=2) as client:
        try:
            client.ping()
        except redis.RedisError as error:
            raise SystemExit(f"This needs a Redis at {api.REDIS.rpartition('@')[2]}: {error}") from None
        try:
            yield
        finally:
            keys = list(client.scan_iter(match=f"{prefix}*", count=1000))
            if keys:
                client.delete(*keys)


def show(measured: dict[Target, float], details: dict[str, float]) -> None:
    print("| target | documented | measured | met |\n| --- | --- | --- | --- |")
    for target in TARGETS:
        is_met = "yes" if target.is_met(measured[target]) else "no"
        print(f"| {target.name} | {target} | {measured[target]:,.2f} | {is_met} |")
    for name, number in details.items():
        print(f"{name}: {number:,.2f}")


def main() -> None:
    options = scratch.arguments(__doc__, rows=20_000)
    texts = scratch.texts(options.rows)
    measured: dict[Target, float] = {}
    with redis_of_our_own(), scratch.scratch_database():
        from analyses.models import TextAnalysis

        bulk_rates = [created_per_second(texts) for _round in range(options.rounds)]
        measured[BULK] = median(bulk_rates)
        analyse_all()
        ids = list(TextAnalysis.objects.order_by("pk").values_list("pk", flat=True))
        times_ms = query_times_ms(ids)
        measured[QUERY] = max(times_ms.values())
        measured[HIT_RATE] = hit_rate_percent(ids)
        measured[CONNECTIONS] = connections_held()
        secret = api.secret_of_a_token()
        with api.serving("nlpadmin.wsgi", {}, "/livez") as address:
            measured[CLIENTS], answers = serve_clients(address, secret, ids)
            measured[SITE_MEMORY] = peaks_of_children_mb()
        measured[MEMORY] = scratch.peak_memory_mb()
        details = {f"p95 of {name}, ms": number for name, number in times_ms.items()}
        show(measured, details | {f"answers to {AT_ONCE} clients, requests/s": answers})
        if options.save:
            found = {
                target.name: {
                    "documented": str(target),
                    "measured": round(measured[target], 2),
                    "is_met": target.is_met(measured[target]),
                }
                for target in TARGETS
            }
            rounded = {name: round(number, 2) for name, number in details.items()}
            rates = {"bulk creation": bulk_rates, f"answers to {AT_ONCE} clients": [answers]}
            ratios = {target.name: round(measured[target] / target.bound, 3) for target in TARGETS}
            scratch.save("targets", rates, ratios, rows=options.rows, targets=found, details=rounded)


if __name__ == "__main__":
    main()
