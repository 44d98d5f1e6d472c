"""Conditions on results kept as JSON: exactly the rows that the lists of frequent values count."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from django.http import QueryDict

from analyses.exceptions import InvalidFilterError
from analyses.models import TextAnalysis
from analyses.queries import filtering, frequent_values
from tests import searching
from tests.factories import make_analysis

pytestmark = pytest.mark.django_db

AWKWARD = [
    "a",
    "A",
    "a ",
    " a",
    "á",
    "a\u0301",
    "a,b",
    "🍣",
    "🍺",
    '"',
    'say "hi"',
    "it's",
    "\\",
    "\\n",
    "line\nbreak",
    "%",
    "%s",
    "_",
    "null",
    "ß",
    "ss",
    "{x}",
    "$.a",
    "[0]",
    "1",
    "x" * 200,
]
# What the columns' own checks refuse, but a table may hold.
ODD = [
    {"a": "b"},
    {"a": True},
    {"a": ["a"]},
    {},
    [],
    "a",
    7,
    [["a"]],
    [1, None, True],
    [{"a": "a"}],
    [{"text": 1, "type": 3, "label": 4}],
    ["x" * 900],
    [""],
    [{"type": "", "label": "place", "text": ""}],
    [{"type": None, "label": "place"}],
    [{"type": 0, "label": "place"}],
    [{"type": ["x"], "label": "place"}],
    [[{"type": "place", "text": "a"}]],
    {"type": "place", "text": "a"},
]
COLUMNS = {
    "emotion": ("emotion_scores", "emotion"),
    "keywords": ("keywords", "keyword"),
    "entities": ("entities", "entity_kind"),
    "topics": ("topics", "topic"),
}


def make_done(kind: str, *values: Any, **fields: Any) -> list[TextAnalysis]:
    column = COLUMNS[kind][0]
    status = fields.pop("status", "completed")
    return [make_analysis(analysis_type=kind, status=status, **{column: value}, **fields) for value in values]


def found(*conditions: tuple[str, str]) -> list[Any]:
    """Give the results of the rows that meet conditions, in the order of their making."""
    query = QueryDict(mutable=True)
    for name, value in conditions:
        query.appendlist(name, value)
    rows = filtering.parse(query, zone=UTC).queryset
    return [
        next(one for one in row if one is not None)
        for row in rows.order_by("pk").values_list("emotion_scores", "keywords", "entities", "topics")
    ]


def refusal(query: str) -> str:
    with pytest.raises(InvalidFilterError) as caught:
        filtering.parse(QueryDict(query), zone=UTC)
    return str(caught.value)


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_counted_value_finds_as_many_rows(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frequent_values, "VALUES_MAX", 1000)
    make_done(kind, *ODD)
    for one in AWKWARD:
        lists: list[Any] = [[one, "other"], ["other", one, one]]
        if kind == "entities":
            lists = [[{"text": "x", "type": one}], [{"text": "x", "label": one}, {"type": "other"}]]
        if kind == "emotion":
            lists = [{one: 0.9, "other": 0.1}, {"other": 0.1, one: 1}]
        make_done(kind, *lists)

    counted = frequent_values.frequent_values(TextAnalysis.objects.live(), kind)

    assert counted is not None
    values = dict(counted.values)
    assert set(AWKWARD) <= set(values)
    assert {one: len(found((COLUMNS[kind][1], one))) for one in values} == values


@pytest.mark.parametrize("text", AWKWARD)
def test_an_entity_is_found_by_its_text_exactly(text: str) -> None:
    make_done("entities", *([{"text": "x"}, {"text": one, "type": "name"}] for one in AWKWARD), *ODD[:-2])

    assert found(("entity", text)) == [[{"text": "x"}, {"text": text, "type": "name"}]]


def test_of_equal_emotions_the_first_by_name_leads() -> None:
    ties = [{"joy": 0.5, "anger": 0.5, "neutral": 0.1}, {"anger": 0.5, "joy": 0.5}, {"joy": 1, "anger": 1.0}]
    make_done("emotion", *ties, {"joy": 0.5000001, "anger": 0.5})

    assert found(("emotion", "anger")) == ties
    assert found(("emotion", "joy")) == [{"joy": 0.5000001, "anger": 0.5}]


def test_several_emotions_widen_and_several_items_narrow() -> None:
    make_done("emotion", {"joy": 0.9}, {"anger": 0.9}, {"fear": 0.9})
    make_done("keywords", ["a", "b"], ["b"], ["a"])
    make_done("entities", [{"text": "Oslo", "type": "place"}, {"text": "Ann", "type": "name"}])

    assert found(("emotion", "joy"), ("emotion", "fear")) == [{"joy": 0.9}, {"fear": 0.9}]
    assert found(("keyword", "a"), ("keyword", "b")) == [["a", "b"]]
    assert len(found(("entity", "Oslo"), ("entity_kind", "name"), ("entity_kind", "place"))) == 1
    assert found(("entity", "Oslo"), ("entity", "Lyon")) == []


def test_only_finished_rows_are_found_as_only_they_are_counted() -> None:
    make_done("keywords", ["a"], status="pending")
    make_done("keywords", ["a"], status="error", error_message="No.")
    make_done("keywords", ["a", "b"], status="cached")

    assert found(("keyword", "a")) == [["a", "b"]]


@pytest.mark.parametrize("unusual", [{"joy": "0.5"}, {"joy": True}, {"joy": None}, ["joy"], "joy", {}, None])
def test_a_range_of_an_emotion_keeps_its_minimum_and_leaves_its_maximum(unusual: Any) -> None:
    make_done("emotion", {"joy": 0.2}, {"joy": 0.5, "fear": 0.1}, {"joy": 1}, {"fear": 0.5}, unusual)

    assert found(("emotion.joy_min", "0.2"), ("emotion.joy_max", "0.5")) == [{"joy": 0.2}]
    assert found(("emotion.joy_min", "0.5"), ("emotion.joy_max", "1")) == [
        {"joy": 0.5, "fear": 0.1},
        {"joy": 1},
    ]
    assert found(("emotion.joy_min", "0"), ("emotion.fear_max", "0.2")) == [{"joy": 0.5, "fear": 0.1}]


@pytest.mark.django_db(transaction=True)
def test_conditions_work_together_with_the_others() -> None:
    make_done("emotion", {"joy": 0.9}, text_content="A late bag.", confidence_score=0.9)
    make_done("emotion", {"joy": 0.8}, text_content="A late bag.", confidence_score=0.1)
    searching.index_all()

    assert found(("emotion", "joy"), ("q", "LATE"), ("confidence_min", "0.5"), ("status", "completed")) == [
        {"joy": 0.9}
    ]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("emotion.joy_min=nan", "emotion.joy_min must be a number from 0 to 1, not “nan”."),
        ("emotion.joy_max=1.1", "emotion.joy_max must be a number from 0 to 1, not “1.1”."),
        (
            "emotion.joy_min=0.5&emotion.joy_max=0.1",
            "emotion.joy_max must not be below emotion.joy_min.",
        ),
        (
            "emotion.luck_min=0.5",
            (
                "“emotion.luck_min” is no filter. There is emotion.<name>_min and emotion.<name>_max for "
                "anger, disgust, fear, joy, neutral, sadness, surprise."
            ),
        ),
        (
            "emotion=joy&emotion=jpy",
            (
                "emotion must be one of anger, disgust, fear, joy, neutral, sadness, surprise, or another "
                "emotion that results have, not “jpy”."
            ),
        ),
        (
            "keyword=a&keyword=b%00",
            ("keyword must be a text of at most 1000 characters, without a NUL character, not “a, b\\x00”."),
        ),
        ("entity=" + "&entity=".join("abcdefghijklmnopqrstu"), "entity can be given 20 times at most."),
        ("emotion.joy_min=0.1&emotion.joy_min=0.2", "emotion.joy_min must be given once."),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(query: str, sentence: str) -> None:
    assert refusal(query) == sentence


@pytest.mark.parametrize("value", ["\ud800", "x" * 1001])
@pytest.mark.parametrize("name", ["emotion", "keyword", "entity", "entity_kind", "topic"])
def test_texts_that_no_database_holds_are_refused(name: str, value: str) -> None:
    query = QueryDict(mutable=True)
    query[name] = value

    with pytest.raises(InvalidFilterError, match=f"^{name} must be "):
        filtering.parse(query, zone=UTC)


def test_an_emotion_of_other_engines_is_known_once_a_row_has_it(django_assert_num_queries: Any) -> None:
    make_done("emotion", {"love": 0.9})

    with django_assert_num_queries(0):
        filtering.parse(QueryDict("emotion=joy&emotion.joy_min=0&keyword=a&entity=b&entity_kind=c"), zone=UTC)
    with django_assert_num_queries(1):
        filtering.parse(QueryDict("emotion=love"), zone=UTC)


def test_chips_say_the_conditions_and_take_one_away() -> None:
    query = "emotion=joy&emotion=fear&keyword=a%2Cb&emotion.joy_min=0.5&emotion.joy_max=1"

    chips = filtering.parse(QueryDict(query), zone=UTC).conditions

    assert [(chip.label, chip.text) for chip in chips] == [
        ("Strongest emotion", "joy"),
        ("Strongest emotion", "fear"),
        ("Keyword", "a,b"),
        ("Emotion: joy", "0.5 to 1"),
    ]
    assert chips[0].remove_query == "emotion=fear&keyword=a%2Cb&emotion.joy_min=0.5&emotion.joy_max=1"
    assert chips[3].remove_query == "emotion=joy&emotion=fear&keyword=a%2Cb"


def test_narrowing_adds_to_lists_and_replaces_what_a_row_has_once() -> None:
    filtered = filtering.parse(QueryDict("emotion=joy&keyword=a&date_from=2026-01-01"), zone=UTC)

    assert filtered.query_narrowed({"keyword": "b"}) == "emotion=joy&keyword=a&keyword=b&date_from=2026-01-01"
    assert filtered.query_narrowed({"keyword": "a"}) == "emotion=joy&date_from=2026-01-01&keyword=a"
    assert filtered.query_narrowed({"emotion": "fear", "date_from": "2026-02-02"}) == (
        "keyword=a&emotion=fear&date_from=2026-02-02"
    )
