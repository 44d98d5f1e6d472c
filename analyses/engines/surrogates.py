"""Half characters, which a damaged file can bring and no encoder takes."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def without_surrogates(text: str) -> str:
    r"""Put a mark in the place of half characters, which UTF-8 cannot carry; no other character moves.

    >>> without_surrogates("a\ud83db")
    'a�b'
    """
    if text.isascii():
        return text
    return "".join(REPLACEMENT if "\ud800" <= character <= "\udfff" else character for character in text)
