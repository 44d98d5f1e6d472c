"""The rows of an export: exactly the filtered ones in the list's order, our columns first, then the file's own."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet, Sum
from django.http import QueryDict
from django.utils.translation import gettext as _

from analyses.choices import EXPORT_COLUMNS, ExportFormat
from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis, Correction, Import, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import copied_exports, counting, own_columns, paging, rolled_up, snapshots
from analyses.queries.filtering import Filtered
from analyses.queries.paging import Cursor
from analyses.tabular.json_lines import write_objects
from analyses.tabular.workbooks import write_workbook
from analyses.tabular.writing import write_rows

logger = logging.getLogger(__name__)

BLOCK_ROWS = 1_000
ID_ORDER = "id"
NAME_SHOWN_MAX = 60
# What an export takes beside its filter.
PARAMETERS = ("sort", "column", "format", "manifest")

# Columns of the file that are not read from a column of the same name.
COLUMN_SOURCES = {"batch": "batch_analysis_id"}
CORRECTED = EXPORT_COLUMNS.index("corrected")
FIELDS = tuple(COLUMN_SOURCES.get(name, name) for name in EXPORT_COLUMNS if name != "corrected")

Values = Sequence[Any]

WRITERS: Mapping[str, Callable[[Sequence[str], Iterable[Values]], Iterator[bytes]]] = {
    ExportFormat.CSV: write_rows,
    ExportFormat.JSON_LINES: write_objects,
    ExportFormat.XLSX: write_workbook,
}


@dataclass(frozen=True)
class Selection:
    """What an export holds: a filter's rows, their order, and the columns by name; `own` are all the files' own."""

    filtered: Filtered
    sort: str
    own: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def places(self) -> list[int]:
        """Give where the chosen columns stand among all."""
        place = {name: index for index, name in enumerate(header(self.own))}
        return [place[name] for name in self.columns]

    @property
    def has_all_columns(self) -> bool:
        """Tell whether nothing is left out or moved."""
        return list(self.columns) == header(self.own)


@dataclass(frozen=True)
class Wanted:
    """An export that somebody asks for: the rows, and how they are written; days of the filter are days in `zone`."""

    selection: Selection
    zone: str
    file_format: str = ExportFormat.CSV
    is_packed: bool = False


def read(query: QueryDict, *, read_filter: Callable[[QueryDict], Filtered], zone: str, sort: str) -> Wanted:
    """Understand a query string: a filter and `sort`, `column` (repeated), `format`, `manifest=1`; no format is CSV.

    Raises InvalidFilterError, and ValidationError that names the parameter. `sort` is the order where none is given.
    """
    given = query.copy()
    chosen = {name: [one for one in given.pop(name, []) if one] for name in PARAMETERS}
    for name in ("sort", "format", "manifest"):
        if len(chosen[name]) > 1:
            raise ValidationError(name, _("%(name)s must be given once.") % {"name": name})
    file_format = "".join(chosen["format"]) or ExportFormat.CSV
    if file_format not in ExportFormat.values:
        accepted = ", ".join(ExportFormat.values)
        raise ValidationError("format", _("format must be one of %(accepted)s.") % {"accepted": accepted})
    if chosen["manifest"] not in ([], ["1"]):
        raise ValidationError("manifest", _("manifest can only be 1."))
    selection = select(read_filter(given), sort="".join(chosen["sort"]) or sort, columns=chosen["column"])
    return Wanted(selection, zone, file_format, is_packed=bool(chosen["manifest"]))


def select(filtered: Filtered, *, sort: str = ID_ORDER, columns: Sequence[str] = ()) -> Selection:
    """Choose order and columns (none: all of them); raise ValidationError for what there is not. One query at most."""
    own = own_columns_of(filtered)
    known = header(own)
    for name in columns:
        if name not in known:
            reason = _("There is no column “%(name)s”. There are: %(names)s.")
            shown = "".join(filter(str.isprintable, name[:NAME_SHOWN_MAX]))
            raise ValidationError("column", reason % {"name": shown, "names": ", ".join(known)})
    chosen = tuple(dict.fromkeys(columns)) or tuple(known)
    return Selection(filtered, paging.checked_sort(sort), tuple(own), chosen)


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
    if rolled_up.covers(filtered):
        counted = rolled_up.rows(filtered).values("batch").annotate(rows=Sum("count"))
        batches = batches.filter(pk__in=counted.filter(rows__gt=0).values("batch"))
    else:
        batches = batches.filter(pk__in=filtered.queryset.order_by().values("batch_analysis").distinct())
    return own_columns.of_imports(
        Import.objects.filter(pk__in=batches.values("source_import")).order_by("id")
    )


class Content:
    """The bytes of an export, to be read once and inside `opened`.

    `promised` is how many rows there are in the moment that `as_of` names; `count` grows with the rows that were given.
    """

    def __init__(self, selection: Selection, file_format: str = ExportFormat.CSV) -> None:
        self.selection = selection
        self.file_format = file_format
        self.promised = 0
        self.count = 0
        self.as_of: datetime | None = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold on to one moment and count its rows: what is read inside is what was promised."""
        with snapshots.snapshot():
            self.promised = counting.exact(self.selection.filtered).rows
            self.as_of = datetime.now(UTC)
            yield

    def __iter__(self) -> Iterator[bytes]:
        """Give the file in blocks."""
        names = self.selection.columns
        if connection.vendor != "postgresql" or self.file_format == ExportFormat.XLSX:
            yield from WRITERS[self.file_format](names, self._counted())
            return
        if self.file_format == ExportFormat.CSV:
            yield from write_rows(names, ())
        for block, count in self._copied():
            yield block
            self.count += count

    def is_whole(self) -> bool:
        """Tell whether all rows of the moment were given; one more query where that is not what was promised.

        The rollup promises in no time, and where it were wrong the rows themselves have the last word.
        """
        if self.count == self.promised:
            return True
        found = self.selection.filtered.queryset.order_by().count()
        logger.warning("%s rows were promised, %s given, %s found.", self.promised, self.count, found)
        return self.count == found

    def _copied(self) -> Iterator[tuple[bytes, int]]:
        selection = self.selection
        ours = [(COLUMN_SOURCES.get(name, name), False) for name in EXPORT_COLUMNS]
        everything = [*ours, *((name, True) for name in selection.own)]
        columns = [everything[place] for place in selection.places]
        ranges = paging.ranges(selection.filtered.queryset, selection.sort)
        if self.file_format == ExportFormat.CSV:
            return copied_exports.csv_blocks(ranges, columns)
        return copied_exports.json_blocks(ranges, columns, selection.columns)

    def _counted(self) -> Iterator[Values]:
        for row in rows(self.selection):
            yield row
            self.count += 1


def rows(selection: Selection) -> Iterator[Values]:
    """Walk the rows in order as values of the chosen columns, in flat memory; one more query for each 1,000 rows."""
    arrange = _arranger(selection)
    # Without a transaction PostgreSQL would compute the whole answer before it gives the first row.
    with snapshots.snapshot():
        for block in _blocks(selection.filtered.queryset, selection.sort):
            corrected = _corrected(row[0] for row in block)
            for *values, extra, _sorted_by in block:
                values.insert(CORRECTED, corrected.get(values[0]))
                yield arrange([*values, *((extra or {}).get(name) for name in selection.own)])


def _arranger(selection: Selection) -> Callable[[Values], Values]:
    places = selection.places
    if selection.has_all_columns:
        return tuple
    return itemgetter(*places) if len(places) > 1 else lambda row: (row[places[0]],)


def _blocks(queryset: TextAnalysisQuerySet, sort: str) -> Iterator[list[Values]]:
    """Give up to 1,000 rows at a time: our fields by FIELDS, the file's own, and what they are sorted by."""
    if connection.vendor == "mysql":
        yield from _by_key(queryset, sort)
        return
    ranges = paging.ranges(queryset, sort)
    stream = chain.from_iterable(_values(one, sort).iterator(chunk_size=BLOCK_ROWS) for one in ranges)
    while block := list(islice(stream, BLOCK_ROWS)):
        yield block


def _values(queryset: TextAnalysisQuerySet, sort: str) -> QuerySet[TextAnalysis, Any]:
    return queryset.annotate(sorted_by=F(sort.removeprefix("-"))).values_list(*FIELDS, "extra", "sorted_by")


def _by_key(queryset: TextAnalysisQuerySet, sort: str) -> Iterator[list[Values]]:
    """Ask again for each block: PyMySQL holds a whole answer in memory."""
    cursor: Cursor | None = None
    while block := _next_block(queryset, sort, cursor):
        yield block
        cursor = Cursor(sort, block[-1][-1], block[-1][0])


def _next_block(queryset: TextAnalysisQuerySet, sort: str, cursor: Cursor | None) -> list[Values]:
    for one in paging.ranges(queryset, sort, cursor):
        if block := list(_values(one, sort)[:BLOCK_ROWS]):
            return block
    return []


def _corrected(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Give what the model had said, by row and corrected field, in one query."""
    found: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for row_id, field, value in Correction.objects.filter(analysis__in=list(ids)).values_list(
        "analysis_id", "field", "model_value"
    ):
        found[row_id][field] = value
    return found
