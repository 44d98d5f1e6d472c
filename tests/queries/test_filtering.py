"""The one filter: what it finds, what it refuses and what it says."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyses.exceptions import InvalidFilterError
from analyses.models import Correction, TextAnalysis
from analyses.queries import filtering
from analyses.scales import bin_edges
from tests.factories import make_analysis, make_batch, make_import, make_scored

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")


def parse(query: str, **options: Any) -> filtering.Filtered:
    """Understand a query string as a reader in UTC would mean it."""
    return filtering.parse(QueryDict(query), **{"zone": UTC} | options)


def found(query: str, **options: Any) -> set[int]:
    """Give the ids of the rows that a query string finds."""
    return set(parse(query, **options).queryset.values_list("pk", flat=True))


def refusal(query: str) -> str:
    """Give the sentence with which a query string is refused."""
    with pytest.raises(InvalidFilterError) as caught:
        parse(query)
    return str(caught.value)


def dated(text: str, **fields: Any) -> TextAnalysis:
    """Make an analysis whose text was written at a moment."""
    return make_analysis(occurred_at=datetime.fromisoformat(text), **fields)


def test_no_condition_finds_every_live_row_without_asking_anything(django_assert_num_queries: Any) -> None:
    row = make_analysis()
    make_analysis(deleted_at=datetime(2026, 1, 1, tzinfo=UTC))

    with django_assert_num_queries(0):
        filtered = parse("sort=id&after=x&before=y&count=exact&q=&batch=")

    assert filtered.is_everything
    assert list(filtered.queryset) == [row]


@pytest.mark.parametrize(
    "query",
    [
        "analysis_type=language",
        "status=error",
        "status=error&status=cached",
        "optimization_tier=basic",
        "language=de",
        "model_used=linear+1.0",
        "external_id=+A-1",
        "error=No+words.",
    ],
)
def test_a_plain_condition_keeps_the_rows_that_meet_it(query: str) -> None:
    row = make_analysis(
        analysis_type="language",
        status="error",
        optimization_tier="basic",
        language_detected="de",
        model_used="linear 1.0",
        external_id=" A-1",
        error_message="No words.",
    )
    make_analysis(
        status="completed",
        language_detected="DE",
        model_used="linear 1.0 ",
        external_id="a-1",
        error_message="No",
    )

    assert found(query) == {row.pk}


def test_batch_and_import_keep_their_rows() -> None:
    source = make_import()
    batch = make_batch(source_import=source)
    sibling = make_batch(source_import=source, analysis_type="language")
    row, other = make_analysis(batch_analysis=batch), make_analysis(batch_analysis=sibling)
    make_analysis()

    assert found(f"batch={batch.pk}") == {row.pk}
    assert found(f"import={source.pk}") == {row.pk, other.pk}
    assert found(f"import={source.pk + 1}") == set()


def test_every_score_lies_in_exactly_one_bin() -> None:
    scores = [-1.0, -0.95, -0.9, -0.8999, -0.1, 0.0, 0.05, 0.1, 0.3, 0.7, 0.9, 0.99, 1.0]
    by_score = {score: make_scored(score).pk for score in scores}
    make_analysis()
    edges = bin_edges("sentiment")

    bins = [found(f"sentiment_min={low}&sentiment_max={high}") for low, high in itertools.pairwise(edges)]

    assert sum(map(len, bins)) == len(scores)
    assert set.union(*bins) == set(by_score.values())
    assert bins[0] == {by_score[-1.0], by_score[-0.95]}
    assert bins[1] == {by_score[-0.9], by_score[-0.8999]}
    assert bins[19] == {by_score[0.9], by_score[0.99], by_score[1.0]}


def test_the_maximum_is_left_out_below_the_end_of_the_scale() -> None:
    half = make_analysis(confidence_score=0.5, processing_time_ms=2.0)
    whole = make_analysis(confidence_score=1.0, processing_time_ms=3.0)

    assert found("confidence_max=0.5") == set()
    assert found("confidence_min=0.5&confidence_max=1") == {half.pk, whole.pk}
    assert found("processing_time_min=2&processing_time_max=3") == {half.pk}


def test_plain_dates_are_whole_days_in_the_readers_zone() -> None:
    early = dated("2026-03-28T23:30:00+00:00")
    late = dated("2026-03-29T21:59:59+00:00")
    next_day = dated("2026-03-29T22:00:00+00:00")

    assert found("date_from=2026-03-29&date_to=2026-03-29", zone=BERLIN) == {early.pk, late.pk}
    assert found("date_from=2026-03-29&date_to=2026-03-29") == {late.pk, next_day.pk}
    assert found("date_from=2026-03-30", zone=BERLIN) == {next_day.pk}


def test_moments_are_half_open_and_fall_back_on_the_creation() -> None:
    created = make_analysis(created_at=datetime(2026, 5, 1, 12, tzinfo=UTC))
    end = dated("2026-05-01T13:00:00+00:00")
    query = "date_from=2026-05-01T12:00:00Z&date_to=2026-05-01T15:00:00%2B02:00"

    assert found(query) == {created.pk}
    assert found(query.replace("%2B", " ")) == {created.pk}
    assert found("date_from=2026-05-01T13:00:00Z") == {end.pk}


def test_corrected_tells_corrected_rows_from_the_others() -> None:
    corrected, untouched = make_scored(0.5), make_scored(0.1)
    Correction.objects.create(analysis=corrected, field="sentiment_score", model_value=0.9, human_value=0.5)

    assert found("corrected=yes") == {corrected.pk}
    assert found("corrected=no") == {untouched.pk}


@pytest.mark.parametrize(
    "column",
    ["airline", "2024", "a.b", "Ünï çödé", "it's", "a$b", "a b", "%s", "[0]", "0", 'say "hi"', "back\\slash"],
)
def test_a_column_of_the_file_is_compared_exactly(column: str) -> None:
    batch = make_batch(source_import=make_import(columns=["id", "text", column]))
    row = make_analysis(batch_analysis=batch, extra={column: "Delta"})
    make_analysis(batch_analysis=batch, extra={column: "delta"})
    make_analysis(batch_analysis=batch, extra={column: "Delta "})
    make_analysis(batch_analysis=batch, extra={"other": "Delta"})
    query = QueryDict(mutable=True)
    query[f"extra.{column}"] = "Delta"

    assert found(query.urlencode()) == {row.pk}


def test_values_of_a_column_stay_what_the_file_said() -> None:
    batch = make_batch(source_import=make_import())
    rows = {
        value: make_analysis(batch_analysis=batch, extra={"airline": value}).pk
        for value in ("1", "01", "true", '"')
    }

    assert {value: found(f"extra.airline={value}") for value in rows} == {
        value: {pk} for value, pk in rows.items()
    }


def test_mapped_columns_and_those_of_other_files_are_unknown() -> None:
    make_import()
    other = make_import(columns=["id", "text", "country"])

    assert (
        refusal("extra.text=a")
        == "“extra.text” names no column of the imported files. There is extra.country, extra.airline."
    )
    assert refusal(f"import={other.pk}&extra.airline=a").endswith("There is extra.country.")
    assert refusal("extra.' OR 1=1").startswith("“extra.' OR 1” names no column")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("sentiment_min=abc", "sentiment_min must be a number from -1 to 1, not “abc”."),
        ("sentiment_max=1.01", "sentiment_max must be a number from -1 to 1, not “1.01”."),
        ("quality_min=nan", "quality_min must be a number from 0 to 1, not “nan”."),
        ("readability_max=1e999", "readability_max must be a number from 0 to 100, not “1e999”."),
        ("batch=99999999999999999999", "batch must be a whole number from 1, not “99999999999999999999”."),
        ("batch=%D9%A1", "batch must be a whole number from 1, not “١”."),
        ("import=-1", "import must be a whole number from 1, not “-1”."),
        (
            "analysis_type=mood",
            (
                "analysis_type must be one of sentiment, quality, emotion, language, keywords, "
                "readability, entities, topics, not “mood”."
            ),
        ),
        (
            "status=error&status=lost",
            "status must be one of pending, processing, completed, cached, error, not “error, lost”.",
        ),
        ("corrected=maybe", "corrected must be one of yes, no, not “maybe”."),
        ("q=a%00b", "q must be a text of at most 200 characters, without a NUL character, not “a\\x00b”."),
        ("batch=1&batch=2", "batch must be given once."),
        ("sentiment_min=0.5&sentiment_max=0.1", "sentiment_max must not be below sentiment_min."),
        ("date_from=2026-02-02&date_to=2026-02-01T00:00:00Z", "date_to must not be below date_from."),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(query: str, sentence: str) -> None:
    assert refusal(query) == sentence


@pytest.mark.parametrize(
    "value",
    [
        "9999-12-31",
        "0001-01-01",
        "1969-12-31",
        "2026-02-30",
        "2026-11-23T10:00:00",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "2026-11-23T10:00:00%2B99:99",
        "tomorrow",
        "2026-W05",
        "20261123",
    ],
)
def test_a_date_that_cannot_be_kept_is_refused(value: str) -> None:
    assert refusal(f"date_from={value}").startswith("date_from must be a date such as 2026-11-23 or a time")
    assert refusal(f"date_to={value}").startswith("date_to must be a date such as 2026-11-23 or a time")


def test_an_unknown_parameter_names_the_known_ones() -> None:
    sentence = refusal("text_content__regex=(a%2B)%2B")

    assert sentence.startswith(
        "“text_content__regex” is no filter. The filters are q, analysis_type, status,"
    )
    assert sentence.endswith(", import, emotion.<name>_min, emotion.<name>_max and extra.<column>.")
    assert "emotion.joy" not in sentence


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(InvalidFilterError) as caught:
        parse("colour=red&batch=x&sentiment_min=y")

    assert [error.field for error in caught.value.errors] == ["colour", "batch", "sentiment_min"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from([*filtering.TextAnalysisFilter.base_filters, "extra.airline", "extra.x", "x"]),
    value=st.one_of(
        st.text(max_size=300),
        st.integers().map(str),
        st.floats().map(str),
        st.datetimes().map(str),
        st.sampled_from(["9" * 5000, "[" * 5000, "%", "\\", "'", "1_000", "Infinity", "١", "\ud800"]),
    ),
)
@pytest.mark.django_db
def test_any_value_is_answered_with_rows_or_a_sentence(name: str, value: str) -> None:
    query = QueryDict(mutable=True)
    query[name] = value

    try:
        filtered = filtering.parse(query, zone=ZoneInfo("Pacific/Kiritimati"))
    except InvalidFilterError as error:
        sentences = [one.reason for one in error.errors]
    else:
        sentences = []
        list(filtered.queryset[:1])

    assert all(sentence.endswith(".") for sentence in sentences)


def test_chips_say_each_condition_and_lead_to_the_list_without_it() -> None:
    batch = make_batch(batch_name="May reviews", source_import=make_import())
    filtered = parse(
        f"analysis_type=sentiment&sentiment_min=-0.5&status=error&sentiment_max=0&status=cached"
        f"&batch={batch.pk}&extra.airline=Delta&corrected=no&sort=id"
    )

    assert [(chip.label, chip.text) for chip in filtered.conditions] == [
        ("Type", "sentiment"),
        ("Sentiment", "−0.5 to below 0"),
        ("Status", "error"),
        ("Status", "cached"),
        ("Batch", "May reviews"),
        ("airline", "Delta"),
        ("Corrected", "no"),
    ]
    assert "sentiment" not in filtered.conditions[1].remove_query.replace("analysis_type=sentiment", "")
    assert "status=cached" in filtered.conditions[2].remove_query
    assert "status=error" not in filtered.conditions[2].remove_query
    assert "sort" not in filtered.query


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("sentiment_min=-1", "from −1"),
        ("sentiment_max=0.25", "below 0.25"),
        ("sentiment_max=1", "up to 1"),
        ("sentiment_min=0.5&sentiment_max=1.0", "0.5 to 1"),
    ],
)
def test_a_range_is_said_in_words(query: str, text: str) -> None:
    assert parse(query).conditions[0].text == text


def test_a_changed_query_string_finds_what_it_says() -> None:
    filtered = parse("q=a%26b&status=error&status=cached")

    assert filtered.query == "q=a%26b&status=error&status=cached"
    assert filtered.query_with({"status": "completed", "batch": "3"}) == "q=a%26b&status=completed&batch=3"
    assert filtered.query_with({"q": None}) == "status=error&status=cached"
