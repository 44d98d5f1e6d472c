"""A person's question into a tree: words, "phrases", beginnings*, OR, NOT or a minus sign, and brackets.

Words stand for texts that have all of them. Every question is a tree of what texts must have, whole or negated as a
whole (`Query.is_negated`): no database finds what is missing by an index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from analyses.exceptions import ValidationError
from analyses.search import words

FIELD = "q"
NESTING_MAX = 10
PREFIX_LETTERS_MIN = 2


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words next to each other, or one; with `is_prefix` the last one is only begun."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """At least one part, all of which a text must have, and what it must not have."""

    parts: tuple[Node, ...]
    without: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """Parts of which a text must have one."""

    parts: tuple[Node, ...]


Node = Phrase | All | Either
_Signed = tuple[Node, bool]  # a part, and whether it is what a text must not have


@dataclass(frozen=True, slots=True)
class Query:
    """A question that was understood: the texts of the tree, or, when negated, all others."""

    text: str
    tree: Node
    is_negated: bool = False

    def __str__(self) -> str:
        return self.text

    @property
    def phrases(self) -> list[Phrase]:
        """Give what may be marked in a text that was found."""
        return [] if self.is_negated else list(_wanted(self.tree))


def _wanted(node: Node) -> Iterator[Phrase]:
    if isinstance(node, Phrase):
        yield node
        return
    for part in node.parts:
        yield from _wanted(part)


def parse(text: str) -> Query:
    """Understand a question; raises ValidationError with a sentence for one that cannot be."""
    reader = _Reader(list(_tokens(text)))
    found = reader.either(depth=0)
    if reader.next is not None:
        raise _mistake(_("A bracket is closed that was not opened."))
    if found is None:
        raise _mistake(_("Give a word to look for; signs alone are not searched."))
    tree, is_negated = found
    return Query(text, tree, is_negated)


def _mistake(sentence: str) -> ValidationError:
    return ValidationError(FIELD, sentence)


# --- Signs ----------------------------------------------------------------------------------------

_QUOTES = str.maketrans("“”„‟＂", '"""""')
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<sign>[()])
        | "(?P<phrase>[^"]*)"(?P<begun>(?:\s*\*)?)
        | (?P<stray>")
        | (?P<minus>-)(?=[^\s)*-])
        | (?P<word>[^\s()"]+)
    )""",
    re.VERBOSE,
)
_OPERATORS = ("AND", "OR", "NOT")
_MINUS = "-"

_Token = str | Phrase | None  # an operator or bracket, words, or signs that mean nothing


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text.translate(_QUOTES).rstrip()):
        if match["stray"]:
            raise _mistake(_("A quotation mark is not closed."))
        if match["phrase"] is not None:
            yield _phrase(match["phrase"], is_prefix=bool(match["begun"]))
        elif match["word"] in _OPERATORS:
            yield match["word"]
        elif match["word"]:
            yield _word(match["word"])
        else:
            yield match["sign"] or _MINUS


def _word(given: str) -> Phrase | None:
    stem = given.rstrip("*")
    if "*" in stem:
        raise _mistake(_("* stands at the end of a word: “late*” finds “later”."))
    return _phrase(stem, is_prefix=stem != given)


def _phrase(given: str, *, is_prefix: bool) -> Phrase | None:
    found = words.words(given)
    if is_prefix and found and len(found[-1]) < PREFIX_LETTERS_MIN:
        raise _mistake(_("Give at least two letters before *."))
    return Phrase(tuple(found), is_prefix) if found else None


# --- Grammar --------------------------------------------------------------------------------------


class _Reader:
    """Reads tokens from left to right; None as a part says that nothing in it can be searched."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def next(self) -> str | None:
        """The operator or bracket that comes next, "" for words, None at the end."""
        if self._place == len(self._tokens):
            return None
        token = self._tokens[self._place]
        return token if isinstance(token, str) else ""

    def _take(self) -> _Token:
        self._place += 1
        return self._tokens[self._place - 1]

    def either(self, *, depth: int) -> _Signed | None:
        parts = [self._all(depth)]
        while self.next == "OR":
            self._take()
            parts.append(self._all(depth))
        given = [part for part in parts if part is not None]
        if len(parts) > 1 and len(given) < len(parts):
            raise _mistake(_("%(operator)s stands between two words.") % {"operator": "OR"})
        return _either(given) if given else None

    def _all(self, depth: int) -> _Signed | None:
        given: list[_Signed] = []
        while self.next not in (None, ")", "OR"):
            is_joined = self.next == "AND"
            if is_joined:
                self._take()
            is_between = given and self.next not in (None, ")", *_OPERATORS[:2])
            part = self._one(depth) if is_between or not is_joined else None
            if is_joined and part is None:
                raise _mistake(_("%(operator)s stands between two words.") % {"operator": "AND"})
            if part is not None:
                given.append(part)
        return _all(given) if given else None

    def _one(self, depth: int) -> _Signed | None:
        taken = self._take()
        if taken in ("NOT", _MINUS):
            return self._negated(depth)
        if taken == "(":
            return self._bracket(depth + 1)
        return (taken, False) if isinstance(taken, Phrase) else None

    def _negated(self, depth: int) -> _Signed:
        part = None if self.next in (None, ")", *_OPERATORS[:2]) else self._one(depth + 1)
        if part is None:
            raise _mistake(_("NOT and the minus sign stand before a word."))
        node, is_negated = part
        return node, not is_negated

    def _bracket(self, depth: int) -> _Signed | None:
        if depth > NESTING_MAX:
            raise _mistake(_("Brackets can be ten deep at most."))
        inner = self.either(depth=depth)
        if self.next != ")":
            raise _mistake(_("A bracket is not closed."))
        self._take()
        return inner


def _all(given: Sequence[_Signed]) -> _Signed:
    wanted, unwanted = _parted(given)
    if not wanted:
        return _one_of(unwanted), True  # not this and not that: not one of them
    if len(wanted) == 1 and not unwanted:
        return wanted[0], False
    return All(wanted, unwanted), False


def _either(given: Sequence[_Signed]) -> _Signed:
    wanted, unwanted = _parted(given)
    if not unwanted:
        return _one_of(wanted), False
    if len(unwanted) == 1 and not wanted:
        return unwanted[0], True
    return All(unwanted, wanted), True  # this or not that: all but what has that without this


def _parted(given: Iterable[_Signed]) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    parts = tuple(given)
    return tuple(node for node, negated in parts if not negated), tuple(
        node for node, negated in parts if negated
    )


def _one_of(nodes: tuple[Node, ...]) -> Node:
    return nodes[0] if len(nodes) == 1 else Either(nodes)
