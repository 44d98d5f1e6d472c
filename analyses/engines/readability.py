"""How easy a text is to read: Flesch's formula where the language has one, LIX elsewhere."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from analyses.choices import READABILITY_BOUNDS, AnalysisType, OptimizationTier
from analyses.engines.base import ANY_LANGUAGE, EngineFacts, Outcome, PerTextEngine, Span
from analyses.engines.language import ADDRESS_OR_MENTION, UNDETERMINED, LidEngine
from analyses.engines.syllables import count_syllables

# How much English prose varies: syllables from word to word, the length of sentences as a share of its mean, and
# the score from one passage of a work to another, in points. With them the confidence below comes true within 0.04
# in 10,396 passages of 1 to 20 sentences of letters, essays, blogs, fiction, guides and news.
SYLLABLES_DEVIATION = 0.89
SENTENCE_DEVIATION = 0.7
PASSAGE_DEVIATION = 5.0
POINTS_OFF = 10.0

# From here a word is hard: Gunning (1952) counts three syllables, Björnsson (1968) more than six letters.
HARD_SYLLABLES = 3
LONG_LETTERS = 7

# These languages put no spaces between words, so words cannot be counted without a dictionary.
UNSPACED_LANGUAGES = frozenset({"bo", "ja", "km", "lo", "my", "th", "wuu", "yue", "zh"})

NO_WORDS = "The text has no words, so its readability cannot be measured."
NO_SPACES = "This language puts no spaces between words, and no readability formula fits it."

_PIECE = re.compile(r"[^\s/\u2013\u2014\u2026]+")
_SENTENCE_END = re.compile(r"[.!?\u0589\u061f\u06d4\u0964\u037e]['\")\]\u2019\u201d\u00bb]*$")
_STOPS_WITHOUT_END = frozenset(["mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "z.b", "bzw"])


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text and where it stands."""

    start: int
    end: int
    letters: str


@dataclass(frozen=True, slots=True)
class Counted:
    """The words of a text and the number of its sentences, at least 1 if there are words."""

    words: tuple[Word, ...]
    sentences: int

    @property
    def words_per_sentence(self) -> float:
        """Mean length of a sentence in words."""
        return len(self.words) / self.sentences


def count_text(text: str) -> Counted:
    """Cut a text into words and sentences.

    A word is a piece between spaces, slashes or dashes that holds a letter. A sentence ends at . ! ? (and
    their kin in other scripts) at the end of a piece, or at an empty line, and holds a word; initials and a
    few abbreviations end none.

    >>> counted = count_text("Dr. Brown waited. 3 hours! Why?")
    >>> [word.letters for word in counted.words], counted.sentences
    (['Dr', 'Brown', 'waited', 'hours', 'Why'], 3)
    """
    # Blanked, not cut out: the words keep their places.
    readable = ADDRESS_OR_MENTION.sub(lambda found: " " * len(found[0]), text)
    words: list[Word] = []
    sentences = words_before = previous_end = 0
    for piece in _PIECE.finditer(readable):
        if readable.count("\n", previous_end, piece.start()) > 1 and len(words) > words_before:
            sentences, words_before = sentences + 1, len(words)
        previous_end = piece.end()
        word = _word(piece)
        if word is not None:
            words.append(word)
        if len(words) > words_before and _ends_sentence(piece[0]):
            sentences, words_before = sentences + 1, len(words)
    return Counted(tuple(words), sentences + (len(words) > words_before))


def _word(piece: re.Match[str]) -> Word | None:
    """Take the word out of a piece, without the signs around it; None if it holds no letter."""
    places = [index for index, character in enumerate(piece[0]) if character.isalpha()]
    if not places:
        return None
    first, last = places[0], places[-1] + 1
    return Word(piece.start() + first, piece.start() + last, piece[0][first:last])


def _ends_sentence(piece: str) -> bool:
    if _SENTENCE_END.search(piece) is None:
        return False
    core = piece.rstrip(".'\")]").lstrip("'\"([").lower()
    is_initial = len(core) == 1 and core.isalpha() and core != "i"
    return not (piece.endswith(".") and (is_initial or core in _STOPS_WITHOUT_END))


@dataclass(frozen=True, slots=True)
class ReadingEase:
    """A formula of Flesch's kind: `base` - `per_word` * words per sentence - `per_syllable` * syllables per word."""

    base: float
    per_word: float
    per_syllable: float

    def score(self, words_per_sentence: float, syllables_per_word: float) -> float:
        """Give the reading ease, higher is easier; unbounded.

        >>> round(FORMULAS["en"].score(15.0, 1.5), 2)
        64.71
        """
        return self.base - self.per_word * words_per_sentence - self.per_syllable * syllables_per_word


# Flesch's formula and what others made of it for their languages, all on his scale.
FORMULAS: Mapping[str, ReadingEase] = {
    "en": ReadingEase(206.835, 1.015, 84.6),  # Flesch 1948
    "de": ReadingEase(180.0, 1.0, 58.5),  # Amstad 1978
    "es": ReadingEase(206.84, 1.02, 60.0),  # Fernández Huerta 1959
    "fr": ReadingEase(207.0, 1.015, 73.6),  # Kandel and Moles 1958
    "it": ReadingEase(217.0, 1.3, 60.0),  # Franchina and Vacca 1986
    "nl": ReadingEase(206.835, 0.93, 77.0),  # Douma 1960
    "pt": ReadingEase(248.835, 1.015, 84.6),  # Martins, Ghiraldelo, Nunes and Oliveira 1996
    "ru": ReadingEase(206.835, 1.3, 60.1),  # Oborneva 2006
}


def lix(words_per_sentence: float, long_share: float) -> float:
    """Give Björnsson's readability index (Björnsson 1968), lower is easier: 0 and up.

    >>> lix(15.0, 0.25)
    40.0
    """
    return words_per_sentence + 100.0 * long_share


def ease_of_lix(index: float) -> float:
    """Bring LIX to the direction and steps of Flesch's scale: 140 - 2 LIX.

    The line joins the two authors' verbal bands: very easy at LIX 25 = Flesch 90, ordinary at LIX 40 =
    Flesch 60, very hard from LIX 60 = Flesch 20. The mapping is ours.

    >>> [ease_of_lix(index) for index in (25.0, 40.0, 60.0)]
    [90.0, 60.0, 20.0]
    """
    return 140.0 - 2.0 * index


def _clip(score: float) -> float:
    low, high = READABILITY_BOUNDS
    return round(min(high, max(low, score)), 2)


class ReadabilityEngine(PerTextEngine):
    """Flesch reading ease for eight languages, LIX (Björnsson 1968) brought to its scale for the rest.

    Value: 0 (very hard) to 100 (very easy). English: 206.835 - 1.015 words per sentence - 84.6 syllables per word
    (Flesch 1948); German (Amstad 1978), Spanish (Fernández Huerta 1959), French (Kandel and Moles 1958), Italian
    (Franchina and Vacca 1986), Dutch (Douma 1960), Portuguese (Martins et al. 1996) and Russian (Oborneva 2006) have
    numbers of their own; other languages: 140 - 2 LIX. The language engine chooses the formula; a text whose
    language it does not know is measured as English if all its letters are Latin, by LIX otherwise. A text without
    words, or in a script without spaces between words, is an error. Confidence: the probability that the text's score
    lies within 10 points of that of the whole work it is taken from: 0.3 for a short sentence, 0.8 for 200
    words. Explanation: each word of three syllables
    and more (LIX: of more than six letters) with the points that it costs.

    >>> ReadabilityEngine().analyze(["The cat sat on the mat. It was warm there."])[0].value
    100.0
    """

    facts = EngineFacts(
        analysis_type=AnalysisType.READABILITY,
        tiers=(OptimizationTier.BASIC, OptimizationTier.STANDARD),
        name="flesch-lix",
        version="3",
        languages=(ANY_LANGUAGE,),
        summary="Flesch reading ease (1948) in eight languages, LIX (1968) on the same scale for the rest.",
    )

    def __init__(self) -> None:
        self._languages = LidEngine()

    def judge(self, text: str) -> Outcome:
        """Measure one text."""
        counted = count_text(text)
        if not counted.words:
            return Outcome(value=None, error=NO_WORDS)
        language = str(self._languages.judge(text).value)
        is_latin = _is_latin(counted)
        if language in UNSPACED_LANGUAGES and not is_latin:
            return Outcome(value=None, error=NO_SPACES)
        # A Latin word or two may be taken for a language that is not written with Latin letters.
        is_unknown = language == UNDETERMINED or language in UNSPACED_LANGUAGES
        formula_of = "en" if is_unknown and is_latin else language
        score, hard = _measure(counted, formula_of) if formula_of in FORMULAS else _measure_by_lix(counted)
        return Outcome(value=_clip(score), confidence=_confidence(counted), explanation=hard)


def _confidence(counted: Counted) -> float:
    """Give the probability that a longer sample of the same work scores within `POINTS_OFF` of this one.

    The words and sentences are taken for a random sample, whose means err by deviation / sqrt(size).
    """
    words_error = FORMULAS["en"].per_syllable * SYLLABLES_DEVIATION / math.sqrt(len(counted.words))
    sentences_error = (
        FORMULAS["en"].per_word
        * SENTENCE_DEVIATION
        * counted.words_per_sentence
        / math.sqrt(counted.sentences)
    )
    deviation = math.hypot(words_error, sentences_error, PASSAGE_DEVIATION)
    return round(math.erf(POINTS_OFF / deviation / math.sqrt(2.0)), 4)


def _is_latin(counted: Counted) -> bool:
    """Say whether every letter lies in the Latin blocks of Unicode."""
    return all(c < "\u0250" for word in counted.words for c in word.letters if c.isalpha())


def _measure(counted: Counted, language: str) -> tuple[float, tuple[Span, ...]]:
    """Give the reading ease, unbounded, and what each hard word takes off it."""
    formula = FORMULAS[language]
    syllables = [count_syllables(word.letters, language) for word in counted.words]
    total = len(counted.words)
    score = formula.score(counted.words_per_sentence, sum(syllables) / total)
    hard = tuple(
        Span(word.start, word.end, round(-formula.per_syllable * (count - 1) / total, 2))
        for word, count in zip(counted.words, syllables, strict=True)
        if count >= HARD_SYLLABLES
    )
    return score, hard


def _measure_by_lix(counted: Counted) -> tuple[float, tuple[Span, ...]]:
    """Give LIX on Flesch's scale, unbounded, and what each long word takes off it."""
    total = len(counted.words)
    long_words = [word for word in counted.words if sum(map(str.isalpha, word.letters)) >= LONG_LETTERS]
    score = ease_of_lix(lix(counted.words_per_sentence, len(long_words) / total))
    cost = round(ease_of_lix(100.0 / total) - ease_of_lix(0.0), 2)
    return score, tuple(Span(word.start, word.end, cost) for word in long_words)
