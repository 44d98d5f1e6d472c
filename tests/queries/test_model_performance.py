"""What is known of models in few queries."""

from __future__ import annotations

from typing import Any

import pytest

from analyses.models import ModelPerformance
from analyses.queries import model_performance

pytestmark = pytest.mark.django_db


def make_model(name: str, **fields: Any) -> None:
    values = {"model_version": "1", "model_type": "sentiment", "avg_processing_time_ms": 2.5}
    counts = {"total_requests": 4, "successful_requests": 4}
    ModelPerformance.objects.create(model_name=name, **values | counts | fields)


def test_mean_times_are_those_of_models_of_the_type_that_answered(django_assert_num_queries: Any) -> None:
    make_model("fast", avg_processing_time_ms=0.5)
    make_model("slow")
    make_model("silent", successful_requests=0, error_count=4)
    make_model("other", model_type="language")

    with django_assert_num_queries(1):
        assert model_performance.mean_times_ms("sentiment") == {"fast 1": 0.5, "slow 1": 2.5}
    assert model_performance.mean_times_ms("topics") == {}
