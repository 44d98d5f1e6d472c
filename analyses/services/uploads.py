"""Uploaded files: streamed to the spool under an internal name, looked into, found again by the worker."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _

from analyses.choices import BATCH_NAME_LENGTH_MAX, ImportState
from analyses.exceptions import UnreadableFileError, ValidationError
from analyses.models import Import
from analyses.tabular import reading
from analyses.tabular.dialects import Dialect
from analyses.tabular.reading import Preview, Shape

FILE_NAME_LENGTH_MAX = 255


def spool_path(record: Import) -> Path:
    """Give the place of an import's file."""
    return _spool() / record.stored_name


def _spool() -> Path:
    folder = Path(settings.SPOOL_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def store_upload(
    chunks: Iterable[bytes], *, file_name: str, user: Any, limit_bytes: int | None = None
) -> Import:
    """Keep a file and look into it; give its `imports` row, state uploaded.

    The file is first written as `.part`, then inspected, then renamed, then recorded: whatever stops this leaves no
    row, and no file but a `.part`. Raises ValidationError("file") above the limit (default UPLOAD_MAX_BYTES, None in
    a command: `limit_bytes` of 0 means none) and UnreadableFileError when it is no table of texts.
    """
    limit = settings.UPLOAD_MAX_BYTES if limit_bytes is None else limit_bytes
    stored_name = f"{secrets.token_hex(16)}.csv"
    part = _spool() / f"{stored_name}.part"
    try:
        sha256, size = _write(part, chunks, limit)
        found = reading.inspect_file(part)
        record = _new_import(found, file_name=file_name, stored_name=stored_name, user=user)
        record.sha256, record.size_bytes = sha256, size
        part.rename(spool_path(record))
        record.save()
    except BaseException:
        part.unlink(missing_ok=True)
        (_spool() / stored_name).unlink(missing_ok=True)
        raise
    return record


def _write(part: Path, chunks: Iterable[bytes], limit: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if limit and size > limit:
                raise ValidationError("file", too_large(limit))
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest(), size


def too_large(limit: int) -> str:
    """Say that a file is above the limit, and what to do."""
    mebibytes = f"{limit / 1024 / 1024:,.0f}"
    return _(
        "The file is larger than %(limit)s MiB. Split it, import it with `manage.py import_csv`,"
        " or ask an operator to raise UPLOAD_MAX_BYTES."
    ) % {"limit": mebibytes}


def _new_import(found: Preview, *, file_name: str, stored_name: str, user: Any) -> Import:
    shown_name = _printable(file_name)
    record = Import(
        name=Path(shown_name).stem[:BATCH_NAME_LENGTH_MAX] or shown_name[:BATCH_NAME_LENGTH_MAX],
        file_name=shown_name,
        stored_name=stored_name,
        created_by=user,
        state=ImportState.UPLOADED,
    )
    _apply(record, found)
    return record


def _printable(file_name: str) -> str:
    """Give the last part of a client's file name without control characters; it is only ever shown."""
    base = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in base if char.isprintable())[:FILE_NAME_LENGTH_MAX] or _("file")


def _apply(record: Import, found: Preview) -> None:
    shape = found.shape
    record.encoding = shape.encoding
    record.delimiter = shape.dialect.delimiter
    record.header_line = shape.header_line
    record.columns = list(shape.columns)
    record.header_hash = hashlib.sha256(orjson.dumps(record.columns)).hexdigest()
    record.is_export = found.is_our_export


def shape_of(record: Import) -> Shape:
    """Give how an import's file is read."""
    return Shape(
        encoding=record.encoding,
        dialect=Dialect(record.delimiter),
        header_line=record.header_line,
        columns=tuple(record.columns),
    )


def preview(record: Import) -> Preview:
    """Read the first rows as the import's shape says; raises UnreadableFileError."""
    return reading.inspect_file(
        _existing_path(record),
        encoding=record.encoding,
        delimiter=record.delimiter,
        header_line=record.header_line,
    )


def _existing_path(record: Import) -> Path:
    path = spool_path(record)
    if not path.exists():
        raise UnreadableFileError(_("The uploaded file is gone. Please upload it again."))
    return path


def reinspect(
    record: Import,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_line: int | None = None,
) -> Preview:
    """Read the file another way and keep that shape; raises UnreadableFileError and then keeps the old one.

    Only a file that still waits for its columns can be read another way.
    """
    found = reading.inspect_file(
        _existing_path(record), encoding=encoding, delimiter=delimiter, header_line=header_line
    )
    _apply(record, found)
    fields = ("encoding", "delimiter", "header_line", "columns", "header_hash", "is_export")
    waiting = Import.objects.filter(pk=record.pk, state=ImportState.UPLOADED)
    if not waiting.update(**{name: getattr(record, name) for name in fields}):
        raise ValidationError("file", _("This file was started already."))
    return found
