"""How the bytes of a file become text: detection, and decoding that never hides a bad byte."""

from __future__ import annotations

import codecs
import re

# What a person may choose in the preview; detection knows the first five.
ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "iso8859-2",
    "koi8-r",
    "shift_jis",
    "gb18030",
)

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# UTF-16 without BOM: NULs on one side of its pairs. Stray NULs in other files fall on both.
_NUL_SHARE_MIN = 0.03
_NUL_SHARE_SURE = 0.4
_NUL_SIDES_RATIO_MAX = 1.2
_VALID_PER_BAD_MIN = 5
_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")


def detect_encoding(head: bytes) -> str:
    """Guess the encoding of a file's first bytes: BOM, UTF-16 by its NULs, UTF-8 if (nearly) valid, else CP1252.

    CP1252 stands for Latin-1 too: it differs where Latin-1 has only control characters.

    >>> detect_encoding("Grüße".encode()), detect_encoding("Grüße".encode("latin-1"))
    ('utf-8', 'cp1252')
    """
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if _looks_like_utf16(head, offset, encoding):
            return encoding
    return "utf-8" if _looks_like_utf8(head) else "cp1252"


def _looks_like_utf16(head: bytes, offset: int, encoding: str) -> bool:
    """Accept NULs on one side of the pairs: many, or some (Chinese has few); line ends must be characters there."""
    part = head[offset::2]
    share = part.count(0) / max(1, len(part))
    if share <= _NUL_SHARE_MIN or head.count(0) > part.count(0) * _NUL_SIDES_RATIO_MAX:
        return False
    text = head[: len(head) // 2 * 2].decode(encoding, "replace")
    line_ends = text.count("\n") + text.count("\r")
    return line_ends == head.count(b"\n") + head.count(b"\r") if line_ends else share > _NUL_SHARE_SURE


def _looks_like_utf8(head: bytes) -> bool:
    """Accept a few damaged bytes among many good sequences: their records are refused one by one."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        decoder.decode(head)
    except UnicodeDecodeError:
        bad = len(_BAD_CHARACTER.findall(head.decode("utf-8", "surrogateescape")))
        return len(_MULTIBYTE.findall(head)) > _VALID_PER_BAD_MIN * bad
    return True


_BAD_CHARACTER = re.compile("[\ud800-\udfff]")


def is_known_encoding(name: str) -> bool:
    """Say whether bytes can become text by this name; "hex" and its like turn bytes into bytes."""
    try:
        "".encode(name)
        b"".decode(name, decoding_errors(name))
    except (LookupError, ValueError):
        return False
    return True


def decoding_errors(encoding: str) -> str:
    """Give the error handler that keeps a bad byte visible: a lone surrogate, or U+FFFD in UTF-16."""
    return "replace" if encoding.startswith("utf-16") else "surrogateescape"


def bad_character_pattern(encoding: str) -> re.Pattern[str]:
    """Give the pattern of characters that refuse a record: NUL, and the marks of undecodable bytes."""
    return re.compile("[\x00\ud800-\udfff\ufffd]" if encoding.startswith("utf-16") else "[\x00\ud800-\udfff]")


def original_bytes(text: str, encoding: str) -> bytes:
    """Give back the bytes that a text was decoded from, as far as its encoding allows."""
    try:
        return text.encode(encoding.removesuffix("-sig"), "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")
