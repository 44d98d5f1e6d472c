"""Signs of careless writing that need no grammar: where they stand in a text and what they cost."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby, pairwise
from typing import NamedTuple

from analyses.engines.known_words import is_known
from analyses.engines.language import ADDRESS_OR_MENTION


@dataclass(frozen=True, slots=True)
class Sign:
    """A kind of fault: what is said of it, and the points it costs at one a word (or at one a sentence)."""

    label: str
    cost: float
    is_per_sentence: bool = False


class Finding(NamedTuple):
    """A fault in characters `start` to `end` (exclusive) of the text."""

    start: int
    end: int
    sign: Sign


# A long text has thousands of both: a named tuple is made in half the time of a dataclass.
class Word(NamedTuple):
    """A word, where it stands, and whether it opens a sentence after a stop or at the text's start."""

    start: int
    end: int
    letters: str
    opens_sentence: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A text with what is no prose blanked, its words, its sentences' number, its dictionary's language or ""."""

    text: str
    words: tuple[Word, ...]
    sentences: int
    language: str


UNKNOWN_WORD = Sign("This word is not in the dictionary.", 2.0)
SMALL_START = Sign("A sentence starts with a capital letter.", 0.15, is_per_sentence=True)
SMALL_I = Sign("The word “I” is written with a capital letter.", 1.0)
NO_STOP = Sign("The sentence ends without a stop.", 0.15, is_per_sentence=True)
SPACE_BEFORE = Sign("No space belongs before this mark.", 1.0)
NO_SPACE_AFTER = Sign("A space is missing after this mark.", 1.0)
DOUBLED_WORD = Sign("The word stands here twice.", 2.0)
DOUBLED_SPACE = Sign("One space is enough.", 0.5)
STRETCHED = Sign("The letter is repeated.", 1.5)
MARKS_REPEATED = Sign("One mark is enough.", 1.0)
SHOUTED = Sign("Words in capital letters shout.", 0.5)
MIXED_CASE = Sign("Capital and small letters are mixed inside the word.", 1.5)
UNPAIRED = Sign("This bracket or quotation mark has no partner.", 1.0)

# Stands for each character of what is no prose: neither a letter, a space nor a stop.
BLANK = "\ufffc"

# Fewer words make a heading or an exclamation, which needs no stop; one or two in capitals are an acronym.
SENTENCE_WORDS_MIN = 3
HEADING_WORDS_MAX = 8
SHOUTED_LETTERS_MIN = 5

# Right in these languages: "she had had it", "vous vous trompez", "die, die die Zeche zahlen".
DOUBLED_RIGHTLY = frozenset(
    [
        "bye",
        "die",
        "das",
        "dat",
        "der",
        "had",
        "ha",
        "knock",
        "no",
        "nous",
        "really",
        "sie",
        "so",
        "that",
        "very",
        "vous",
        "zij",
    ]
)

# French puts a space before tall marks.
SPACED_MARKS = {"fr": ","}
MARKS = ",.;:!?"

_EMOTICON = r"(?:(?<=\s)|^)(?:[:;=8xX][-o']?[)(DPpOo/\\|*\]\[3]+|<3+|\^_?\^)(?=\s|$)"
_FILE = r"(?<![\w.-])[\w-]{1,64}(?:\.[\w-]{1,64}){0,8}\.(?:com|csv|de|html|io|js|json|md|net|org|pdf|py|txt|uk|ya?ml)\b"
_NO_PROSE = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}@[\w-]{{1,64}}\.\w+|{ADDRESS_OR_MENTION.pattern}|#\w+|{_FILE}|{_EMOTICON}|\[[A-Z]+\]",
    re.MULTILINE,
)
# A letter's accents and the vowel signs of Indic scripts are part of the word.
_LETTER = r"[\w\u0300-\u036f\u0900-\u0963\u0966-\u0dff]"
_WORD = re.compile(rf"{_LETTER}+(?:['’\-]{_LETTER}+)*")
_STOP = re.compile(r"[.!?\u0589\u061f\u06d4\u0964\u3002\uff01\uff1f]")
_PARAGRAPH = re.compile(r"\n\s*\n")
_TRAILING = " \t\r\n\x0b\x0c'\"”’»)]}*_"
_ABBREVIATIONS = frozenset(
    [
        "bzw",
        "ca",
        "dr",
        "e.g",
        "eg",
        "etc",
        "ff",
        "i.e",
        "ie",
        "inc",
        "jr",
        "mr",
        "mrs",
        "ms",
        "no",
        "nr",
        "prof",
        "sr",
        "st",
        "usw",
        "vs",
        "z.b",
    ]
)
_STRETCHED = re.compile(r"([^\W\d_])\1\1", re.IGNORECASE)
_ROMAN = re.compile(r"[IVXLCDMivxlcdm]+")
_REPEATED_MARKS = re.compile(r"[!?]{2,}|,{2,}|;{2,}|\.{4,}|(?<!\.)\.\.(?!\.)")
_ALLOWED_MARKS = frozenset({"?!", "!?"})
_SPACES = re.compile(r"(?<=[^\s.!?:]) {2,}(?=\S)")
_NO_SPACE_AFTER = re.compile(
    r"(?<=[^\W\d_])[,;](?=[^\W\d_])|(?<=[^\W\d_]{2})[!?](?=[^\W\d_]{2})|(?<=[^\W\d_A-Z]{2})\.(?=[^\W\d_]{2}|I\b)"
)
_SPACE_BEFORE = re.compile(r"(?<=[\w'\")\]’”])[ \t]+([,.;:!?])(?=\s|$|(?<=,)\w)")
_CAMEL = re.compile(r"(?:[A-Z]?[^\W\d_A-Z]{2,}|[eix])?(?:[A-Z][^\W\d_A-Z]+)+|[A-Z]+'?s|[A-Z]+-[\w-]+|Ph\.?D")
_DIGIT = re.compile(r"[\d_]")
_JOINT = re.compile(r"['’-]")
# A bracket that ends an emoticon or a number of a list, or a sign for inches, pairs with nothing.
_PAIRED = re.compile(r"[(\[{]|(?<![:;=8])(?<![:;=8]-)(?<!^\w)(?<!^\w\w)[)\]}]|(?<!\d)\"", re.MULTILINE)
_OPENERS = {")": "(", "]": "[", "}": "{"}


def read(text: str, language: str) -> Reading:
    """Find the words and sentences of a text.

    >>> reading = read("Hello there. See @you at https://a.de, dear!", "en")
    >>> [word.letters for word in reading.words if word.opens_sentence], reading.sentences
    (['Hello', 'See'], 2)
    """
    prose = blank_no_prose(text)
    words: list[Word] = []
    sentences = previous_end = 0
    for found in _WORD.finditer(prose):
        if not (found[0].isalpha() or any(map(str.isalpha, found[0]))):
            continue
        gap = prose[previous_end : found.start()]
        before = words[-1].letters if words else ""
        is_new = not words or _parts_sentences(gap, before)
        sentences += is_new
        # After "..." and after what is no prose nobody knows whether a sentence starts.
        opens = is_new and not (BLANK in gap or "..." in gap or "…" in gap or any(map(str.isdigit, gap)))
        words.append(Word(found.start(), found.end(), found[0], opens))
        previous_end = found.end()
    return Reading(prose, tuple(words), sentences, language)


def blank_no_prose(text: str) -> str:
    """Replace addresses, @names, #tags, emoticons and [PLACEHOLDERS] by as many blanks."""
    return _NO_PROSE.sub(lambda found: BLANK * len(found[0]), text)


def _parts_sentences(gap: str, word_before: str) -> bool:
    """Say whether the signs between two words end a sentence."""
    stop = _STOP.search(gap)
    if stop is None:
        return gap.count("\n") > 1 and _PARAGRAPH.search(gap) is not None
    if stop[0] != ".":
        return True
    is_initial = len(word_before) == 1 and word_before != "I"
    is_short = is_initial or word_before.lower() in _ABBREVIATIONS
    return not is_short and any(map(str.isspace, gap))


def find_signs(reading: Reading) -> list[Finding]:
    """List the faults of a text, in text order; one place may have several."""
    findings = [finding for look in _LOOKS for finding in look(reading)]
    return sorted(findings, key=lambda finding: (finding.start, finding.end))


def _find_unknown_words(reading: Reading) -> Iterator[Finding]:
    """Find misspelt words among those in small letters: a capital may make a name."""
    if not reading.language:
        return
    for word in reading.words:
        letters = word.letters
        if not letters.islower() or _DIGIT.search(letters):
            continue
        if not _STRETCHED.search(letters) and not is_known(letters, reading.language):
            yield Finding(word.start, word.end, UNKNOWN_WORD)


def _find_small_starts(reading: Reading) -> Iterator[Finding]:
    for word in reading.words:
        if word.opens_sentence and word.letters[0].islower() and word.letters.islower():
            yield Finding(word.start, word.end, SMALL_START)


def _find_small_i(reading: Reading) -> Iterator[Finding]:
    if reading.language != "en":
        return
    for word in reading.words:
        # At a sentence's start the small letter is counted there; "i.e." is no pronoun.
        is_alone = word.letters == "i" and reading.text[word.end : word.end + 1] != "."
        if not word.opens_sentence and (is_alone or word.letters[:2] in {"i'", "i’"}):
            yield Finding(word.start, word.end, SMALL_I)


def _find_missing_stops(reading: Reading) -> Iterator[Finding]:
    """Find paragraphs of a sentence's length whose last sign is a letter, a digit or a comma."""
    breaks = [place for found in _PARAGRAPH.finditer(reading.text) for place in found.span()]
    places = [word.start for word in reading.words]
    for start, end in batched_pairs([0, *breaks, len(reading.text)]):
        first, beyond = bisect_left(places, start), bisect_left(places, end)
        is_last = beyond == len(places)
        shortest = SENTENCE_WORDS_MIN if is_last else HEADING_WORDS_MAX + 1
        tail = reading.text[start:end].rstrip(_TRAILING)
        if beyond - first >= shortest and (tail[-1].isalnum() or tail[-1] in ",;-–"):
            yield Finding(reading.words[beyond - 1].start, reading.words[beyond - 1].end, NO_STOP)


def batched_pairs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Give the first two, the next two and so on.

    >>> list(batched_pairs([0, 4, 6, 9]))
    [(0, 4), (6, 9)]
    """
    return zip(places[::2], places[1::2], strict=True)


def _find_by_pattern(pattern: re.Pattern[str], sign: Sign, reading: Reading) -> Iterator[Finding]:
    for found in pattern.finditer(reading.text):
        yield Finding(found.start(), found.end(), sign)


def _find_spaces_before(reading: Reading) -> Iterator[Finding]:
    marks = SPACED_MARKS.get(reading.language, MARKS)
    for found in _SPACE_BEFORE.finditer(reading.text):
        if found[1] in marks:
            yield Finding(found.start(), found.end(), SPACE_BEFORE)


def _find_repeated_marks(reading: Reading) -> Iterator[Finding]:
    for found in _REPEATED_MARKS.finditer(reading.text):
        if found[0] not in _ALLOWED_MARKS:
            yield Finding(found.start(), found.end(), MARKS_REPEATED)


def _find_doubled_words(reading: Reading) -> Iterator[Finding]:
    """Find a word that follows itself on one line; two capitals make a name, such as Duran Duran."""
    for before, word in pairwise(reading.words):
        lowered = word.letters.lower()
        if lowered != before.letters.lower() or lowered in DOUBLED_RIGHTLY:
            continue
        gap = reading.text[before.end : word.start]
        is_name = word.letters[0].isupper() and before.letters[0].isupper()
        if gap.isspace() and "\n" not in gap and not is_name:
            yield Finding(word.start, word.end, DOUBLED_WORD)


def _find_stretched_words(reading: Reading) -> Iterator[Finding]:
    for word in reading.words:
        if _STRETCHED.search(word.letters) and not _ROMAN.fullmatch(word.letters):
            yield Finding(word.start, word.end, STRETCHED)


def _find_shouting(reading: Reading) -> Iterator[Finding]:
    """Find words in capitals: three in a row, or a long one that the dictionary has, so no acronym."""
    if len(reading.words) < SENTENCE_WORDS_MIN:
        return
    for is_shouted, group in groupby(reading.words, key=lambda word: word.letters.isupper()):
        run = list(group)
        if not is_shouted or not (len(run) >= SENTENCE_WORDS_MIN or _has_long_word(run, reading.language)):
            continue
        yield from (Finding(word.start, word.end, SHOUTED) for word in run)


def _has_long_word(run: Sequence[Word], language: str) -> bool:
    long_words = [word.letters for word in run if len(word.letters) >= SHOUTED_LETTERS_MIN]
    return any(not language or is_known(letters, language) for letters in long_words)


def _find_mixed_case(reading: Reading) -> Iterator[Finding]:
    for word in reading.words:
        letters = word.letters
        if letters.islower() or letters.istitle():
            continue
        if not all(map(_is_cased_rightly, _JOINT.split(letters))):
            yield Finding(word.start, word.end, MIXED_CASE)


def _is_cased_rightly(part: str) -> bool:
    """Say whether a word is small, in capitals, begins with one, or is built like iPhone, McDonald or PDFs."""
    tail = part[1:]
    is_plain = not part.isalpha() or part.isupper() or tail == tail.lower()
    return is_plain or _CAMEL.fullmatch(part) is not None


def _find_unpaired(reading: Reading) -> Iterator[Finding]:
    open_places: dict[str, list[int]] = {"(": [], "[": [], "{": [], '"': []}
    for found in _PAIRED.finditer(reading.text):
        sign, place = found[0], found.start()
        if sign in _OPENERS:
            if open_places[_OPENERS[sign]]:
                open_places[_OPENERS[sign]].pop()
            else:
                yield Finding(place, place + 1, UNPAIRED)
        elif sign == '"' and open_places[sign]:
            open_places[sign].pop()
        else:
            open_places[sign].append(place)
    for place in chain.from_iterable(open_places.values()):
        yield Finding(place, place + 1, UNPAIRED)


_LOOKS: tuple[Callable[[Reading], Iterator[Finding]], ...] = (
    _find_unknown_words,
    _find_small_starts,
    _find_small_i,
    _find_missing_stops,
    _find_spaces_before,
    _find_repeated_marks,
    _find_doubled_words,
    _find_stretched_words,
    _find_shouting,
    _find_mixed_case,
    _find_unpaired,
    partial(_find_by_pattern, _NO_SPACE_AFTER, NO_SPACE_AFTER),
    partial(_find_by_pattern, _SPACES, DOUBLED_SPACE),
)
