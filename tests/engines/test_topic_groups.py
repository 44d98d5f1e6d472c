"""Groups of a batch: found without chance, named by words that meet, and the same for a text alone and among others."""

import doctest
import json
import random
from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.choices import OptimizationTier
from analyses.engines import factors, topic_groups
from analyses.engines.base import Outcome, Span
from analyses.engines.topic_groups import (
    Group,
    Groups,
    Place,
    SingleTextTopicsEngine,
    TopicGroupsEngine,
    confidence_of,
)
from tests.engines.texts import ANY_TEXT, AWKWARD, POSTS, airline_tweets

FILLER = ("today", "again", "maybe", "quickly", "twice", "outside", "yesterday", "abroad", "slowly", "here")
SUBJECTS = {
    "hotel": "the {0} hotel had a clean room and a soft bed {1}",
    "kitchen": "our {0} kitchen smells of garlic soup and warm bread {1}",
    "match": "the {0} goalkeeper lost the match by a late penalty {1}",
}
COLOURS = ("red", "green", "blue", "white", "black", "brown", "grey")


def made_texts(count: int, *subjects: str) -> list[str]:
    """Make texts on some subjects in turn, no two alike."""
    rng = random.Random(7)
    names = subjects or tuple(SUBJECTS)
    return [
        SUBJECTS[names[number % len(names)]].format(rng.choice(COLOURS), f"{rng.choice(FILLER)} {number}")
        for number in range(count)
    ]


FOUND = topic_groups.fit(made_texts(240))
ENGINE = TopicGroupsEngine(FOUND, batch_id=7)


def group_of(text: str) -> Outcome:
    return ENGINE.analyze([text])[0]


def test_texts_of_two_subjects_form_two_groups_named_by_their_words() -> None:
    found = topic_groups.fit(made_texts(120, "hotel", "kitchen"))

    assert len(found.groups) == 2
    terms = [set(group.terms) for group in found.groups]
    assert any(one >= {"hotel", "room", "soft", "bed"} for one in terms)
    assert any(one >= {"kitchen", "garlic", "soup", "bread"} for one in terms)
    assert found.texts == 120


def test_fitting_leaves_nothing_to_chance() -> None:
    texts = made_texts(200)

    again = topic_groups.fit(iter(texts))

    assert again == topic_groups.fit(texts)
    assert json.dumps(again.as_json()) == json.dumps(topic_groups.fit(texts).as_json())


def test_groups_survive_json() -> None:
    assert Groups.from_json(json.loads(json.dumps(FOUND.as_json()))) == FOUND


def test_what_a_batch_keeps_is_small() -> None:
    rng = random.Random(3)
    words = ["".join(rng.choices("abcdefghij", k=8)) for _ in range(3_000)]
    texts = [" ".join(rng.choices(words, k=30)) for _ in range(2_000)]

    assert len(json.dumps(topic_groups.fit(texts).as_json())) < 40_000


def test_no_two_groups_begin_with_the_same_term() -> None:
    firsts = [group.terms[0] for group in topic_groups.fit(made_texts(500)).groups]

    assert len(firsts) > 1
    assert len(set(firsts)) == len(firsts)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [""],
        ["one single text about trains"],
        ["the same text about trains"] * 50,
        [" ", "\n", "\t"],
        ["!!!", "???", "12 34"],
        ["the and of", "it is a", "was were"],
        ["🍣"] * 10,
        list(AWKWARD.values()),
        ["\ud83d broken", "half \udc00", "NUL \x00 inside"] * 5,
    ],
    ids=lambda texts: f"{len(texts)} like {texts[:1]!r}"[:30],
)
def test_texts_too_few_or_too_alike_have_no_group_and_do_no_harm(texts: list[str]) -> None:
    found = topic_groups.fit(texts)
    outcomes = TopicGroupsEngine(found, batch_id=1).analyze(texts)

    assert found.groups == ()
    assert [outcome.value for outcome in outcomes] == [[]] * len(texts)


def test_words_of_a_language_other_than_english_name_groups_without_its_stop_words() -> None:
    trains = [
        f"der Zug nach Wien hatte wieder {n} Minuten Verspätung und der Schaffner sagte nichts"
        for n in range(40)
    ]
    meals = [f"das Essen war kalt und die Suppe mit {n} Nudeln hat nicht geschmeckt" for n in range(40)]

    terms = [set(group.terms) for group in topic_groups.fit(trains + meals).groups]

    assert len(terms) == 2
    assert not {"der", "und", "die", "das", "mit", "nicht", "nach", "war", "nichts"} & set().union(*terms)


def test_addresses_and_leftovers_of_html_are_no_terms() -> None:
    texts = [f"{text} &amp; https://t.co/{number}abc" for number, text in enumerate(made_texts(90))]

    terms = {term for group in topic_groups.fit(texts).groups for term in group.terms}

    assert terms
    assert not {"amp", "https", "abc", "http"} & terms


def test_a_text_without_a_known_word_has_no_group() -> None:
    assert group_of("qwertz").value == []
    assert group_of("").value == []


def test_a_text_belongs_to_the_group_of_its_words_and_says_which_words() -> None:
    text = "The ROOM with a soft bed, they said."

    outcome = ENGINE.explain(text)

    assert isinstance(outcome.value, list)
    assert set(outcome.value) & {"hotel", "clean", "room", "soft", "bed"}
    assert outcome.value == group_of(text).value
    assert [text[span.start : span.end] for span in outcome.explanation] == ["ROOM", "soft", "bed"]
    assert {span.label for span in outcome.explanation} == {outcome.value[0]}


def test_the_weights_of_an_explanation_add_up_to_the_cosine() -> None:
    groups = Groups(
        (Group(("fare", "money"), {"fare": 0.8, "money": 0.6}),), {"fare": 2.0, "money": 2.0, "bus": 1.0}, 9
    )

    outcome = TopicGroupsEngine(groups, batch_id=1).explain("fares, money")

    # Two words of equal worth: (1, 1) / sqrt(2) times (0.8, 0.6).
    assert outcome.explanation == (Span(0, 5, 0.5657, "fare"), Span(7, 12, 0.4243, "fare"))
    assert topic_groups.assign("fares, money", groups).similarity == 0.9899


def test_a_text_less_alike_than_the_limit_has_no_group() -> None:
    worth = {"fare": 1.0, **{f"word{letter}": 1.0 for letter in "abcdefgh"}}
    groups = Groups((Group(("fare", "money"), {"fare": 0.3}),), worth, 9)
    others = " wordb wordc wordd"

    assert topic_groups.assign("fare worda" + others, groups).group is None
    assert topic_groups.assign("fare worda", groups).group == 0


def test_a_batch_has_a_model_name_of_its_own() -> None:
    assert ENGINE.model_used == "topic-groups 1 (batch 7)"
    assert (
        TopicGroupsEngine(FOUND, batch_id=2**63 - 1).model_used
        == "topic-groups 1 (batch 9223372036854775807)"
    )


def test_a_single_text_has_labels_and_the_model_says_so() -> None:
    engine = SingleTextTopicsEngine()

    assert engine.tiers == (OptimizationTier.STANDARD,)
    assert engine.model_used == "topic-groups 1 (labels of topic-words 1)"
    assert engine.analyze(["My flight was late."])[0].value == ["travel"]


@given(text=ANY_TEXT | POSTS)
def test_any_text_is_explained_with_the_group_it_was_given(text: str) -> None:
    [outcome] = ENGINE.analyze([text])
    explained = ENGINE.explain(text)

    assert (explained.value, explained.confidence, explained.error) == (outcome.value, outcome.confidence, "")
    assert all(0 <= span.start < span.end <= len(text) for span in explained.explanation)
    assert [one.start for one in explained.explanation] == sorted(one.start for one in explained.explanation)


@given(texts=st.lists(ANY_TEXT | POSTS | st.sampled_from(made_texts(30)), max_size=6))
def test_a_text_has_the_same_group_alone_and_in_a_chunk(texts: list[str]) -> None:
    assert ENGINE.analyze(texts) == [ENGINE.analyze([text])[0] for text in texts]


@given(texts=st.lists(ANY_TEXT | POSTS | st.sampled_from(made_texts(30)), max_size=40))
@settings(max_examples=60)
def test_any_texts_can_be_fitted_again_with_the_same_groups(texts: list[str]) -> None:
    found = topic_groups.fit(texts)

    assert found == topic_groups.fit(texts)
    assert Groups.from_json(json.loads(json.dumps(found.as_json()))) == found


@pytest.mark.parametrize("name", AWKWARD)
def test_ten_thousand_characters_take_bounded_time(name: str) -> None:
    text = (AWKWARD[name] * 10_000)[:10_000]
    started = process_time()

    ENGINE.analyze([text])

    assert process_time() - started < 2.0


def test_twenty_thousand_hostile_texts_are_fitted_in_bounded_time() -> None:
    texts = (f"{number} " + "&http://www.@a'b'c'd " * 470 for number in range(20_000))
    started = process_time()

    topic_groups.fit(texts)

    assert process_time() - started < 60


@pytest.mark.data
def test_tweets_fall_into_groups_that_have_to_do_with_why_people_complain() -> None:
    rows = sorted(airline_tweets(), key=lambda row: row["tweet_id"][::-1])
    found = topic_groups.fit(row["text"] for row in rows[:2_000])

    terms = {term for group in found.groups for term in group.terms}
    held_out = [topic_groups.assign(row["text"], found).group for row in rows[2_000:6_000]]

    assert 4 <= len(found.groups) <= 12
    assert {"customer", "service"} <= terms
    assert 0.3 < sum(place is not None for place in held_out) / len(held_out) < 0.9


@pytest.mark.parametrize("module", [topic_groups, factors], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_are_true(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]

    assert result.attempted > 1
    assert result.failed == 0


def test_factors_of_nothing_are_none() -> None:
    assert factors.factorise([], columns=0, count=3) == []


def test_more_factors_than_subjects_leave_the_rest_empty() -> None:
    rows = factors.factorise([[(0, 1.0)], [(0, 1.0)]], columns=1, count=3)

    assert sorted(row[0] for row in rows) == [0.0, 0.0, 1.0]


def test_confidence_grows_with_nearness_lead_and_how_well_a_batch_falls_into_groups() -> None:
    groups = Groups((Group(("fare", "money"), {"fare": 1.0}),), {"fare": 2.0}, 900, grouped=0.3)
    sure = confidence_of(Place(0, 0.6, 0.4), groups)
    assert sure is not None

    less = [
        confidence_of(Place(0, 0.3, 0.3), groups),
        confidence_of(Place(0, 0.6, 0.0), groups),
        confidence_of(Place(0, 0.6, 0.4), replace(groups, grouped=0.05)),
    ]

    assert all(other is not None and 0.0 < other < sure < 1.0 for other in less)


def test_nobody_is_sure_that_a_text_near_the_limit_has_no_group() -> None:
    groups = Groups((Group(("fare", "money"), {"fare": 1.0}),), {"fare": 2.0}, 900, grouped=0.3)

    far, near = (confidence_of(Place(None, cosine, cosine), groups) for cosine in (0.0, 0.14))

    assert far is not None
    assert near is not None
    assert near < 0.75
    assert far > 0.95


def test_groups_kept_by_an_older_release_give_no_confidence() -> None:
    kept = Groups((Group(("fare", "money"), {"fare": 1.0}),), {"fare": 2.0}, 900, grouped=0.3).as_json()
    del kept["grouped"]

    groups = Groups.from_json(kept)

    assert TopicGroupsEngine(groups, batch_id=1).judge("What a fare!").confidence is None
