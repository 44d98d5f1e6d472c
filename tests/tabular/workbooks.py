"""Reading workbooks back, as little of the format as ours use; LibreOffice and openpyxl read them too."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree as ET

NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def rows_of(content: bytes) -> list[list[str | float | None]]:
    """Give the cells: texts as texts, numbers as floats, None for empty ones; a formula is an error."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    assert not list(sheet.iter(f"{NAMESPACE}f"))
    return [[_value(cell) for cell in row] for row in sheet.iter(f"{NAMESPACE}row")]


def _value(cell: ET.Element) -> str | float | None:
    if not len(cell):
        return None
    if cell.get("t") != "inlineStr":
        return float(cell.findtext(f"{NAMESPACE}v") or "")
    text = cell.findtext(f"{NAMESPACE}is/{NAMESPACE}t") or ""
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)
