"""How each database writes the words of a document, and a question over them.

Documents of MariaDB and SQLite are words between spaces, so that `contains` can look into one without its index.
MariaDB's words end in an underscore, at least three signs long and without letters beyond ASCII: that keeps its list of
stop words, its shortest word and its own idea of a letter out of the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from analyses.search.parsing import All, Either, Node, Phrase, Query
from analyses.search.words import spelt

# PostgreSQL keeps no more places of a word in one text.
PLACES_MAX = 255


# --- Documents ------------------------------------------------------------------------------------


def tsvector(words: Iterable[str]) -> str:
    """Write words with their places, past PostgreSQL's own parser.

    >>> tsvector(["late", "and", "late"])
    "'late':1,3 'and':2"
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for place, word in enumerate(words, start=1):
        found[word].append(str(place))
    return " ".join(f"'{word}':{','.join(places[:PLACES_MAX])}" for word, places in found.items())


def spaced(words: Iterable[str]) -> str:
    """Write words between spaces.

    >>> spaced(["late", "delivery"])
    ' late delivery '
    """
    return f" {' '.join(words)} "


def innodb(words: Iterable[str]) -> str:
    """Write words between spaces as MariaDB indexes each.

    >>> innodb(["a", "late"])
    ' a__ late_ '
    """
    return spaced(map(_innodb_word, words))


def _innodb_word(word: str) -> str:
    return f"{spelt(word):_<2}_"


def _innodb_phrase(phrase: Phrase) -> list[str]:
    """Write the words, the last one open where it is only begun."""
    written = [_innodb_word(word) for word in phrase.words]
    return [*written[:-1], spelt(phrase.words[-1])] if phrase.is_prefix else written


# --- Questions ------------------------------------------------------------------------------------


def tsquery(node: Node) -> str:
    """Write a tree for PostgreSQL.

    >>> tsquery(All((Phrase(("late", "deliv"), True),), (Phrase(("refund",)),)))
    "('late' <-> 'deliv':* & !'refund')"
    """
    if isinstance(node, Phrase):
        return " <-> ".join(f"'{word}'" for word in node.words) + (":*" if node.is_prefix else "")
    if isinstance(node, Either):
        return f"({' | '.join(map(tsquery, node.parts))})"
    return f"({' & '.join([*map(tsquery, node.parts), *(f'!{_grouped(part)}' for part in node.without)])})"


def _grouped(node: Node) -> str:
    written = tsquery(node)
    return f"({written})" if isinstance(node, Phrase) and len(node.words) > 1 else written


def fts5(node: Node) -> str:
    """Write a tree for SQLite.

    >>> fts5(All((Phrase(("late", "deliv"), True),), (Phrase(("refund",)),)))
    '(("late deliv" *) NOT ("refund"))'
    """
    if isinstance(node, Phrase):
        return f'"{" ".join(node.words)}"' + (" *" if node.is_prefix else "")
    if isinstance(node, Either):
        return f"({' OR '.join(f'({fts5(part)})' for part in node.parts)})"
    wanted = " AND ".join(f"({fts5(part)})" for part in node.parts)
    if not node.without:
        return f"({wanted})"
    wanted = wanted if len(node.parts) == 1 else f"({wanted})"
    return f"({wanted} NOT ({' OR '.join(fts5(part) for part in node.without)}))"


def innodb_candidates(node: Node) -> str:
    """Write for MariaDB's boolean mode what a text must have: more texts than the tree means, never fewer.

    Phrases and what must be missing are left to `contains`, which reads the documents found.

    >>> innodb_candidates(All((Phrase(("late", "deliv"), True),), (Phrase(("refund",)),)))
    '+(+late_ +deliv*)'
    """
    return f"+{_innodb_part(node)}"


def _innodb_part(node: Node) -> str:
    if isinstance(node, Phrase):
        written = _innodb_phrase(node)
        if node.is_prefix:
            written[-1] += "*"
        return written[0] if len(written) == 1 else f"({' '.join(f'+{word}' for word in written)})"
    if isinstance(node, Either):
        return f"({' '.join(map(_innodb_part, node.parts))})"
    parts = [_innodb_part(part) for part in node.parts]
    return parts[0] if len(parts) == 1 else f"({' '.join(f'+{part}' for part in parts)})"


Spelling = Callable[[Phrase], str]


def spaced_phrase(phrase: Phrase) -> str:
    """Write a phrase as it stands in a document of `spaced`."""
    return _between(phrase.words, phrase)


def innodb_phrase(phrase: Phrase) -> str:
    """Write a phrase as it stands in a document of `innodb`."""
    return _between(_innodb_phrase(phrase), phrase)


def _between(written: Sequence[str], phrase: Phrase) -> str:
    return spaced(written)[: -1 if phrase.is_prefix else None]


def contains(query: Query, column: str, spelling: Spelling) -> tuple[str, list[str]]:
    """Write a condition on one document's words that needs no index: SQL of MariaDB and SQLite, and its parameters."""
    sql, phrases = _contains(query.tree, column)
    return f"NOT {sql}" if query.is_negated else sql, [spelling(phrase) for phrase in phrases]


def _contains(node: Node, column: str) -> tuple[str, list[Phrase]]:
    if isinstance(node, Phrase):
        return f"(INSTR({column}, %s) > 0)", [node]
    parts = [_contains(part, column) for part in node.parts]
    joined = (" OR " if isinstance(node, Either) else " AND ").join(sql for sql, _phrases in parts)
    if isinstance(node, All) and node.without:
        refused = [_contains(part, column) for part in node.without]
        joined = " AND ".join([joined, *(f"NOT {sql}" for sql, _phrases in refused)])
        parts += refused
    return f"({joined})", [phrase for _sql, phrases in parts for phrase in phrases]
