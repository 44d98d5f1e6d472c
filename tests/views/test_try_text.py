"""Try one text: what engines say, and nothing kept."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from analyses.engines import registry
from analyses.engines.base import Span
from analyses.models import Job, TextAnalysis
from analyses.views.try_text import cut

URL = reverse("admin:try_text")


def test_every_installed_engine_answers_and_nothing_is_stored(analyst_client: Client) -> None:
    page = analyst_client.post(URL, {"text": "What a wonderful, friendly crew!"}).content.decode()

    for row in registry.installed():
        assert row.facts.model_used in page
    assert '<mark class="positive"' in page
    assert not TextAnalysis.objects.exists()
    assert not Job.objects.exists()


def test_text_never_stands_in_an_address(analyst_client: Client) -> None:
    page = analyst_client.get(URL, {"text": "leaked"}).content.decode()

    assert "leaked" not in page


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The text is empty."),
        ("  \n\t", "The text is empty."),
        ("x" * 10_001, "longer than 10,000 characters"),
        ("a\x00b", "Null characters are not allowed"),
    ],
)
def test_refused_text_has_a_sentence(analyst_client: Client, text: str, sentence: str) -> None:
    response = analyst_client.post(URL, {"text": text})

    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_too_long_text_stays_in_the_field(analyst_client: Client) -> None:
    page = analyst_client.post(URL, {"text": "lost luggage " * 800}).content.decode()

    assert page.count("lost luggage") == 800


def test_line_ends_of_a_browser_count_once(analyst_client: Client) -> None:
    response = analyst_client.post(URL, {"text": "a\r\n" * 5_000})

    assert response.status_code == 200


def test_markup_is_shown_as_text(analyst_client: Client) -> None:
    page = analyst_client.post(URL, {"text": "good <script>alert(1)</script> \u202egreat"}).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("text", ["🙂", "مرحبا بالعالم", "x" * 10_000, "\u0301" * 1_000, "a" + "\u200d" * 50])
def test_odd_texts_are_answered(analyst_client: Client, text: str) -> None:
    assert analyst_client.post(URL, {"text": text}).status_code == 200


def test_pieces_join_to_the_text() -> None:
    text = "bad, then good"

    pieces = cut(text, [Span(0, 3, -2.5), Span(2, 5, 1.0), Span(10, 14, 1.9)])

    assert "".join(piece.text for piece in pieces) == text
    assert [(piece.text, piece.tone) for piece in pieces if piece.tone] == [
        ("bad", "negative"),
        ("good", "positive"),
    ]
