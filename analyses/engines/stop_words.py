"""Words that carry no topic, by language."""

from functools import cache
from pathlib import Path

from rapid_textrank import get_stopwords

# The package's lists (MIT). For a code it does not know it gives the English list, so its codes stand here.
PACKAGE_LANGUAGES = frozenset("ar da de en es fi fr hu it ja nl no pl pt ru sv tr zh".split())
OWN_LANGUAGES = frozenset("bg ca cs el he hi hr id ro sk sl uk vi".split())

WORDS_DIRECTORY = Path(__file__).parent / "words"


@cache
def stop_words(language: str) -> frozenset[str]:
    """Give a language's stop words in lower case; empty where we have none.

    >>> "the" in stop_words("en"), "nicht" in stop_words("de"), len(stop_words("xx"))
    (True, True, 0)
    """
    if language in PACKAGE_LANGUAGES:
        return frozenset(word.lower() for word in get_stopwords(language))
    return frozenset()
