"""Fold the rollup: merge deltas by their keys, and carry them into its narrow totals; what readers sum up stays.

A writer leaves deltas behind, one insert, whatever else changes at that moment. Folding takes those that are new and
the rows of the same keys, so an idle site folds nothing.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import CharField, DateField, F, Q, QuerySet, SmallIntegerField, Sum, Value
from django.db.models.functions import Cast

from analyses.models import Rollup, RollupLevel, RollupTotal
from analyses.scales import NO_BIN
from analyses.services import migration_locks
from analyses.services.rollups import KEY_COLUMNS, PROBLEMS_MAX, Key

FOLD_ROWS_MIN = 200
FOLD_ROWS_MAX = 20_000
MEND_WAIT_SECONDS = 10.0

logger = logging.getLogger(__name__)


class TotalKey(NamedTuple):
    """What a total sums up: a day, or a type, status and score bin."""

    day: date | None
    analysis_type: str
    status: str
    score_bin: int


TOTAL_COLUMNS = TotalKey._fields
SUM_COLUMNS = ("count", "score_micros")


class _Sums:
    """Counts and scores in millionths by key."""

    def __init__(self) -> None:
        self.of: defaultdict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])

    def add(self, key: tuple[Any, ...], count: int, micros: int) -> None:
        sums = self.of[key]
        sums[0] += count
        sums[1] += micros

    def kept(self) -> Iterable[tuple[tuple[Any, ...], int, int]]:
        """Walk the keys whose sums are not zero."""
        return ((key, count, micros) for key, (count, micros) in self.of.items() if count or micros)


@transaction.atomic
def fold() -> int:
    """Merge deltas into totals and give how many there were; repeating is safe, two at once share the work.

    Fewer than 200 new deltas are left alone.
    """
    deltas = _unlocked(Rollup.objects.filter(level=RollupLevel.DELTA).order_by("id"))
    found = list(deltas.values_list("id", *KEY_COLUMNS, *SUM_COLUMNS)[:FOLD_ROWS_MAX])
    if len(found) < FOLD_ROWS_MIN:
        return 0
    sums, totals = _Sums(), _Sums()
    for _pk, *key, count, micros in found:
        sums.add(tuple(key), count, micros)
        for total in _totals_of(Key(*key)):
            totals.add(total, count, micros)
    _take(_folded_near(sums), KEY_COLUMNS, sums)
    Rollup.objects.filter(id__in=[row[0] for row in found]).delete()
    Rollup.objects.bulk_create(
        Rollup(
            level=RollupLevel.FOLDED,
            **dict(zip(KEY_COLUMNS, key, strict=True)),
            count=count,
            score_micros=micros,
        )
        for key, count, micros in sums.kept()
    )
    _take(RollupTotal.objects.all(), TOTAL_COLUMNS, totals)
    RollupTotal.objects.bulk_create(_new_totals(totals.kept()))
    return len(found)


def _totals_of(key: Key) -> tuple[TotalKey, TotalKey]:
    return TotalKey(key.day, "", "", NO_BIN), TotalKey(None, key.analysis_type, key.status, key.score_bin)


def _folded_near(sums: _Sums) -> QuerySet[Rollup]:
    """Narrow the folded rows to the batches and days of some keys: those of the keys are among them."""
    keys = [Key(*key) for key in sums.of]
    days, batches = [key.day for key in keys], {key.batch_id for key in keys}
    near = Q(batch_id__in=batches - {None})
    if None in batches:
        near |= Q(batch_id=None)
    return Rollup.objects.filter(near, level=RollupLevel.FOLDED, day__range=(min(days), max(days)))


def _take(rows: QuerySet[Any], columns: Sequence[str], sums: _Sums) -> None:
    """Move the rows of these keys into the sums, but those that somebody else is folding."""
    ids = [pk for pk, *key in rows.values_list("id", *columns) if tuple(key) in sums.of]
    ours = rows.model._default_manager.filter(id__in=ids[:FOLD_ROWS_MAX])
    taken = list(_unlocked(ours).values_list("id", *columns, *SUM_COLUMNS))
    for _pk, *key, count, micros in taken:
        sums.add(tuple(key), count, micros)
    ours.filter(id__in=[row[0] for row in taken]).delete()


def _unlocked(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Lock rows, but those that another folds at this moment; SQLite has one writer at a time."""
    can_skip = connection.features.has_select_for_update_skip_locked
    return rows.select_for_update(skip_locked=True) if can_skip else rows


def _new_totals(sums: Iterable[tuple[tuple[Any, ...], int, int]]) -> list[RollupTotal]:
    return [
        RollupTotal(**dict(zip(TOTAL_COLUMNS, key, strict=True)), count=count, score_micros=micros)
        for key, count, micros in sums
    ]


# --- What holds -----------------------------------------------------------------------------------


def problems(limit: int = PROBLEMS_MAX) -> list[str]:
    """Compare totals and folded rows, and give a sentence for each key that differs, a few of them. One query."""
    return [
        f"Total of the rollup {key}: off by {(count, micros)}."
        for key, count, micros in islice(_lacking().kept(), limit)
    ]


def mend() -> int:
    """Add what the totals lack, minus what they have too much, and give how many keys differed. Safe to repeat.

    One query where nothing does. Code older than the totals folds without them: while its workers run, those of today
    mend after them. Right beside writers; other menders wait. Raises DatabaseError when the lock, which is that of
    migrations, cannot be had.
    """
    if not any(_lacking().kept()):
        return 0
    with migration_locks.one_at_a_time(DEFAULT_DB_ALIAS, wait_seconds=MEND_WAIT_SECONDS):
        mended = RollupTotal.objects.bulk_create(_new_totals(_lacking().kept()))
    if mended:
        logger.warning("%s totals of the rollup were wrong and are mended.", len(mended))
    return len(mended)


def _lacking() -> _Sums:
    """Give what the totals lack of the folded rows, in one query: one statement sees one state of both tables."""
    folded = Rollup.objects.filter(level=RollupLevel.FOLDED).order_by()
    summed = {"rows": Sum("count"), "micros": Sum("score_micros")}
    nothing, no_bin = Value("", CharField()), Value(NO_BIN, SmallIntegerField())
    by_day = folded.values_list(F("day"), nothing, nothing, no_bin).annotate(**summed)
    by_kind = folded.values_list(
        Cast(Value(None), DateField()), "analysis_type", "status", "score_bin"
    ).annotate(**summed)
    said = RollupTotal.objects.values_list(*TOTAL_COLUMNS, -F("count"), -F("score_micros"))
    lacking = _Sums()
    for *key, count, micros in by_day.union(by_kind, said.order_by(), all=True):
        lacking.add(tuple(key), int(count), int(micros))
    return lacking
