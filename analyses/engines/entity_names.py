"""Names by their capitals: who, what or where is not told apart."""

import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from analyses.engines.entity_rules import NAME, TAKEN, Entity
from analyses.engines.stop_words import word_set

NAMES_FILE = Path(__file__).parent / "words" / "names.txt"

ACRONYM_LENGTH_MAX = 6
RUN_LENGTH_MAX = 6
WORD_LENGTH_MAX = 50

# From these shares on, capitals say nothing: the text shouts, or every word of a headline has one.
SHOUTED_SHARE = 0.5
HEADLINE_SHARE = 0.5
HEADLINE_WORDS_MIN = 3
HEADLINE_LETTERS_MIN = 4

_WORD = re.compile(r"[^\W\d_]+(?:[’'&-][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’][sS]$")
_CONTRACTION = re.compile(r"^[Ii]['’]")
_SENTENCE_BREAK = re.compile(r"[.!?…:;|•\n\r–—“”«»\"*\U00010000-\U0010ffff]|(?:^|\s)-+\s")
_SPACE = re.compile(r"[ \u00a0]{1,2}")
_STOP_INSIDE = re.compile(r"\.[ \u00a0]?")

_TITLES = word_set("mr mrs ms dr prof sir st herr frau monsieur madame señor señora sra sr mme")
# Small words that may stand inside a name, and the words that "of" may follow.
_LINKS = word_set("de la van von der den del da di du des bin al ibn dos y")
_HEADS_OF_OF = word_set(
    "bank university house museum ministry department church city isle bay republic kingdom states lord"
    " game games state institute college court gulf cape tower statue strait duke duchess prince princess"
)
# These begin a sentence as other words do, but inside one they are names.
_NAMES_INSIDE = word_set(
    "mark will bill grace rose faith frank pat hope joy nice apple target orange subway visa chase shell"
    " virgin united southwest oracle gap sprint guy drew rob christian cologne turkey reading bath max"
    " amber ruby ali"
)
# Capitalised in English for other reasons than being a name of somebody, something or some place.
_NO_NAMES = word_set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july"
    " august september october november december christmas xmas easter thanksgiving halloween ramadan"
    " hanukkah english american british german french spanish italian dutch russian chinese japanese"
    " korean indian irish scottish welsh swedish danish norwegian finnish polish turkish greek arabic"
    " portuguese brazilian mexican canadian australian european african asian latin jewish christian"
    " christians muslim muslims catholic islamic americans germans russians europeans hindu buddhist op"
    " ops lgbt edit tldr caribbean arabian colombian mediterranean t-shirt t-shirts x-ray president king"
    " queen prince princess minister senator mayor chancellor pope god lord mom mum dad mother father"
    " grandma grandpa uncle aunt doctor professor captain ceo cfo cto tv dvd cd pc pcs usb pdf dm dms pm"
    " am id ids eta faq faqs atm vip diy gps rt tbh imo imho fyi asap btw omg wtf lol lmao idk smh ok okay"
    " ps rip ac url api app ai nye bday hr it us internet web wifi wi-fi bluetooth email e-mail covid xl"
    " xxl sms pin sim led lcd hd nb re fwd uhr euro eur usd gbp mph kmh na tba tbd aka rsvp q&a dj mc bbq"
    " phd ba ma msc bsc"
)


@cache
def _known_names() -> frozenset[str]:
    lines = NAMES_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


class _Word(NamedTuple):
    """A word, how it is written, and whether a sentence begins with it; a frozen dataclass takes thrice the time."""

    start: int
    end: int
    lower: str
    is_capital: bool
    is_acronym: bool
    begins_sentence: bool
    gap: str

    @property
    def may_be_named(self) -> bool:
        return (self.is_capital or self.is_acronym) and self.lower not in _TITLES


def find_names(text: str, *, common: Collection[str], are_nouns_capital: bool) -> list[Entity]:
    """Find the names in a text, in text order.

    A run of capitalised words is a name, as far as they are not merely a sentence's first word: this, one of the
    `common` words, falls off. A single word is a name inside a sentence, or where the text has it inside
    another, or where our list knows it. Where a language gives every noun a capital, a name has two words. No
    name is found in shouted texts and in headlines. What other rules took is expected as `TAKEN`.

    >>> text = "Yesterday Ann Lee flew to Rome. Rome was wet."
    >>> [text[n.start:n.end] for n in find_names(text, common={"yesterday"}, are_nouns_capital=False)]
    ['Ann Lee', 'Rome', 'Rome']
    """
    words = list(_words(text))
    if not any(word.is_capital or word.is_acronym for word in words) or _says_nothing(words, common):
        return []
    inside = {
        word.lower
        for word in words
        if word.may_be_named and not word.begins_sentence and _is_name_alone(word, common)
    }
    names: list[Entity] = []
    for run in _runs(words, are_nouns_capital=are_nouns_capital):
        kept = _trimmed(run, common)
        if kept and _is_name(kept, inside, common, are_nouns_capital=are_nouns_capital):
            names.append(Entity(kept[0].start, kept[-1].end, NAME))
    return names


def is_everyday_word(word: str, common: Collection[str]) -> bool:
    """Say whether a single word is one of the `common` ones and none that a name may be.

    >>> is_everyday_word("never", {"never", "mark"}), is_everyday_word("Mark", {"never", "mark"})
    (True, False)
    """
    lower = word.lower()
    if lower in _FUNCTION_WORDS:
        return True
    return lower in common and not (_is_capital(word) and lower in _NAMES_INSIDE | _known_names())


def _words(text: str) -> Iterator[_Word]:
    end = 0
    before = ""
    for match in _WORD.finditer(text):
        gap = text[end : match.start()]
        letters = match[0] if match[0].isalpha() else _POSSESSIVE.sub("", match[0])
        begins = not before or _breaks_sentence(gap, before)
        yield _Word(
            start=match.start(),
            end=match.start() + len(letters),
            lower=letters.lower().replace("’", "'"),
            is_capital=_is_capital(letters),
            is_acronym=letters.isupper() and 1 < len(letters) <= ACRONYM_LENGTH_MAX,
            begins_sentence=begins,
            gap=gap,
        )
        # A genitive's s stays in the gap: in John's iPhone stand two names.
        end, before = match.start() + len(letters), letters


def _breaks_sentence(gap: str, before: str) -> bool:
    if gap == " ":
        return False
    if _STOP_INSIDE.fullmatch(gap) and (before.lower() in _TITLES or _is_initial(before)):
        return False
    return _SENTENCE_BREAK.search(gap) is not None


def _is_initial(letters: str) -> bool:
    return len(letters) == 1 and letters.isupper()


def _is_capital(letters: str) -> bool:
    """Say whether a word is written as a name is: Ann, McKay, eBay, J; not ANN, I'm."""
    if letters == "I" or len(letters) > WORD_LENGTH_MAX or _CONTRACTION.match(letters):
        return False
    if letters[0].isupper() or letters[0].istitle():
        return len(letters) == 1 or not letters.isupper()
    return letters[1:2].isupper() and letters[2:3].islower()


def _says_nothing(words: list[_Word], common: Collection[str]) -> bool:
    """Say whether the text shouts or is a headline."""
    long_words = [word for word in words if word.end - word.start > 1]
    if len(long_words) > 1 and sum(word.is_acronym for word in long_words) >= SHOUTED_SHARE * len(long_words):
        return True
    telling = [
        word
        for word in long_words
        if word.end - word.start >= HEADLINE_LETTERS_MIN and not word.begins_sentence and word.lower in common
    ]
    capital = sum(word.is_capital for word in telling)
    return capital >= HEADLINE_WORDS_MIN and capital > HEADLINE_SHARE * len(telling)


def _runs(words: list[_Word], *, are_nouns_capital: bool) -> Iterator[list[_Word]]:
    """Give the runs of capitalised words, with the small words inside them."""
    run: list[_Word] = []
    links: list[_Word] = []
    for word in words:
        is_joined = bool(run) and _joins(word, (run + links)[-1]) and len(run) < RUN_LENGTH_MAX
        if is_joined and word.may_be_named:
            run += [*links, word]
            links = []
        elif is_joined and not links and _is_link(word, run[-1], are_nouns_capital=are_nouns_capital):
            links = [word]
        elif is_joined and links and word.lower in _LINKS | {"the"}:
            links.append(word)
        else:
            if run:
                yield run
            run, links = ([word] if word.may_be_named else []), []
    if run:
        yield run


def _joins(word: _Word, before: _Word) -> bool:
    if word.begins_sentence or TAKEN in word.gap:
        return False
    if before.end - before.start == 1 and _STOP_INSIDE.fullmatch(word.gap):
        return True
    return word.gap in {" ", " & "} or _SPACE.fullmatch(word.gap) is not None


def _is_link(word: _Word, before: _Word, *, are_nouns_capital: bool) -> bool:
    # Paket von Ann: only a first name makes sure that the name goes on.
    if are_nouns_capital and before.lower not in _known_names():
        return False
    return word.lower in _LINKS or (word.lower == "of" and before.lower in _HEADS_OF_OF)


def _trimmed(run: list[_Word], common: Collection[str]) -> list[_Word]:
    """Take off what has its capital for another reason: a sentence's first word, small words, weekdays."""
    known = _known_names()
    first = run[0]
    is_head = first.lower in _HEADS_OF_OF and run[1:2] != [] and run[1].lower == "of"
    is_initial = first.end - first.start == 1 and len(run) > 1
    is_mere_start = (
        first.begins_sentence and not first.is_acronym and first.lower in common and not is_initial
    )
    if is_mere_start and first.lower not in known and not is_head:
        run = run[1:]
    while run and run[0].lower in _FUNCTION_WORDS:
        run = run[1:]
    while run and run[-1].lower in _FUNCTION_WORDS:
        run = run[:-1]
    return run


_FUNCTION_WORDS = word_set(
    "i the a an and or but so my your his her our their its this that these those to in on at by for from"
    " with of is are was were be been do does did have has had will would can could not no yes hi hey"
    " hello dear thanks thank please oh well now then there here when where why how what who which if as"
    " it he she we they you me us him them just all"
)


def _is_name(run: list[_Word], inside: set[str], common: Collection[str], *, are_nouns_capital: bool) -> bool:
    if len(run) > 1:
        return any(_may_carry_a_name(word, common) for word in run)
    [word] = run
    if word.is_acronym:
        return word.lower not in common and word.lower not in _NO_NAMES
    if are_nouns_capital:
        return False
    if word.begins_sentence:
        return word.lower in _known_names() or (word.lower in inside and word.lower not in common)
    return _is_name_alone(word, common)


def _may_carry_a_name(word: _Word, common: Collection[str]) -> bool:
    is_shouted = word.is_acronym and word.lower in common
    return word.end - word.start > 1 and word.lower not in _NO_NAMES and not is_shouted


def _is_name_alone(word: _Word, common: Collection[str]) -> bool:
    """Say whether one capitalised word inside a sentence is a name."""
    if word.end - word.start == 1 or word.lower in _NO_NAMES or word.lower in _FUNCTION_WORDS:
        return False
    return word.lower in _known_names() or word.lower in _NAMES_INSIDE or word.lower not in common
