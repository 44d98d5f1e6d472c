"""Faults of English grammar that its closed classes give away: pronouns, auxiliaries, articles, prepositions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from analyses.engines.writing_signs import Finding, Sign

LIST = "closed_classes.txt"
COST = 1.0
# Most readers forgive a comma.
COST_OF_COMMA = 0.3

SIGNS = {
    "VERB_FORM": Sign("This form of the verb does not go with the words before it.", COST),
    "NUMBER": Sign("Subject and verb differ in number.", COST),
    "CONFUSED": Sign("This word is often taken for another that sounds alike.", COST),
    "COMMA": Sign("A comma is missing, or stands where none belongs.", COST_OF_COMMA),
    "ARTICLE": Sign("“a” stands before a consonant's sound, “an” before a vowel's.", COST),
    "ORDER": Sign("These words do not stand in this order.", COST),
    "CONSTRUCTION": Sign("English does not build it so.", COST),
}

_PART = re.compile(r"<([A-Z_]+)>")


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern over a text in lower case, and words of which one must occur for it to match."""

    sign: Sign
    triggers: frozenset[str]
    pattern: re.Pattern[str]


@lru_cache(maxsize=1)
def read_rules() -> tuple[Rule, ...]:
    """Read the rules that lie beside this module; the file's head says how it is built."""
    text = (files("analyses.engines") / "words" / LIST).read_text(encoding="utf-8")
    parts: dict[str, str] = {}
    rules = []
    for line in text.splitlines():
        columns = line.split("\t")
        if len(columns) > 1:
            kind, triggers, pattern = columns
            rules.append(Rule(SIGNS[kind], frozenset(triggers.split()), re.compile(_fill(pattern, parts))))
        elif line and not line.startswith("#"):
            name, _, pattern = line.partition(" = ")
            parts[name] = pattern
    return tuple(rules)


def _fill(pattern: str, parts: dict[str, str]) -> str:
    return _PART.sub(lambda found: parts[found[1]], pattern)


def find_faults(text: str, words: frozenset[str]) -> Iterator[Finding]:
    """Find the faults of an English text, rule by rule; `words` are its words in lower case, with straight apostrophes.

    >>> text = "I am agree that the room were cold."
    >>> [text[one.start : one.end] for one in find_faults(text, frozenset(text[:-1].lower().split()))]
    ['am agree', 'the room were']
    """
    lowered = lower(text)
    for rule in read_rules():
        if not rule.triggers.isdisjoint(words):
            for found in rule.pattern.finditer(lowered):
                yield Finding(found.start(), found.end(), rule.sign)


def lower(text: str) -> str:
    """Lower a text and straighten its apostrophes, with every letter left in its place.

    >>> len(lower("İt’s")) == len("İt’s")
    True
    """
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
    return lowered.replace("’", "'")
