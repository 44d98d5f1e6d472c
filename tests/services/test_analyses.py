"""Single analyses: idempotent creation, corrections that lose nothing, trash."""

from typing import Any

import pytest
from django.core.management import call_command

from analyses.exceptions import EngineNotInstalledError, ValidationError
from analyses.models import Correction, TextAnalysis
from analyses.services import analyses
from tests.factories import POSITIVE, make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db


def test_create_twice_gives_the_same_row() -> None:
    """91. A second create of the same text and type returns the existing row."""
    first, created = analyses.create(text_content=POSITIVE, analysis_type="sentiment")
    second, created_again = analyses.create(text_content=POSITIVE, analysis_type="sentiment")
    other, created_other = analyses.create(text_content=POSITIVE, analysis_type="language")

    assert (created, created_again, created_other) == (True, False, True)
    assert first.pk == second.pk != other.pk
    call_command("check_data")


def test_created_row_knows_hash_and_length() -> None:
    """90. The hash is the SHA-256 of the UTF-8 text, the length counts characters."""
    row, _created = analyses.create(text_content="Grüße 🍣", analysis_type="sentiment")

    assert row.text_hash == "e141fcaa4585c46c310c0dc99f16751c512f89e6da7ceb0c5b573f41ae84768b"
    assert row.content_length == 7
    assert row.status == "pending"


@pytest.mark.parametrize("text", ["", "   \n", "x" * 10_001, "a\x00b", "half \ud83c"])
def test_bad_text_is_refused(text: str) -> None:
    """31. Empty and over-long texts are refused, with NUL and lone surrogates."""
    with pytest.raises(ValidationError) as caught:
        analyses.create(text_content=text, analysis_type="sentiment")

    assert caught.value.field == "text_content"
    assert not TextAnalysis.objects.exists()


def test_ten_thousand_characters_are_accepted() -> None:
    row, _created = analyses.create(text_content="x" * 10_000, analysis_type="sentiment")

    assert row.content_length == 10_000


def test_type_that_is_not_installed_is_refused() -> None:
    with pytest.raises(EngineNotInstalledError):
        analyses.create(text_content=POSITIVE, analysis_type="topics", optimization_tier="ultra")


def test_correction_keeps_what_the_model_said(editor: Any) -> None:
    row = make_scored(0.75)

    analyses.correct(row.pk, values={"sentiment_score": -0.5}, reason="irony", user=editor)
    analyses.correct(row.pk, values={"sentiment_score": -0.6}, reason="more irony", user=editor)

    row.refresh_from_db()
    correction = Correction.objects.get()
    assert row.sentiment_score == -0.6
    assert (correction.model_value, correction.human_value) == (0.75, -0.6)
    assert (correction.reason, correction.user) == ("more irony", editor)
    call_command("check_data")


def test_withdrawn_correction_gives_the_models_value_back(editor: Any) -> None:
    row = make_scored(0.75)
    analyses.correct(row.pk, values={"sentiment_score": -0.5}, reason="", user=editor)

    analyses.withdraw_correction(row.pk, field="sentiment_score", user=editor)

    row.refresh_from_db()
    assert row.sentiment_score == 0.75
    assert not Correction.objects.exists()
    call_command("check_data")


@pytest.mark.parametrize("value", [1.01, -2, float("nan"), float("inf"), "0.5", True, None])
def test_bad_score_is_refused(value: Any, editor: Any) -> None:
    """36. Scores out of bounds, NaN and infinities are refused and nothing changes."""
    row = make_scored(0.75)

    with pytest.raises(ValidationError, match=r"Give a number from -1.0 to 1.0"):
        analyses.correct(row.pk, values={"sentiment_score": value}, reason="", user=editor)

    row.refresh_from_db()
    assert row.sentiment_score == 0.75


def test_field_of_another_type_is_refused(editor: Any) -> None:
    row = make_scored(0.75)

    with pytest.raises(ValidationError, match="no such result"):
        analyses.correct(row.pk, values={"quality_score": 0.5}, reason="", user=editor)


def test_waiting_row_cannot_be_corrected(editor: Any) -> None:
    row = make_analysis()

    with pytest.raises(ValidationError, match="Only a finished analysis"):
        analyses.correct(row.pk, values={"sentiment_score": 0.5}, reason="", user=editor)


def test_edited_text_waits_for_its_engine_again(editor: Any) -> None:
    batch = make_batch()
    row = make_scored(0.75, batch_analysis=batch)

    analyses.edit_text(row.pk, text_content="Another text.", user=editor)

    row.refresh_from_db()
    batch.refresh_from_db()
    assert (row.status, row.sentiment_score, row.content_length) == ("pending", None, 13)
    assert (batch.completed_count, batch.waiting_count, batch.avg_processing_time_ms) == (0, 1, None)
    call_command("check_data")


def test_edit_to_the_text_of_another_single_analysis_is_refused(editor: Any) -> None:
    first, _ = analyses.create(text_content="One.", analysis_type="sentiment")
    second, _ = analyses.create(text_content="Two.", analysis_type="sentiment")

    with pytest.raises(ValidationError, match=f"Analysis {first.pk} holds this text"):
        analyses.edit_text(second.pk, text_content="One.", user=editor)


@pytest.mark.parametrize("status", ["pending", "completed", "error"])
def test_trash_and_restore_keep_the_counters(status: str, editor: Any) -> None:
    batch = make_batch()
    fields = {"sentiment_score": 0.5} if status == "completed" else {}
    row = make_analysis(batch_analysis=batch, status=status, **fields)
    make_scored(0.1, batch_analysis=batch)

    assert analyses.trash([row.pk], user=editor) == 1
    batch.refresh_from_db()
    assert batch.batch_size == 1
    call_command("check_data")
    assert analyses.restore([row.pk], user=editor) == 1

    batch.refresh_from_db()
    assert batch.batch_size == 2
    call_command("check_data")


def test_trashed_text_can_be_created_anew(editor: Any) -> None:
    first, _ = analyses.create(text_content=POSITIVE, analysis_type="sentiment")
    analyses.trash([first.pk], user=editor)

    second, created = analyses.create(text_content=POSITIVE, analysis_type="sentiment")

    assert created
    assert second.pk != first.pk
