"""The words of the OpenAPI document are those of the domain."""

from typing import get_args

from analyses import choices
from analyses.api import schemas
from analyses.queries import batch_lists


def test_the_documented_words_are_the_allowed_ones() -> None:
    assert list(get_args(schemas.AnalysisType)) == choices.AnalysisType.values
    assert list(get_args(schemas.Status)) == choices.AnalysisStatus.values
    assert list(get_args(schemas.Tier)) == choices.OptimizationTier.values
    assert get_args(schemas.BatchOrder) == batch_lists.SORT_COLUMNS
    assert list(get_args(schemas.State)) == choices.BatchState.values
