"""The rows of an export: exactly the filtered ones, our columns first, the file's own behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from analyses.choices import EXPORT_COLUMNS
from analyses.models import BatchAnalysis, Correction, Import, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import copied_exports, own_columns
from analyses.queries.filtering import Filtered
from analyses.tabular.writing import write_rows

BLOCK_ROWS = 1_000

# Columns of the file that are not read from a column of the same name.
COLUMN_SOURCES = {"batch": "batch_analysis_id"}
CORRECTED = EXPORT_COLUMNS.index("corrected")
FIELDS = tuple(COLUMN_SOURCES.get(name, name) for name in EXPORT_COLUMNS if name != "corrected")

Values = Sequence[Any]


def header(own: Sequence[str]) -> list[str]:
    """Name the columns; one of the file's that is called like one of ours gets "(file)" behind its name."""
    taken = set(EXPORT_COLUMNS)
    return [
        *EXPORT_COLUMNS,
        *(name + own_columns.OWN_COLUMN_SUFFIX if name in taken else name for name in own),
    ]


def own_columns_of(filtered: Filtered) -> list[str]:
    """List the own columns of the files in the result, the oldest file's first; one query, none for one file."""
    if filtered.source_import is not None:
        return own_columns.of_imports([filtered.source_import])
    batches = BatchAnalysis.objects.filter(source_import__isnull=False)
    if not filtered.is_everything:
        batches = batches.filter(pk__in=filtered.queryset.order_by().values("batch_analysis").distinct())
    return own_columns.of_imports(
        Import.objects.filter(pk__in=batches.values("source_import")).order_by("id")
    )


class CsvExport:
    """The bytes of an export as CSV, in blocks, to be read once; `count` grows with the rows that were given."""

    def __init__(self, filtered: Filtered) -> None:
        self._filtered = filtered
        self._own = own_columns_of(filtered)
        self.count = 0
        self.is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        """Give the header, then the rows by id."""
        if connection.vendor == "postgresql":
            yield from write_rows(header(self._own), ())
            for block, count in copied_exports.blocks(self._filtered.queryset, self._own, COLUMN_SOURCES):
                yield block
                self.count += count
        else:
            yield from write_rows(header(self._own), self._counted())
        self.is_whole = True

    def _counted(self) -> Iterator[Values]:
        for row in rows(self._filtered, self._own):
            yield row
            self.count += 1


def rows(filtered: Filtered, own: Sequence[str]) -> Iterator[Values]:
    """Walk the rows by id as values in the header's order, in flat memory; one more query for each 1,000 rows."""
    for block in _blocks(filtered.queryset):
        corrected = _corrected(row[0] for row in block)
        for row in block:
            values, extra = list(row[:-1]), row[-1] or {}
            values.insert(CORRECTED, corrected.get(row[0], ""))
            yield [*values, *(extra.get(name) for name in own)]


def _blocks(queryset: TextAnalysisQuerySet) -> Iterator[list[Values]]:
    values = queryset.order_by("id").values_list(*FIELDS, "extra")
    if connection.vendor == "postgresql":
        # Outside a transaction the server would compute the whole answer before it gives the first row.
        with transaction.atomic():
            yield from _streamed(values)
    elif connection.vendor == "sqlite":
        # No transaction here: ours begin IMMEDIATE and would keep every writer out until the end.
        yield from _streamed(values)
    else:
        yield from _by_key(values)


def _streamed(values: QuerySet[TextAnalysis, Any]) -> Iterator[list[Values]]:
    """Read one answer bit by bit."""
    stream = values.iterator(chunk_size=BLOCK_ROWS)
    while block := list(islice(stream, BLOCK_ROWS)):
        yield block


def _by_key(values: QuerySet[TextAnalysis, Any]) -> Iterator[list[Values]]:
    """Ask again for each block: PyMySQL holds a whole answer in memory."""
    last_id = 0
    while block := list(values.filter(id__gt=last_id)[:BLOCK_ROWS]):
        yield block
        last_id = block[-1][0]


def _corrected(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Give what the model had said, by row and corrected field, in one query."""
    found: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for row_id, field, value in Correction.objects.filter(analysis__in=list(ids)).values_list(
        "analysis_id", "field", "model_value"
    ):
        found[row_id][field] = value
    return found
