"""What every writer of analyses tells the cache, and emptying it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from analyses.models import CacheReset
from analyses.queries import cached_analyses, shared_cache

# While Redis cannot be told of changes nobody reads from it, and writers say so again before this is over.
CLOSED = timedelta(seconds=60)
CLOSED_LEFT = timedelta(seconds=30)

_closed_until = datetime.min.replace(tzinfo=UTC)


def forget(analysis_ids: Iterable[int]) -> None:
    """Tell the cache that these rows change: inside the transaction, holding their locks; it hears of the end too.

    What changes many rows says so last, shortly before its commit.
    """
    if shared_cache.is_enabled():
        _forget(cached_analyses.key_of_row(analysis_id) for analysis_id in analysis_ids)


def forget_texts(text_hashes: Iterable[str], analysis_type: str) -> None:
    """Tell the cache that other analyses may now be those of these texts."""
    if shared_cache.is_enabled():
        _forget(cached_analyses.key_of_text(text_hash, analysis_type) for text_hash in text_hashes)


def _forget(keys: Iterator[str]) -> None:
    token = secrets.token_hex(8)
    pieces = iter(lambda: list(islice(keys, shared_cache.KEYS_AT_ONCE)), [])
    for number, piece in enumerate(pieces):
        if not shared_cache.begin_writing(piece, token):
            _close()
            return
        # Beyond the first piece the marks go by themselves: a million keys are not held in memory for it.
        if number == 0:
            transaction.on_commit(partial(shared_cache.end_writing, piece, token))


def _close() -> None:
    """Close the cache for everybody for a while, with the caller's transaction: Redis did not hear of its change."""
    now = timezone.now()
    if _closed_until - now > CLOSED_LEFT:
        return
    CacheReset.objects.create(created_at=now, closed_until=now + CLOSED)
    transaction.on_commit(lambda: _note_closed(now + CLOSED))


def _note_closed(until: datetime) -> None:
    global _closed_until  # noqa: PLW0603 - one moment a process
    _closed_until = until
    cached_analyses.forget_state()


def clear_cache() -> int | None:
    """Make everything kept void, for all processes within a second; the number of keys dropped, None without Redis.

    Call it after rows were changed by hand.
    """
    old = CacheReset.objects.filter(created_at__lt=timezone.now() - timedelta(days=1))
    old.delete()
    CacheReset.objects.create()
    transaction.on_commit(cached_analyses.forget_state)
    return shared_cache.empty() if shared_cache.is_enabled() else None


def clear_cache_of(connection: BaseDatabaseWrapper) -> None:
    """Make everything kept void after tables were migrated or put back; where the product has no tables, do nothing."""
    if (
        connection.alias == DEFAULT_DB_ALIAS
        and CacheReset._meta.db_table in connection.introspection.table_names()
    ):
        clear_cache()
