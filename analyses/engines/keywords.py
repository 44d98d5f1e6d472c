"""Keywords of a text by PositionRank, which lies in the package rapid-textrank."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import islice
from typing import Any

from rapid_textrank import extract_from_json

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import ANY_LANGUAGE, EngineFacts, Outcome, PerTextEngine, Span
from analyses.engines.entities import NOUNS_ARE_CAPITAL
from analyses.engines.entity_rules import without_addresses
from analyses.engines.language import UNDETERMINED, LidEngine
from analyses.engines.stop_words import TELLING_LENGTH, stop_words, word_set

KEYWORDS_MAX = 10
KEYWORD_LENGTH_MAX = 100
PHRASE_WORDS_MAX = 4
WORD_LENGTH_MAX = 40

# A text of 10,000 characters has fewer words that count, and breaks between them; of a longer one, no more is read.
TOKENS_MAX = 2_000

# A text has about one keyword to so many words that could be one.
CANDIDATES_PER_KEYWORD = 1.5
KEYWORDS_MIN = 3

VARIANT = "position_rank"

# The share of first, second, third and further keywords that a person had marked too, in 38 short texts written
# after the engine was frozen (123 keywords; one word of two in common suffices), and of the texts without keywords
# those in which a person saw none (40 comments of GoEmotions). Each with one hit and one miss added.
PRECISION_BY_RANK = (0.88, 0.82, 0.69, 0.65)
NONE_RIGHT = 0.93

# Words of languages without a list of ours are stop words if they are this short.
SHORT_LENGTH_MAX = 3

# Thai, Lao, Tibetan, Burmese, Khmer, kana and Han: written without spaces, so not cut into words here.
_UNSPACED = re.compile(r"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_MARKS = r"\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0900-\u0dff"
_WORD = re.compile(rf"[^\W_][\w{_MARKS}]*(?:['’&.-][^\W_][\w{_MARKS}]*)*")
_POSSESSIVE = re.compile(r"['’][sS]$")
# English words in -ly are no topics, and neither are those in -ing where they stand alone, but for these.
_LY_NOUNS = word_set(
    "family assembly supply reply monopoly anomaly butterfly italy july rally jelly belly bully"
)
_ING_NOUNS = word_set(
    "parking building wedding training meeting ceiling clothing housing boarding king string spring wing"
    " cooking painting advertising banking marketing programming gaming shopping engineering heating"
    " lighting pricing streaming hiking camping swimming farming mining drawing feeling ending opening"
    " setting landing funding bing beijing"
)


@dataclass(frozen=True, slots=True)
class _Token:
    """A word that could be in a keyword, or (with no letters) the break between two such words."""

    start: int
    end: int
    key: str


@dataclass(frozen=True, slots=True)
class _Keyword:
    """A keyword as the text has it first, its score of 0..1 and its places."""

    text: str
    score: float
    places: tuple[tuple[int, int], ...]


class TextRankEngine(PerTextEngine):
    """PositionRank (Florescu and Caragea 2017), a TextRank that favours what a text names early.

    Value: at most `KEYWORDS_MAX` words or phrases of up to four words, best first, as the text writes them; an
    empty list for a text without any; None for one mostly in a script without spaces between words. Links,
    e-mail addresses and @names are left out, a hashtag counts without its #. Which words are stop words the
    language engine's answer decides; where it has none they are the English ones, and in a short text these
    too. In German only capitalised words count. Confidence: the share of the keywords that a person is expected
    to mark too. Explanation (`explain` alone): every place of each keyword, its share of the scores as weight.

    >>> TextRankEngine().analyze(["The hotel room was cold and the hotel room was loud. @ann"])[0].value
    ['hotel room']
    """

    facts = EngineFacts(
        analysis_type=AnalysisType.KEYWORDS,
        tiers=(OptimizationTier.BASIC, OptimizationTier.STANDARD),
        name="positionrank",
        version=f"{version('rapid-textrank')}-1",
        languages=(ANY_LANGUAGE,),
        summary="PositionRank (Florescu and Caragea 2017) on the words that no stop word list holds.",
    )

    def __init__(self) -> None:
        self._languages = LidEngine()

    def judge(self, text: str) -> Outcome:
        """Give the keywords of one text."""
        return self._outcome(text, self._find(text))

    def explain(self, text: str) -> Outcome:
        """Give the keywords of one text and all places where they stand."""
        found = self._find(text)
        spans = (
            Span(start, end, keyword.score, keyword.text)
            for keyword in found or ()
            for start, end in keyword.places
        )
        explanation = tuple(sorted(spans, key=lambda span: (span.start, span.end)))
        return replace(self._outcome(text, found), explanation=explanation)

    def _outcome(self, text: str, found: list[_Keyword] | None) -> Outcome:
        if found is None:
            return Outcome(value=None)
        return Outcome(value=[keyword.text for keyword in found], confidence=_confidence(len(found)))

    def _find(self, text: str) -> list[_Keyword] | None:
        if _is_unspaced(text):
            return None
        language = str(self._languages.judge(text).value)
        is_short = len(text) < TELLING_LENGTH
        words = _Words("en" if language == UNDETERMINED else language, is_short=is_short)
        tokens = list(islice(words.cut(without_addresses(text)), TOKENS_MAX))
        candidates = sum(bool(token.key) for token in tokens)
        if not candidates:
            return []
        limit = min(KEYWORDS_MAX, max(KEYWORDS_MIN, int(candidates / CANDIDATES_PER_KEYWORD)))
        placed = _placed(_rank(tokens), tokens, text, is_english=words.language == "en")
        return list(islice(placed, limit))


def _confidence(count: int) -> float:
    """Give the share of so many keywords that a person is expected to mark too."""
    if not count:
        return NONE_RIGHT
    last = len(PRECISION_BY_RANK) - 1
    return round(sum(PRECISION_BY_RANK[min(rank, last)] for rank in range(count)) / count, 4)


def _is_unspaced(text: str) -> bool:
    unspaced = len(_UNSPACED.findall(text))
    return unspaced > 0 and 2 * unspaced > sum(map(str.isalpha, text))


class _Words:
    """Tells the words of a language that could be in a keyword from those that could not."""

    def __init__(self, language: str, *, is_short: bool) -> None:
        self.language = language
        self._stops = stop_words(language) | (stop_words("en") if is_short else frozenset())

    def cut(self, text: str) -> Iterator[_Token]:
        """Give the words that could; what lies between two of them, a stop word or a sign, is one break."""
        nouns_alone = self.language in NOUNS_ARE_CAPITAL and not text.islower()
        end = 0
        is_after_word = False
        for match in _WORD.finditer(text):
            letters = _POSSESSIVE.sub("", match[0])
            is_word = self._may_count(letters) and not (nouns_alone and letters.islower())
            if is_after_word and (not is_word or text[end : match.start()].strip(" \t")):
                yield _Token(end, end, "")
            is_after_word = is_word
            end = match.start() + len(letters)
            if is_word:
                yield _Token(match.start(), end, _key(letters))

    def _may_count(self, letters: str) -> bool:
        key = _key(letters)
        if key in self._stops or not 1 < len(letters) <= WORD_LENGTH_MAX or _UNSPACED.search(letters):
            return False
        # Without a list for the language, short words are taken for stop words.
        if len(letters) <= (2 if self._stops else SHORT_LENGTH_MAX) and not letters.isupper():
            return False
        if "'" in key and not self._stops.isdisjoint({key.replace("'", ""), key.split("'")[0]}):
            return False
        is_adverb = self.language == "en" and key.endswith("ly") and key not in _LY_NOUNS
        return any(map(str.isalpha, letters)) and not is_adverb


def _key(letters: str) -> str:
    return letters.lower().replace("’", "'")


def _rank(tokens: list[_Token]) -> list[dict[str, Any]]:
    """Let the package rank the phrases: dicts with lemma and score, best first."""
    document = _DOCUMENT % ",".join(_token_as_json(index, token) for index, token in enumerate(tokens))
    ranked: list[dict[str, Any]] = json.loads(extract_from_json(document))["phrases"]
    return ranked


# Written by hand: a dict for each of 2,000 tokens takes longer than the ranking.
_DOCUMENT = (
    '{"tokens": [%s], '
    f'"variant": "{VARIANT}", "config": {{"top_n": {3 * KEYWORDS_MAX}, "language": "zh", '
    f'"max_phrase_length": {PHRASE_WORDS_MAX}}}}}'
)


def _token_as_json(index: int, token: _Token) -> str:
    """Give a token as the package reads it. Every word is a noun to it, and the language is none of ours: we chose."""
    word = json.dumps(token.key or ".")
    pos, is_stop_word = ("NOUN", "false") if token.key else ("PUNCT", "true")
    return (
        f'{{"text": {word}, "lemma": {word}, "pos": "{pos}", "start": {token.start}, "end": {token.end}, '
        f'"sentence_idx": 0, "token_idx": {index}, "is_stopword": {is_stop_word}}}'
    )


def _placed(
    ranked: list[dict[str, Any]], tokens: list[_Token], text: str, *, is_english: bool
) -> Iterator[_Keyword]:
    """Find where the ranked phrases stand; leave out what a better one holds already."""
    total = sum(phrase["score"] for phrase in ranked)
    keys = [token.key for token in tokens]
    places_by_key: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        places_by_key.setdefault(key, []).append(place)
    seen: set[str] = set()
    for phrase in ranked:
        words = phrase["lemma"].split(" ")
        if is_english and len(words) == 1 and words[0].endswith("ing") and words[0] not in _ING_NOUNS:
            continue
        starts = [at for at in places_by_key.get(words[0], ()) if keys[at : at + len(words)] == words]
        places = tuple((tokens[at].start, tokens[at + len(words) - 1].end) for at in starts)
        if places and not seen.issuperset(words):
            seen.update(words)
            yield _Keyword(_as_written(text, places[0]), round(phrase["score"] / total, 4), places)


def _as_written(text: str, place: tuple[int, int]) -> str:
    return " ".join(text[slice(*place)].split())[:KEYWORD_LENGTH_MAX]
