"""A question into its tree, and the tree into what databases read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.exceptions import ValidationError
from analyses.search import spellings
from analyses.search.parsing import All, Either, Node, Phrase, Query, parse

LATE, REFUND, BAG = Phrase(("late",)), Phrase(("refund",)), Phrase(("bag",))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("late", LATE),
        ('"late refund"', Phrase(("late", "refund"))),
        ("“late refund”", Phrase(("late", "refund"))),
        ("late-refund", Phrase(("late", "refund"))),
        ("lat*", Phrase(("lat",), is_prefix=True)),
        ("late refund", All((LATE, REFUND))),
        ("late AND refund", All((LATE, REFUND))),
        ("late OR refund bag", Either((LATE, All((REFUND, BAG))))),
        ("(late OR refund) bag", All((Either((LATE, REFUND)), BAG))),
        ("late -refund NOT bag", All((LATE,), (REFUND, BAG))),
        ("late -(refund OR bag)", All((LATE,), (Either((REFUND, BAG)),))),
        ("late -(-refund)", All((LATE, REFUND))),
        ("late - refund & bag", All((LATE, REFUND, BAG))),
        ("((late))", LATE),
    ],
)
def test_a_question_becomes_a_tree(text: str, tree: Node) -> None:
    assert parse(text) == Query(text, tree)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("-late", LATE),
        ("-late -refund", Either((LATE, REFUND))),
        ("-late OR -refund", All((LATE, REFUND))),
        ("late OR -refund", All((REFUND,), (LATE,))),
        ("NOT (late refund)", All((LATE, REFUND))),
    ],
)
def test_what_only_refuses_is_all_but_a_tree(text: str, tree: Node) -> None:
    assert parse(text) == Query(text, tree, is_negated=True)


def test_only_what_is_wanted_can_be_marked() -> None:
    assert parse("late (refund OR ba*) -bag").phrases == [LATE, REFUND, Phrase(("ba",), is_prefix=True)]
    assert parse("-late").phrases == []


@given(st.text(alphabet="ab \"()-*+|&!<>~@'\\ é東%:\x00", max_size=60))
def test_whatever_is_asked_gets_a_tree_or_a_sentence(text: str) -> None:
    try:
        query = parse(text)
    except ValidationError:
        return

    assert spellings.fts5(query.tree)
    assert set(spellings.innodb_candidates(query.tree)) <= set(
        "+()* _abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    )
    assert "''" not in spellings.tsquery(query.tree)


def test_a_word_has_at_most_as_many_places_as_postgresql_keeps() -> None:
    assert spellings.tsvector(["a"] * 300 + ["b"]).endswith("255 'b':301")


def test_a_document_is_asked_with_a_parameter_for_each_phrase() -> None:
    query = parse('"a late" (refund OR ba*) -bag')

    sql, phrases = spellings.contains(query, "w", spellings.innodb_phrase)

    assert sql == (
        "((INSTR(w, %s) > 0) AND ((INSTR(w, %s) > 0) OR (INSTR(w, %s) > 0)) AND NOT (INSTR(w, %s) > 0))"
    )
    assert phrases == [" a__ late_ ", " refund_ ", " ba", " bag_ "]
