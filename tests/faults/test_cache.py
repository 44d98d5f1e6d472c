"""F40 to F46: whatever Redis does, answers stay right; only speed changes."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from analyses.engines.breaker import Breaker
from analyses.models import TextAnalysis
from analyses.queries import analyses as queries
from analyses.queries import cached_analyses, shared_cache
from analyses.services import analyses, caching
from nlpadmin import caches
from tests.factories import make_analysis, make_batch, make_scored
from tests.faults.own_redis import OwnRedis
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ("/", "/explore/", "/batches/", "/imports/new/")


@pytest.fixture
def own_redis(settings: Any, monkeypatch: Any) -> Iterator[OwnRedis]:
    if shutil.which("redis-server") is None:
        pytest.skip("there is no redis-server")
    server = OwnRedis()
    server.start()
    settings.CACHES = {"default": caches.configure(server.url, ttl_seconds=60, key_prefix="faults")}
    monkeypatch.setattr(shared_cache, "_breaker", Breaker(open_seconds=1.0, open_seconds_max=1.0))
    cached_analyses.forget_state()
    monkeypatch.setattr(caching, "_closed_until", caching._closed_until)
    yield server
    server.remove()
    cached_analyses.forget_state()


def score_of(row: TextAnalysis) -> float | None:
    found = queries.find(row.pk)
    assert found
    return found.sentiment_score


def set_score(row: TextAnalysis, score: float) -> None:
    assert analyses.update(row.pk, {"sentiment_score": score})


def check_pages(client: Client, row: TextAnalysis) -> int:
    """Look at the pages, correct a row, export, and give the number of answers; none may be an error."""
    answers = [client.get(path, follow=True) for path in (*PAGES, f"/analyses/textanalysis/{row.pk}/change/")]
    answers.append(client.get("/explore/export/file/?analysis_type=sentiment", follow=True))
    list(answers[-1])
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return len(answers)


def test_f40_with_redis_dead_everything_works_and_nothing_is_stale(
    own_redis: OwnRedis, editor_client: Client, figures: Any
) -> None:
    row = make_scored(0.25, batch_analysis=make_batch())
    assert score_of(row) == 0.25
    own_redis.kill()

    answers = check_pages(editor_client, row)
    set_score(row, -0.5)
    assert score_of(row) == -0.5
    assert shared_cache.traffic() is None
    own_redis.start()
    assert score_of(row) == -0.5

    figures(answers=answers, errors=0)


def test_f41_a_frozen_redis_costs_a_few_waits_and_then_none(own_redis: OwnRedis, figures: Any) -> None:
    row = make_scored(0.25)
    own_redis.freeze()
    times = []
    for _number in range(20):
        started = time.monotonic()
        assert score_of(row) == 0.25
        times.append(time.monotonic() - started)

    waited = sum(seconds >= caches.TIMEOUT_SECONDS for seconds in times)
    own_redis.thaw()

    # Three failures open the breaker; on a busy machine it may try once more.
    assert waited <= 6
    figures(reads=20, **{"reads that waited": waited})


def test_f41_what_a_frozen_redis_did_not_hear_is_not_stale_when_it_wakes(
    own_redis: OwnRedis, figures: Any
) -> None:
    rows = [make_scored(0.25) for _number in range(10)]
    for row in rows:
        score_of(row)
    own_redis.freeze()
    for row in rows:
        set_score(row, -0.5)

    own_redis.thaw()
    # The breaker closes with the first call that is let through.
    until = time.monotonic() + 30
    while shared_cache.traffic() is None:
        assert time.monotonic() < until

    assert [score_of(row) for row in rows] == [-0.5] * len(rows)
    figures(rows=len(rows), stale=0)


def test_f42_f45_readers_never_see_less_than_what_was_acknowledged(
    own_redis: OwnRedis, is_full: bool, figures: Any
) -> None:
    reads_each, readers, writers = (2_000, 8, 2) if is_full else (200, 8, 2)
    rows = [make_scored(0.0) for _number in range(4)]
    acknowledged = dict.fromkeys((row.pk for row in rows), 0.0)
    is_over = Event()

    def write(number: int) -> int:
        version, mine = 0.0, rows[number::writers]
        while not is_over.is_set():
            version += 0.0001
            for row in mine:
                set_score(row, version)
                acknowledged[row.pk] = version
        return 0

    def read(number: int) -> int:
        stale, chooser = 0, random.Random(number)
        for _read in range(reads_each):
            row = chooser.choice(rows)
            least = acknowledged[row.pk]
            stale += (score_of(row) or 0.0) < least
        return stale

    def flush() -> None:
        while not is_over.wait(0.3):
            own_redis.client.flushall()

    threads = [Thread(target=closing(write), args=(number,)) for number in range(writers)]
    threads.append(Thread(target=flush))
    for thread in threads:
        thread.start()
    try:
        stale = run_at_once(readers, read)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()

    assert sum(stale) == 0
    traffic = shared_cache.traffic()
    assert traffic is not None
    figures(reads=readers * reads_each, stale=0)


def closing(work: Any) -> Any:
    """Give a thread's connection back."""

    def run(number: int) -> None:
        try:
            work(number)
        finally:
            connections.close_all()

    return run


def test_f45_an_editor_s_own_read_is_never_stale(own_redis: OwnRedis, is_full: bool, figures: Any) -> None:
    edits = 1_000 if is_full else 100
    row = make_scored(0.0)

    for number in range(1, edits + 1):
        set_score(row, number / 10_000)
        assert score_of(row) == number / 10_000
        assert score_of(row) == number / 10_000

    traffic = shared_cache.traffic()
    assert traffic
    assert traffic.hits >= edits
    figures(edits=edits, stale=0)


def test_a_writer_that_dies_after_its_commit_leaves_nothing_stale(
    own_redis: OwnRedis, monkeypatch: Any
) -> None:
    row = make_scored(0.25)
    score_of(row)
    monkeypatch.setattr(shared_cache, "end_writing", lambda keys, token: None)

    set_score(row, -0.5)

    assert score_of(row) == -0.5


def test_f44_random_bytes_under_every_key_are_misses(
    own_redis: OwnRedis, is_full: bool, figures: Any
) -> None:
    values = 1_000 if is_full else 100
    chooser = random.Random(7)
    row = make_scored(0.25)
    single, _is_new = analyses.create(text_content="Good.", analysis_type="sentiment")
    score_of(row)
    queries.find_by_hash(single.text_hash, "sentiment")
    names = own_redis.client.keys("*row:*")
    assert len(names) >= 2

    for _number in range(values):
        for name in names:
            own_redis.client.set(name, chooser.choice((b"V0-0:", b"V", b"")) + chooser.randbytes(40))
        assert score_of(row) == 0.25
        assert queries.find_by_hash(single.text_hash, "sentiment") == single

    figures(values=values, errors=0)


def fill_up(server: OwnRedis) -> None:
    server.client.config_set("maxmemory", "1mb")
    server.client.config_set("maxmemory-policy", "noeviction")


def make_replica(server: OwnRedis) -> None:
    server.client.replicaof("127.0.0.1", 1)


def spoil_types(server: OwnRedis) -> None:
    for name in server.client.keys("*"):
        server.client.delete(name)
        server.client.rpush(name, "a list")


@pytest.mark.parametrize("spoil", [fill_up, make_replica, spoil_types], ids=lambda s: s.__name__)
def test_f46_a_redis_that_refuses_changes_no_answer(
    own_redis: OwnRedis, editor_client: Client, figures: Any, spoil: Any
) -> None:
    row = make_scored(0.25, batch_analysis=make_batch())
    score_of(row)
    spoil(own_redis)

    answers = check_pages(editor_client, row)
    set_score(row, -0.5)
    assert score_of(row) == -0.5
    set_score(row, 0.75)
    assert score_of(row) == 0.75
    assert make_analysis().pk

    figures(answers=answers, errors=0)
