"""How well engines of quality tell correct sentences from their damaged twins."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from analyses.engines.base import Engine, Outcome
from analyses.engines.readability import ReadabilityEngine
from analyses.evaluation import datasets
from analyses.evaluation.figures import Figure, calibration
from analyses.evaluation.gold.quality_pairs import Pair, all_pairs, make_pairs

OWN = "our pairs of sentences, in sight when the rules were written"
COMMENTS = "pairs made from GoEmotions dev"
COMMENTS_PER_KIND = 100
COMMENT_WORDS = 5
# From this score on an engine says that a text is the correct one.
CORRECT_FROM = 0.98

Score = Callable[[Sequence[str]], Sequence[float]]


def quality_figures(engine: Engine, folder: Path) -> Iterator[Figure]:
    """Measure the share of pairs told apart: by the engine, and, to compare, by reading ease and by length."""
    for pairs, data in ((all_pairs(), OWN), (pairs_of_comments(folder), COMMENTS)):
        outcomes = engine.analyze([text for pair in pairs for text in (pair.correct, pair.damaged)])
        yield from told_apart([_value(one) for one in outcomes], data)
        yield from calibration(list(_confidences(outcomes)), data)
    texts = [text for pair in all_pairs() for text in (pair.correct, pair.damaged)]
    reading_ease = [_value(one) for one in ReadabilityEngine().analyze(texts)]
    for name, scores in (("reading ease", reading_ease), ("length", [float(len(text)) for text in texts])):
        apart, equal, _mistaken = told_apart(scores, OWN)
        value = apart.value + equal.value / 2
        yield Figure(f"by {name} alone, equal scores as half", OWN, value, apart.sample)


def pairs_of_comments(folder: Path) -> list[Pair]:
    """Make pairs from comments that begin with a capital, end with a stop and have five words or more."""
    rows = datasets.goemotions(folder, labelling="ekman", split="dev")
    return make_pairs([row.text for row in rows if _is_well_formed(row.text)], COMMENTS_PER_KIND)


def _is_well_formed(text: str) -> bool:
    return len(text.split()) >= COMMENT_WORDS and text[0].isupper() and text[-1] in ".!?" and "[" not in text


def told_apart(scores: Sequence[float], data: str) -> list[Figure]:
    """Give the shares of pairs told apart, with equal scores, and mistaken; scores are correct, damaged in turn."""
    pairs = list(zip(scores[::2], scores[1::2], strict=True))
    shares = (
        ("told apart", [correct > damaged for correct, damaged in pairs]),
        ("equal scores", [correct == damaged for correct, damaged in pairs]),
        ("mistaken", [correct < damaged for correct, damaged in pairs]),
    )
    return [Figure(what, data, sum(found) / len(pairs), len(pairs)) for what, found in shares]


def _value(outcome: Outcome) -> float:
    return outcome.value if isinstance(outcome.value, float) else 0.0


def _confidences(outcomes: Sequence[Outcome]) -> Iterator[tuple[float, float]]:
    """Yield each confidence with whether the score was on the side of its twin; correct, damaged in turn."""
    for number, outcome in enumerate(outcomes):
        if outcome.confidence is not None:
            is_correct = number % 2 == 0
            yield outcome.confidence, float((_value(outcome) >= CORRECT_FROM) == is_correct)
