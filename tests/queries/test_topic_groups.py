"""The groups of a batch, counted so that every finished text is counted once."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from analyses.choices import AnalysisStatus, AnalysisType
from analyses.engines.topic_groups import Group, Groups, TopicGroupsEngine
from analyses.models import BatchAnalysis
from analyses.queries import topic_groups
from tests.factories import make_analysis, make_batch

pytestmark = pytest.mark.django_db

FOUND = Groups(
    (Group(("fare", "money"), {"fare": 0.8, "money": 0.6}), Group(("bread", "soup", "fare"), {"bread": 1.0})),
    {"fare": 2.0, "money": 1.5, "bread": 1.0},
    9,
)


def grouped_batch(*topics: Any, found: Groups | None = FOUND, **fields: Any) -> BatchAnalysis:
    """Make a batch with groups and rows with these topics."""
    settings = {"topic_groups": found.as_json()} if found else None
    batch = make_batch(analysis_type=AnalysisType.TOPICS, model_config=settings, **fields)
    for each in topics:
        make_analysis(
            batch_analysis=batch,
            status=AnalysisStatus.COMPLETED,
            topics=each,
            model_used=f"topic-groups 1 (batch {batch.pk})",
        )
    batch.refresh_from_db()
    return batch


def test_every_finished_text_is_counted_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    fare, bread = ["fare", "money"], ["bread", "soup", "fare"]
    batch = grouped_batch(fare, bread, bread, [], None, ["by hand", "fare"])
    make_analysis(batch_analysis=batch)
    make_analysis(batch_analysis=batch, status=AnalysisStatus.ERROR, error_message="no")

    with django_assert_num_queries(1):
        sizes = topic_groups.sizes(batch)

    assert sizes
    assert [(group.terms, group.texts) for group in sizes.groups] == [(tuple(bread), 2), (tuple(fare), 1)]
    assert [(one.first, one.texts) for one in sizes.others] == [("by hand", 1)]
    assert (sizes.without, sizes.left_out, sizes.sample) == (2, 0, 9)


def test_topics_by_people_beyond_ten_are_counted_together() -> None:
    batch = grouped_batch(*([f"own {number:02}"] for number in range(13)), ["own 12"])

    sizes = topic_groups.sizes(batch)

    assert sizes
    assert [one.first for one in sizes.others][:3] == ["own 12", "own 00", "own 01"]
    assert (len(sizes.others), sizes.left_out) == (10, 3)


def test_a_batch_without_groups_has_no_sizes(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    batch = grouped_batch(found=None)

    with django_assert_num_queries(0):
        assert topic_groups.sizes(batch) is None


def test_the_engine_of_a_row_is_rebuilt_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    row = grouped_batch(["fare", "money"]).text_analyses.get()

    with django_assert_num_queries(1):
        engine = topic_groups.find_engine(row)

    assert isinstance(engine, TopicGroupsEngine)
    assert engine.groups == FOUND
    assert engine.explain("What a fare").value == ["fare", "money"]
    assert engine.model_used == row.model_used


def test_other_rows_have_no_engine_of_a_batch(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    batch = grouped_batch(["fare"])
    row = batch.text_analyses.get()
    row.model_used = "topic-groups 1 (batch 999999)"
    labelled = make_analysis(
        analysis_type="topics", status="completed", model_used="topic-words 1", topics=[]
    )

    assert topic_groups.find_engine(row) is None
    with django_assert_num_queries(0):
        assert topic_groups.find_engine(labelled) is None
        assert topic_groups.find_engine(make_unsaved()) is None


def make_unsaved() -> Any:
    from analyses.models import TextAnalysis

    return TextAnalysis(analysis_type="sentiment", model_used="vader 3.3.2", batch_analysis_id=1)
