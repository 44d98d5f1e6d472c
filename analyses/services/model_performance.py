"""What models did in real work: tallied in the worker, added to their rows every few seconds.

A worker that is killed loses what it tallied since the last time: some seconds of statistics, never a result. "Try one
text" and the explanations ask the engines themselves and are not counted; a copied result was never asked for.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import psutil
from django.db.models import F, Value
from django.utils import timezone

from analyses import choices
from analyses.engines.base import EngineFacts, Outcome
from analyses.exceptions import DatabaseError
from analyses.models import ModelPerformance
from analyses.services import transactions

logger = logging.getLogger(__name__)

BYTES_A_MB = 1024 * 1024


class Key(NamedTuple):
    """Which row; the names are those of its columns."""

    model_type: str
    model_name: str
    model_version: str


@dataclass
class Tally:
    """What a model was asked: texts that it answered, texts that it failed on, and the time of the answers."""

    answered: int = 0
    failed: int = 0
    time_ms: float = 0.0

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Count what the model said."""
        for outcome in outcomes:
            if outcome.error:
                self.failed += 1
            else:
                self.answered += 1
                self.time_ms += min(outcome.processing_time_ms, choices.PROCESSING_TIME_MS_BOUNDS[1])


class Tallies:
    """The tallies of one worker, by model."""

    def __init__(self) -> None:
        self._by_key: defaultdict[Key, Tally] = defaultdict(Tally)

    def add(self, facts: EngineFacts, outcomes: Iterable[Outcome]) -> None:
        """Count what the engine of these facts said."""
        self._by_key[_key(facts)].add(outcomes)

    def flush(self) -> None:
        """Add them to the rows and begin anew; where the database does not take them they wait for the next time."""
        if not self._by_key:
            return
        memory_mb = psutil.Process().memory_info().rss / BYTES_A_MB
        try:
            _make_rows(self._by_key)
            _add(self._by_key, memory_mb=memory_mb)
        except DatabaseError as error:
            logger.warning("Statistics of models wait: %s", error)
        else:
            self._by_key.clear()


def _key(facts: EngineFacts) -> Key:
    return Key(
        str(facts.analysis_type),
        facts.name[: choices.PERFORMANCE_NAME_LENGTH_MAX],
        facts.version[: choices.PERFORMANCE_VERSION_LENGTH_MAX],
    )


@transactions.managed("make rows of models")
def _make_rows(keys: Collection[Key]) -> None:
    """Make the rows that are missing; two workers may do so at once.

    By itself: on MariaDB whoever meets another's new row shares its lock, and could not go on to change it.
    """
    there = {Key(*row) for row in ModelPerformance.objects.values_list(*Key._fields)}
    missing = [
        ModelPerformance(**key._asdict(), avg_processing_time_ms=0.0) for key in sorted(set(keys) - there)
    ]
    ModelPerformance.objects.bulk_create(missing, ignore_conflicts=True)


@transactions.managed("add statistics of models")
def _add(tallies: Mapping[Key, Tally], *, memory_mb: float) -> None:
    """Add to the rows, always in the same order, so that two workers never wait for each other."""
    now = timezone.now()
    for key, tally in sorted(tallies.items()):
        mean = {"avg_processing_time_ms": _mean_with(tally)} if tally.answered else {}
        # The mean first: MySQL assigns from left to right, and it is computed from the counts as they were.
        ModelPerformance.objects.filter(**key._asdict()).update(
            **mean,
            total_requests=F("total_requests") + tally.answered + tally.failed,
            successful_requests=F("successful_requests") + tally.answered,
            error_count=F("error_count") + tally.failed,
            memory_usage_mb=memory_mb,
            updated_at=now,
        )


def _mean_with(tally: Tally) -> object:
    known = F("avg_processing_time_ms") * F("successful_requests")
    return (known + Value(tally.time_ms)) / (F("successful_requests") + Value(float(tally.answered)))
