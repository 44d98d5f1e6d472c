"""A record's page says why: which words carried the result, or why it cannot be said."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analyses.choices import AnalysisType
from analyses.engines import registry
from analyses.models import TextAnalysis
from tests.factories import make_analysis, make_scored

TEXT = "A wonderful crew, but a terrible delay."


def page_url(row: TextAnalysis) -> str:
    return reverse("admin:analyses_textanalysis_change", args=[row.pk])


def explain_url(row: TextAnalysis) -> str:
    return reverse("admin:analyses_textanalysis_explain", args=[row.pk])


def page_of(client: Client, row: TextAnalysis) -> str:
    response = client.get(page_url(row))
    assert response.status_code == 200
    return response.content.decode()


def make_vader(text: str = TEXT, **fields: Any) -> TextAnalysis:
    """Store what VADER says of a text."""
    engine = registry.get_engine("sentiment", "basic")
    score = engine.analyze([text])[0].value
    return make_analysis(
        text_content=text,
        status="completed",
        model_used=engine.model_used,
        **{"sentiment_score": score} | fields,
    )


def test_the_words_that_carried_a_sentiment_are_marked_and_listed(analyst_client: Client) -> None:
    page = page_of(analyst_client, make_vader())

    assert re.findall(r'<mark class="(mark-\w+)[^>]*>(\w+)</mark>', page) == [
        ("mark-positive", "wonderful"),
        ("mark-negative", "terrible"),
    ]
    assert re.search(r"<bdi>terrible</bdi>.*?−3\.15", page, re.DOTALL)
    assert "another answer" not in page


def test_marks_of_a_corrected_row_explain_the_model(editor_client: Client) -> None:
    row = make_vader()
    editor_client.post(page_url(row), {"do": "correct", "reason": "irony", "sentiment_score": "0.9"})

    page = page_of(editor_client, row)

    assert "What follows explains the model’s answer, not the person’s." in page
    assert "another answer" not in page


def test_another_answer_than_the_stored_one_is_said(analyst_client: Client) -> None:
    page = page_of(analyst_client, make_vader(sentiment_score=0.9))

    assert "Asked again, the engine gives another answer than the one stored: −0.70" in page


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (
            "vader 1.0",
            "This result came from vader 1.0, which is not installed here: it cannot be explained.",
        ),
        (None, "Nothing says which engine gave this result: it cannot be explained."),
    ],
)
def test_a_result_of_an_engine_that_is_gone_says_so(
    analyst_client: Client, model: str | None, sentence: str
) -> None:
    page = page_of(analyst_client, make_scored(0.5, model_used=model))

    assert sentence in page
    assert "<mark" not in page


def test_a_row_without_a_result_explains_nothing(analyst_client: Client) -> None:
    for row in (make_analysis(), make_analysis(status="error", error_message="No words.")):
        page = page_of(analyst_client, row)

        assert 'id="why"' not in page
        assert "not sure" not in page


def test_an_engine_that_raises_is_logged_and_the_page_stands(
    analyst_client: Client, actors: None, caplog: pytest.LogCaptureFixture
) -> None:
    row = make_scored(0.5, text_content="Please explode.", model_used="linear 1")

    page = page_of(analyst_client, row)

    assert "The engine failed on this text; the log of the site says how." in page
    assert "ValueError" in caplog.text
    assert "Please explode" not in caplog.text


def test_a_slow_engine_is_not_asked_by_looking(
    analyst_client: Client, actors: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "get_engine", lambda *asked: pytest.fail("asked"))

    page = page_of(analyst_client, make_scored(-0.6, model_used="large 1", optimization_tier="ultra"))

    assert ">Explain</button>" in page


def test_a_slow_engine_explains_when_it_is_asked(analyst_client: Client, actors: None) -> None:
    row = make_scored(-0.6, text_content=TEXT, model_used="large 1", optimization_tier="ultra")

    whole = analyst_client.post(explain_url(row)).content.decode()
    part = analyst_client.post(explain_url(row), headers={"HX-Request": "true"}).content.decode()

    assert "<mark" in whole
    assert "<html" in whole
    assert "<mark" in part
    assert "<html" not in part
    assert "Probabilities" in part


def test_a_service_that_does_not_answer_gives_its_sentence(analyst_client: Client, actors: None) -> None:
    row = make_analysis(
        analysis_type="quality", status="completed", quality_score=0.5, model_used="distant 1"
    )

    page = analyst_client.post(explain_url(row)).content.decode()

    assert "The model of the next building does not answer." in page


def test_asking_is_a_post_of_people_who_may_look(
    analyst_client: Client, outsider_client: Client, actors: None
) -> None:
    row = make_vader()

    assert analyst_client.get(explain_url(row)).status_code == 405
    assert outsider_client.post(explain_url(row)).status_code in {302, 403}
    assert analyst_client.post(explain_url(row).replace(str(row.pk), "999999")).status_code == 404


RESULTS: list[tuple[str, dict[str, Any], str]] = [
    ("emotion", {"emotion_scores": {"anger": 0.62, "joy": 0.1}}, "<bdi>anger</bdi> 0.62"),
    ("language", {"language_detected": "de"}, "<bdi>German</bdi>"),
    ("language", {"language_detected": "und"}, "<bdi>undetermined</bdi>"),
    ("keywords", {"keywords": ["late bag", "crew"]}, "late bag, crew"),
    ("keywords", {"keywords": []}, "none found"),
    (
        "entities",
        {"entities": [{"text": name, "label": "name"} for name in ("Ada", "Bo", "Cy", "Di")]},
        '<span class="words">4: <bdi>Ada, Bo, Cy…</bdi></span>',
    ),
    ("topics", {"topics": ["delivery"]}, '<span class="tag"><bdi>delivery</bdi></span>'),
    ("quality", {"quality_score": 0.714}, "0.71"),
    ("readability", {"readability_score": 55.4}, "55.40"),
    ("sentiment", {"sentiment_score": -0.6}, '<span class="score negative">−0.60</span>'),
    *((kind.value, {}, '<span class="muted">not sure</span>') for kind in AnalysisType),
]


@pytest.mark.parametrize(("kind", "values", "shown"), RESULTS)
def test_every_result_is_shown_in_a_few_words(
    analyst_client: Client, kind: str, values: dict[str, Any], shown: str
) -> None:
    row = make_analysis(analysis_type=kind, status="completed", model_used="gone 1", **values)

    listed = analyst_client.get(reverse("admin:analyses_textanalysis_changelist")).content.decode()
    explored = analyst_client.get(reverse("admin:explore"), {"analysis_type": kind}).content.decode()
    page = page_of(analyst_client, row)

    assert shown in listed
    assert shown in explored
    assert "None" not in page
    if not values:
        assert "the engine does not guess" in page


def test_a_record_shows_its_result_whole(analyst_client: Client) -> None:
    emotion = make_analysis(
        analysis_type="emotion", status="completed", emotion_scores={"anger": 0.62, "joy": 0.1, "fear": 0.28}
    )
    entities = make_analysis(
        analysis_type="entities",
        status="completed",
        entities=[{"text": "Oslo", "label": "place"}, {"text": "a@example.org", "type": "e-mail"}],
    )

    mood, found = page_of(analyst_client, emotion), page_of(analyst_client, entities)

    assert re.findall(r'dir="auto">(anger|fear|joy)</span>', mood) == ["anger", "fear", "joy"]
    assert "2 entities" in found
    assert re.search(r"Oslo</th><td><bdi>place</bdi>", found)
    assert re.search(r"a@example\.org</th><td><bdi>e-mail</bdi>", found)


@pytest.mark.parametrize("value", [{"joy": "much"}, [], "text", 3, [{"label": 5}], [[1]], [None], {}])
@pytest.mark.parametrize(
    ("kind", "column"),
    [("emotion", "emotion_scores"), ("entities", "entities"), ("topics", "topics"), ("keywords", "keywords")],
)
def test_whatever_a_column_holds_can_be_shown(
    analyst_client: Client, kind: str, column: str, value: object
) -> None:
    row = make_analysis(analysis_type=kind, status="completed", **{column: value})

    assert page_of(analyst_client, row)
    assert analyst_client.get(reverse("admin:analyses_textanalysis_changelist")).status_code == 200
    assert analyst_client.get(reverse("admin:explore")).status_code == 200


def test_explaining_asks_the_database_nothing(
    editor_client: Client, connection_queries: Callable[..., int]
) -> None:
    explained = connection_queries(editor_client, page_url(make_vader()))
    waiting = connection_queries(editor_client, page_url(make_analysis(text_content="Not yet.")))

    assert explained == waiting
