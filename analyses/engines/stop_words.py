"""Words that carry no topic, by language."""

from functools import cache
from pathlib import Path

from rapid_textrank import get_stopwords

# Below so many characters the language engine errs often ("I met Ann Lee." is Dutch to it, with 0.98).
TELLING_LENGTH = 25

WORDS_DIRECTORY = Path(__file__).parent / "words"


def word_set(words: str) -> frozenset[str]:
    """Give the words of a line or more as a set."""
    return frozenset(words.split())


# The package's lists (MIT). For a code that it does not know it gives the English list, so its codes stand here.
PACKAGE_LANGUAGES = word_set("ar da de en es fi fr hu it ja nl no pl pt ru sv tr zh")

# Our own lists: words/stop_<code>.txt. English posts need more than the package has.
OWN_LANGUAGES = word_set("ca cs el en he hi id ro uk")

# The package's English list is a long one: these of its words name topics.
TOPICAL_IN_ENGLISH = word_set(
    "area areas bill caption computer computers effect face faces fire goods group groups homepage html"
    " http index information interest interests invention line member members microsoft mill mine novel"
    " page pages problem problems research ring room rooms section shell site state states system test"
    " text website webpage world words"
)

# What the language engine names more finely than the lists.
_SAME_AS = {"nb": "no", "nn": "no", "ms": "id"}


@cache
def stop_words(language: str) -> frozenset[str]:
    """Give a language's stop words in lower case; empty where we have no list.

    >>> "the" in stop_words("en"), "nicht" in stop_words("de"), len(stop_words("xx"))
    (True, True, 0)
    """
    code = _SAME_AS.get(language, language)
    words: set[str] = set()
    if code in PACKAGE_LANGUAGES:
        words.update(word.lower() for word in get_stopwords(code))
    if code in OWN_LANGUAGES:
        words.update(_read(WORDS_DIRECTORY / f"stop_{code}.txt"))
    return frozenset(words - TOPICAL_IN_ENGLISH if code == "en" else words)


def _read(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]
