"""What a text is: the one check that every door uses, and its hash."""

import hashlib
import unicodedata

from django.utils.translation import gettext as _

from analyses.choices import TEXT_LENGTH_MAX

INVISIBLE_CATEGORIES = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf"))


def text_problem(text: str) -> str:
    """Say why a text cannot be kept, in a sentence, or give an empty string.

    >>> text_problem("Good morning.")
    ''
    """
    # Nearly every text begins with a letter or digit: the first look spares the walk.
    if not text[:1].isalnum() and not any(_is_visible(character) for character in text):
        return _("The text is empty.")
    if len(text) > TEXT_LENGTH_MAX:
        return _("The text is longer than 10,000 characters.")
    if "\x00" in text:
        return _("The text holds a NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError:
        return _("The text holds half of a character (a lone surrogate).")
    return ""


def _is_visible(character: str) -> bool:
    """Say whether a character shows: no space, control or format character such as a zero-width space."""
    return unicodedata.category(character) not in INVISIBLE_CATEGORIES


def text_hash(text: str) -> str:
    """Give the lower-case hex SHA-256 of the text in UTF-8; nothing is trimmed or normalised."""
    return hashlib.sha256(text.encode()).hexdigest()


def dedupe_key(*, analysis_type: str, optimization_tier: str, hash_of_text: str) -> str:
    """Give the key under which a singly created analysis exists once."""
    return hashlib.sha256(f"{analysis_type}:{optimization_tier}:{hash_of_text}".encode()).hexdigest()
