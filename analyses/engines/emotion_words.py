"""Our list of words and expressions that speak for an emotion, and how they are found in a text."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files
from typing import NamedTuple, TypeVar

EMOTIONS = ("anger", "disgust", "fear", "joy", "sadness", "surprise")
BOOSTER, NEGATION, COMMON = "booster", "negation", "common"

# A negation reaches this many words ahead, and no further than the next stop or comma.
NEGATION_REACH = 3

# What is left of a word after a negation: "not happy" speaks a little for anger and sadness; of what the others
# said nothing is left, "not afraid" is no emotion.
NEGATED: dict[str, tuple[tuple[str, float], ...]] = {"joy": (("anger", 0.4), ("sadness", 0.4))}

# A word in capitals counts for more, unless the whole text shouts.
CAPITALS = 1.25

# Longer words are in no list: their tail is not looked up.
WORD_LENGTH = 24
STEM_LENGTH = 3
EXPRESSION_LENGTH = 6
WORDS_REMEMBERED = 16_384

# Of a longer word no more is read, or a few bad texts would fill the memory that is kept for words.
LETTERS_READ = 64

# A text is English if at least this share of the words among its first tokens are frequent there, or in the list.
KNOWN_SHARE = 0.3
TOKENS_LOOKED_AT = 60

TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|[.,;:!?…]+")
STOPS = frozenset(".,;:!?…")
COMMON_IN_PROSE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-'\"!?()/")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_DOUBLE = re.compile(r"(.)\1")
_LINE = re.compile(r"(\w+) ([\d.]+): (.+)")
_SIGNS_LINE = re.compile(r"signs (\w+) ([\d.]+): (.+)")


class Weight(NamedTuple):
    """What an entry of the list speaks for, and how strongly."""

    emotion: str
    weight: float


class Evidence(NamedTuple):
    """A stretch of tokens, `first` to `last` (inclusive), that speaks for an emotion."""

    first: int
    last: int
    emotion: str
    weight: float


Weights = tuple[Weight, ...]


class Begin(NamedTuple):
    """What a word says, and the expressions that begin with it."""

    weights: Weights
    expressions: dict[tuple[str, ...], Weights]


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def verb_forms(verb: str) -> tuple[str, ...]:
    """Give a regular English verb and its forms; a doubled consonant must be listed by itself.

    >>> verb_forms("hate"), verb_forms("cry"), verb_forms("punch")
    (('hate', 'hates', 'hated', 'hating'), ('cry', 'cries', 'cried', 'crying'), \
('punch', 'punches', 'punched', 'punching'))
    """
    if verb.endswith("e"):
        return verb, f"{verb}s", f"{verb}d", f"{verb[:-1]}ing"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"
    plural = f"{verb}es" if verb.endswith(("s", "x", "z", "ch", "sh")) else f"{verb}s"
    return verb, plural, f"{verb}ed", f"{verb}ing"


def read_entries(lines: Iterable[str]) -> Iterator[tuple[str, str, float]]:
    """Read (entry, kind, weight) of words and expressions; "~" is spelt out, "*" is kept.

    >>> list(read_entries(["# a remark", "joy 2: smile~, high five", "signs joy 2: :)"]))[2:]
    [('smiled', 'joy', 2.0), ('smiling', 'joy', 2.0), ('high five', 'joy', 2.0)]
    """
    for found in filter(None, map(_LINE.fullmatch, lines)):
        kind, weight, entries = found.groups()
        for entry in entries.split(", "):
            forms = verb_forms(entry[:-1]) if entry.endswith("~") else (entry,)
            yield from ((form, kind, float(weight)) for form in forms)


def read_signs(lines: Iterable[str]) -> Iterator[tuple[str, str, float]]:
    """Read (sign, emotion, weight) of emoticons and emojis.

    >>> list(read_signs(["joy 2: smile", "signs joy 3: :) :D"]))
    [(':)', 'joy', 3.0), (':D', 'joy', 3.0)]
    """
    for found in filter(None, map(_SIGNS_LINE.fullmatch, lines)):
        emotion, weight, signs = found.groups()
        yield from ((sign, emotion, float(weight)) for sign in signs.split())


class Remembered(dict[str, _Value]):
    """What was found for words; it is emptied when it is full, which costs less than knowing the oldest."""

    def __init__(self, find: Callable[[str], _Value]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> _Value:
        """Find and remember."""
        if len(self) >= WORDS_REMEMBERED:
            self.clear()
        value = self[word] = self._find(word)
        return value


class EmotionWords:
    """The list, ready to be looked up.

    >>> words = EmotionWords(read_list())
    >>> tokens = words.tokens("I am not happy, I am very sad.")
    >>> [(tokens[one.first], one.emotion, round(one.weight, 1)) for one in words.find(tokens)]
    [('happy', 'anger', 1.2), ('happy', 'sadness', 1.2), ('sad', 'sadness', 4.5)]
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._words: dict[str, Weights] = {}
        self._stems: dict[str, Weights] = {}
        self._expressions: dict[str, dict[tuple[str, ...], Weights]] = {}
        self._boosters: dict[str, float] = {}
        self._negations: set[str] = set()
        self._common: set[str] = set()
        for entry, kind, weight in read_entries(lines):
            self._add(entry, kind, weight)
        self._signs: dict[str, Weights] = {}
        for sign, emotion, weight in read_signs(lines):
            self._signs[sign] = (*self._signs.get(sign, ()), Weight(emotion, weight))
        self._sign = _pattern_of_signs(self._signs)
        self._hint_of_sign = _pattern_of_hints(self._signs)
        self._hint_of_emoticon = _pattern_of_hints(filter(str.isascii, self._signs))
        # Most words say nothing, and most texts have no sign: both are passed by at once.
        self._begins = Remembered(self._find_begin)
        self._is_known = Remembered(self._find_whether_known)

    def _add(self, entry: str, kind: str, weight: float) -> None:
        if kind == BOOSTER:
            self._boosters[entry] = weight
        elif kind == NEGATION:
            self._negations.add(entry)
        elif kind == COMMON:
            self._common.add(entry)
        elif len(tokens := tuple(TOKEN.findall(entry))) > 1:
            _append(self._expressions.setdefault(tokens[0], {}), tokens, Weight(kind, weight))
        elif entry.endswith("*"):
            _append(self._stems, entry[:-1], Weight(kind, weight))
        else:
            _append(self._words, entry, Weight(kind, weight))

    def tokens(self, text: str) -> list[str]:
        """Cut a text into words and stops, as they are written."""
        return TOKEN.findall(plain(text))

    def knows(self, word: str) -> bool:
        """Say whether a word in small letters is frequent in English, or speaks for an emotion."""
        return self._is_known[word[:LETTERS_READ]]

    def _find_whether_known(self, word: str) -> bool:
        is_listed = word in self._common or word in self._negations or word in self._boosters
        return is_listed or bool(self._look_up(word))

    def are_english(self, tokens: Sequence[str]) -> bool:
        """Say whether enough of the first words are English; not so without any word."""
        words = [token.lower() for token in tokens[:TOKENS_LOOKED_AT] if token[0] not in STOPS]
        return bool(words) and sum(map(self.knows, words)) >= KNOWN_SHARE * len(words)

    def locate(self, text: str) -> list[tuple[int, int, Weight]]:
        """Find what speaks for an emotion with its places in the text, in text order."""
        places = list(TOKEN.finditer(plain(text)))
        found = [
            (places[one.first].start(), places[one.last].end(), Weight(one.emotion, one.weight))
            for one in self.find([place[0] for place in places])
        ]
        return sorted([*found, *self.find_signs(text)])

    def find_signs(self, text: str) -> Iterator[tuple[int, int, Weight]]:
        """Find emoticons and emojis, with their places in the text."""
        hint = self._hint_of_emoticon if text.isascii() else self._hint_of_sign
        if hint.search(text) is None:
            return
        for found in self._sign.finditer(text):
            start, end = found.span()
            for weight in self._signs[found[0]]:
                yield start, end, weight

    def find(self, tokens: Sequence[str]) -> list[Evidence]:
        """Find what speaks for an emotion among the tokens, after negations and boosters."""
        lowered = " ".join(tokens).lower().split(" ")
        shouts = not any(map(str.islower, tokens))
        found: list[Evidence] = []
        skip_to = 0
        begins = map(self._begins.__getitem__, [word[:LETTERS_READ] for word in lowered])
        for index, begin in enumerate(begins):
            if begin is None or index < skip_to:
                continue
            weights, length = self._weights_at(lowered, index, begin)
            if not weights:
                continue
            word = lowered[index]
            skip_to = index + length
            factor = self._boosters.get(lowered[index - 1], 1.0) if index else 1.0
            if len(word) > 1 and not shouts and tokens[index].isupper():
                factor *= CAPITALS
            if self._is_negated(lowered, index):
                weights = _negate(weights)
            last = index + length - 1
            found += [Evidence(index, last, emotion, weight * factor) for emotion, weight in weights]
        return found

    def _find_begin(self, word: str) -> Begin | None:
        """Give what may begin with a word: its own weights, and expressions by their tokens; None for nothing."""
        weights, expressions = self._look_up(word), self._expressions.get(word)
        return Begin(weights, expressions or {}) if weights or expressions else None

    @staticmethod
    def _weights_at(lowered: Sequence[str], index: int, begin: Begin) -> tuple[Weights, int]:
        """Give the weights of the longest entry that begins here, and its length in tokens."""
        if begin.expressions:
            for length in range(min(EXPRESSION_LENGTH, len(lowered) - index), 1, -1):
                weights = begin.expressions.get(tuple(lowered[index : index + length]))
                if weights:
                    return weights, length
        return begin.weights, 1

    def _is_negated(self, lowered: Sequence[str], index: int) -> bool:
        for place in range(index - 1, max(-1, index - 1 - NEGATION_REACH), -1):
            if lowered[place][0] in STOPS:
                return False
            if lowered[place] in self._negations:
                return True
        return False

    def _look_up(self, word: str) -> Weights:
        """Find a word: as it is, then without drawn-out letters, then by how it begins."""
        if word in self._words:
            return self._words[word]
        if _DRAWN_OUT.search(word):
            short = _DRAWN_OUT.sub(r"\1\1", word)[:WORD_LENGTH]
            return self._look_up(short) or self._look_up(_DOUBLE.sub(r"\1", short))
        for length in range(min(len(word), WORD_LENGTH), STEM_LENGTH - 1, -1):
            if word[:length] in self._stems:
                return self._stems[word[:length]]
        return ()


def read_list() -> list[str]:
    """Read the lines of the list that lies beside this module."""
    text = (files("analyses.engines") / "words" / "emotion.txt").read_text(encoding="utf-8")
    return text.splitlines()


def _pattern_of_signs(signs: Iterable[str]) -> re.Pattern[str]:
    """Match emojis anywhere, and emoticons that touch no letter: "http://" is no doubtful face.

    There must be one of each kind.
    """
    longest_first = sorted(signs, key=lambda sign: (-len(sign), sign))
    emojis = "".join(sign for sign in longest_first if not sign.isascii())
    emoticons = "|".join(re.escape(sign) for sign in longest_first if sign.isascii())
    return re.compile(rf"[{emojis}]|(?<![\w/])(?:{emoticons})(?![\w/])")


def _pattern_of_hints(signs: Iterable[str]) -> re.Pattern[str]:
    """Match characters of which every sign has one, as few and as rare in prose as can be: one quick look."""
    hints: set[str] = set()
    for sign in sorted(signs, key=len):
        if hints.isdisjoint(sign):
            hints.add(min(sign, key=lambda character: (character in COMMON_IN_PROSE, character)))
    return re.compile(f"[{re.escape(''.join(sorted(hints)))}]")


def plain(text: str) -> str:
    """Write apostrophes in one way; every character keeps its place."""
    return text.replace("\u2019", "'")


def _append(table: dict[_Key, Weights], key: _Key, weight: Weight) -> None:
    table[key] = (*table.get(key, ()), weight)


def _negate(weights: Weights) -> Weights:
    return tuple(
        Weight(emotion, weight * share)
        for original, weight in weights
        for emotion, share in NEGATED.get(original, ())
    )
