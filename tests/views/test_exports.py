"""The export form, the download, and the pages of what was exported."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from analyses import choices
from analyses.choices import ExportState
from analyses.models import Export, Job, TextAnalysis
from analyses.queries import paging
from analyses.services import jobs
from analyses.services.workers import WorkLoop
from nlpadmin.middleware import SEEN_AT
from tests.factories import make_analysis, make_batch, make_import, make_scored
from tests.tabular.workbooks import rows_of
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db

FORM, FILE, LIST = "/explore/export/", "/explore/export/file/", "/exports/"


def page(client: Client, path: str, query: Any = None, status: int = 200) -> str:
    answer = client.get(path, query)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def made(client: Client, query: dict[str, Any]) -> Export:
    """Let the worker make a file and give its row."""
    answer = client.post(FORM, query)
    assert answer.status_code == 302
    record = Export.objects.latest("id")
    assert answer["Location"] == f"{LIST}{record.pk}/"
    return record


def work() -> None:
    loop = WorkLoop()
    while loop.step():
        pass


# --- The form -------------------------------------------------------------------------------------


def test_the_form_promises_the_exact_count_and_offers_all_columns(analyst_client: Client) -> None:
    batch = make_batch(source_import=make_import(columns=["text", "airline", "status"]))
    for score in (-0.5, -0.25, 0.5):
        make_scored(score, batch_analysis=batch)

    html = page(analyst_client, FORM, {"batch": batch.pk, "sentiment_max": 0, "sort": "-sentiment_score"})

    assert "2 texts" in html
    for name in (*choices.EXPORT_COLUMNS, "airline", "status (file)"):
        assert f'name="column" value="{name}"' in html
    assert f'<input type="hidden" name="batch" value="{batch.pk}">' in html
    assert '<option value="-sentiment_score" selected>' in html
    assert f'action="{FILE}"' in html


def test_what_the_form_sends_is_what_is_downloaded(analyst_client: Client) -> None:
    low, _high = make_scored(-0.5, text_content="=1"), make_scored(0.5)
    sent: dict[str, Any] = {
        "sentiment_max": "0",
        "sort": "-dated_at",
        "format": "jsonl",
        "column": ["id", "text_content"],
        "manifest": "1",
    }

    answer: Any = analyst_client.get(FILE, sent)
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        line, manifest = archive.read("text-analyses.jsonl"), json.loads(archive.read("manifest.json"))

    assert answer["Content-Type"] == "application/zip"
    assert json.loads(line) == {"id": low.pk, "text_content": "=1"}
    assert manifest["columns"] == ["id", "text_content"]
    assert manifest["filter"] == "sentiment_max=0"


@pytest.mark.parametrize("sort", ["", "id", "-sentiment_score"])
def test_the_direct_link_holds_the_lists_order(analyst_client: Client, sort: str) -> None:
    for score in (0.1, 0.3, 0.2):
        make_scored(score)
    make_analysis()
    query = {"sort": sort} if sort else {}

    answer: Any = analyst_client.get(FILE, query)
    records = list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline="")))

    html = page(analyst_client, "/explore/", query)
    listed = [row["id"] for row in paging.page(TextAnalysis.objects.live(), sort=sort).rows]
    assert [int(record["id"]) for record in records] == listed
    suffix = f"?sort={sort}" if sort else ""
    assert f'href="{FILE}{suffix}"' in html
    assert f'href="{FORM}{suffix}"' in html


def test_the_head_of_a_download_promises_its_rows(analyst_client: Client) -> None:
    make_scored(0.5)

    answer: Any = analyst_client.get(FILE)
    content = answer.getvalue()

    assert answer["Export-Rows"] == "1"
    assert answer["Content-Disposition"] == 'attachment; filename="text-analyses.csv"'
    manifest = analyst_client.get(answer["Export-Manifest"]).json()
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert (manifest["rows"], manifest["exported_by"], manifest["state"]) == (1, "ana", "completed")


def test_a_sheet_is_downloaded(analyst_client: Client) -> None:
    make_scored(0.5, text_content="=1+1")

    answer: Any = analyst_client.get(FILE, {"format": "xlsx", "column": "text_content"})

    assert rows_of(answer.getvalue()) == [["text_content"], ["=1+1"]]
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")


@pytest.mark.parametrize("path", [FORM, FILE])
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("status=lost", "status must be one of pending"),
        ("sort=text_content", "The list can be sorted by"),
        ("format=pdf", "format must be one of csv, jsonl, xlsx."),
        ("format=csv&format=xlsx", "format must be given once."),
        ("column=nonsense%00", "There is no column “nonsense”"),
        ("manifest=2", "manifest can only be 1."),
        ("nonsense=1", "“nonsense” is no filter"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    analyst_client: Client, path: str, query: str, sentence: str
) -> None:
    assert sentence in page(analyst_client, f"{path}?{query}", status=400)
    assert not Export.objects.exists()


def test_a_sheet_of_too_many_rows_leads_to_the_form(
    analyst_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "EXPORT_XLSX_ROWS_MAX", 1)
    for _ in range(2):
        make_analysis()

    answer = analyst_client.get(FILE, {"format": "xlsx", "status": "pending"})

    assert answer.status_code == 302
    html = page(analyst_client, answer["Location"])
    assert "These are 2 rows; XLSX holds up to 1." in html
    assert 'value="xlsx" disabled' in html
    assert not Export.objects.exists()


# --- Large ones -----------------------------------------------------------------------------------


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take two rows for more than a download holds."""
    monkeypatch.setattr(choices, "EXPORT_STREAM_ROWS_MAX", 1)
    for score in (0.5, 0.25):
        make_scored(score)


def test_a_large_export_is_made_by_the_worker(analyst_client: Client, few_at_once: None) -> None:
    answer = analyst_client.get(FILE, {"sort": "id", "sentiment_min": "0"})
    assert answer.status_code == 302
    html = page(analyst_client, answer["Location"])
    assert "Make the file" in html
    assert 'method="post"' in html

    record = made(analyst_client, {"sentiment_min": "0", "sort": "id", "format": "csv"})
    waiting = page(analyst_client, f"{LIST}{record.pk}/")
    work()
    done = page(analyst_client, f"{LIST}{record.pk}/")
    file: Any = analyst_client.get(f"{LIST}{record.pk}/file/")
    content = file.getvalue()

    assert "0 of 2 rows" in waiting
    assert f"{LIST}{record.pk}/progress/" in waiting
    assert f"{LIST}{record.pk}/progress/" not in done
    record.refresh_from_db()
    assert record.sha256 in done
    assert hashlib.sha256(content).hexdigest() == record.sha256
    assert file["Content-Length"] == str(len(content))
    assert file["Content-Disposition"] == 'attachment; filename="text-analyses.csv"'
    assert content.count(b"\r\n") == 3


def test_the_worker_reads_days_in_the_zone_that_the_filter_fixes(
    analyst_client: Client, few_at_once: None
) -> None:
    """Half past midnight in Berlin, which is the day before in UTC."""
    for _number in range(3):
        make_analysis(occurred_at=datetime(2026, 4, 30, 22, 30, tzinfo=UTC))

    days = {"date_from": "2026-05-01", "date_to": "2026-05-01", "zone": "Europe/Berlin"}
    record = made(analyst_client, {**days, "format": "csv"})
    work()

    record.refresh_from_db()
    assert (record.zone, record.state, record.row_count) == ("Europe/Berlin", ExportState.COMPLETED, 3)


def test_a_broken_download_of_a_file_goes_on(analyst_client: Client, few_at_once: None) -> None:
    record = made(analyst_client, {"format": "jsonl"})
    work()
    address = f"{LIST}{record.pk}/file/"
    whole: Any = analyst_client.get(address)
    content = whole.getvalue()

    rest: Any = analyst_client.get(address, headers={"range": "bytes=10-", "if-range": whole["ETag"]})
    other: Any = analyst_client.get(address, headers={"range": "bytes=10-", "if-range": '"another file"'})
    past = analyst_client.get(address, headers={"range": f"bytes={len(content)}-"})

    assert (rest.status_code, rest.getvalue()) == (206, content[10:])
    assert rest["Content-Range"] == f"bytes 10-{len(content) - 1}/{len(content)}"
    assert rest["Content-Length"] == str(len(content) - 10)
    assert (other.status_code, other.getvalue()) == (200, content)
    assert past.status_code == 416


def test_a_poll_is_answered_when_something_moved(analyst_client: Client, few_at_once: None) -> None:
    record = made(analyst_client, {"format": "csv"})
    address = f"{LIST}{record.pk}/progress/"

    first = analyst_client.get(address)
    assert first.status_code == 200
    assert analyst_client.get(address, {"version": "queued-0-False"}).status_code == 204

    Job.objects.update(error="There is no space.")
    assert "There is no space." in page(analyst_client, address, {"version": "queued-0-False"})
    work()
    assert analyst_client.get(address, {"version": "queued-0-False"}).status_code == 286


def test_an_export_is_cancelled_once(analyst_client: Client, few_at_once: None) -> None:
    record = made(analyst_client, {"format": "csv"})
    address = f"{LIST}{record.pk}/cancel/"

    assert analyst_client.get(address).status_code == 405
    for sentence in ("The export is cancelled.", "This export is over already."):
        assert sentence in analyst_client.post(address, follow=True).content.decode()
    record.refresh_from_db()
    assert record.state == ExportState.CANCELLED


def test_the_file_is_its_owners_alone_and_goes(
    analyst_client: Client, editor_client: Client, operator_client: Client, few_at_once: None
) -> None:
    record = made(analyst_client, {"format": "csv"})
    address = f"{LIST}{record.pk}/file/"
    assert analyst_client.get(address).status_code == 404
    work()

    assert [client.get(address).status_code for client in (editor_client, operator_client)] == [404, 404]
    assert analyst_client.get(address).getvalue()
    Export.objects.update(expires_at=jobs.in_future(-1))
    assert "not any more" in page(analyst_client, address, status=404)


# --- The list -------------------------------------------------------------------------------------


def test_everybody_sees_their_own_and_operators_see_all(
    analyst: User, analyst_client: Client, editor_client: Client, operator_client: Client
) -> None:
    make_scored(0.5)
    analyst_client.get(FILE, {"sentiment_min": 0}).getvalue()
    record = Export.objects.get()
    addresses = (f"{LIST}{record.pk}/", f"{LIST}{record.pk}/manifest.json", f"{LIST}{record.pk}/progress/")

    assert "sentiment_min=0" in page(analyst_client, LIST)
    assert "Nothing was exported yet" in page(editor_client, LIST)
    assert "<bdi>ana</bdi>" in page(operator_client, LIST)
    for address in addresses:
        assert editor_client.get(address).status_code == 404
        assert operator_client.get(address).status_code in (200, 286)
    assert editor_client.post(f"{LIST}{record.pk}/cancel/").status_code == 404


def test_the_list_goes_on_page_by_page(analyst: User, analyst_client: Client) -> None:
    values = {"file_name": "a.csv", "file_format": "csv", "zone": "UTC", "sort": "id", "created_by": analyst}
    records = [Export.objects.create(**values, row_count=number) for number in range(choices.PAGE_ROWS + 1)]

    first = page(analyst_client, LIST)
    second = page(analyst_client, LIST, {"older_than": records[1].pk})

    assert f'href="{LIST}?older_than={records[1].pk}"' in first
    assert f'href="{LIST}{records[0].pk}/"' in second
    assert f'href="{LIST}{records[0].pk}/"' not in first
    assert analyst_client.get(LIST, {"older_than": "x"}).status_code == 400


def test_a_list_costs_the_same_for_many(
    analyst: User, analyst_client: Client, django_assert_max_num_queries: Any
) -> None:
    values = {"file_name": "a.csv", "file_format": "csv", "zone": "UTC", "sort": "id", "created_by": analyst}
    Export.objects.bulk_create(Export(**values) for _ in range(30))
    page(analyst_client, LIST)

    with django_assert_max_num_queries(10):
        page(analyst_client, LIST)


def test_people_without_the_right_are_turned_away(
    client: Client, outsider_client: Client, analyst: User, analyst_client: Client
) -> None:
    record = Export.objects.create(
        file_name="a.csv", file_format="csv", zone="UTC", sort="id", created_by=analyst
    )
    own = f"{LIST}{record.pk}/"
    for path in (FORM, FILE, LIST, own, f"{own}file/", f"{own}manifest.json", f"{own}progress/"):
        assert client.get(path).status_code == 302
        assert outsider_client.get(path).status_code in (302, 403)
    for path in (FORM, f"{own}cancel/"):
        assert outsider_client.post(path).status_code in (302, 403)
    group = analyst.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="export_textanalysis"))
    for path in (FORM, FILE, LIST, own):
        assert analyst_client.get(path).status_code == 403
    assert reverse("admin:exports") not in page(analyst_client, "/")


def test_a_number_too_large_for_a_row_is_not_found(analyst_client: Client) -> None:
    assert analyst_client.get(f"{LIST}{10**30}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_an_open_download_holds_neither_the_session_nor_writers(analyst_client: Client) -> None:
    make_analysis()

    answer: Any = analyst_client.get(FILE)
    run_at_once(1, lambda _number: make_analysis())
    answer.close()

    # The first visit renews the session; the download that was broken off must not take that back.
    assert SEEN_AT in analyst_client.session
    assert Export.objects.get().state == ExportState.FAILED
