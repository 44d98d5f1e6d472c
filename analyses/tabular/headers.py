"""The header: where it stands, names that differ, and which columns hold what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyses.tabular.dates import guess_date_format

TEXT_NAMES = frozenset(
    (
        "text",
        "text_content",
        "comment",
        "comments",
        "review",
        "review text",
        "message",
        "content",
        "body",
        "tweet",
    )
)
ID_NAMES = frozenset(
    ("id", "external_id", "tweet_id", "review_id", "comment_id", "message_id", "uuid", "key")
)
PROSE_LENGTH_MIN = 20
COLUMN_NAME_LENGTH_MAX = 200  # with a number behind it, it fits the columns of `imports`
DATE_NAMES = ("date", "created", "time", "occurred_at", "timestamp", "posted", "written")


@dataclass(frozen=True)
class ColumnGuess:
    """The columns that seem to hold text, id and date; None where several might, or none."""

    text: str | None
    external_id: str | None
    date: str | None


def unique_column_names(names: Sequence[str]) -> tuple[str, ...]:
    """Give each column a name of its own: spaces around it dropped, `text (2)` for a second, `column 4` for none.

    >>> unique_column_names([" text ", "text", ""])
    ('text', 'text (2)', 'column 3')
    """
    taken: set[str] = set()
    result: list[str] = []
    for position, name in enumerate(names, start=1):
        base = name.strip()[:COLUMN_NAME_LENGTH_MAX] or f"column {position}"
        unique, copy = base, 2
        while unique in taken:
            unique, copy = f"{base} ({copy})", copy + 1
        taken.add(unique)
        result.append(unique)
    return tuple(result)


def guess_columns(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> ColumnGuess:
    """Guess by name, then by content; two candidates are none: a person chooses."""
    text = _only([name for name in columns if name.lower() in TEXT_NAMES]) or _longest(columns, rows)
    external_id = _only([name for name in columns if name.lower() in ID_NAMES])
    dates = [
        name
        for position, name in enumerate(columns)
        if any(word in name.lower() for word in DATE_NAMES)
        and guess_date_format([row[position] for row in rows]) is not None
    ]
    return ColumnGuess(text, external_id if external_id != text else None, _only(dates))


def _only(names: Sequence[str]) -> str | None:
    return names[0] if len(names) == 1 else None


def _longest(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str | None:
    """Give the column of texts where names do not say it: prose, and clearly longer than any other column."""
    named = [name for name in columns if name.lower().split(" (")[0] in TEXT_NAMES]
    if named or not rows:
        return None
    means = sorted(
        (sum(len(row[position]) for row in rows) / len(rows), name) for position, name in enumerate(columns)
    )
    if len(means) > 1 and means[-1][0] < 3 * max(1.0, means[-2][0]):
        return None
    return means[-1][1] if means[-1][0] >= PROSE_LENGTH_MIN or len(means) == 1 else None
