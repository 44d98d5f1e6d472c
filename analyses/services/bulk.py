"""Many single analyses in few statements: each text once, as one created alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses import texts
from analyses.choices import OptimizationTier
from analyses.engines import registry
from analyses.exceptions import DatabaseError, ValidationError
from analyses.models import TextAnalysis
from analyses.services import bulk_load, caching, rollups, transactions
from analyses.services.batch_texts import RefusedText
from analyses.services.bulk_load import SingleTarget, StagedRow

PIECE_TEXTS = 1000
ALL_TEXTS_MAX = 10_000
# How often a piece whose texts others create at this moment is looked at again.
TURNS = 5


@dataclass(frozen=True, slots=True)
class Made:
    """The analysis of a text: its place in what was given, from 0, its id, and whether it was made now."""

    position: int
    analysis_id: int
    is_new: bool


def create_many(
    given: Iterable[str], *, analysis_type: str, optimization_tier: str = OptimizationTier.STANDARD
) -> Iterator[Made | RefusedText]:
    """Create pending analyses, or find those that exist, and yield what became of each text, in order.

    Works in pieces of 1,000 that stand by themselves, each in a few statements, so any number takes the memory of one.
    A text that cannot be kept stops no other. Safe to repeat and beside other writers. Raises ValidationError for an
    unknown type or tier before anything is written.
    """
    registry.require(analysis_type, optimization_tier)
    target = SingleTarget(str(analysis_type), str(optimization_tier))
    numbered = enumerate(given)
    return _pieces(numbered, target)


def _pieces(numbered: Iterator[tuple[int, str]], target: SingleTarget) -> Iterator[Made | RefusedText]:
    while piece := list(islice(numbered, PIECE_TEXTS)):
        yield from _make(piece, target)


def create_all(
    given: Sequence[str], *, analysis_type: str, optimization_tier: str = OptimizationTier.STANDARD
) -> list[Made]:
    """Create analyses of up to 10,000 texts, all or none; raises ValidationError naming the first text it refuses."""
    if len(given) > ALL_TEXTS_MAX:
        reason = _("Give at most %(most)s texts at once.") % {"most": f"{ALL_TEXTS_MAX:,}"}
        raise ValidationError("texts", reason)
    for position, text in enumerate(given):
        if problem := _problem(text):
            raise ValidationError(f"texts.{position}", problem)
    with transactions.managed("create analyses"):
        outcomes = list(create_many(given, analysis_type=analysis_type, optimization_tier=optimization_tier))
    return [outcome for outcome in outcomes if isinstance(outcome, Made)]


def _problem(text: Any) -> str:
    return texts.text_problem(text) if isinstance(text, str) else _("Give a text.")


def _make(piece: Sequence[tuple[int, str]], target: SingleTarget) -> Iterator[Made | RefusedText]:
    problems = [_problem(text) for _position, text in piece]
    rows = {
        position: _staged(text, target)
        for (position, text), problem in zip(piece, problems, strict=True)
        if not problem
    }
    new, found = _store(rows, target)
    for (position, _text), problem in zip(piece, problems, strict=True):
        if problem:
            yield RefusedText(position, "text_content", problem)
            continue
        key = rows[position].dedupe_key or ""
        yield Made(position, found[key], is_new=key in new)
        new.discard(key)  # the same text again, later in the piece, is not new any more


def _staged(text: str, target: SingleTarget) -> StagedRow:
    hash_of_text = texts.text_hash(text)
    key = texts.dedupe_key(
        analysis_type=target.analysis_type,
        optimization_tier=target.optimization_tier,
        hash_of_text=hash_of_text,
    )
    return StagedRow(None, text, hash_of_text, len(text), dedupe_key=key)


def _store(rows: dict[int, StagedRow], target: SingleTarget) -> tuple[set[str], dict[str, int]]:
    """Insert what is not there; give the keys inserted and every key's id. Others may insert the same meanwhile."""
    by_key = {row.dedupe_key or "": row for row in rows.values()}
    for _turn in range(TURNS):
        found = _ids(by_key)
        missing = {key: row for key, row in by_key.items() if key not in found}
        if not missing:
            return set(), found
        try:
            return set(missing), found | _insert(missing, target)
        except _TakenError:
            continue
    raise DatabaseError("create analyses", _("Others create these texts at this moment. Try again."))


class _TakenError(Exception):
    """Another writer was faster with one of the texts."""


@transactions.managed("create analyses")
def _ids(keys: Iterable[str]) -> dict[str, int]:
    rows = TextAnalysis.objects.filter(bulk_load.among("dedupe_key", keys))
    return {key or "": pk for key, pk in rows.values_list("dedupe_key", "pk")}


@transactions.managed("create analyses")
def _insert(missing: dict[str, StagedRow], target: SingleTarget) -> dict[str, int]:
    now = timezone.now()
    # In the order of the keys: writers of the same texts then wait for each other and do not lock crosswise.
    ordered = [missing[key] for key in sorted(missing)]
    try:
        with transaction.atomic():
            bulk_load.insert_rows(ordered, targets=[target], import_id=None, created_at=now)
    except IntegrityError as error:
        raise _TakenError from error
    caching.forget_texts((row.text_hash for row in ordered), target.analysis_type)
    deltas = rollups.Deltas()
    key = rollups.waiting_key(
        dated_at=now,
        batch_id=None,
        analysis_type=target.analysis_type,
        optimization_tier=target.optimization_tier,
    )
    deltas.add(key, count=len(ordered))
    deltas.write()
    return _ids(missing)
