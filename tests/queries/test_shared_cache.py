"""The protocol of the shared cache: leases, writers' marks, epochs, and values that are not ours."""

from __future__ import annotations

from typing import Any

import pytest
from django_redis import get_redis_connection

from analyses.queries import shared_cache
from analyses.queries.shared_cache import Lease
from tests.threads import run_at_once

pytestmark = pytest.mark.usefixtures("redis_cache")

KEY = "row:x:id:1"
EPOCH = "0-0"


def lease() -> Lease:
    found = shared_cache.take(KEY, EPOCH)
    assert isinstance(found, Lease)
    return found


def keep(value: bytes) -> None:
    shared_cache.fill(lease(), value, EPOCH, seconds=60)


def test_a_value_is_kept_and_found() -> None:
    keep(b"value: 1")

    assert shared_cache.take(KEY, EPOCH) == b"value: 1"


def test_a_value_of_another_epoch_is_not_found_and_may_be_replaced() -> None:
    keep(b"old")

    found = shared_cache.take(KEY, "1-1")

    assert isinstance(found, Lease)
    assert found.is_held


def test_an_epoch_is_not_taken_for_a_longer_one() -> None:
    keep(b"old")

    assert isinstance(shared_cache.take(KEY, "0-01"), Lease)
    assert isinstance(shared_cache.take("row:x:id:2", "0"), Lease)


def test_what_was_read_before_a_write_is_not_kept_after_it() -> None:
    early = lease()

    shared_cache.begin_writing([KEY], "writer")
    shared_cache.fill(early, b"old", EPOCH, seconds=60)
    during = lease()
    shared_cache.fill(during, b"old", EPOCH, seconds=60)
    shared_cache.end_writing([KEY], "writer")
    shared_cache.fill(early, b"old", EPOCH, seconds=60)
    shared_cache.fill(during, b"old", EPOCH, seconds=60)

    assert not during.is_held
    assert lease().is_held


def test_a_writer_that_ends_leaves_the_mark_of_another() -> None:
    shared_cache.begin_writing([KEY], "first")
    shared_cache.begin_writing([KEY], "second")

    shared_cache.end_writing([KEY], "first")
    assert not lease().is_held

    shared_cache.end_writing([KEY], "second")
    assert lease().is_held


def test_a_writer_that_ends_last_drops_what_was_kept_meanwhile() -> None:
    shared_cache.begin_writing([KEY], "first")
    shared_cache.begin_writing([KEY], "second")
    shared_cache.end_writing([KEY], "second")
    keep(b"of before the first one's commit")

    shared_cache.end_writing([KEY], "first")

    assert lease().is_held


def test_a_reader_waits_for_one_who_reads_the_same() -> None:
    held = lease()

    def read(number: int) -> bytes | Lease:
        if number == 0:
            shared_cache.fill(held, b"value", EPOCH, seconds=60)
        return shared_cache.take(KEY, EPOCH)

    assert run_at_once(8, read) == [b"value"] * 8


def test_a_reader_does_not_wait_for_ever() -> None:
    lease()

    assert not lease().is_held


def test_nobody_waits_for_a_lease_that_was_given_back() -> None:
    shared_cache.release(lease())

    assert lease().is_held


@pytest.mark.parametrize("found", [b"", b"garbage", b"\x80\x04pickle", b"V", b"V0-", b"X0-0:value"])
def test_a_foreign_value_is_a_miss(found: bytes, redis_cache: Any) -> None:
    get_redis_connection("default").set(redis_cache.make_key(KEY), found)

    keep(b"ours")

    assert shared_cache.take(KEY, EPOCH) == b"ours"


def test_a_key_of_another_type_is_a_miss_and_is_replaced(redis_cache: Any) -> None:
    get_redis_connection("default").rpush(redis_cache.make_key(KEY), "a list")

    keep(b"ours")

    assert shared_cache.take(KEY, EPOCH) == b"ours"


def test_traffic_counts_hits_misses_and_keys() -> None:
    keep(b"value")
    for _number in range(3):
        shared_cache.take(KEY, EPOCH)
    lease_of_another = shared_cache.take("row:x:id:2", EPOCH)

    traffic = shared_cache.traffic()

    assert isinstance(lease_of_another, Lease)
    assert traffic is not None
    assert (traffic.hits, traffic.misses, traffic.size, traffic.hit_rate) == (3, 2, 2, 0.6)


def test_emptying_drops_values_and_counters_but_no_writer_s_mark() -> None:
    keep(b"value")
    shared_cache.begin_writing(["row:x:id:2"], "writer")

    assert shared_cache.empty() == 2

    assert lease().is_held
    during = shared_cache.take("row:x:id:2", EPOCH)
    assert isinstance(during, Lease)
    assert not during.is_held


def test_a_prefix_with_the_signs_of_a_pattern_finds_its_own_keys_only(settings: Any) -> None:
    keep(b"value")
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_PREFIX": "tests-*?[a]\\"}}

    keep(b"other")

    assert shared_cache.empty() == 1
