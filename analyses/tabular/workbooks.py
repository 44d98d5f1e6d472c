"""XLSX out (ECMA-376, one sheet), streamed: texts are texts and never formulas, numbers are numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from django.utils.translation import gettext as _

from analyses.exceptions import UnwritableError
from analyses.tabular.archives import Archive
from analyses.tabular.writing import plain_cell

BLOCK_CHARACTERS = 64 * 1024
# What a cell holds at most, in UTF-16 units, and up to where a number keeps every digit.
CELL_UNITS_MAX = 32_767
WHOLE_NUMBER_MAX = 2**53

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_MIME}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_MIME}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
_SHEET = "xl/worksheets/sheet1.xml"
# The header stays in sight.
_SHEET_BEGIN = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
_SHEET_END = "</sheetData></worksheet>"
# What XML cannot hold is written _xHHHH_, and a text that looks like that is kept apart from it.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def write_workbook(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Write a header and rows; memory does not grow with the rows. Raises UnwritableError for a text too long."""
    archive = Archive()
    for name, content in _PARTS.items():
        yield from archive.add(name, [f"{_HEAD}{content}".encode()])
    yield from archive.add(_SHEET, _sheet(header, rows))
    yield archive.close()


def _sheet(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    parts, size = [_SHEET_BEGIN], 0
    for row in chain([header], rows):
        line = "".join(map(_cell, row))
        parts.append(f"<row>{line}</row>")
        size += len(line)
        if size >= BLOCK_CHARACTERS:
            yield "".join(parts).encode()
            parts, size = [], 0
    yield "".join([*parts, _SHEET_END]).encode()


def _cell(value: object) -> str:
    written = plain_cell(value)
    if isinstance(written, str):
        return _text(written)
    if isinstance(written, int) and abs(written) > WHOLE_NUMBER_MAX:
        return _text(str(written))
    return f"<c><v>{written!r}</v></c>"


def _text(text: str) -> str:
    if not text:
        return "<c/>"
    if len(text) > CELL_UNITS_MAX // 2 and len(text.encode("utf-16-le")) // 2 > CELL_UNITS_MAX:
        reason = _(
            "A text has more than %(limit)s characters, too many for a cell: choose CSV or JSON Lines."
        )
        raise UnwritableError(reason % {"limit": f"{CELL_UNITS_MAX:,}"})
    escaped = _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text).translate(_MARKUP)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escaped}</t></is></c>'
