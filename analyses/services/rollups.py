"""The rollup's writer: signed deltas in the transaction of the change they count, folded into totals later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Sum

from analyses.choices import SCORE_BY_TYPE, AnalysisStatus
from analyses.models import Rollup, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.scales import NO_BIN, score_bin

FOLD_ROWS_MIN = 200
FOLD_ROWS_MAX = 20_000
MICRO = 1_000_000

ROW_FIELDS = (
    "dated_at",
    "batch_analysis_id",
    "analysis_type",
    "status",
    "optimization_tier",
    "model_used",
    *(column for column, _lower, _upper in SCORE_BY_TYPE.values()),
)


class Key(NamedTuple):
    """What the rollup groups by; `day` is the UTC day."""

    day: date
    batch_id: int | None
    analysis_type: str
    status: str
    optimization_tier: str
    model_used: str
    score_bin: int


KEY_COLUMNS = Key._fields


class Deltas:
    """Signed counts that one change makes; `write` stores them in the caller's transaction."""

    def __init__(self) -> None:
        self.counts: defaultdict[Key, int] = defaultdict(int)
        self.micros: defaultdict[Key, int] = defaultdict(int)

    def add(self, key: Key, *, count: int = 1, score: float | None = None) -> None:
        """Count rows under a key, with the score that each of them has."""
        self.counts[key] += count
        if score is not None:
            self.micros[key] += count * to_micros(score)

    def write(self) -> None:
        """Insert the deltas that are not zero (inserts only: counters updated in place deadlock)."""
        Rollup.objects.bulk_create(
            Rollup(**key._asdict(), count=count, score_micros=self.micros[key])
            for key, count in sorted(self.counts.items(), key=lambda item: str(item[0]))
            if count or self.micros[key]
        )


def to_micros(score: float) -> int:
    """Give a score in whole millionths, so that sums are exact in any order."""
    return round(score * MICRO)


def waiting_key(
    *, dated_at: datetime, batch_id: int | None, analysis_type: str, optimization_tier: str
) -> Key:
    """Give the key of a row that waits for its engine."""
    day = dated_at.astimezone(UTC).date()
    return Key(day, batch_id, analysis_type, AnalysisStatus.PENDING, optimization_tier, "", NO_BIN)


def key_of(row: TextAnalysis) -> tuple[Key, float | None]:
    """Give the key and score of a row whose `ROW_FIELDS` are loaded."""
    return key_of_values({name: getattr(row, name) for name in ROW_FIELDS})


def key_of_values(values: dict[str, Any]) -> tuple[Key, float | None]:
    """Give the key and score of a row from its `ROW_FIELDS`."""
    analysis_type = values["analysis_type"]
    scale = SCORE_BY_TYPE.get(analysis_type)
    score = values[scale[0]] if scale else None
    key = Key(
        values["dated_at"].astimezone(UTC).date(),
        values["batch_analysis_id"],
        analysis_type,
        values["status"],
        values["optimization_tier"],
        values["model_used"] or "",
        score_bin(analysis_type, score),
    )
    return key, score


def add_rows(deltas: Deltas, rows: TextAnalysisQuerySet, *, sign: int) -> None:
    """Count the live rows of a queryset, plus or minus; reads them once, in flat memory."""
    for values in rows.live().values(*ROW_FIELDS).iterator(chunk_size=5000):
        key, score = key_of_values(values)
        deltas.add(key, count=sign, score=score)


@transaction.atomic
def fold() -> int:
    """Merge deltas into totals and give how many rows that saved; repeating is safe, two at once share the work."""
    rows = Rollup.objects.order_by("id")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    ids = list(rows.values_list("id", flat=True)[:FOLD_ROWS_MAX])
    if len(ids) < FOLD_ROWS_MIN:
        return 0
    totals = list(
        Rollup.objects.filter(id__in=ids)
        .values(*KEY_COLUMNS)
        .annotate(total=Sum("count"), micros=Sum("score_micros"))
        .order_by()
    )
    Rollup.objects.filter(id__in=ids).delete()
    kept = [
        Rollup(
            **{name: total[name] for name in KEY_COLUMNS}, count=total["total"], score_micros=total["micros"]
        )
        for total in totals
        if total["total"] or total["micros"]
    ]
    Rollup.objects.bulk_create(kept)
    return len(ids) - len(kept)


def recompute() -> dict[Key, tuple[int, int]]:
    """Count all live analyses afresh: key -> (rows, score in millionths). Reads the whole table."""
    deltas = Deltas()
    add_rows(deltas, TextAnalysis.objects.all(), sign=1)
    return {key: (count, deltas.micros[key]) for key, count in deltas.counts.items()}


def kept() -> dict[Key, tuple[int, int]]:
    """Give what the rollup says: key -> (rows, score in millionths), zeros left out. One query."""
    totals: Iterable[dict[str, Any]] = (
        Rollup.objects.values(*KEY_COLUMNS)
        .annotate(total=Sum("count"), micros=Sum("score_micros"))
        .order_by()
    )
    return {
        Key(*(total[name] for name in KEY_COLUMNS)): (total["total"], total["micros"])
        for total in totals
        if total["total"] or total["micros"]
    }


def problems() -> list[str]:
    """Compare the rollup with the rows and give a sentence for each key that differs."""
    counted, said = recompute(), kept()
    return [
        f"Rollup {tuple(key)}: says {said.get(key, (0, 0))}, the rows say {counted.get(key, (0, 0))}."
        for key in sorted(counted.keys() | said.keys(), key=str)
        if said.get(key, (0, 0)) != counted.get(key, (0, 0))
    ]
