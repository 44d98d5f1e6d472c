"""How many of the keywords, entities and topics that an engine lists are right, and how many it misses."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from analyses.engines.base import Engine, Outcome
from analyses.engines.entity_rules import Entity
from analyses.evaluation.figures import Figure, calibration
from analyses.evaluation.gold import entities, keywords, topics

KEYWORD_TEXTS = "our texts, written after the engine; a keyword is met by one with half of its words"
ENTITY_TEXTS = "our sentences, written after the rules; people, places and so on count as names"
NAMES_FOUND = "the names of these sentences that were found where they stand"
TOPIC_TEXTS = "our texts that no threshold was chosen on"
# What the marks in our sentences call a name, whoever or whatever bears it.
NAME = "name"


def keyword_figures(engine: Engine, _folder: Path) -> Iterator[Figure]:
    """Measure keywords against those that a person marked; two are the same when they share half of their words."""
    texts, wanted = zip(*(keywords.read(marked) for marked in keywords.HELD_OUT), strict=True)
    outcomes = engine.analyze(list(texts))
    listed = [_strings(outcome) for outcome in outcomes]
    right = [
        [any(_is_same(one, other) for other in marked) for one in given]
        for given, marked in zip(listed, wanted, strict=True)
    ]
    met = [
        [any(_is_same(one, other) for other in given) for one in marked]
        for given, marked in zip(listed, wanted, strict=True)
    ]
    yield from _balance(_share(right), _share(met), KEYWORD_TEXTS, len(texts))
    yield from calibration(_shares_of_texts(outcomes, right), KEYWORD_TEXTS)


def _is_same(one: str, other: str) -> bool:
    mine, yours = set(one.lower().split()), set(other.lower().split())
    return 2 * len(mine & yours) >= len(mine | yours)


def entity_figures(engine: Engine, _folder: Path) -> Iterator[Figure]:
    """Measure entities against those marked: the same place and kind; people, places and so on count as names."""
    texts, marks = zip(*(entities.read(marked) for marked in entities.HELD_OUT), strict=True)
    wanted = [{(one.start, one.end, one.kind) for one in found} for found in marks]
    formed = {str(kind) for places in wanted for _start, _end, kind in places} - {NAME}
    outcomes = engine.analyze(list(texts))
    listed = [_places(outcome, formed) for outcome in outcomes]
    right = [[one in marked for one in given] for given, marked in zip(listed, wanted, strict=True)]
    met = [[one in given for one in marked] for given, marked in zip(listed, wanted, strict=True)]
    number = sum(map(len, wanted))
    yield from _balance(_share(right), _share(met), ENTITY_TEXTS, number)
    nothing = [
        [not marked] if not given else found
        for given, marked, found in zip(listed, wanted, right, strict=True)
    ]
    yield from calibration(_shares_of_texts(outcomes, nothing), ENTITY_TEXTS)
    yield from _name_figures(outcomes, texts, marks)


def _name_figures(
    outcomes: Sequence[Outcome], texts: Sequence[str], marks: Sequence[Sequence[Entity]]
) -> Iterator[Figure]:
    """Measure whether names found have the kind of their bearer; nothing of an engine that tells none apart."""
    kinds = {name: kind for kind, names in entities.KINDS_OF_NAMES.items() for name in names}
    given = [
        (one["type"], kinds[name])
        for outcome, text, found in zip(outcomes, texts, marks, strict=True)
        for one in _dicts(outcome)
        if Entity(one["start"], one["end"], NAME) in found
        and (name := text[one["start"] : one["end"]]) in kinds
    ]
    if any(kind != NAME for kind, _ in given):
        right = sum(kind == wanted for kind, wanted in given)
        yield Figure("kind of the name is right", NAMES_FOUND, right / len(given), len(given))


def _places(outcome: Outcome, formed: set[str]) -> list[tuple[int, int, str]]:
    return [
        (one["start"], one["end"], one["type"] if one["type"] in formed else NAME) for one in _dicts(outcome)
    ]


def _dicts(outcome: Outcome) -> list[dict[str, Any]]:
    return [one for one in outcome.value if isinstance(one, dict)] if isinstance(outcome.value, list) else []


def topic_figures(engine: Engine, _folder: Path) -> Iterator[Figure]:
    """Measure labels over all texts, and how often the first, or that there is none, is right."""
    outcomes = engine.analyze([text for text, _labels in topics.MEASURED_ON])
    listed = [_strings(outcome) for outcome in outcomes]
    wanted = [labels for _text, labels in topics.MEASURED_ON]
    right = [[one in labels for one in given] for given, labels in zip(listed, wanted, strict=True)]
    met = [[one in given for one in labels] for given, labels in zip(listed, wanted, strict=True)]
    yield from _balance(_share(right), _share(met), TOPIC_TEXTS, len(wanted), f1="micro-F1")
    known = [outcome.value is not None for outcome in outcomes]
    firsts = [
        [is_known and (given[0] in labels if given else not labels)]
        for is_known, given, labels in zip(known, listed, wanted, strict=True)
    ]
    yield Figure("the first label, or that there is none, is right", TOPIC_TEXTS, _share(firsts), len(firsts))
    answered = [found if is_known else [] for is_known, found in zip(known, firsts, strict=True)]
    yield from calibration(_shares_of_texts(outcomes, answered), TOPIC_TEXTS)
    yield Figure("does not know", TOPIC_TEXTS, known.count(False) / len(known), len(known))


def _strings(outcome: Outcome) -> list[str]:
    return [one for one in outcome.value if isinstance(one, str)] if isinstance(outcome.value, list) else []


def _share(found: Sequence[Sequence[bool]]) -> float:
    number = sum(map(len, found))
    return sum(map(sum, found)) / number if number else 0.0


def _balance(precision: float, recall: float, data: str, sample: int, f1: str = "F1") -> Iterator[Figure]:
    yield Figure("precision", data, precision, sample)
    yield Figure("recall", data, recall, sample)
    total = precision + recall
    yield Figure(f1, data, 2 * precision * recall / total if total else 0.0, sample)


def _shares_of_texts(
    outcomes: Sequence[Outcome], right: Sequence[Sequence[bool]]
) -> list[tuple[float, float]]:
    """Give each text's confidence with the share of its answers that was right."""
    return [
        (outcome.confidence, sum(found) / len(found))
        for outcome, found in zip(outcomes, right, strict=True)
        if outcome.confidence is not None and found
    ]
