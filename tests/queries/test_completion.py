"""How a line of the query bar may go on."""

from __future__ import annotations

from typing import Any

import pytest

from analyses.queries import completion
from tests.factories import make_analysis, make_batch, make_import, make_scored

pytestmark = pytest.mark.django_db


def lines(begun: str) -> list[str]:
    return [one.line for one in completion.suggest(begun)]


def test_an_empty_line_offers_the_fields() -> None:
    assert lines("")[:2] == ["sentiment:", "quality:"]


@pytest.mark.parametrize(
    ("begun", "offered"),
    [
        ("sen", "sentiment:"),
        ("late emotion.an", "late emotion.anger:"),
        ("type:qu", "type:quality "),
        ("status:", "status:pending "),
        ("corrected:n", "corrected:no "),
        ("sentiment:<", "sentiment:<0 "),
        ("emotion:", "emotion:anger "),
        ("date:-3", "date:-30d "),
        ("late date:last", "late date:last-week "),
    ],
)
def test_fields_and_their_values(begun: str, offered: str) -> None:
    assert offered in lines(begun)


def test_values_are_those_that_rows_have() -> None:
    make_batch(batch_name="May reviews")
    make_import(columns=["text", "airline", "home town"])
    make_analysis(analysis_type="language", status="completed", language_detected="de")
    make_scored(0.5, model_used="vader-3.3.2")

    assert lines("batch:rev") == ['batch:"May reviews" ']
    assert lines('batch:"May r') == ['batch:"May reviews" ']
    assert lines("lang:") == ["lang:de "]
    assert "model:vader-3.3.2 " in lines("model:va")
    assert lines("air") == ["extra.airline:"]
    assert lines("home") == ['extra."home town":']


@pytest.mark.parametrize(
    "begun", ["late ", '"late sen', "late delivery zz", "x" * 3000, "\x00", "extra.:", ":::"]
)
def test_where_nothing_fits_nothing_is_offered(begun: str) -> None:
    assert lines(begun) == []


def test_one_query_at_most(django_assert_max_num_queries: Any) -> None:
    for begun in ("", "s", "batch:x", "lang:", "model:", "type:"):
        with django_assert_max_num_queries(1):
            lines(begun)
