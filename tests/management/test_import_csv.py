"""import_csv: the outcome as the issue words it, and sentences instead of tracebacks."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from analyses.choices import ImportState, JobKind
from analyses.management.commands import import_csv
from analyses.models import BatchAnalysis, Import, Job, TextAnalysis
from analyses.services import importing, imports, jobs

pytestmark = pytest.mark.django_db


def run(path: Path, *arguments: str) -> str:
    out = io.StringIO()
    call_command("import_csv", str(path), *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def texts_csv(tmp_path: Path) -> Path:
    path = tmp_path / "texts.csv"
    path.write_text(
        'id,text,created\n1,good,2015-07-01 12:00\n2,,2015-07-01 12:00\n\n3,"open,2015-07-01 12:00\n'
    )
    return path


def test_the_json_says_what_became_of_every_line(texts_csv: Path) -> None:
    outcome = json.loads(
        run(texts_csv, "--name", "My texts", "--type", "sentiment", "--type", "language", "--json")
    )

    batches = list(BatchAnalysis.objects.order_by("pk"))
    assert outcome == {
        "rows": 3,
        "accepted": 1,
        "rejected": 2,
        "skipped": 1,
        "errors": [
            {"line": 3, "column": "text", "reason": "The text is empty."},
            {"line": 5, "column": "", "reason": "A quote is opened and not closed."},
        ],
        "batches": [
            {"id": batches[0].pk, "analysis_type": "sentiment"},
            {"id": batches[1].pk, "analysis_type": "language"},
        ],
    }
    assert {batch.batch_name for batch in batches} == {"My texts"}


def test_at_most_a_hundred_errors_are_told(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("id,text\n" + "1,\n" * 150)

    outcome = json.loads(run(path, "--type", "sentiment", "--json"))

    assert (outcome["rejected"], len(outcome["errors"])) == (150, 100)


def test_columns_date_and_zone_are_mapped(texts_csv: Path) -> None:
    run(
        texts_csv,
        *("--type", "sentiment", "--text-column", "text", "--id-column", "id"),
        *("--date-column", "created", "--zone", "Europe/Berlin"),
    )

    row = TextAnalysis.objects.get()
    assert row.occurred_at is not None
    assert (row.external_id, row.occurred_at.isoformat()) == ("1", "2015-07-01T10:00:00+00:00")


def test_people_get_sentences(texts_csv: Path) -> None:
    told = run(texts_csv, "--type", "sentiment")

    assert "3 rows: 1 accepted, 2 rejected; 1 lines skipped." in told
    assert "line 5, whole line: A quote is opened and not closed." in told


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--text-column", "nope"), "The file has no column “nope”."),
        (("--date-column", "id"), "Choose how the dates are written."),
        (("--zone", "Mars/Base"), "“Mars/Base” is not a time zone."),
        (("--encoding", "klingon"), "“klingon” is not an encoding."),
        (("--delimiter", "||"), "The delimiter must be one character, no quote and no line end."),
        (("--header-line", "99"), "Line 99 holds no header."),
        (("--tier", "ultra"), "ultra"),
    ],
)
def test_mistakes_are_sentences_and_leave_no_batch(
    arguments: tuple[str, ...], sentence: str, texts_csv: Path
) -> None:
    with pytest.raises(CommandError) as refused:
        run(texts_csv, "--type", "sentiment", *arguments)

    assert sentence in str(refused.value)
    assert refused.value.returncode == 1
    assert not BatchAnalysis.objects.exists()


@pytest.mark.parametrize(("content", "sentence"), [(b"", "The file is empty."), (None, "No such file")])
def test_a_file_that_cannot_be_read_is_a_sentence(
    content: bytes | None, sentence: str, tmp_path: Path
) -> None:
    """C10."""
    path = tmp_path / "texts.csv"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CommandError, match=sentence):
        run(path, "--type", "sentiment")


def test_an_ambiguous_text_column_names_the_columns(tmp_path: Path) -> None:
    """C06."""
    path = tmp_path / "texts.csv"
    path.write_text("Text, text ,,TEXT\na,b,c,d\n")

    with pytest.raises(CommandError, match=r"--text-column: Text, text, column 3, TEXT"):
        run(path, "--type", "sentiment")
    run(path, "--type", "sentiment", "--text-column", "column 3")

    assert TextAnalysis.objects.get().text_content == "c"


class OtherWorker:
    """A worker that claims the job before the command can, and goes on whenever the command waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, dies: bool = False) -> None:
        self.dies = dies
        self.waits = 0
        real_start = imports.start

        def start(*arguments: Any, **options: Any) -> Import:
            record = real_start(*arguments, **options)
            self.claim = jobs.claim_job(Job.objects.filter(kind=JobKind.IMPORT_FILE), "another worker")
            return record

        monkeypatch.setattr(imports, "start", start)
        monkeypatch.setattr(import_csv, "Event", lambda: self)

    def wait(self, _seconds: float) -> None:
        self.waits += 1
        assert self.claim is not None
        if self.dies:
            Job.objects.filter(pk=self.claim.job_id).update(lease_until="2001-01-01T00:00:00Z")
        elif self.waits > 1:
            importing.run(self.claim)


@pytest.mark.parametrize("dies", [False, True])
def test_the_command_waits_for_a_worker_that_was_faster(
    dies: bool, texts_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reports what the other read, and reads itself where the other died."""
    other = OtherWorker(monkeypatch, dies=dies)

    outcome = json.loads(run(texts_csv, "--type", "sentiment", "--json"))

    assert other.waits == (1 if dies else 2)
    assert (outcome["accepted"], outcome["rejected"]) == (1, 2)
    assert Import.objects.get().state == ImportState.COMPLETED
    assert TextAnalysis.objects.count() == 1


@pytest.mark.data
def test_messy_14_says_which_columns_there_are(data_dir: Path) -> None:
    """C06."""
    path = data_dir / "messy" / "14_headers_dup_case_space.csv"

    with pytest.raises(CommandError, match=r"--text-column: .*Review Text"):
        run(path, "--type", "sentiment")

    assert (
        json.loads(run(path, "--type", "sentiment", "--text-column", "Review Text", "--json"))["accepted"]
        == 200
    )
