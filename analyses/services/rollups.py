"""The rollup's writer: signed deltas in the transaction of the change they count; `folding` merges them later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, NamedTuple, cast

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, SmallIntegerField, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, TruncDate

from analyses.choices import SCORE_BINS, SCORE_BY_TYPE, AnalysisStatus
from analyses.models import Rollup, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.scales import NO_BIN, bin_edges, score_bin
from analyses.services import migration_locks

STORE_ROWS = 20_000
FETCH_ROWS = 2_000
PROBLEMS_MAX = 100
MICRO = 1_000_000
# So large a float has no place for fractions: adding it rounds half to even, taking it away again leaves the number.
HALF_EVEN = 1.5 * 2**52
NOTHING = Value(0, BigIntegerField())

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


@dataclass(frozen=True)
class Difference:
    """A key under which the rollup says other than the live rows: (rows, score in millionths) of each."""

    key: Key
    said: tuple[int, int]
    counted: tuple[int, int]

    def as_delta(self) -> Rollup:
        """Give the row that makes the rollup right."""
        return Rollup(
            **self.key._asdict(),
            count=self.counted[0] - self.said[0],
            score_micros=self.counted[1] - self.said[1],
        )


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

    def add_counted(self, key: Key, *, count: int, micros: int) -> None:
        """Count rows under a key, with the sum of their scores."""
        self.counts[key] += count
        self.micros[key] += micros

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
    """Count the rows of a queryset, plus or minus, in one query; those in the trash too, where it holds such."""
    for *key, count, micros in _counted(rows):
        deltas.add_counted(Key(*key), count=sign * count, micros=sign * micros)


def problems(limit: int = PROBLEMS_MAX) -> list[str]:
    """Compare the rollup with the rows and give a sentence for each key that differs, a few of them. One query."""
    return [
        f"Rollup {tuple(one.key)}: says {one.said}, the rows say {one.counted}."
        for one in islice(differences(), limit)
    ]


def repair() -> int:
    """Add what the rollup lacks, minus what it has too much, and give how many keys differed. Safe to repeat.

    Right beside writers, whose changes to rows and rollup one statement sees together or not at all; other repairs
    wait. Raises DatabaseError when the lock, which is that of migrations, cannot be had.
    """
    repaired = 0
    with migration_locks.one_at_a_time(DEFAULT_DB_ALIAS):
        found = differences()
        while some := list(islice(found, STORE_ROWS)):
            Rollup.objects.bulk_create(one.as_delta() for one in some)
            repaired += len(some)
    return repaired


def differences() -> Iterator[Difference]:
    """Walk the keys where rollup and rows differ, in one query; the database counts, in flat memory here.

    One statement sees one state of both tables, whatever is written meanwhile.
    """
    names = ", ".join(connection.ops.quote_name(name) for name in KEY_COLUMNS)
    nothing = {"said": NOTHING, "said_micros": NOTHING}
    said, said_params = _said().query.sql_with_params()
    counted, counted_params = _counted(TextAnalysis.objects.live(), **nothing).query.sql_with_params()
    sql = (
        f"SELECT {names}, SUM(said), SUM(said_micros), SUM(counted), SUM(counted_micros)"  # noqa: S608 - names of ours
        f" FROM ({said} UNION ALL {counted}) AS both_sides GROUP BY {names}"
        " HAVING SUM(said) <> SUM(counted) OR SUM(said_micros) <> SUM(counted_micros)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, (*said_params, *counted_params))
        while rows := cursor.fetchmany(FETCH_ROWS):
            yield from map(_difference, rows)


def _difference(row: Sequence[Any]) -> Difference:
    day, *others = row[: len(KEY_COLUMNS)]
    said, said_micros, counted, counted_micros = map(int, row[len(KEY_COLUMNS) :])
    key = Key(date.fromisoformat(str(day)), *others)
    return Difference(key, said=(said, said_micros), counted=(counted, counted_micros))


def _said() -> QuerySet[Rollup, Any]:
    """Give each row of the rollup as key, what it says, and nothing counted."""
    said = {
        "said": F("count"),
        "said_micros": F("score_micros"),
        "counted": NOTHING,
        "counted_micros": NOTHING,
    }
    return Rollup.objects.order_by().annotate(**said).values_list(*KEY_COLUMNS, *said)


def _counted(rows: TextAnalysisQuerySet, **between: Value) -> QuerySet[TextAnalysis, Any]:
    """Give each key that rows have, the values between, their number and the sum of their scores in millionths."""
    key = {
        "day": TruncDate("dated_at", tzinfo=UTC),
        "batch": F("batch_analysis_id"),
        "type": F("analysis_type"),
        "state": F("status"),
        "tier": F("optimization_tier"),
        "model": Coalesce("model_used", Value("")),
        "bin": Case(*_bin_cases(), default=Value(NO_BIN), output_field=SmallIntegerField()),
    }
    counted = {"counted": Count("pk"), "counted_micros": Coalesce(Sum(_micros()), NOTHING)}
    grouped = rows.order_by().annotate(**key).values(*key).annotate(**between, **counted)
    return cast("QuerySet[TextAnalysis, Any]", grouped.values_list(*key, *between, *counted))


def _bin_cases() -> Iterator[When]:
    """Walk the bins of every type's score, as `scales.score_bin` tells them apart."""
    for analysis_type, (column, _lower, _upper) in SCORE_BY_TYPE.items():
        yield When(Q(analysis_type=analysis_type, **{f"{column}__isnull": True}), then=Value(NO_BIN))
        for index, edge in enumerate(bin_edges(analysis_type)[1:-1]):
            yield When(Q(analysis_type=analysis_type, **{f"{column}__lt": edge}), then=Value(index))
        yield When(analysis_type=analysis_type, then=Value(SCORE_BINS - 1))


def _micros() -> Case:
    """Round the score of a row's type as `to_micros` does, half to even, which the databases' ROUND does not always."""
    sums = (
        When(
            analysis_type=analysis_type,
            then=Cast(F(column) * float(MICRO) + Value(HALF_EVEN) - Value(HALF_EVEN), BigIntegerField()),
        )
        for analysis_type, (column, _lower, _upper) in SCORE_BY_TYPE.items()
    )
    return Case(*sums, output_field=BigIntegerField())
