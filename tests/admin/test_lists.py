"""The admin's lists: what they show, how much they ask, what they export."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analyses.admin import records
from analyses.choices import EXPORT_COLUMNS
from analyses.models import BatchAnalysis, Correction, Import, RejectedLine, TextAnalysis
from analyses.services import analyses, batches
from tests.factories import make_analysis, make_batch, make_import, make_scored
from tests.searching import index_all

MODELS = ("textanalysis", "batchanalysis", "import", "correction", "rejectedline")
TEXTS = reverse("admin:analyses_textanalysis_changelist")
BATCHES = reverse("admin:analyses_batchanalysis_changelist")
IMPORTS = reverse("admin:analyses_import_changelist")


def list_url(model: str) -> str:
    return reverse(f"admin:analyses_{model}_changelist")


def lines(response: Any) -> list[dict[str, str]]:
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def make_records(count: int, user: User) -> None:
    for number in range(count):
        record = make_import()
        batch = make_batch(source_import=record)
        row = make_scored(0.5, batch_analysis=batch)
        analyses.correct(row.pk, values={"sentiment_score": -0.5}, reason="irony", user=user)
        RejectedLine.objects.create(source_import=record, line=number + 2, reason="too long", raw=b"x")


@pytest.mark.parametrize("model", MODELS)
def test_list_asks_as_often_for_many_rows_as_for_few(
    analyst_client: Client, editor: User, model: str, django_assert_num_queries: Any, connection_queries: Any
) -> None:
    make_records(2, editor)
    few = connection_queries(analyst_client, list_url(model))

    make_records(20, editor)

    assert connection_queries(analyst_client, list_url(model)) == few
    assert few <= 14


@pytest.mark.parametrize("model", MODELS)
def test_outsider_and_visitor_see_no_list(client: Client, outsider_client: Client, model: str) -> None:
    assert client.get(list_url(model)).status_code == 302
    assert outsider_client.get(list_url(model)).status_code == 302


def test_list_reads_an_excerpt_only(analyst_client: Client, captured_sql: Any) -> None:
    make_analysis(text_content="word " * 1_900 + "hidden-end")

    page, statements = captured_sql(analyst_client, TEXTS)

    assert "hidden-end" not in page
    assert page.count("word") < 100
    reading = [sql for sql in statements if "text_analyses" in sql and "COUNT" not in sql]
    assert reading
    assert all(
        "text_content" not in sql.replace("SUBSTR", "SUBSTRING").split("SUBSTRING")[0] for sql in reading
    )


def test_numbers_and_dates_are_for_people(analyst_client: Client) -> None:
    make_scored(0.15626661103791162)

    page = analyst_client.get(TEXTS).content.decode()

    assert "+0.16" in page
    assert "0.15626" not in page
    assert "<time datetime=" in page


def test_texts_are_listed_by_date_and_number_in_one_direction(analyst_client: Client) -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    late, early, also_late = (make_analysis(occurred_at=day + timedelta(days=days)).pk for days in (1, 0, 1))

    newest_first = analyst_client.get(TEXTS).context["cl"].result_list
    oldest_first = analyst_client.get(TEXTS, {"o": "6"}).context["cl"].result_list
    by_number = analyst_client.get(TEXTS, {"o": "0"}).context["cl"].result_list

    assert [row.pk for row in newest_first] == [also_late, late, early]
    assert [row.pk for row in oldest_first] == [early, late, also_late]
    assert [row.pk for row in by_number] == [late, early, also_late]


def test_text_cannot_leave_its_cell(analyst_client: Client) -> None:
    make_analysis(text_content="<img src=x onerror=alert(1)> \u202eevil")

    page = analyst_client.get(TEXTS).content.decode()

    assert "<img src=x" not in page
    assert '<span class="excerpt" dir="auto">&lt;img' in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"analysis_type": "language"}, {"lang"}),
        ({"status": "completed"}, {"done"}),
        ({"tier": "basic"}, {"lang"}),
    ],
)
def test_filters_give_exactly_their_rows(
    analyst_client: Client, query: dict[str, str], expected: set[str]
) -> None:
    rows = named_rows()

    assert listed(analyst_client, query) == {rows[name].pk for name in expected}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("HARBOUR", {"done"}),
        ("harbour nowhere", set()),
        ('"harbour office"', {"done"}),
        ("(office OR pier) -harbour", {"wait"}),
        ("ÉTÉ", {"lang"}),
        ("ext-7", {"wait"}),
        ("ext-8", set()),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_search_finds_what_the_texts_say_and_external_ids(
    analyst_client: Client, words: str, expected: set[str]
) -> None:
    rows = named_rows()
    index_all()

    assert listed(analyst_client, {"q": words}) == {rows[name].pk for name in expected}


@pytest.mark.django_db(transaction=True)
def test_found_rows_are_paged_through(analyst_client: Client) -> None:
    made = [make_analysis(text_content=f"Late train {number}").pk for number in range(120)]
    make_analysis(text_content="On time")
    index_all()

    pages = [listed(analyst_client, {"q": "train", "p": page}) for page in ("1", "2", "3")]

    assert pages == [set(made[70:]), set(made[20:70]), set(made[:20])]


def test_a_question_that_cannot_be_is_said(analyst_client: Client) -> None:
    make_analysis()

    response = analyst_client.get(TEXTS, {"q": '"late'})

    assert not response.context["cl"].result_list
    assert "A quotation mark is not closed." in response.content.decode()


def named_rows() -> dict[str, TextAnalysis]:
    return {
        "lang": make_analysis(analysis_type="language", optimization_tier="basic", text_content="l'ÉTÉ"),
        "done": make_scored(0.1, text_content="The harbour office"),
        "wait": make_analysis(text_content="A quiet pier", external_id="ext-7"),
    }


def listed(client: Client, query: dict[str, str]) -> set[int]:
    return {row.pk for row in client.get(TEXTS, query).context["cl"].result_list}


def test_a_number_finds_its_record(analyst_client: Client) -> None:
    row, _other = make_analysis(), make_analysis()

    for words in (str(row.pk), f"#{row.pk}"):
        listed = analyst_client.get(TEXTS, {"q": words}).context["cl"].result_list
        assert row.pk in [one.pk for one in listed]


def test_batch_filter_offers_batches_and_keeps_the_chosen_one(analyst_client: Client) -> None:
    batch, other = make_batch(batch_name="May reviews"), make_batch()
    row = make_analysis(batch_analysis=batch)
    make_analysis(batch_analysis=other)

    response = analyst_client.get(TEXTS, {"batch": batch.pk})

    assert [one.pk for one in response.context["cl"].result_list] == [row.pk]
    assert "May reviews" in response.content.decode()


def test_list_pages_through_the_first_matches_and_says_so(
    analyst_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "LIST_MATCHES_MAX", 60)
    for _ in range(62):
        make_analysis()

    page = analyst_client.get(TEXTS, {"p": 2})

    assert len(page.context["cl"].result_list) == 10
    assert "pages through the first 60 matches" in page.content.decode()
    assert "more than 60" in page.content.decode()


def test_too_many_words_find_nothing_and_say_why(analyst_client: Client) -> None:
    make_analysis(text_content="a b c d e f g h i j k")

    response = analyst_client.get(TEXTS, {"q": "a b c d e f g h i j k"})

    assert not response.context["cl"].result_list
    assert "at most 10 words" in response.content.decode()


def test_csv_holds_exactly_the_listed_rows(analyst_client: Client) -> None:
    kept = make_scored(0.25, text_content="=1+1")
    make_analysis(analysis_type="language")

    listed = analyst_client.get(TEXTS, {"status": "completed"})
    rows = lines(analyst_client.get(listed.context["export_url"]))

    assert [row["id"] for row in rows] == [str(kept.pk)]
    assert rows[0]["text_content"] == "'=1+1"
    assert rows[0]["sentiment_score"] == "0.25"


def test_csv_of_texts_is_that_of_every_export(analyst_client: Client, editor: User) -> None:
    batch = make_batch(source_import=make_import())
    row = make_scored(0.25, batch_analysis=batch, extra={"airline": "Quiet Air"})
    analyses.correct(row.pk, values={"sentiment_score": -0.5}, reason="irony", user=editor)

    (line,) = lines(analyst_client.get(f"{TEXTS}export.csv?status=completed"))

    assert tuple(line)[: len(EXPORT_COLUMNS)] == EXPORT_COLUMNS
    assert (line["airline"], line["sentiment_score"]) == ("Quiet Air", "-0.5")
    assert '"sentiment_score": 0.25' in line["corrected"]


def test_csv_of_texts_is_narrowed_as_the_list_is(analyst_client: Client) -> None:
    batch = make_batch(source_import=make_import())
    row = make_scored(0.25, batch_analysis=batch, extra={"airline": "Quiet Air"})
    make_analysis()

    (line,) = lines(analyst_client.get(f"{TEXTS}export.csv?status=completed"))

    assert (line["id"], line["airline"]) == (str(row.pk), "Quiet Air")


@pytest.mark.parametrize("model", MODELS)
def test_csv_asks_as_often_for_many_rows_as_for_few(analyst_client: Client, editor: User, model: str) -> None:
    url = f"{list_url(model)}export.csv"
    make_records(2, editor)
    analyst_client.get(list_url(model))  # the first visit also renews the session
    with CaptureQueriesContext(connection) as few:
        lines(analyst_client.get(url))

    make_records(20, editor)

    with CaptureQueriesContext(connection) as many:
        assert len(lines(analyst_client.get(url))) == 22
    assert len(many) <= len(few)


@pytest.mark.parametrize("model", MODELS)
def test_every_list_has_its_csv(analyst_client: Client, editor: User, model: str) -> None:
    make_records(3, editor)

    rows = lines(analyst_client.get(f"{list_url(model)}export.csv"))

    assert len(rows) == 3
    assert b"Export CSV" in analyst_client.get(list_url(model)).content


def test_csv_refuses_what_the_list_refuses(analyst_client: Client) -> None:
    assert analyst_client.get(f"{TEXTS}export.csv?status=odd").status_code == 400
    assert analyst_client.get(f"{TEXTS}export.csv?text_content__regex=a").status_code == 400


def test_unknown_filter_value_is_left_out_with_a_word(analyst_client: Client) -> None:
    response = analyst_client.get(TEXTS, {"status": "odd"}, follow=True)

    assert response.status_code == 200
    assert "was not understood" in response.content.decode()


def test_selected_rows_move_to_the_trash_after_a_question(editor_client: Client) -> None:
    batch = make_batch()
    row, kept = make_scored(0.5, batch_analysis=batch), make_scored(0.5, batch_analysis=batch)
    asked = {"action": "move_to_trash", "_selected_action": [row.pk], "index": 0}

    question = editor_client.post(TEXTS, asked)
    assert b"Move to the trash?" in question.content
    assert TextAnalysis.objects.live().count() == 2

    editor_client.post(TEXTS, {"action": "move_to_trash", "_selected_action": [row.pk], "post": "yes"})

    row.refresh_from_db()
    batch.refresh_from_db()
    assert row.deleted_at is not None
    assert (batch.batch_size, batch.completed_count) == (1, 1)
    assert [one.pk for one in editor_client.get(TEXTS).context["cl"].result_list] == [kept.pk]


def test_rows_come_back_from_the_trash(editor_client: Client, editor: User) -> None:
    row = make_scored(0.5)
    analyses.trash([row.pk], user=editor)
    trash = f"{TEXTS}?trash=yes"
    assert [one.pk for one in editor_client.get(trash).context["cl"].result_list] == [row.pk]

    editor_client.post(trash, {"action": "restore", "_selected_action": [row.pk], "index": 0})

    row.refresh_from_db()
    assert row.deleted_at is None


def test_batch_goes_to_the_trash_with_its_rows_and_back(editor_client: Client, editor: User) -> None:
    batch = make_batch()
    row = make_scored(0.5, batch_analysis=batch)

    editor_client.post(reverse("admin:analyses_batchanalysis_delete", args=[batch.pk]))

    row.refresh_from_db()
    assert row.deleted_at is not None
    assert not BatchAnalysis.objects.live().exists()

    batches.restore(batch.pk, user=editor)
    assert TextAnalysis.objects.live().get() == row


def test_analyst_cannot_use_the_trash(analyst_client: Client) -> None:
    row = make_analysis()

    analyst_client.post(TEXTS, {"action": "move_to_trash", "_selected_action": [row.pk], "post": "yes"})
    refused = analyst_client.post(reverse("admin:analyses_textanalysis_delete", args=[row.pk]))

    row.refresh_from_db()
    assert refused.status_code == 403
    assert row.deleted_at is None
    assert b"action-select" not in analyst_client.get(TEXTS).content


def test_records_without_a_form_cannot_be_written(editor_client: Client, editor: User) -> None:
    make_records(1, editor)
    correction, line, record = Correction.objects.get(), RejectedLine.objects.get(), Import.objects.get()

    for model, pk in (("correction", correction.pk), ("rejectedline", line.pk), ("import", record.pk)):
        url = reverse(f"admin:analyses_{model}_change", args=[pk])
        assert editor_client.get(url).status_code in {200, 302}
        assert editor_client.post(url, {"reason": "changed"}).status_code in {302, 403}
        assert editor_client.get(f"{list_url(model)}add/").status_code == 403
        assert editor_client.post(url.replace("change", "delete"), {"post": "yes"}).status_code == 403
    correction.refresh_from_db()
    assert correction.reason == "irony"
