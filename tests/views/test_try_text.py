"""Try one text: what engines say and why, side by side, and nothing kept."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import registry
from analyses.engines.base import EngineFacts
from analyses.models import Job, TextAnalysis
from tests.actors import ACTORS, UnsureEngine, offer

URL = reverse("admin:try_text")


def test_every_installed_engine_answers_and_nothing_is_stored(analyst_client: Client) -> None:
    page = analyst_client.post(URL, {"text": "What a wonderful, friendly crew!"}).content.decode()

    for row in registry.installed():
        assert row.facts.model_used in page
    assert '<mark class="mark-positive' in page
    assert not TextAnalysis.objects.exists()
    assert not Job.objects.exists()


def test_answers_stand_by_type_and_tier(analyst_client: Client, actors: None) -> None:
    page = analyst_client.post(URL, {"text": "Anna is angry about the late parcel."}).content.decode()

    cards = re.findall(r'<article class="card" aria-labelledby="([a-z-]+)"', page)
    kinds = list(dict.fromkeys(card.partition("-")[0] for card in cards))
    assert kinds == [kind.value for kind in AnalysisType]
    tiers = [card.partition("-")[2] for card in cards if card.startswith("sentiment-")]
    assert tiers[:2] == ["basic", "standard"]


def test_classes_are_shown_with_their_probabilities(analyst_client: Client, actors: None) -> None:
    page = analyst_client.post(URL, {"text": "Anna is angry."}).content.decode()

    assert "Probabilities" in page
    assert re.search(r"anger</span>.*?0\.62", page, re.DOTALL)
    assert 'data-note="anger"' in page


def test_an_engine_that_does_not_know_says_so(analyst_client: Client, actors: None) -> None:
    offer(UnsureEngine)

    page = analyst_client.post(URL, {"text": "Hm."}).content.decode()

    assert "not sure" in page
    assert "the engine does not guess" in page
    assert ">None<" not in page


def test_slow_engines_are_asked_on_demand_alone(analyst_client: Client, actors: None) -> None:
    page = analyst_client.get(URL).content.decode()
    without = analyst_client.post(URL, {"text": "Anna."}).content.decode()
    asked = analyst_client.post(URL, {"text": "Anna.", "ask": "quality"}).content.decode()

    assert "quality: distant 1" in page
    assert "The model of the next building does not answer." not in without
    assert "The model of the next building does not answer." in asked


def test_a_slow_engine_that_is_not_there_cannot_be_asked(analyst_client: Client) -> None:
    page = analyst_client.get(URL).content.decode()

    assert "Ask these too" not in page
    assert analyst_client.post(URL, {"text": "Anna.", "ask": "quality"}).status_code == 200


def test_an_engine_that_fails_leaves_the_other_cards(
    analyst_client: Client, actors: None, caplog: pytest.LogCaptureFixture
) -> None:
    response = analyst_client.post(URL, {"text": "Please explode now."})

    page = response.content.decode()
    assert response.status_code == 200
    assert "The engine failed on this text; the log of the site says how." in page
    assert "fasttext-lid" in page
    assert "Traceback" in caplog.text
    assert "Please explode" not in caplog.text


def test_missing_extras_are_named_in_one_line(
    analyst_client: Client, actors: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = EngineFacts(
        AnalysisType.EMOTION, (OptimizationTier.ADVANCED,), "far", "1", ("en",), "Far.", "semantic", "no_such"
    )
    monkeypatch.setattr(registry, "missing", lambda: (facts,))

    page = analyst_client.get(URL).content.decode()

    assert "emotion (advanced): <code>pip install &#x27;.[semantic]&#x27;</code>" in page or (
        "emotion (advanced): <code>pip install '.[semantic]'</code>" in page
    )


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


def test_markup_is_shown_as_text(analyst_client: Client, actors: None) -> None:
    page = analyst_client.post(URL, {"text": "good <script>alert(1)</script> \u202egreat"}).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("text", ["🙂", "مرحبا بالعالم", "x" * 10_000, "\u0301" * 1_000, "a" + "\u200d" * 50])
def test_odd_texts_are_answered(analyst_client: Client, actors: None, text: str) -> None:
    assert analyst_client.post(URL, {"text": text}).status_code == 200


def test_an_outsider_is_refused(outsider_client: Client) -> None:
    assert outsider_client.post(URL, {"text": "Anna."}).status_code in {302, 403}


def test_every_actor_is_had(actors: None) -> None:
    names = {row.facts.name for row in registry.installed()}

    assert {actor.facts.name for actor in ACTORS} <= names
