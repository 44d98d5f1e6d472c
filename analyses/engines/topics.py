"""Topics of English texts, from lists of words that we wrote."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from typing import NamedTuple

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import EngineFacts, Outcome, PerTextEngine, Span
from analyses.engines.common_words import common_words

LABELS_MAX = 3

# What an entry of strength 3, 2 or 1 adds to its topic, once a text however often it stands there.
POINTS = (0.0, 0.4, 1.0, 2.0)

# A label needs these points in a short text and this share of the strongest topic's. In a text of more than 25 words
# chance brings words together: the need grows with the square root of its length.
POINTS_MIN = 0.9
SHARE_MIN = 0.65
SHORT_TEXT_WORDS = 25

# The text is English where this share of its words is known; of any other we say that we do not know.
KNOWN_SHARE_MIN = 0.5

# The probability that the best label is right, by its share of the points of the best three topics; that a text is
# about none of them, by the share of the need that its best topic reached. Set a little below what the half of
# analyses/evaluation/gold/topics.py says that thresholds were chosen on (97 % right): one's own texts flatter.
LABEL_CONFIDENCE = ((0.33, 0.78), (0.6, 0.89), (1.0, 0.95))
NONE_CONFIDENCE = ((0.0, 0.9), (1.0, 0.5))

# What follows an "@" is a name.
_WORD = re.compile(r"(?<![\w@])[^\W\d_]+(?:'[^\W\d_]+)*")
_LINE = re.compile(r"([a-z ]+) ([123]): (.+)")


class Hint(NamedTuple):
    """What an entry of the list speaks for, and how strongly: 1 to 3."""

    topic: str
    strength: int


class Match(NamedTuple):
    """A stretch of a text, in characters, that is an entry of the list."""

    start: int
    end: int
    entry: str


class _Reading(NamedTuple):
    matches: Sequence[Match]
    words: int
    known: int


Curve = Sequence[tuple[float, float]]


def verb_forms(verb: str) -> tuple[str, ...]:
    """Give a regular English verb and its forms.

    >>> verb_forms("delay"), verb_forms("bite")
    (('delay', 'delays', 'delayed', 'delaying'), ('bite', 'bites', 'bited', 'biting'))
    """
    if verb.endswith("e"):
        return verb, f"{verb}s", f"{verb}d", f"{verb[:-1]}ing"
    return verb, singular_to_plural(verb), f"{verb}ed", f"{verb}ing"


def singular_to_plural(word: str) -> str:
    """Give the regular English plural.

    >>> [singular_to_plural(word) for word in ("boss", "city", "day", "church")]
    ['bosses', 'cities', 'days', 'churches']
    """
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"


def read_entries(lines: Iterable[str]) -> Iterator[tuple[str, Hint]]:
    """Read entries with what they speak for; "~" is spelt out, and so are plurals.

    >>> list(read_entries(["# a remark", "food 3: bake~, ice cream"]))[3:]
    [('baking', Hint(topic='food', strength=3)), ('ice cream', Hint(topic='food', strength=3)), \
('ice creams', Hint(topic='food', strength=3))]
    """
    for found in filter(None, map(_LINE.fullmatch, lines)):
        hint = Hint(found[1], int(found[2]))
        for entry in found[3].split(", "):
            is_verb = entry.endswith("~")
            forms = verb_forms(entry[:-1]) if is_verb else (entry, singular_to_plural(entry))
            yield from ((form, hint) for form in (forms if entry.isascii() else (entry,)))


def read_list() -> list[str]:
    """Read the lines of the list that is shipped."""
    return files("analyses.engines").joinpath("words", "topics.txt").read_text(encoding="utf-8").splitlines()


class TopicWords:
    """The list, ready to be looked up.

    >>> words = TopicWords(["travel 3: flight, check in", "food 2: snack"])
    >>> [match.entry for match in words.find("No snacks: check in before the FLIGHT’s late ✈️.").matches]
    ['snacks', 'check in', 'flight']
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.hints: dict[str, dict[str, int]] = {}
        for entry, (topic, strength) in read_entries(lines):
            topics = self.hints.setdefault(entry, {})
            topics[topic] = max(strength, topics.get(topic, 0))
        self._longest: dict[str, int] = {}
        for entry in self.hints:
            first, *rest = entry.split(" ")
            self._longest[first] = max(1 + len(rest), self._longest.get(first, 0))
        signs = sorted((entry for entry in self.hints if not _WORD.match(entry)), key=len, reverse=True)
        self._sign = re.compile("|".join(map(re.escape, signs)) or r"(?!)")
        self._known = common_words()

    def find(self, text: str) -> _Reading:
        """Find the entries in a text, longer ones first, and count its words."""
        plain = text.replace("\u2019", "'")
        tokens = list(_WORD.finditer(plain))
        words = [token[0].lower().removesuffix("'s") for token in tokens]
        matches = [Match(found.start(), found.end(), found[0]) for found in self._sign.finditer(text)]
        known = place = 0
        while place < len(words):
            count = self._entry_at(words, place)
            if count:
                last = tokens[place + count - 1]
                end = last.end() - len("'s") * last[0].lower().endswith("'s")
                matches.append(Match(tokens[place].start(), end, " ".join(words[place : place + count])))
            known += count or words[place] in self._known
            place += count or 1
        return _Reading(sorted(matches), len(words), known)

    def _entry_at(self, words: Sequence[str], place: int) -> int:
        """Give the number of words of the longest entry that begins here; 0 for none."""
        for count in range(self._longest.get(words[place], 0), 0, -1):
            if " ".join(words[place : place + count]) in self.hints and place + count <= len(words):
                return count
        return 0


class KeywordTopicsEngine(PerTextEngine):
    """Labels of what a text is about: our own lists of words, expressions and emojis for twenty topics.

    Value: at most three labels, best first. A topic has the points of each different entry found, once: 2 for one
    that names the topic, 1 for one that speaks for it, 0.4 for one that hints at it. A label needs 0.9 points (times
    the square root of words / 25 in a text of more than 25 words) and 65 % of the strongest topic's points. [] says
    that the text is about none of the twenty; a text of whose words less than half are known English ones has no value.
    Explanation (`explain` alone): each entry that speaks for a label, or, without a label, each that hints at one.

    >>> KeywordTopicsEngine().analyze(["The flight was cancelled and they refuse a refund."])[0].value
    ['travel', 'money']
    """

    facts = EngineFacts(
        analysis_type=AnalysisType.TOPICS,
        tiers=(OptimizationTier.BASIC,),
        name="topic-words",
        version="1",
        languages=("en",),
        summary="Up to three of twenty labels, from our own lists of English words, expressions and emojis.",
    )

    def __init__(self) -> None:
        self._words = TopicWords(read_list())

    def judge(self, text: str) -> Outcome:
        """Label one text."""
        return self._outcome(self._words.find(text))

    def explain(self, text: str) -> Outcome:
        """Label one text and mark the entries that carried its labels."""
        reading = self._words.find(text)
        outcome = self._outcome(reading)
        if outcome.value is None:
            return outcome
        spans = tuple(self._spans(reading.matches, set(outcome.value)))  # type: ignore[arg-type]
        return Outcome(outcome.value, confidence=outcome.confidence, explanation=spans)

    def _outcome(self, reading: _Reading) -> Outcome:
        if not reading.matches and not reading.known:
            return Outcome(None)
        if reading.known < KNOWN_SHARE_MIN * reading.words:
            return Outcome(None)
        points = self._points(reading.matches)
        need = POINTS_MIN * max(1.0, math.sqrt(reading.words / SHORT_TEXT_WORDS))
        # Of equals the one that the text mentions first.
        ranked = sorted(points.items(), key=lambda pair: -round(pair[1], 6))
        best = ranked[0][1] if ranked else 0.0
        if best < need:
            return Outcome([], confidence=_at(NONE_CONFIDENCE, best / need))
        share = best / sum(each for _topic, each in ranked[:LABELS_MAX])
        labels = [topic for topic, each in ranked[:LABELS_MAX] if each >= max(need, SHARE_MIN * best)]
        return Outcome(labels, confidence=_at(LABEL_CONFIDENCE, share))

    def _points(self, matches: Iterable[Match]) -> dict[str, float]:
        points: dict[str, float] = {}
        # In the order of the text: a sum of floats must not depend on the order of a set.
        for entry in dict.fromkeys(match.entry for match in matches):
            for topic, strength in self._words.hints[entry].items():
                points[topic] = points.get(topic, 0.0) + POINTS[strength]
        return points

    def _spans(self, matches: Iterable[Match], labels: set[str]) -> Iterator[Span]:
        for match in matches:
            hints = self._words.hints[match.entry].items()
            speaking = [hint for hint in hints if hint[0] in labels] if labels else list(hints)
            if speaking:
                topic, strength = max(speaking, key=lambda hint: (hint[1], hint[0]))
                yield Span(match.start, match.end, POINTS[strength], topic)


def _at(curve: Curve, place: float) -> float:
    """Read a curve of straight lines, flat beyond its ends."""
    (left, low), *rest = curve
    for right, high in rest:
        if place <= right:
            part = max(0.0, place - left) / (right - left)
            return round(low + (high - low) * part, 4)
        left, low = right, high
    return low
