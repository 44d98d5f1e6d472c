"""The services and reads for asynchronous code: each twin runs in a thread with a connection of its own.

    row, is_new = await awaitable.create(text_content="Lovely.", analysis_type="sentiment")

Django's own `sync_to_async` takes all calls of a request through one thread, so that they wait for each other; here
concurrent tasks work at the same time, as many as the pool has connections for, and the loop never waits. A connection
goes back when its call ends, however that is. A task that is cancelled stops waiting; the work it began ends in its
thread, whole or not at all. Transactions do not reach over several calls: what belongs together belongs in one service.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import lru_cache, partial, wraps
from typing import Any, ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections

from analyses.queries import analyses as reads
from analyses.queries import batch_lists
from analyses.services import analyses, batch_texts, batches, bulk

P = ParamSpec("P")
R = TypeVar("R")

THREADS_MAX = 16


def twin(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Give the awaitable twin of a service or a read."""

    @wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        call = partial(copy_context().run, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(_threads(), _and_give_back, call)

    return run


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Give the threads of this process: no more than there may be connections."""
    pool = connections[DEFAULT_DB_ALIAS].settings_dict["OPTIONS"].get("pool") or {}
    limit = min(THREADS_MAX, pool.get("max_size", THREADS_MAX))
    return ThreadPoolExecutor(limit, thread_name_prefix="awaitable")


def _and_give_back(call: Callable[[], Any]) -> Any:
    try:
        return call()
    finally:
        connections.close_all()


create = twin(analyses.create)
update = twin(analyses.update)
delete = twin(analyses.delete)
create_all = twin(bulk.create_all)
get = twin(reads.find)
get_by_hash = twin(reads.find_by_hash)
select = twin(reads.select)
count = twin(reads.count)

create_batch = twin(batch_texts.create)
add_texts = twin(batch_texts.add_texts)
update_batch_progress = twin(batch_texts.update_progress)
delete_batch = twin(batches.trash)
get_batch = twin(batch_lists.find)
select_batches = twin(batch_lists.select)
select_batches_with_analyses = twin(batch_lists.select_with_analyses)
