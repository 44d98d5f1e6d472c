"""How many answers of an engine are right, type by type, on texts that it was not made from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analyses.choices import AnalysisType
from analyses.engines.accuracy import macro_f1, pearson
from analyses.engines.base import Engine, Outcome
from analyses.engines.language import UNDETERMINED
from analyses.engines.readability import POINTS_OFF
from analyses.engines.sentiment import sign
from analyses.evaluation import datasets
from analyses.evaluation.datasets import Labelled
from analyses.evaluation.figures import Figure, calibration
from analyses.evaluation.lists import entity_figures, keyword_figures, topic_figures
from analyses.evaluation.quality import quality_figures

UNKNOWN = "unknown"
MACRO_F1 = "macro-F1"

PASSAGE_SENTENCES = (1, 3, 8, 20)
WORK_SENTENCES = 30
HEADLINES = "SemEval"  # one-line texts of many papers: no work


@dataclass(frozen=True, slots=True)
class Answered:
    """What an engine said of labelled texts: its labels, `UNKNOWN` where it did not know, and the truth."""

    outcomes: Sequence[Outcome]
    guesses: Sequence[str]
    rows: Sequence[Labelled]

    @property
    def right(self) -> list[bool]:
        """Say of each guess whether people gave that label too."""
        return [guess in row.labels for guess, row in zip(self.guesses, self.rows, strict=True)]


def ask(engine: Engine, rows: Sequence[Labelled], name: Callable[[Outcome], str]) -> Answered:
    """Let an engine answer; `name` gives an outcome's label."""
    outcomes = engine.analyze([row.text for row in rows])
    guesses = [UNKNOWN if outcome.value is None else name(outcome) for outcome in outcomes]
    return Answered(outcomes, guesses, rows)


def sentiment_figures(engine: Engine, folder: Path) -> Iterator[Figure]:
    """Measure three classes on comments and tweets, and the score's correlation with readers' feeling."""
    sets = (
        ("GoEmotions dev", datasets.goemotions_sentiment(folder, split="dev")),
        ("airline tweets", datasets.airline_tweets(folder)),
    )
    for data, rows in sets:
        answered = ask(engine, rows, lambda outcome: sign(float(str(outcome.value))))
        yield from _class_figures(answered, data)
    rated = [row for row in datasets.emobank(folder) if row.split == "dev"]
    values = [outcome.value or 0.0 for outcome in engine.analyze([row.text for row in rated])]
    scores = [value if isinstance(value, float) else 0.0 for value in values]
    r = pearson(scores, [row.valence for row in rated])
    yield Figure("correlation with valence", "EmoBank dev", r, len(rated))


def emotion_figures(engine: Engine, folder: Path) -> Iterator[Figure]:
    """Measure the strongest of seven emotions on comments that people gave one emotion."""
    rows = [
        row for row in datasets.goemotions(folder, labelling="ekman", split="dev") if len(row.labels) == 1
    ]
    yield from _class_figures(ask(engine, rows, strongest), "GoEmotions dev, one label")


def language_figures(engine: Engine, folder: Path) -> Iterator[Figure]:
    """Measure our sentences in 24 languages, whole and cut short, and English comments."""
    rows = datasets.sentences_by_language()
    yield from _share_figures(ask(engine, rows, code), "our sentences, 24 languages")
    yield from _share_figures(ask(engine, beginnings(rows), code), "their first 2 to 6 words")
    english = datasets.goemotions(folder, labelling="ekman", split="dev")
    rows = [Labelled(row.text, frozenset(["en"])) for row in english]
    yield from _share_figures(ask(engine, rows, code), "GoEmotions dev, taken for English")


def beginnings(rows: Iterable[Labelled]) -> list[Labelled]:
    """Cut texts after 2, 3, 4 and 6 words."""
    return [
        Labelled(" ".join(words[:size]), row.labels)
        for row in rows
        for size in (2, 3, 4, 6)
        if size < len(words := row.text.split())
    ]


def strongest(outcome: Outcome) -> str:
    """Name the strongest emotion of an emotion outcome."""
    shares = outcome.value if isinstance(outcome.value, dict) else {}
    return max(shares, key=lambda name: shares[name], default=UNKNOWN)


def code(outcome: Outcome) -> str:
    """Name the language of a language outcome."""
    return UNKNOWN if outcome.value == UNDETERMINED else str(outcome.value)


def readability_figures(engine: Engine, folder: Path) -> Iterator[Figure]:
    """Measure how often a passage scores within ten points of the work that it comes from, as it promises."""
    pairs = list(passages(folder))
    outcomes = engine.analyze([passage for passage, _ in pairs])
    works = dict.fromkeys(work for _, work in pairs)
    scores = dict(zip(works, engine.analyze(list(works)), strict=True))
    near = [
        (outcome.confidence or 0.0, abs(outcome.value - score) <= POINTS_OFF)
        for outcome, (_, work) in zip(outcomes, pairs, strict=True)
        if isinstance(outcome.value, float) and isinstance(score := scores[work].value, float)
    ]
    data = "EmoBank, passages of 1 to 20 sentences"
    share = sum(is_near for _, is_near in near) / len(near)
    yield Figure("within 10 points of the whole work", data, share, len(near))
    yield from calibration(near, data)


def passages(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield passages of 1 to 20 sentences, each with the whole work that it comes from."""
    works: dict[str, list[datasets.Rated]] = {}
    for row in datasets.emobank(folder):
        works.setdefault(row.work, []).append(row)
    for rows in works.values():
        sentences = [row.text for row in sorted(rows, key=lambda row: row.place)]
        if len(sentences) < WORK_SENTENCES or rows[0].work.startswith(HEADLINES):
            continue
        for size in PASSAGE_SENTENCES:
            for first in range(0, len(sentences) - size, size):
                yield "\n\n".join(sentences[first : first + size]), "\n\n".join(sentences)


def _class_figures(answered: Answered, data: str) -> Iterator[Figure]:
    truths = [row.label for row in answered.rows]
    yield Figure(MACRO_F1, data, macro_f1(answered.guesses, truths), len(truths))
    yield from _confidence_figures(answered, data)


def _share_figures(answered: Answered, data: str) -> Iterator[Figure]:
    yield Figure("right", data, sum(answered.right) / len(answered.rows), len(answered.rows))
    yield from _confidence_figures(answered, data)


def _confidence_figures(answered: Answered, data: str) -> Iterator[Figure]:
    """Measure the calibration of what the engine did answer, and how much it did not."""
    known = [
        (outcome.confidence, is_right)
        for outcome, guess, is_right in zip(answered.outcomes, answered.guesses, answered.right, strict=True)
        if guess != UNKNOWN and outcome.confidence is not None
    ]
    yield from calibration(known, data)
    unknown = sum(guess == UNKNOWN for guess in answered.guesses)
    yield Figure("does not know", data, unknown / len(answered.rows), len(answered.rows))


Measure = Callable[[Engine, Path], Iterator[Figure]]

MEASURES: dict[AnalysisType, Measure] = {
    AnalysisType.SENTIMENT: sentiment_figures,
    AnalysisType.QUALITY: quality_figures,
    AnalysisType.EMOTION: emotion_figures,
    AnalysisType.LANGUAGE: language_figures,
    AnalysisType.KEYWORDS: keyword_figures,
    AnalysisType.READABILITY: readability_figures,
    AnalysisType.ENTITIES: entity_figures,
    AnalysisType.TOPICS: topic_figures,
}
