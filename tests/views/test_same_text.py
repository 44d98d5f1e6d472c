"""What a text's page says of the other analyses of the text."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from analyses.models import TextAnalysis
from analyses.services import analyses
from analyses.views import same_text
from tests.factories import POSITIVE, make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db


def page_url(row: TextAnalysis) -> str:
    return reverse("admin:analyses_textanalysis_change", args=[row.pk])


def differences(row: TextAnalysis) -> dict[int, str]:
    found = same_text.beside(row)
    assert found is not None
    return {one["id"]: one["difference"] for one in found["rows"]}


def test_other_tiers_say_how_far_they_are() -> None:
    shown = make_scored(0.5, text_content=POSITIVE, optimization_tier="basic")
    higher = make_scored(0.75, text_content=POSITIVE)
    lower = make_scored(-0.25, text_content=POSITIVE, batch_analysis=make_batch())
    same = make_scored(0.5, text_content=POSITIVE, batch_analysis=make_batch())
    waiting = make_analysis(text_content=POSITIVE, batch_analysis=make_batch())
    language = make_analysis(
        text_content=POSITIVE, analysis_type="language", status="completed", language_detected="en"
    )

    assert differences(shown) == {
        shown.pk: "same",
        higher.pk: "+0.25",
        lower.pk: "−0.75",
        same.pk: "same",
        waiting.pk: "–",
        language.pk: "",
    }


@pytest.mark.parametrize(
    ("analysis_type", "field", "one", "other"),
    [
        ("emotion", "emotion_scores", {"joy": 0.5}, {"joy": 0.6}),
        ("keywords", "keywords", ["bag"], ["crew"]),
        ("language", "language_detected", "en", "de"),
    ],
)
def test_results_without_a_score_differ_or_do_not(
    analysis_type: str, field: str, one: object, other: object
) -> None:
    rows = [
        make_analysis(
            text_content=POSITIVE, analysis_type=analysis_type, status="completed", **{field: value}
        )
        for value in (one, one, other)
    ]

    assert [differences(rows[0])[row.pk] for row in rows] == ["same", "same", "differs"]


def test_a_text_analysed_once_has_no_such_list(analyst_client: Client) -> None:
    row = make_scored(0.5, text_content=POSITIVE)

    assert same_text.beside(row) is None
    assert "This text, analysed" not in analyst_client.get(page_url(row)).content.decode()


def test_the_page_lists_them_and_links_to_all(analyst_client: Client, editor_client: Client) -> None:
    shown = make_scored(0.5, text_content=POSITIVE, optimization_tier="basic")
    batch = make_batch(batch_name="again: May")
    other = make_scored(0.75, text_content=POSITIVE, batch_analysis=batch, model_used="linear 1.0")

    page = analyst_client.get(page_url(shown)).content.decode()
    all_of_them = f"{reverse('admin:explore')}?text_hash={shown.text_hash}"

    assert f'<a href="{all_of_them}">2 times</a>' in page
    assert page_url(other) in page
    assert "linear 1.0" in page
    assert "again: May" in page
    assert "+0.25" in page
    assert "2 texts" in analyst_client.get(all_of_them).content.decode()


def test_a_row_in_the_trash_still_leads_to_the_live_ones(editor_client: Client, editor: object) -> None:
    shown = make_scored(0.5, text_content=POSITIVE, optimization_tier="basic")
    make_scored(0.75, text_content=POSITIVE)
    analyses.trash([shown.pk], user=editor)

    assert ">1 time</a>" in editor_client.get(page_url(shown)).content.decode()
