"""What models did in real work: tallied in the worker, added to their rows every few seconds.

A worker that is killed loses what it tallied since the last time: some seconds of statistics, never a result. "Try one
text" and the explanations ask the engines themselves and are not counted; a copied result was never asked for.
Engines that run elsewhere are counted by what they post.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

import psutil
from django.db.models import F, Value
from django.utils import timezone

from analyses import choices
from analyses.engines.base import EngineFacts, Outcome
from analyses.exceptions import DatabaseError
from analyses.models import ModelPerformance
from analyses.queries import driver_errors
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
    """The tallies of one worker, by model; `runs_here` False: the models run elsewhere, and so does their memory."""

    def __init__(self, *, runs_here: bool = True) -> None:
        self._by_key: defaultdict[Key, Tally] = defaultdict(Tally)
        self._runs_here = runs_here

    def add(self, facts: EngineFacts, outcomes: Iterable[Outcome]) -> None:
        """Count what the engine of these facts said."""
        self._by_key[_key(facts)].add(outcomes)

    def flush(self) -> None:
        """Add them to the rows and begin anew; where the database does not take them they wait for the next time."""
        if not self._by_key:
            return
        memory_mb = psutil.Process().memory_info().rss / BYTES_A_MB if self._runs_here else None
        try:
            ids = _ids(self._by_key)
            _add({ids[key]: tally for key, tally in self._by_key.items()}, memory_mb=memory_mb)
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


def _ids(keys: Iterable[Key]) -> dict[Key, int]:
    """Give the row of each model; one that is not there yet is made."""
    found = _find_ids()
    if missing := sorted(set(keys) - found.keys()):
        _make_rows(missing)
        found = _find_ids()
    return found


@driver_errors.reading("find rows of models")
def _find_ids() -> dict[Key, int]:
    rows = ModelPerformance.objects.values_list("pk", *Key._fields)
    return {Key(*names): pk for pk, *names in rows}


@transactions.managed("make rows of models")
def _make_rows(keys: Iterable[Key]) -> None:
    """Make rows; two workers may do so at once.

    By itself: on MariaDB whoever meets another's new row shares its lock, and could not go on to change it.
    """
    rows = [ModelPerformance(**key._asdict(), avg_processing_time_ms=0.0) for key in keys]
    ModelPerformance.objects.bulk_create(rows, ignore_conflicts=True)


@transactions.managed("add statistics of models")
def _add(tallies: Mapping[int, Tally], *, memory_mb: float | None) -> None:
    """Add to the rows by their ids, always in the same order, so that two workers never wait for each other.

    By id and not by name: MariaDB may look names up in the index that holds the mean, and misses the row without a word
    when another worker moves it there meanwhile.
    """
    now = timezone.now()
    memory = {} if memory_mb is None else {"memory_usage_mb": memory_mb}
    for pk, tally in sorted(tallies.items(), key=itemgetter(0)):
        mean = {"avg_processing_time_ms": _mean_with(tally)} if tally.answered else {}
        # The mean first: MySQL assigns from left to right, and it is computed from the counts as they were.
        ModelPerformance.objects.filter(pk=pk).update(
            **mean,
            **memory,
            total_requests=F("total_requests") + tally.answered + tally.failed,
            successful_requests=F("successful_requests") + tally.answered,
            error_count=F("error_count") + tally.failed,
            updated_at=now,
        )


def _mean_with(tally: Tally) -> object:
    known = F("avg_processing_time_ms") * F("successful_requests")
    return (known + Value(tally.time_ms)) / (F("successful_requests") + Value(float(tally.answered)))
