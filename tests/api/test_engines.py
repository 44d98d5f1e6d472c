"""External engines through the API: claim, post, renew, release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from analyses.engines import configured, registry, specs
from analyses.models import TextAnalysis
from analyses.services import batches
from tests.api.conftest import Program
from tests.factories import make_analysis, make_batch

WISH = {"analysis_type": "sentiment", "optimization_tier": "ultra"}


@pytest.fixture(autouse=True)
def acme() -> Iterator[None]:
    """Name an external engine for sentiment at tier ultra."""
    spec = '[{"type": "sentiment", "name": "acme", "version": "3", "external": true}]'
    registry.configure(configured.providers(specs.read(spec), lease_seconds=60))
    yield
    registry.configure(())


def fill(count: int) -> None:
    batch = make_batch(optimization_tier="ultra")
    for _number in range(count):
        make_analysis(batch_analysis=batch)
    batches.enqueue_waiting(batch.pk)


def test_a_customers_model_is_the_worker(producer: Program) -> None:
    fill(3)

    claim = producer.post("/engines/claims", WISH).json()
    results = [{"id": one["id"], "value": 0.25} for one in claim["texts"]]
    stored = producer.post(
        f"/engines/claims/{claim['id']}/results", {"token": claim["token"], "results": results}
    )

    assert stored.json() == {"stored": 3, "left_alone": 0, "waiting": 0}
    assert set(TextAnalysis.objects.values_list("status", "sentiment_score", "model_used")) == {
        ("completed", 0.25, "acme 3")
    }
    assert producer.post("/engines/claims", WISH).status_code == 204


def test_results_cost_the_same_for_many_texts(producer: Program, django_assert_max_num_queries: Any) -> None:
    fill(40)

    with django_assert_max_num_queries(20):
        claim = producer.post("/engines/claims", WISH).json()
    results = [{"id": one["id"], "value": 0.25} for one in claim["texts"]]
    with django_assert_max_num_queries(35):
        producer.post(f"/engines/claims/{claim['id']}/results", {"token": claim["token"], "results": results})


def test_a_lost_claim_is_answered_409(producer: Program) -> None:
    fill(1)
    claim = producer.post("/engines/claims", WISH).json()
    address = f"/engines/claims/{claim['id']}"

    released = producer.post(f"{address}/release", {"token": claim["token"]})
    answers = [
        producer.post(f"{address}/renew", {"token": claim["token"]}),
        producer.post(f"{address}/release", {"token": claim["token"]}),
        producer.post(f"{address}/results", {"token": claim["token"], "results": [{"id": 1, "value": 0}]}),
        producer.post("/engines/claims/1000000/renew", {"token": "x"}),
    ]

    assert released.status_code == 200
    assert [one.status_code for one in answers] == [409] * 4
    assert answers[0].json()["error"] == "conflict"


def test_the_same_results_sent_again_get_the_first_answer(producer: Program) -> None:
    fill(1)
    claim = producer.post("/engines/claims", WISH).json()
    body = {"token": claim["token"], "results": [{"id": claim["texts"][0]["id"], "value": 0.5}]}

    answers = [
        producer.post(f"/engines/claims/{claim['id']}/results", body, headers={"idempotency-key": "r-1"})
        for _turn in range(2)
    ]

    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(
    ("wish", "field"), [({"optimization_tier": "basic"}, "analysis_type"), ({"batch_id": 0}, "batch_id")]
)
def test_a_wrong_wish_is_named(producer: Program, wish: dict[str, Any], field: str) -> None:
    answer = producer.post("/engines/claims", WISH | wish)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_a_wrong_result_is_named_and_nothing_is_stored(producer: Program) -> None:
    fill(2)
    claim = producer.post("/engines/claims", WISH).json()
    first, second = (one["id"] for one in claim["texts"])
    results = [{"id": first, "value": 0.5}, {"id": second, "value": 3}]

    answer = producer.post(
        f"/engines/claims/{claim['id']}/results", {"token": claim["token"], "results": results}
    )

    assert answer.json()["errors"] == [
        {"field": "results.1.sentiment_score", "reason": "Give a number from -1.0 to 1.0."}
    ]
    assert not TextAnalysis.objects.exclude(sentiment_score=None).exists()


def test_the_list_of_engines_tells_what_can_be_asked_for(
    reader: Program, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        items = reader.get("/engines").json()["items"]

    assert {
        "analysis_type": "sentiment",
        "optimization_tier": "ultra",
        "model_used": "acme 3",
        "languages": ["mul"],
        "is_external": True,
    } in items
    assert len(items) > 8
