"""ZIP files that are written bit by bit."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator

import pytest

from analyses.tabular.archives import Archive


def test_what_goes_in_comes_out() -> None:
    archive = Archive()
    parts = [*archive.add("a.csv", [b"one", b"two"], is_large=True), *archive.add("b.json", [b"{}"])]

    with zipfile.ZipFile(io.BytesIO(b"".join([*parts, archive.close()]))) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == {"a.csv": b"onetwo", "b.json": b"{}"}


def test_bytes_are_given_while_the_file_goes_in() -> None:
    taken = 0

    def blocks() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield os.urandom(64 * 1024)

    given = Archive().add("a", blocks())
    next(given)

    assert taken < 5
    assert max(map(len, given)) < 512 * 1024


def test_an_archive_cut_off_is_none() -> None:
    archive = Archive()

    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"".join(archive.add("a.csv", [b"one"]))))
