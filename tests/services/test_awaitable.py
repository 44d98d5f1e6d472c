"""The services for asynchronous code: together, each with its own connection, and the loop goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from django.db import connection, connections

from analyses.exceptions import ValidationError
from analyses.models import TextAnalysis
from analyses.services import awaitable
from tests.factories import make_scored

pytestmark = pytest.mark.django_db(transaction=True)
R = TypeVar("R")


def run(work: Coroutine[Any, Any, R]) -> R:
    return asyncio.run(work)


def test_every_operation_has_a_twin() -> None:
    async def work() -> None:
        row, is_new = await awaitable.create(text_content="Good.", analysis_type="sentiment")
        assert is_new
        assert await awaitable.get(row.pk) == row
        assert await awaitable.get_by_hash(row.text_hash, "sentiment") == row
        assert await awaitable.select(analysis_type="sentiment") == [row]
        assert await awaitable.count() == 1
        updated = await awaitable.update(row.pk, {"status": "completed", "sentiment_score": 0.5})
        assert updated is not None
        assert updated.sentiment_score == 0.5
        assert await awaitable.delete(row.pk)
        assert await awaitable.get(row.pk) is None
        assert len(await awaitable.create_all(["One.", "Two."], analysis_type="sentiment")) == 2
        batch = await awaitable.create_batch(batch_name="b", analysis_type="sentiment", batch_size=2)
        assert await awaitable.get_batch(batch.pk) == batch
        assert await awaitable.select_batches() == [batch]
        counted = await awaitable.update_batch_progress(batch.pk, completed_count=2, error_count=0)
        assert counted is not None
        assert counted.status == "completed"

    run(work())


def test_line_069_ten_creates_at_once_yield_ten_rows() -> None:
    async def work() -> list[tuple[TextAnalysis, bool]]:
        creates = (
            awaitable.create(text_content=f"Text {number}.", analysis_type="sentiment")
            for number in range(10)
        )
        return await asyncio.gather(*creates)

    assert len({row.pk for row, _is_new in run(work())}) == 10


def test_line_092_ten_creates_of_one_text_at_once_yield_one_row_and_ten_equal_ids() -> None:
    async def work() -> list[tuple[TextAnalysis, bool]]:
        creates = (awaitable.create(text_content="Same.", analysis_type="sentiment") for _ in range(10))
        return await asyncio.gather(*creates)

    made = run(work())

    assert len({row.pk for row, _is_new in made}) == TextAnalysis.objects.count() == 1
    assert sum(is_new for _row, is_new in made) == 1


def test_line_001_the_loop_goes_on_while_the_database_works() -> None:
    row = make_scored(0.5)

    async def work() -> int:
        loop = asyncio.get_running_loop()
        entered, may_end = asyncio.Event(), threading.Event()

        def slow() -> int:
            loop.call_soon_threadsafe(entered.set)
            assert may_end.wait(30)
            return TextAnalysis.objects.filter(pk=row.pk).count()

        task = asyncio.ensure_future(awaitable.twin(slow)())
        await entered.wait()
        ticks = 0
        for _tick in range(100):
            await asyncio.sleep(0)
            ticks += 1
        others = await asyncio.gather(*(awaitable.get(row.pk) for _ in range(5)))
        assert others == [row] * 5
        may_end.set()
        assert await task == 1
        return ticks

    assert run(work()) == 100


def test_line_001_no_task_shares_a_connection_and_each_gives_its_own_back() -> None:
    def used() -> tuple[int, bool]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        barrier.wait(30)
        return id(connections["default"].connection), connection.connection is not None

    barrier = threading.Barrier(4)

    async def work() -> list[tuple[int, bool]]:
        return list(await asyncio.gather(*(awaitable.twin(used)() for _ in range(4))))

    seen = run(work())

    assert len({connection_id for connection_id, _is_open in seen}) == 4

    def is_closed() -> bool:
        return connection.connection is None

    async def look() -> list[bool]:
        return list(await asyncio.gather(*(awaitable.twin(is_closed)() for _ in range(8))))

    assert all(run(look()))


def test_an_error_reaches_the_caller_as_it_is() -> None:
    async def work() -> None:
        await awaitable.create(text_content="", analysis_type="sentiment")

    with pytest.raises(ValidationError) as caught:
        run(work())

    assert caught.value.field == "text_content"


def test_a_cancelled_task_leaves_whole_work_and_no_connection() -> None:
    async def work() -> None:
        task = asyncio.ensure_future(
            awaitable.create_all([f"Text {number}." for number in range(500)], analysis_type="sentiment")
        )
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(work())
    awaitable._threads().shutdown(wait=True)
    awaitable._threads.cache_clear()

    assert TextAnalysis.objects.count() in {0, 500}
