"""The page of a text analysis: correct, withdraw, edit, add, and who may."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from analyses import texts
from analyses.models import Correction, Job, TextAnalysis
from analyses.services import analyses, rollups
from tests.factories import make_analysis, make_batch, make_scored

ADD = reverse("admin:analyses_textanalysis_add")


def page_url(row: TextAnalysis) -> str:
    return reverse("admin:analyses_textanalysis_change", args=[row.pk])


def correct(client: Client, row: TextAnalysis, **values: object) -> int:
    return client.post(page_url(row), {"do": "correct", "reason": "irony", **values}).status_code


def test_correction_is_in_force_and_the_models_value_is_kept(editor_client: Client) -> None:
    row = make_scored(0.8)

    assert correct(editor_client, row, sentiment_score="-0.6") == 302

    row.refresh_from_db()
    kept = Correction.objects.get(analysis=row)
    page = editor_client.get(page_url(row)).content.decode()
    assert row.sentiment_score == -0.6
    assert (kept.model_value, kept.human_value, kept.reason) == (0.8, -0.6, "irony")
    assert "+0.80" in page
    assert "−0.60" in page
    assert "edi" in page
    assert not rollups.problems()


def test_withdrawn_correction_gives_the_model_its_word_back(editor_client: Client) -> None:
    row = make_scored(0.8)
    correct(editor_client, row, sentiment_score="-0.6")

    editor_client.post(page_url(row), {"do": "withdraw"})

    row.refresh_from_db()
    assert row.sentiment_score == 0.8
    assert not Correction.objects.exists()


def test_history_tells_who_corrected_what(editor_client: Client) -> None:
    row = make_scored(0.8)
    correct(editor_client, row, sentiment_score="-0.6")

    page = editor_client.get(reverse("admin:analyses_textanalysis_history", args=[row.pk])).content.decode()

    assert "Corrected sentiment_score." in page
    assert "edi" in page


@pytest.mark.parametrize(
    "value", ["1.01", "-1.01", "nan", "NaN", "inf", "-Infinity", "1e400", "", "abc", "9" * 5000, "0\x00"]
)
def test_impossible_score_is_refused(editor_client: Client, value: str) -> None:
    row = make_scored(0.8)

    assert correct(editor_client, row, sentiment_score=value) == 422

    row.refresh_from_db()
    assert row.sentiment_score == 0.8


@pytest.mark.parametrize(
    ("analysis_type", "field", "value"),
    [
        ("emotion", "emotion_scores", "[" * 50_000),
        ("emotion", "emotion_scores", '{"joy": NaN}'),
        ("emotion", "emotion_scores", '{"joy": 1' + "0" * 5000 + "}"),
        ("emotion", "emotion_scores", '{"joy": 2}'),
        ("emotion", "emotion_scores", '{"joy": "\\ud800"}'),
        ("emotion", "emotion_scores", '{"\\ud800": 0.5}'),
        ("emotion", "emotion_scores", "not json"),
        ("emotion", "emotion_scores", '{"joy": ' + " " * 100_000 + "0.5}"),
        ("emotion", "emotion_scores", "\x00"),
        ("keywords", "keywords", '{"a": 1}'),
        ("keywords", "keywords", '["\\u0000"]'),
        ("keywords", "keywords", '["\\ud83d"]'),
        ("topics", "topics", "[[[1]]]"),
        ("entities", "entities", '[{"text": {"deep": 1}}]'),
        ("entities", "entities", '[{"text": "\\udfff"}]'),
        ("entities", "entities", '[{"start": 1e999}]'),
        ("language", "language_detected", "a language"),
        ("language", "language_detected", "x" * 11),
        ("quality", "quality_score", "1.5"),
        ("readability", "readability_score", "-1"),
    ],
)
def test_impossible_result_is_refused(
    editor_client: Client, analysis_type: str, field: str, value: str
) -> None:
    row = make_analysis(analysis_type=analysis_type, status="completed")

    assert correct(editor_client, row, **{field: value}) == 422
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    ("analysis_type", "field", "typed", "stored"),
    [
        ("emotion", "emotion_scores", '{"joy": 0.5}', {"joy": 0.5}),
        ("keywords", "keywords", '["cabin", "crew"]', ["cabin", "crew"]),
        (
            "entities",
            "entities",
            '[{"text": "Oslo", "label": "PLACE"}]',
            [{"text": "Oslo", "label": "PLACE"}],
        ),
        ("topics", "topics", "[]", []),
        ("language", "language_detected", " PT-br ", "pt-br"),
        ("quality", "quality_score", "0.5", 0.5),
        ("readability", "readability_score", "100", 100.0),
    ],
)
def test_every_type_can_be_corrected(
    editor_client: Client, analysis_type: str, field: str, typed: str, stored: object
) -> None:
    row = make_analysis(analysis_type=analysis_type, status="completed")

    assert correct(editor_client, row, **{field: typed}) == 302

    row.refresh_from_db()
    assert getattr(row, field) == stored


def test_correction_needs_a_reason_and_keeps_what_was_typed(editor_client: Client) -> None:
    row = make_scored(0.8)

    response = editor_client.post(page_url(row), {"do": "correct", "sentiment_score": "-0.25", "reason": " "})

    assert response.status_code == 422
    assert 'value="-0.25"' in response.content.decode()


def test_waiting_row_offers_no_correction(editor_client: Client) -> None:
    row = make_analysis()

    assert "as soon as there is one" in editor_client.get(page_url(row)).content.decode()
    assert correct(editor_client, row, sentiment_score="0.1") == 422


def test_fields_of_other_columns_are_ignored(editor_client: Client) -> None:
    row = make_scored(0.8)
    extra = {"text_hash": "0" * 64, "status": "error", "id": "1", "quality_score": "0.3", "model_used": "me"}

    correct(editor_client, row, sentiment_score="0.1", **extra)

    after = TextAnalysis.objects.get(pk=row.pk)
    assert (after.text_hash, after.status, after.quality_score) == (row.text_hash, "completed", None)
    assert after.model_used == row.model_used


def test_edited_text_changes_hash_and_length_and_waits_again(editor_client: Client) -> None:
    batch = make_batch()
    row = make_scored(0.8, batch_analysis=batch, text_content="old words")

    editor_client.post(page_url(row), {"do": "text", "text_content": "new\r\nwords 🙂"})

    row.refresh_from_db()
    assert row.text_content == "new\nwords 🙂"
    assert (row.text_hash, row.content_length) == (texts.text_hash("new\nwords 🙂"), 11)
    assert (row.status, row.sentiment_score) == ("pending", None)
    assert Job.objects.filter(batch=batch).count() == 1
    assert not rollups.problems()


@pytest.mark.parametrize("text", ["  lead and trail \n", "a\nb", "a\r\nb", "\ttab\n\n"])
def test_saving_an_unchanged_text_changes_no_byte(editor_client: Client, text: str) -> None:
    row = make_scored(0.8, text_content=text)
    sent = text.replace("\r\n", "\n").replace("\n", "\r\n")  # as a browser sends it

    editor_client.post(page_url(row), {"do": "text", "text_content": sent})

    row.refresh_from_db()
    assert row.text_content == text
    assert row.sentiment_score == 0.8


@pytest.mark.parametrize("text", ["", " \n ", "x" * 10_001, "a\x00b"])
def test_text_that_cannot_be_kept_is_refused(editor_client: Client, text: str) -> None:
    row = make_scored(0.8)
    before = row.text_content

    response = editor_client.post(page_url(row), {"do": "text", "text_content": text})

    row.refresh_from_db()
    assert response.status_code == 422
    assert row.text_content == before


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "{{ 7*7 }}{% now 'Y' %}", "\u202e\u2066 آخر", "' OR 1=1 --"]
)
def test_hostile_text_is_shown_as_text(editor_client: Client, text: str) -> None:
    row = make_scored(0.8, text_content=text, extra={text: text}, external_id=text)

    page = editor_client.get(page_url(row)).content.decode()

    assert "<script>alert" not in page
    assert TextAnalysis.objects.get().text_content == text
    assert 'dir="auto"' in page


def test_analyst_sees_everything_and_changes_nothing(analyst_client: Client) -> None:
    row = make_scored(0.8, text_content="A calm sea.")

    page = analyst_client.get(page_url(row)).content.decode()
    statuses = {
        analyst_client.post(page_url(row), {"do": do, "sentiment_score": "0", "reason": "x"}).status_code
        for do in ("correct", "text", "withdraw", "restore", "")
    }

    assert "A calm sea." in page
    assert "Save the correction" not in page
    assert statuses == {403}
    assert analyst_client.get(ADD).status_code == 403
    assert analyst_client.post(ADD, {"text_content": "x"}).status_code == 403


def test_page_asks_a_constant_number_of_queries(editor_client: Client, connection_queries: object) -> None:
    row = make_scored(0.8, batch_analysis=make_batch())

    assert connection_queries(editor_client, page_url(row)) <= 14  # type: ignore[operator]


def test_page_asks_as_much_for_many_analyses_of_the_text_as_for_one_other(
    analyst_client: Client, connection_queries: Callable[[Client, str], int]
) -> None:
    shown = make_scored(0.5, text_content="A calm sea.")
    make_scored(0.5, text_content="A calm sea.", batch_analysis=make_batch())
    few = connection_queries(analyst_client, page_url(shown))
    for _turn in range(70):
        make_scored(0.5, text_content="A calm sea.", batch_analysis=make_batch())

    assert connection_queries(analyst_client, page_url(shown)) == few
    assert "all 72" in analyst_client.get(page_url(shown)).content.decode()


def test_row_in_the_trash_can_be_taken_out_and_not_corrected(editor_client: Client, editor: User) -> None:
    row = make_scored(0.8)
    analyses.trash([row.pk], user=editor)

    assert correct(editor_client, row, sentiment_score="0.1") == 422
    assert editor_client.post(page_url(row), {"do": "restore"}).status_code == 302

    row.refresh_from_db()
    assert row.deleted_at is None
    assert row.sentiment_score == 0.8


def test_adding_twice_gives_one_analysis(editor_client: Client) -> None:
    fields = {"text_content": "Twice.", "analysis_type": "sentiment", "optimization_tier": "standard"}

    first = editor_client.post(ADD, fields)
    again = editor_client.post(ADD, fields)

    assert first["Location"] == again["Location"]
    assert TextAnalysis.objects.count() == 1
    assert "exists already" in editor_client.get(again["Location"]).content.decode()


@pytest.mark.parametrize(("length", "status"), [(0, 422), (1, 302), (10_000, 302), (10_001, 422)])
def test_length_of_an_added_text(editor_client: Client, length: int, status: int) -> None:
    fields = {"text_content": "x" * length, "analysis_type": "sentiment", "optimization_tier": "basic"}

    assert editor_client.post(ADD, fields).status_code == status


@pytest.mark.parametrize(
    ("analysis_type", "tier"),
    [
        ("", "standard"),
        ("mood", "standard"),
        ("sentiment", ""),
        ("sentiment", "turbo"),
        ("sentiment", "ultra"),
    ],
)
def test_type_and_tier_must_be_installed(editor_client: Client, analysis_type: str, tier: str) -> None:
    fields = {"text_content": "Hello.", "analysis_type": analysis_type, "optimization_tier": tier}

    assert editor_client.post(ADD, fields).status_code == 422
    assert not TextAnalysis.objects.exists()


def test_batch_can_be_renamed_by_editors_only(editor_client: Client, analyst_client: Client) -> None:
    batch = make_batch(batch_name="old")
    url = reverse("admin:analyses_batchanalysis_change", args=[batch.pk])

    assert analyst_client.get(url).status_code == 200
    assert analyst_client.post(url, {"name": "mine"}).status_code == 403
    assert editor_client.post(url, {"name": " "}).status_code == 422
    assert editor_client.post(url, {"name": "x" * 201}).status_code == 422
    assert (
        editor_client.post(url, {"name": "May reviews", "batch_size": "999", "status": "error"}).status_code
        == 302
    )

    batch.refresh_from_db()
    assert (batch.batch_name, batch.batch_size, batch.status) == ("May reviews", 0, "pending")
