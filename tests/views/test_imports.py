"""The import pages, from choosing a file to its refused lines."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from analyses.choices import AnalysisType
from analyses.engines import registry
from analyses.models import BatchAnalysis, Import, Job, RejectedLine
from tests.factories import make_batch, make_import

pytestmark = pytest.mark.django_db

REVIEWS = b"""id,text,written
1,The bag came late.,2/24/2015 11:35
2,A lovely crew!,2/25/2015 08:00
3,,2/26/2015 09:10
"""


def upload(client: Client, content: bytes = REVIEWS, *, name: str = "reviews.csv") -> Any:
    return client.post(reverse("admin:import_upload"), {"file": SimpleUploadedFile(name, content)})


def uploaded(client: Client, content: bytes = REVIEWS, *, name: str = "reviews.csv") -> Import:
    response = upload(client, content, name=name)
    assert response.status_code == 302, response.content.decode()
    return Import.objects.latest("pk")


def preview_of(client: Client, record: Import) -> str:
    response = client.get(reverse("admin:import_preview", args=(record.pk,)))
    assert response.status_code == 200
    return response.content.decode()


def start(client: Client, record: Import, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "start": "1",
        "text_column": "text",
        "id_column": "id",
        "date_column": "written",
        "date_format": "month/day/year",
        "zone": "America/New_York",
        "name": "May reviews",
        "analysis_types": ["sentiment", "language"],
        "tier": "standard",
    }
    return client.post(reverse("admin:import_preview", args=(record.pk,)), values | changes)


def page_of(client: Client, record: Import) -> str:
    response = client.get(reverse("admin:import", args=(record.pk,)))
    assert response.status_code == 200
    return response.content.decode()


def test_an_upload_leads_to_its_preview(editor_client: Client) -> None:
    response = upload(editor_client)

    record = Import.objects.get()
    assert response["Location"] == reverse("admin:import_preview", args=(record.pk,))
    assert (record.encoding, record.delimiter, record.header_line) == ("utf-8", ",", 1)
    assert record.size_bytes == len(REVIEWS)


def test_a_file_above_the_limit_is_refused_and_leaves_nothing(editor_client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    big = SimpleUploadedFile("big.csv", b"text\n" + b"x" * (1024 * 1024))

    response = editor_client.post(reverse("admin:import_upload"), {"file": big})

    assert response.status_code == 413
    assert "The file is larger than 1 MiB." in response.content.decode()
    assert not Import.objects.exists()
    assert list(settings.SPOOL_DIR.iterdir()) == []


def test_the_limit_is_said_before_the_upload(editor_client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 5 * 1024 * 1024

    page = editor_client.get(reverse("admin:import_upload")).content.decode()

    assert "At most 5.0\xa0MB." in page
    assert 'data-limit-bytes="5242880"' in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The submitted file is empty."),
        (b"\n\n", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "This is not a CSV file but a PNG picture."),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_sentence(
    editor_client: Client, content: bytes, sentence: str
) -> None:
    response = upload(editor_client, content)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Import.objects.exists()


def test_no_file_is_answered_with_what_to_do(editor_client: Client) -> None:
    response = editor_client.post(reverse("admin:import_upload"))

    assert response.status_code == 422
    assert "Choose a CSV file first." in response.content.decode()


def test_an_upload_without_the_token_is_refused(editor: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)

    assert upload(client).status_code == 403
    assert not Import.objects.exists()


def test_the_preview_shows_rows_and_preselects_what_is_clear(editor_client: Client) -> None:
    page = preview_of(editor_client, uploaded(editor_client))

    assert "The bag came late." in page
    assert '<option value="text" selected>' in page
    assert '<option value="month/day/year" selected>' in page
    assert '<option value="utf-8" selected>' in page


def test_an_ambiguous_file_preselects_no_text_column(editor_client: Client) -> None:
    content = b"Review Text;review text ;Comment\none good thing;two good things;three good things\n"

    page = preview_of(editor_client, uploaded(editor_client, content))

    select = page[page.index('name="text_column"') :].split("</select>")[0]
    assert '<option value="" selected>' in select


def test_refused_rows_are_shown_with_their_reason(editor_client: Client) -> None:
    content = b"id,text\n1,fine\n2,too,many\n3,also fine\n"

    page = preview_of(editor_client, uploaded(editor_client, content))

    assert "a shifted row is not to be trusted" in page
    assert "2,too,many" in page


def test_reading_again_keeps_the_shape_and_what_was_typed(editor_client: Client) -> None:
    record = uploaded(editor_client, "Export of May\nid;text\n1;Grüße\n".encode("cp1252"))
    address = reverse("admin:import_preview", args=(record.pk,))
    wanted = {"encoding": "cp1252", "delimiter": ";", "header_line": "2"}

    response = editor_client.post(
        address, {"read": "1", "name": "Typed name", "analysis_types": "language"} | wanted
    )

    page = response.content.decode()
    record.refresh_from_db()
    assert (record.encoding, record.delimiter, record.header_line) == ("cp1252", ";", 2)
    assert record.columns == ["id", "text"]
    assert "Grüße" in page
    assert 'value="Typed name"' in page
    assert 'value="language" checked' in page
    assert 'value="sentiment" checked' not in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("encoding", "rot13", "Select a valid choice. rot13 is not one of the available choices."),
        ("delimiter", "x", "Select a valid choice. x is not one of the available choices."),
        ("header_line", "0", "Ensure this value is greater than or equal to 1."),
        ("header_line", "9", "Line 9 holds no header."),
    ],
)
def test_an_impossible_reading_is_refused_and_the_old_one_stays(
    editor_client: Client, field: str, value: str, sentence: str
) -> None:
    record = uploaded(editor_client)
    reading = {"read": "1", "encoding": "utf-8", "delimiter": ",", "header_line": "1"}

    response = editor_client.post(
        reverse("admin:import_preview", args=(record.pk,)), reading | {field: value}
    )

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert "The bag came late." in response.content.decode()
    record.refresh_from_db()
    assert (record.encoding, record.delimiter, record.header_line) == ("utf-8", ",", 1)


def test_start_makes_a_batch_for_each_type_and_a_job(editor_client: Client, editor: User) -> None:
    record = uploaded(editor_client)

    response = start(editor_client, record)

    assert response["Location"] == reverse("admin:import", args=(record.pk,))
    assert list(BatchAnalysis.objects.order_by("pk").values_list("batch_name", "analysis_type")) == [
        ("May reviews", "sentiment"),
        ("May reviews", "language"),
    ]
    assert Job.objects.get().source_import == record
    record.refresh_from_db()
    assert (record.date_format, record.zone, record.created_by) == (
        "month/day/year",
        "America/New_York",
        editor,
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text_column": ""}, "Choose the column that holds the texts."),
        ({"text_column": "gone"}, "Select a valid choice. gone is not one of the available choices."),
        ({"id_column": "text"}, "Text, id and date must be different columns."),
        ({"date_format": ""}, "Choose how the dates are written, or choose no date column."),
        ({"zone": "Mars/Olympus"}, "“Mars/Olympus” is not a time zone"),
        ({"name": "  "}, "Give the batches a name."),
        ({"name": "x" * 201}, "Ensure this value has at most 200 characters"),
        ({"name": "a\x00b"}, "Null characters are not allowed."),
        ({"analysis_types": []}, "Choose at least one type of analysis."),
        ({"analysis_types": ["topics"], "tier": "ultra"}, "No engine for topics at tier ultra is installed"),
        ({"tier": "ultra"}, "at tier ultra is installed"),
    ],
)
def test_a_wrong_choice_is_explained_beside_it_and_nothing_starts(
    editor_client: Client, changes: dict[str, Any], sentence: str
) -> None:
    record = uploaded(editor_client)

    response = start(editor_client, record, **changes)

    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert 'value="language" checked' in page or "analysis_types" in changes
    assert not BatchAnalysis.objects.exists()


def test_types_without_an_engine_cannot_be_ticked_and_say_why(
    editor_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [row for row in registry.installed() if row.analysis_type != AnalysisType.TOPICS]
    monkeypatch.setattr(registry, "installed", lambda: tuple(others))

    page = preview_of(editor_client, uploaded(editor_client))

    assert 'value="topics" disabled' in page
    assert "No engine is installed." in page


def test_a_started_file_cannot_be_started_twice(editor_client: Client) -> None:
    record = uploaded(editor_client)
    start(editor_client, record)

    again = start(editor_client, record)

    assert again["Location"] == reverse("admin:import", args=(record.pk,))
    assert BatchAnalysis.objects.count() == 2


def test_the_same_file_is_offered_as_seen_before(editor_client: Client) -> None:
    first = uploaded(editor_client)
    start(editor_client, first)

    page = preview_of(editor_client, uploaded(editor_client))

    assert "This file was seen before:" in page
    assert f'href="{reverse("admin:import", args=(first.pk,))}"' in page


def test_the_columns_of_the_same_header_are_remembered(editor_client: Client) -> None:
    start(editor_client, uploaded(editor_client), id_column="", analysis_types=["language"])

    page = preview_of(editor_client, uploaded(editor_client, REVIEWS + b"4,More.,2/26/2015 09:10\n"))

    assert "As chosen for the same columns last time." in page
    assert 'value="America/New_York"' in page
    assert 'value="language" checked' in page


def test_the_page_of_an_import_shows_batches_and_waits_for_a_worker(editor_client: Client) -> None:
    record = uploaded(editor_client)
    start(editor_client, record)

    page = page_of(editor_client, record)

    assert "waiting for a worker" in page
    assert "No worker has ever been alive." in page
    for batch in BatchAnalysis.objects.all():
        assert f'href="{reverse("admin:batch", args=(batch.pk,))}"' in page
        assert f'href="/explore/?batch={batch.pk}&amp;status=error"' in page


def test_polls_answer_204_then_news_then_stop(analyst_client: Client) -> None:
    record = make_import(state="reading")
    address = reverse("admin:import", args=(record.pk,))
    version = page_of(analyst_client, record).split("?version=")[1].split('"')[0]
    headers = {"HX-Request": "true"}

    still = analyst_client.get(address, {"version": version}, headers=headers)
    Import.objects.update(accepted_count=5000)
    moved = analyst_client.get(address, {"version": version}, headers=headers)
    Import.objects.update(state="completed")
    over = analyst_client.get(address, {"version": version}, headers=headers)

    assert [answer.status_code for answer in (still, moved, over)] == [204, 200, 286]
    assert ">5,000<" in moved.content.decode()
    assert "every 2s" not in over.content.decode()


def make_rejected(record: Import) -> None:
    RejectedLine.objects.create(source_import=record, line=3, column="text", reason="No text.", raw=b"=1+1")
    RejectedLine.objects.create(source_import=record, line=2, reason="Holds a NUL.", raw=b"a\x00\xff")
    Import.objects.filter(pk=record.pk).update(rejected_count=2)


def test_rejected_lines_are_shown_in_their_order(analyst_client: Client) -> None:
    record = make_import()
    make_rejected(record)

    page = page_of(analyst_client, record)

    assert page.index("Holds a NUL.") < page.index("No text.")
    assert "a\\x00\\xff" in page


def test_rejected_lines_are_downloaded_safe_for_spreadsheets(analyst_client: Client) -> None:
    record = make_import(file_name='evil"\r\nSet-Cookie: x.csv')
    make_rejected(record)

    answer = analyst_client.get(reverse("admin:import_rejected_csv", args=(record.pk,)))

    assert answer.getvalue().decode().splitlines() == [
        "line,column,reason,raw",
        "2,,Holds a NUL.,a\\x00\\xff",
        "3,text,No text.,'=1+1",
    ]
    assert answer["Content-Disposition"] == f'attachment; filename="import-{record.pk}-rejected.csv"'


def test_raw_lines_of_a_wide_encoding_are_readable(analyst_client: Client) -> None:
    record = make_import(encoding="utf-16-le", rejected_count=1)
    RejectedLine.objects.create(source_import=record, line=2, reason="x", raw="1;Grüße".encode("utf-16-le"))

    assert "1;Grüße" in page_of(analyst_client, record)


def test_a_hostile_file_name_is_escaped_isolated_and_no_path(editor_client: Client, settings: Any) -> None:
    record = uploaded(editor_client, name="..\\..\\<b>\u202etxt.csv")

    page = preview_of(editor_client, record)

    assert "<b>\u202e" not in page
    assert "<bdi>&lt;b&gt;" in page
    assert [path.name for path in settings.SPOOL_DIR.iterdir()] == [record.stored_name]


def test_cancel_stops_the_import_and_keeps_its_batches(editor_client: Client) -> None:
    record = uploaded(editor_client)
    start(editor_client, record)

    page = editor_client.post(reverse("admin:import_cancel", args=(record.pk,)), follow=True).content.decode()

    record.refresh_from_db()
    assert record.state == "cancelled"
    assert Job.objects.get().state == "cancelled"
    assert "The import is cancelled. What was read stays." in page


def test_an_analyst_looks_but_does_not_import(analyst_client: Client) -> None:
    record = make_import(state="uploaded")
    make_batch(source_import=record)

    assert analyst_client.get(reverse("admin:import_upload")).status_code == 403
    assert analyst_client.get(reverse("admin:import_preview", args=(record.pk,))).status_code == 403
    assert analyst_client.post(reverse("admin:import_cancel", args=(record.pk,))).status_code == 403
    assert reverse("admin:import_cancel", args=(record.pk,)) not in page_of(analyst_client, record)


@pytest.mark.parametrize("name", ["import", "import_rejected_csv"])
def test_an_import_that_is_not_there_is_a_404(analyst_client: Client, name: str) -> None:
    assert analyst_client.get(reverse(f"admin:{name}", args=(10**25,))).status_code == 404


def test_a_file_that_is_gone_is_asked_for_again(editor_client: Client, settings: Any) -> None:
    record = uploaded(editor_client)
    (settings.SPOOL_DIR / record.stored_name).unlink()

    page = editor_client.get(reverse("admin:import_preview", args=(record.pk,)), follow=True).content.decode()

    assert "The uploaded file is gone. Please upload it again." in page
