"""Which words a language has, from pyspellchecker's dictionaries and short lists of our own."""

import gzip
import json
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from threading import Lock
from unicodedata import normalize

# pyspellchecker ships more. Its Spanish and Russian lists have few bent forms (neither "estaba" nor "días"), its
# Basque and Latvian ones are thin: ordinary words would be called mistakes.
LANGUAGES = frozenset({"de", "en", "fr", "it", "nl", "pt"})

# German and Dutch write compounds as one word; a part has at least this many letters.
COMPOUNDING = frozenset({"de", "nl"})
PART_LETTERS = 4

# No word of these languages is longer; a hostile one would cost time.
WORD_LETTERS_MAX = 40

# French and Italian join short words to the next one: l'homme, qu'il, dell'arte.
ELIDING = frozenset({"fr", "it"})
ELIDED_LETTERS_MAX = 6

ANSWERS_REMEMBERED = 16_384

Lexicon = Sequence[int]

_loaded: dict[str, Lexicon] = {}
_loading = Lock()


@lru_cache(maxsize=ANSWERS_REMEMBERED)
def is_known(word: str, language: str) -> bool:
    """Say whether a word, in any case, is in a language's dictionary; the first call loads it.

    `language` is one of `LANGUAGES`. Possessives, hyphens, elisions and compounds are taken apart.

    >>> is_known("Colour", "en"), is_known("recieve", "en"), is_known("l’homme", "fr")
    (True, False, True)
    """
    lexicon = load(language)
    folded = normalize("NFC", word).replace("\u2019", "'").lower()
    if _has(lexicon, folded):
        return True
    parts = [part for part in folded.removesuffix("'s").strip("'").split("-") if part]
    return all(_is_known_part(lexicon, part, language) for part in parts)


def load(language: str) -> Lexicon:
    """Give a language's words as sorted hashes, from memory if it was loaded before.

    Hashes take 8 bytes a word, a set of strings 100 and more; a stranger passes for a word once in 10**13.
    """
    with _loading:
        if language not in _loaded:
            packed = files("spellchecker").joinpath("resources", f"{language}.json.gz").read_bytes()
            words = set(json.loads(gzip.decompress(packed))) - _listed(f"quality_not_{language}.txt")
            words |= _listed(f"quality_{language}.txt")
            _loaded[language] = array("q", sorted(map(hash, words)))
        return _loaded[language]


def _listed(name: str) -> frozenset[str]:
    """Read a list of our own, one line a theme, # a comment; empty where there is none."""
    path = files("analyses.engines").joinpath("words", name)
    if not path.is_file():
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines for word in line.partition("#")[0].split())


def _has(lexicon: Lexicon, word: str) -> bool:
    hashed = hash(word)
    place = bisect_left(lexicon, hashed)
    return place < len(lexicon) and lexicon[place] == hashed


def _is_known_part(lexicon: Lexicon, part: str, language: str) -> bool:
    if len(part) == 1 or _has(lexicon, part):
        return True
    if len(part) > WORD_LETTERS_MAX:
        return False
    if language in ELIDING:
        first, apostrophe, rest = part.rpartition("'")
        if apostrophe and len(first) <= ELIDED_LETTERS_MAX and _is_known_part(lexicon, rest, ""):
            return True
        return "œ" in part and _has(lexicon, part.replace("œ", "oe"))
    return language in COMPOUNDING and _is_compound(lexicon, part)


def _is_compound(lexicon: Lexicon, word: str) -> bool:
    """Say whether a word is two known ones, with or without an s between."""
    places = range(PART_LETTERS, len(word) - PART_LETTERS + 1)
    return any(
        _has(lexicon, word[place:])
        and (_has(lexicon, word[:place]) or _has(lexicon, word[:place].removesuffix("s")))
        for place in places
    )
