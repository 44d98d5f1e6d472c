"""A line of the query bar means parameters, and parameters are written as a line that means the same."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyses.exceptions import InvalidFilterError
from analyses.queries import filtering, query_bar
from tests.factories import make_batch, make_import

pytestmark = pytest.mark.django_db

LINES = [
    ("late delivery", [("q", "late delivery")]),
    ('"late delivery" -refund', [("q", '"late delivery" -refund')]),
    ('-"late delivery" (a OR b)', [("q", '-"late delivery" (a OR b)')]),
    ("type:sentiment status:error status:pending", [
        ("analysis_type", "sentiment"),
        ("status", "error"),
        ("status", "pending"),
    ]),
    ("sentiment:<-0.5 late", [("sentiment_max", "-0.5"), ("q", "late")]),
    ("sentiment:>=0.5", [("sentiment_min", "0.5")]),
    ("sentiment:>0.5", [("sentiment_min", "0.5000000000000001")]),
    ("quality:<=0.5", [("quality_max", "0.5000000000000001")]),
    ("readability:40..60", [("readability_min", "40"), ("readability_max", "60")]),
    ("emotion.anger:>=0.6", [("emotion.anger_min", "0.6")]),
    ("time:>=5 length:..40", [("processing_time_min", "5"), ("length_max", "40")]),
    ("lang:de model:vader-3.3.2", [("language", "de"), ("model_used", "vader-3.3.2")]),
    ('keyword:"lost bag" id:"a ""b"""', [("keyword", "lost bag"), ("external_id", 'a "b"')]),
    ("date:2026-05-01", [("date_from", "2026-05-01"), ("date_to", "2026-05-01")]),
    ("date:2026-05-01..2026-05-31", [("date_from", "2026-05-01"), ("date_to", "2026-05-31")]),
    ("date:>2026-05-01", [("date_from", "2026-05-02")]),
    ("date:<2026-05-01", [("date_to", "2026-04-30")]),
    ("date:<=2026-05-01", [("date_to", "2026-05-01")]),
    ("batch:7 import:8", [("batch", "7"), ("import", "8")]),
    ('extra.airline:United extra."home town":"New York"', [
        ("extra.airline", "United"),
        ("extra.home town", "New York"),
    ]),
    ("", []),
]  # fmt: skip


@pytest.mark.parametrize(("line", "parameters"), LINES)
def test_a_line_means_parameters(line: str, parameters: list[tuple[str, str]]) -> None:
    assert query_bar.parse(line) == parameters


@pytest.mark.parametrize("line", [line for line, _parameters in LINES])
def test_what_is_written_means_the_same(line: str) -> None:
    parameters = query_bar.parse(line)

    assert sorted(query_bar.parse(query_bar.write(parameters))) == sorted(parameters)


def test_a_batch_is_named_by_its_name() -> None:
    batch = make_batch(batch_name="May reviews")

    assert query_bar.parse('batch:"May reviews"') == [("batch", str(batch.pk))]
    assert query_bar.write([("batch", str(batch.pk))], batch_name="May reviews") == 'batch:"May reviews"'


def test_two_batches_of_one_name_are_told_apart_by_number() -> None:
    first, second = make_batch(batch_name="May"), make_batch(batch_name="May")

    with pytest.raises(InvalidFilterError) as caught:
        query_bar.parse("batch:May")

    assert f"batch:{first.pk}" in caught.value.errors[0].reason
    assert f"batch:{second.pk}" in caught.value.errors[0].reason


def test_columns_of_files_are_fields() -> None:
    make_import()

    assert query_bar.parse("airline:United") == [("extra.airline", "United")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("flavour:sweet", "there is no field “flavour”"),
        ("http://example.org", "put it in quotes"),
        ("sentiment:high", "sentiment:<0.5"),
        ("lang:", "a value is missing"),
        ('lang:""', "a value is missing"),
        ("-lang:de", "leaves out words only"),
        ("batch:nowhere", "There is no batch called “nowhere”"),
        ("x" * 3000, "not be longer than 2000"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(line: str, said: str) -> None:
    with pytest.raises(InvalidFilterError) as caught:
        query_bar.parse(line)

    assert said in caught.value.errors[0].reason


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from('ab:"-.<>=1 \x00\n(💬'), max_size=30))
def test_nonsense_is_a_line_or_a_sentence(line: str) -> None:
    with suppress(InvalidFilterError):
        parameters = query_bar.parse(line)
        query = QueryDict(mutable=True)
        for name, value in parameters:
            query.appendlist(name, value)
        filtering.parse(query, zone=UTC)
        assert sorted(query_bar.parse(query_bar.write(parameters))) == sorted(parameters)
