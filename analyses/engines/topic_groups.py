"""Groups of a batch's texts, found in the texts themselves, and the terms that set each group apart."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt
from typing import Any

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import factors
from analyses.engines.base import ANY_LANGUAGE, EngineFacts, Outcome, PerTextEngine, Span
from analyses.engines.factors import Vector
from analyses.engines.stop_words import OWN_LANGUAGES, PACKAGE_LANGUAGES, stop_words
from analyses.engines.topics import KeywordTopicsEngine

NAME, VERSION = "topic-groups", "1"

# In how many distinct texts the groups are found: in about two thousand, of long ones in fewer. More change the terms
# little and take time in proportion.
SAMPLE_TEXTS = 2_000
SAMPLE_WORDS = 60_000
WORDS_OF_A_TEXT = 150

# A word of fewer texts says nothing of a group, and one of more sets nothing apart.
TEXTS_OF_A_WORD_MIN = 3
SHARE_OF_A_WORD_MAX = 0.5
WORDS_MAX = 800

# What a batch keeps of a group: its heaviest words.
WORDS_OF_A_GROUP = 60

# Groups are looked for in a number that grows with the root of the texts: 2 in 120, 8 in 2,000.
TEXTS_TO_A_GROUP = 30
GROUPS_MIN, GROUPS_MAX = 2, 12
TEXTS_OF_A_GROUP_MIN = 3
TERMS_MIN, TERMS_MAX = 2, 5

# Terms that hardly ever meet in a text make no group: two of them must so often, and in this share of the texts.
MEETINGS_MIN = 3
MEETINGS_SHARE_MIN = 0.006

# Below this cosine a text belongs to no group; chosen as docs/decisions/0004-topics.md tells.
SIMILARITY_MIN = 0.15

# The confidence's log-odds, by the nearest group's cosine, its lead over the second one, and the log-odds of the share
# of texts that have a group; fitted as docs/decisions/0004-topics.md tells.
SURE_OF_GROUP = (0.84, 1.35, 1.2, 1.04)
SURE_OF_NONE = (4.04, -26.7, 0.0, 0.25)
SHARE_MIN, SHARE_MAX = 0.01, 0.99

WORD_LETTERS = range(3, 31)
_WORD = re.compile(r"(?<![\w@])[^\W\d_]+(?:'[^\W\d_]+)*")
# Addresses and what is left of HTML are no words.
_NO_WORDS = re.compile(r"https?://\S+|www\.\S+|&#?\w{1,10};")

# A language that brings so many of the words that no other one explains gives its stop words.
STOP_SHARE_MIN = 0.1


@dataclass(frozen=True, slots=True)
class Group:
    """A group: the terms that name it, best first, and the weights of its words (a vector of length 1)."""

    terms: tuple[str, ...]
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of a batch, largest first, and what a word is worth; words are folded (see `fold`).

    `texts` is the number of distinct texts that they were found in, `grouped` the share of these that has a group
    (None: not counted). Texts too few or too alike have no group.
    """

    groups: tuple[Group, ...]
    worth: Mapping[str, float]
    texts: int
    grouped: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Give what JSON can hold."""
        kept = [{"terms": list(group.terms), "weights": dict(group.weights)} for group in self.groups]
        found = {"version": VERSION, "texts": self.texts, "grouped": self.grouped}
        return {**found, "worth": dict(self.worth), "groups": kept}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Groups":
        """Rebuild what `as_json` gave."""
        groups = tuple(Group(tuple(one["terms"]), one["weights"]) for one in kept["groups"])
        return cls(groups, kept["worth"], kept["texts"], kept.get("grouped"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text belongs: its group's number (None: none fits), the nearest one's cosine, its lead over the next."""

    group: int | None
    similarity: float
    lead: float


def fold(word: str) -> str:
    """Give the form under which a word is counted: small, without 's and, if it is long, without a last s.

    >>> fold("Flights"), fold("crew's"), fold("glass"), fold("bus")
    ('flight', 'crew', 'glass', 'bus')
    """
    small = word.lower().removesuffix("'s")
    is_plural = len(small) > len("bus") and small.endswith("s") and not small.endswith(("ss", "us", "is"))
    return small[:-1] if is_plural else small


def words_of(text: str) -> list[tuple[int, int, str]]:
    """Give start, end and small form of each word that may be a term, in text order.

    >>> words_of("It is @United’s Gate.")
    [(16, 20, 'gate')]
    """
    plain = _NO_WORDS.sub(lambda found: " " * len(found[0]), text.replace("\u2019", "'"))
    found = _WORD.finditer(plain)
    return [(one.start(), one.end(), one[0].lower()) for one in found if len(one[0]) in WORD_LETTERS]


def fit(texts: Iterable[str]) -> Groups:
    """Find groups of distinct texts by non-negative matrix factorisation (Lee and Seung 1999) of their tf-idf vectors.

    The same texts in the same order give the same groups: nothing is left to chance. Only the first texts are read,
    up to `SAMPLE_TEXTS` and `SAMPLE_WORDS`: give them in an order that has nothing to do with what they say.
    A group is the mean of the texts nearest to a factor. It is named by its heaviest words, first by one that weighs
    nowhere more, so that no two begin alike. Groups whose terms hardly meet in a text, and those of fewer than three
    texts, are left out.

    >>> fares = [f"the {word} fare costs too much money" for word in ("bus", "train", "ferry", "cab")]
    >>> meals = [f"we ate {word} soup and fresh bread" for word in ("leek", "bean", "onion", "fish")]
    >>> [group.terms for group in fit(fares + meals).groups]
    [('bread', 'soup'), ('fare', 'money')]
    """
    counted, spellings, read = _read(texts)
    documents = Counter(word for words in counted for word in words)
    often = [
        word
        for word, count in documents.items()
        if TEXTS_OF_A_WORD_MIN <= count <= SHARE_OF_A_WORD_MAX * read
    ]
    vocabulary = sorted(often, key=lambda word: (-documents[word], word))[:WORDS_MAX]
    worth = {word: round(1.0 + log(read / documents[word]), 3) for word in vocabulary}
    index = {word: place for place, word in enumerate(vocabulary)}
    vectors = [_indexed(vector, index) for words in counted if (vector := _vector(words, worth))]
    count = min(GROUPS_MAX, max(GROUPS_MIN, round(sqrt(len(vectors) / TEXTS_TO_A_GROUP))))
    rows = factors.factorise(vectors, columns=len(vocabulary), count=count)
    rows = factors.means(rows, vectors, cosine_min=SIMILARITY_MIN)
    named = _named(rows, vocabulary, vectors)
    groups = [
        Group(tuple(spellings[vocabulary[place]] for place in terms), _weights(row, vocabulary))
        for row, terms in named
    ]
    return _largest_first(Groups(tuple(groups), worth, read), counted)


def _read(texts: Iterable[str]) -> tuple[list[Counter[str]], dict[str, str], int]:
    """Count the words of a sample of texts without stop words, and find how each is mostly written."""
    sample: list[list[str]] = []
    total = 0
    for text in texts:
        words = [word for _start, _end, word in words_of(text)[:WORDS_OF_A_TEXT]]
        total += len(words)
        sample.append(words)
        if len(sample) >= SAMPLE_TEXTS or total >= SAMPLE_WORDS:
            break
    seen = Counter(word for words in sample for word in words)
    stops = _stop_words_for(seen)
    spelt: dict[str, tuple[int, str]] = {}
    for word, count in sorted(seen.items()):
        folded = fold(word)
        spelling = word.removesuffix("'s")
        spelt[folded] = max(spelt.get(folded, (0, "")), (count, spelling))
    counted = [Counter(fold(word) for word in words if not {word, fold(word)} & stops) for words in sample]
    return counted, {folded: spelling for folded, (_count, spelling) in spelt.items()}, len(sample)


def _stop_words_for(seen: Mapping[str, int]) -> set[str]:
    """Collect the stop words of the languages that the texts are written in: the one that explains most, and on."""
    stops: set[str] = set()
    lists = {code: stop_words(code) for code in sorted(PACKAGE_LANGUAGES | OWN_LANGUAGES)}
    need = STOP_SHARE_MIN * sum(seen.values())
    while lists:
        explained = {
            code: sum(count for word, count in seen.items() if word in words and word not in stops)
            for code, words in lists.items()
        }
        best = max(explained, key=lambda code: (explained[code], code == "en"))
        if explained[best] <= need:
            break
        stops |= lists.pop(best)
    return stops


def _vector(words: Mapping[str, int], worth: Mapping[str, float]) -> dict[str, float]:
    """Give the tf-idf vector of a text, of length 1; empty where it has no known word."""
    weights = {word: (1.0 + log(count)) * worth[word] for word, count in words.items() if word in worth}
    length = sqrt(sum(weight * weight for weight in weights.values()))
    return {word: weight / length for word, weight in weights.items()}


def _indexed(vector: Mapping[str, float], index: Mapping[str, int]) -> Vector:
    return [(index[word], weight) for word, weight in vector.items()]


def _named(
    rows: Sequence[Sequence[float]], vocabulary: Sequence[str], vectors: Sequence[Vector]
) -> list[tuple[Sequence[float], list[int]]]:
    """Give the factors that have terms which meet, with these terms."""
    owner = [
        max(range(len(rows)), key=lambda number: rows[number][place]) for place in range(len(vocabulary))
    ]
    need = max(MEETINGS_MIN, MEETINGS_SHARE_MIN * len(vectors))
    named = []
    for number, row in enumerate(rows):
        # Weights that differ by rounding alone are alike: the words' order then decides.
        weighty = sorted(range(len(row)), key=lambda place: (-round(row[place], 6), vocabulary[place]))
        own = [place for place in weighty if owner[place] == number and row[place] > 0.0]
        others = [place for place in weighty if row[place] > 0.0 and place not in own[:1]]
        terms = [*own[:1], *others][:TERMS_MAX]
        if own and len(terms) >= TERMS_MIN and factors.meetings(terms, vectors) >= need:
            named.append((row, terms))
    return named


def _weights(row: Sequence[float], vocabulary: Sequence[str]) -> dict[str, float]:
    heaviest = sorted(range(len(row)), key=lambda place: (-row[place], place))[:WORDS_OF_A_GROUP]
    kept = {vocabulary[place]: row[place] for place in heaviest if row[place] > 0.0}
    length = sqrt(sum(weight * weight for weight in kept.values()))
    rounded = {word: round(weight / length, 4) for word, weight in kept.items()}
    return {word: weight for word, weight in rounded.items() if weight}


def _largest_first(found: Groups, counted: Sequence[Mapping[str, int]]) -> Groups:
    """Leave out the groups that hardly a text belongs to, and order the others by their texts."""
    places = (_nearest(_vector(words, found.worth), found).group for words in counted)
    sizes = Counter(place for place in places if place is not None)
    ordered = sorted(range(len(found.groups)), key=lambda place: (-sizes[place], found.groups[place].terms))
    kept = [place for place in ordered if sizes[place] >= TEXTS_OF_A_GROUP_MIN]
    grouped = sum(sizes[place] for place in kept) / len(counted) if kept else None
    return replace(
        found,
        groups=tuple(found.groups[place] for place in kept),
        grouped=None if grouped is None else round(grouped, 4),
    )


def _nearest(vector: Mapping[str, float], found: Groups) -> Place:
    """Find the group whose words lie nearest to those of a text, by cosine."""
    best, second, number = 0.0, 0.0, None
    for place, group in enumerate(found.groups):
        weights = group.weights
        cosine = sum(weight * weights[word] for word, weight in vector.items() if word in weights)
        # What differs by rounding alone is equal: the larger group has it.
        if round(cosine, 9) > round(best, 9):
            best, second, number = cosine, best, place
        else:
            second = max(second, cosine)
    return Place(number if best >= SIMILARITY_MIN else None, round(best, 4), round(best - second, 4))


def confidence_of(place: Place, found: Groups) -> float | None:
    """Give how often such a text stays in its group, or in none, when groups are found in other texts; None: unknown.

    >>> texts = Groups((Group(("fare", "money"), {"fare": 1.0}),), {"fare": 2.0}, 900, grouped=0.5)
    >>> confidence_of(Place(0, 0.6, 0.6), texts), confidence_of(Place(None, 0.1, 0.1), texts)
    (0.9145, 0.7974)
    """
    if found.grouped is None:
        return None
    share = min(SHARE_MAX, max(SHARE_MIN, found.grouped))
    base, by_cosine, by_lead, by_share = SURE_OF_NONE if place.group is None else SURE_OF_GROUP
    odds = base + by_cosine * place.similarity + by_lead * place.lead + by_share * log(share / (1.0 - share))
    return round(1.0 / (1.0 + exp(-odds)), 4)


def assign(text: str, found: Groups) -> Place:
    """Find the group of a text; `group` is None where none reaches a cosine of `SIMILARITY_MIN`."""
    words = Counter(fold(word) for _start, _end, word in words_of(text))
    return _nearest(_vector(words, found.worth), found)


class SingleTextTopicsEngine(KeywordTopicsEngine):
    """What stands in for the groups of a batch where a text has none: the labels of our word lists.

    >>> SingleTextTopicsEngine().model_used
    'topic-groups 1 (labels of topic-words 1)'
    """

    facts = EngineFacts(
        analysis_type=AnalysisType.TOPICS,
        tiers=(OptimizationTier.STANDARD,),
        name=NAME,
        version=f"{VERSION} (labels of {KeywordTopicsEngine.facts.model_used})",
        languages=KeywordTopicsEngine.facts.languages,
        summary="In a batch, of any language that puts spaces between words: the terms that set groups of its texts "
        "apart. For a single text: the labels of tier basic.",
    )


class TopicGroupsEngine(PerTextEngine):
    """The groups of one batch, as `fit` found them.

    Value: the terms of the group whose words are nearest to those of the text by cosine, best first; [] where none
    reaches 0.15. Confidence: how often such a text stays in its group, or in none, when the groups are found in other
    texts of the kind (calibration error 0.04 on tweets to airlines, 0.03 on sentences of EmoBank and on comments).
    Explanation (`explain` alone): each word that ties the text to its group, labelled with the group's first term,
    with its share in the cosine.

    >>> groups = Groups((Group(("fare", "money"), {"fare": 0.8, "money": 0.6}),), {"fare": 2.0, "money": 1.5}, 9)
    >>> engine = TopicGroupsEngine(groups, batch_id=12)
    >>> engine.model_used, engine.analyze(["What a fare!", "Good bread."])[0].value
    ('topic-groups 1 (batch 12)', ['fare', 'money'])
    """

    def __init__(self, groups: Groups, *, batch_id: int) -> None:
        self.facts = replace(
            SingleTextTopicsEngine.facts, version=f"{VERSION} (batch {batch_id})", languages=(ANY_LANGUAGE,)
        )
        self.groups = groups

    def judge(self, text: str) -> Outcome:
        """Find the group of one text."""
        place = assign(text, self.groups)
        terms = [] if place.group is None else list(self.groups.groups[place.group].terms)
        return Outcome(terms, confidence=confidence_of(place, self.groups))

    def explain(self, text: str) -> Outcome:
        """Find the group of one text and mark the words that tie it to it."""
        outcome = self.judge(text)
        place = assign(text, self.groups).group
        if place is None:
            return outcome
        group = self.groups.groups[place]
        words = words_of(text)
        counts = Counter(fold(word) for _start, _end, word in words)
        vector = _vector(counts, self.groups.worth)
        spans = tuple(
            Span(
                start, end, round(vector[folded] * group.weights[folded] / counts[folded], 4), group.terms[0]
            )
            for start, end, word in words
            if (folded := fold(word)) in vector and folded in group.weights
        )
        return replace(outcome, explanation=spans)
