"""Reading a file: every line exactly once, whatever stops the worker, and refusals that say why."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from analyses.choices import EXPORT_COLUMNS, ImportState, JobKind, JobState
from analyses.exceptions import LeaseLostError
from analyses.models import BatchAnalysis, Import, Job, RejectedLine, TextAnalysis
from analyses.services import batches, importing, imports, jobs, uploads
from analyses.services.imports import EXPORT_MAPPING, Mapping
from analyses.services.jobs import Claim
from analyses.tabular.writing import write_rows

pytestmark = pytest.mark.django_db

MESSY_OUTCOMES = {
    "01_bom_crlf_newlines": 1500,
    "03_cp1252_smart_quotes": 1529,
    "05_ragged": 900,
    "06_quotes": 773,
    "08_formula_like": 1039,
    "12_empty_duplicate_na": 342,
    "13_nul_bare_cr": 291,
    "14_headers_dup_case_space": 200,
    "17_header_only": 0,
}


def started(content: bytes, *, types: tuple[str, ...] = ("sentiment",), **mapping: Any) -> Import:
    record = uploads.store_upload([content], file_name="texts.csv", user=None)
    columns = EXPORT_MAPPING if record.is_export else Mapping(**{"text_column": "text"} | mapping)
    return imports.start(
        record.pk, mapping=columns, name="texts", analysis_types=types, tier="standard", user=None
    )


def claimed() -> Claim:
    claim = jobs.claim_job(Job.objects.filter(kind=JobKind.IMPORT_FILE), "test")
    assert claim is not None
    return claim


def read(content: bytes, **options: Any) -> Import:
    record = started(content, **options)
    importing.run(claimed())
    record.refresh_from_db()
    return record


def counts(record: Import) -> tuple[int, int, int]:
    return record.accepted_count, record.rejected_count, record.skipped_count


def kept_lines(record: Import) -> list[int | None]:
    rows = TextAnalysis.objects.filter(source_import=record).order_by("line_number")
    return list(rows.values_list("line_number", flat=True))


def refusals(record: Import) -> list[tuple[int, str, str]]:
    return list(record.rejected_lines.order_by("line").values_list("line", "column", "reason"))


def expire(claim: Claim) -> None:
    Job.objects.filter(pk=claim.job_id).update(lease_until=timezone.now() - timedelta(days=1))
    assert jobs.requeue_expired() == 1


def numbered(count: int) -> bytes:
    return b"id,text\r\n" + b"".join(b"%d,Text number %d.\r\n" % (n, n) for n in range(count))


def test_rows_keep_line_id_date_and_the_files_own_columns() -> None:
    content = b'id,text,day,place\n007,"two\nlines",2/24/2015 11:35,Rome\n008,fine,,=1+1\n'
    record = read(content, id_column="id", date_column="day", date_format="month/day/year", zone="Asia/Tokyo")

    first, second = TextAnalysis.objects.filter(source_import=record).order_by("line_number")
    assert (first.line_number, first.external_id, first.text_content) == (2, "007", "two\nlines")
    assert first.occurred_at is not None
    assert first.occurred_at.isoformat() == "2015-02-24T02:35:00+00:00"
    assert first.extra == {"place": "Rome"}
    assert (second.line_number, second.occurred_at, second.extra) == (4, None, {"place": "=1+1"})


def test_each_type_gets_a_batch_over_the_same_lines() -> None:
    record = read(numbered(3), types=("sentiment", "language"))

    sizes = dict(record.batches.values_list("analysis_type", "batch_size"))
    assert sizes == {"sentiment": 3, "language": 3}
    assert kept_lines(record) == [2, 2, 3, 3, 4, 4]
    call_command("check_data")


def test_refused_records_keep_line_column_reason_and_their_own_bytes() -> None:
    """C03, C04, C05, C07: as they came, in the file's encoding."""
    long = b"x" * 10_001
    content = (
        b"id,text,day\n1,caf\xe9,2015-01-01\n2,  ,2015-01-01\n3," + long + b",2015-01-01\n4,d\xe9j\xe0,nope\n"
    )
    content += b'5,\x00,2015-01-01\n6,"open,2015-01-01\n7,good,2015-01-01\n'
    record = read(content, date_column="day", date_format="iso", id_column="id")

    assert record.encoding == "cp1252"
    assert counts(record) == (2, 5, 0)
    assert refusals(record) == [
        (3, "text", "The text is empty."),
        (4, "text", "The text is longer than 10,000 characters."),
        (5, "day", "“nope” is not a date such as 2015-02-24 11:35."),
        (6, "text", "Holds a NUL character."),
        (7, "", "A quote is opened and not closed."),
    ]
    assert bytes(record.rejected_lines.get(line=5).raw) == b"4,d\xe9j\xe0,nope\n"


def test_an_id_too_long_is_refused_by_its_column() -> None:
    record = read(b"id,text\n" + b"9" * 201 + b",good\n", id_column="id")

    assert refusals(record) == [(2, "id", "The id is longer than 200 characters.")]


@pytest.mark.parametrize("crash_at", range(5))
@pytest.mark.parametrize("place", ["before", "within"])
def test_a_crash_at_any_block_leaves_each_line_once(
    crash_at: int, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C15: the checkpoint and the rows of a block are one effect."""
    monkeypatch.setattr(importing, "BLOCK_LINES", 2)
    content = numbered(9) + b"x\r\n\r\n10,last\r\n"
    record = started(content, types=("sentiment", "language"))
    claim = claimed()
    monkeypatch.setattr(importing, *failing_at(crash_at, place))
    with pytest.raises(ZeroDivisionError):
        importing.run(claim)
    monkeypatch.undo()
    expire(claim)

    importing.run(claimed())

    record.refresh_from_db()
    assert (record.state, counts(record)) == (ImportState.COMPLETED, (10, 1, 1))
    assert kept_lines(record) == sorted([*range(2, 11), 13] * 2)
    assert refusals(record) == [(11, "text", "The text is empty.")]
    assert set(record.batches.values_list("batch_size", flat=True)) == {10}
    call_command("check_data")


def failing_at(number: int, place: str) -> tuple[str, Callable[..., Any]]:
    """Give a step of the reader's worker that fails at its n-th call: before a block, or in its transaction."""
    name = "_store" if place == "before" else "targets_of"
    real, calls = getattr(importing, name), iter(range(100))

    def fail(*arguments: Any) -> Any:
        if next(calls) == number:
            raise ZeroDivisionError
        return real(*arguments)

    return name, fail


def test_a_worker_that_lost_its_lease_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BLOCK_LINES", 3)
    record = started(numbered(9))
    slow = claimed()
    blocks = importing.read_blocks(record)
    importing._store(slow, record, next(blocks))
    expire(slow)

    importing.run(claimed())
    with pytest.raises(LeaseLostError):
        importing._store(slow, record, next(blocks))

    assert kept_lines(record) == list(range(2, 11))
    call_command("check_data")


def test_one_import_is_claimed_once() -> None:
    started(numbered(1))

    claimed()

    assert jobs.claim_job(Job.objects.filter(kind=JobKind.IMPORT_FILE), "another") is None


def test_cancelling_stops_reading_and_keeps_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BLOCK_LINES", 4)
    record = started(numbered(9))
    claim = claimed()
    blocks = importing.read_blocks(record)
    importing._store(claim, record, next(blocks))

    imports.cancel(record.pk, user=None)
    with pytest.raises(LeaseLostError):
        importing._store(claim, record, next(blocks))

    record.refresh_from_db()
    assert (record.state, counts(record)) == (ImportState.CANCELLED, (4, 0, 0))
    assert kept_lines(record) == [2, 3, 4, 5]
    left = Job.objects.exclude(state=JobState.CANCELLED)
    assert [(job.kind, job.arguments["rows"]) for job in left] == [(JobKind.INDEX_TEXTS, 4)]
    call_command("check_data")


def test_a_file_gone_from_the_spool_fails_in_words() -> None:
    record = started(numbered(1))
    uploads.spool_path(record).unlink()

    importing.run(claimed())

    record.refresh_from_db()
    assert record.state == ImportState.FAILED
    assert record.error_message == "The uploaded file is gone. Please upload it again."
    assert Job.objects.get().state == JobState.FAILED


def test_an_empty_table_completes_at_once() -> None:
    """C10."""
    record = read(b"id,text\n")

    assert (record.state, counts(record)) == (ImportState.COMPLETED, (0, 0, 0))
    assert record.batches.get().batch_size == 0


def test_the_same_file_twice_gives_two_batches_each_with_every_line_once() -> None:
    """C15."""
    first, second = read(numbered(3)), read(numbered(3))

    assert first.sha256 == second.sha256
    assert kept_lines(first) == kept_lines(second) == [2, 3, 4]


def test_guards_are_taken_off_only_from_our_exports() -> None:
    """T07: an export imports unchanged; another file's apostrophes are its own."""
    own = ("note", "status (file)")
    values = dict.fromkeys(EXPORT_COLUMNS, "") | {
        "text_content": "=1+1",
        "external_id": "'=x",
        "status": "done",
    }
    values["occurred_at"] = "2015-02-24T16:35:00+00:00"
    exported = b"".join(write_rows((*EXPORT_COLUMNS, *own), [(*values.values(), "@note", "theirs")]))
    record = read(exported)
    other = read(b"text,note\n'=1+1,'@note\n")

    row = TextAnalysis.objects.get(source_import=record)
    assert (row.text_content, row.external_id) == ("=1+1", "'=x")
    assert row.extra == {"note": "@note", "status": "theirs"}
    assert row.occurred_at is not None
    assert row.occurred_at.isoformat() == "2015-02-24T16:35:00+00:00"
    untouched = TextAnalysis.objects.get(source_import=other)
    assert (untouched.text_content, untouched.extra) == ("'=1+1", {"note": "'@note"})


def test_long_refused_lines_make_short_blocks() -> None:
    """Memory: a block holds at most about 4 MiB of refused bytes, however many lines it may have."""
    line = b"1," + b"x" * 70_000 + b"\n"
    record = started(b"id,text\n" + line * 200)

    sizes = [sum(len(refused.raw) for refused in block.rejected) for block in importing.read_blocks(record)]

    assert len(sizes) == 4
    assert max(sizes) < 5 * 1024 * 1024


def test_a_batch_in_the_trash_gets_no_more_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BLOCK_LINES", 2)
    record = started(numbered(4), types=("sentiment", "language"))
    claim = claimed()
    blocks = importing.read_blocks(record)
    importing._store(claim, record, next(blocks))

    trashed = BatchAnalysis.objects.get(source_import=record, analysis_type="language")
    batches.trash(trashed.pk, user=None)
    importing._store(claim, record, next(blocks))

    by_type = {
        kind: TextAnalysis.objects.filter(source_import=record, analysis_type=kind).count()
        for kind in ("sentiment", "language")
    }
    assert by_type == {"sentiment": 4, "language": 2}


@pytest.mark.data
@pytest.mark.parametrize("stem", MESSY_OUTCOMES)
def test_messy_files_give_what_their_readme_states(stem: str, data_dir: Path) -> None:
    """C01-C07, C10, C11 with real texts."""
    content = (data_dir / "messy" / f"{stem}.csv").read_bytes()
    column = {"03": "comment", "14": "Review Text"}.get(stem[:2], "text")
    record = read(content, text_column=column)

    assert record.accepted_count == MESSY_OUTCOMES[stem]
    assert record.accepted_count == TextAnalysis.objects.filter(source_import=record).count()
    assert record.rejected_count == RejectedLine.objects.filter(source_import=record).count()


@pytest.mark.data
def test_messy_refusals_are_named(data_dir: Path) -> None:
    """C03, C05."""
    ragged = read((data_dir / "messy" / "05_ragged.csv").read_bytes())
    nul = read((data_dir / "messy" / "13_nul_bare_cr.csv").read_bytes())

    shifted = [reason for _line, _column, reason in refusals(ragged) if "shifted" in reason]
    empty = [column for _line, column, reason in refusals(ragged) if reason == "The text is empty."]
    assert (len(shifted), len(empty)) == (50, 51)
    assert [reason for _line, _column, reason in refusals(nul)] == ["Holds a NUL character."] * 9
