"""Uploaded files: kept whole or not at all, under a name of our own."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyses.choices import ImportState
from analyses.exceptions import UnreadableFileError, ValidationError
from analyses.models import Import
from analyses.services import uploads

pytestmark = pytest.mark.django_db

CONTENT = b"id,text\n1,good\n"


@pytest.fixture
def spool(settings: object) -> Path:
    return Path(settings.SPOOL_DIR)  # type: ignore[attr-defined]


def files(spool: Path) -> list[str]:
    return sorted(path.name for path in spool.iterdir()) if spool.exists() else []


def test_an_upload_is_kept_hashed_and_looked_into(spool: Path) -> None:
    record = uploads.store_upload([CONTENT[:5], CONTENT[5:]], file_name="texts.csv", user=None)

    assert record.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (record.size_bytes, record.state, record.columns) == (15, ImportState.UPLOADED, ["id", "text"])
    assert files(spool) == [record.stored_name]
    assert uploads.spool_path(record).read_bytes() == CONTENT
    assert uploads.spool_path(record).stat().st_mode & 0o077 == 0


def test_an_upload_above_the_limit_leaves_no_file_and_no_row(spool: Path, settings: object) -> None:
    settings.UPLOAD_MAX_BYTES = 2 * 1024 * 1024  # type: ignore[attr-defined]
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(1)
            yield b"x" * 1024 * 1024

    with pytest.raises(ValidationError) as refused:
        uploads.store_upload(endless(), file_name="big.csv", user=None)

    assert refused.value.field == "file"
    assert refused.value.reason.startswith("The file is larger than 2 MiB. ")
    assert len(taken) == 3
    assert files(spool) == []
    assert not Import.objects.exists()


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\x89PNG\r\n", b"<!doctype html><p>"])
def test_what_is_no_table_leaves_no_file_and_no_row(content: bytes, spool: Path) -> None:
    """C10, C13."""
    with pytest.raises(UnreadableFileError):
        uploads.store_upload([content], file_name="texts.csv", user=None)

    assert files(spool) == []
    assert not Import.objects.exists()


def test_a_connection_lost_leaves_no_file(spool: Path) -> None:
    """F50."""

    def broken() -> Iterator[bytes]:
        yield CONTENT
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        uploads.store_upload(broken(), file_name="texts.csv", user=None)

    assert files(spool) == []


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\texts\\a.csv", "a.csv"),
        ("a\r\nX-Header: b.csv", "aX-Header: b.csv"),
        ("\u202egnp.csv", "gnp.csv"),
        ("\x00", "file"),
        ("n" * 300 + ".csv", "n" * 255),
        ("page.html", "page.html"),
    ],
)
def test_a_file_name_is_only_ever_shown(sent: str, shown: str, spool: Path) -> None:
    """C12: no path, no control characters, no more than 255."""
    record = uploads.store_upload([CONTENT], file_name=sent, user=None)

    record.refresh_from_db()
    assert record.file_name == shown
    assert files(spool) == [record.stored_name]


def test_reading_another_way_is_kept_and_seen_in_the_preview() -> None:
    content = "id;text\n1;Žluťoučký, kůň\n".encode("iso8859-2")
    record = uploads.store_upload([content], file_name="texts.csv", user=None)

    uploads.reinspect(record, encoding="iso8859-2", delimiter=";")

    found = uploads.preview(Import.objects.get(pk=record.pk))
    assert found.rows[0].values == ("1", "Žluťoučký, kůň")


@pytest.mark.parametrize(
    "choice",
    [
        {"encoding": "klingon"},
        {"encoding": "hex"},
        {"delimiter": "||"},
        {"delimiter": '"'},
        {"header_line": 9},
        {"header_line": 0},
    ],
)
def test_an_impossible_choice_is_refused_and_the_old_shape_stays(choice: dict[str, str]) -> None:
    record = uploads.store_upload([CONTENT], file_name="texts.csv", user=None)

    with pytest.raises(UnreadableFileError) as refused:
        uploads.reinspect(record, **choice)  # type: ignore[arg-type]

    assert str(refused.value).endswith(".")
    stored = Import.objects.get(pk=record.pk)
    assert (stored.encoding, stored.delimiter, stored.header_line) == ("utf-8", ",", 1)


def test_a_started_file_is_not_read_another_way() -> None:
    record = uploads.store_upload([CONTENT], file_name="texts.csv", user=None)
    Import.objects.filter(pk=record.pk).update(state=ImportState.READING)

    with pytest.raises(ValidationError, match="started already"):
        uploads.reinspect(record, delimiter=";")

    assert Import.objects.get(pk=record.pk).delimiter == ","


def test_a_preview_of_a_file_that_is_gone_says_so() -> None:
    record = uploads.store_upload([CONTENT], file_name="texts.csv", user=None)
    uploads.spool_path(record).unlink()

    with pytest.raises(UnreadableFileError, match="gone"):
        uploads.preview(record)
    with pytest.raises(UnreadableFileError, match="gone"):
        uploads.reinspect(record, delimiter=";")
