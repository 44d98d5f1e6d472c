"""Searching: the same rows for the same question on every database."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict

from analyses.choices import JobKind, JobState
from analyses.exceptions import InvalidFilterError
from analyses.models import Job, SearchDocument, TextAnalysis
from analyses.queries import filtering, paging, search
from analyses.search.parsing import parse
from analyses.services import analyses, jobs, search_documents
from tests import searching
from tests.factories import make_analysis

HERE = Path(__file__).parent


def table(name: str) -> Iterator[list[str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        yield from rows


def found(words: str) -> set[int]:
    query = QueryDict(mutable=True)
    query["q"] = words
    return set(filtering.parse(query, zone=UTC).queryset.values_list("pk", flat=True))


def refused(words: str) -> str:
    with pytest.raises(InvalidFilterError) as error:
        found(words)
    return str(error.value)


@pytest.mark.django_db(transaction=True)
def test_golden_queries_find_the_same_texts_on_every_database() -> None:
    numbers = {make_analysis(text_content=text).pk: number for number, text in table("golden_texts.tsv")}
    searching.index_all()
    questions = list(table("golden_queries.tsv"))

    answers = [
        [question, " ".join(sorted((numbers[pk] for pk in found(question)), key=int))]
        for question, _texts in questions
    ]

    assert len(questions) >= 60
    assert answers == questions


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("-", "q cannot be read: Give a word to look for; signs alone are not searched."),
        ("%", "q cannot be read: Give a word to look for; signs alone are not searched."),
        ("()", "q cannot be read: Give a word to look for; signs alone are not searched."),
        ('""', "q cannot be read: Give a word to look for; signs alone are not searched."),
        ("+ - > < ( ) ~ * @", "q cannot be read: Give a word to look for; signs alone are not searched."),
        ('late "delivery', "q cannot be read: A quotation mark is not closed."),
        ("(late", "q cannot be read: A bracket is not closed."),
        ("late)", "q cannot be read: A bracket is closed that was not opened."),
        ("OR", "q cannot be read: OR stands between two words."),
        ("late OR", "q cannot be read: OR stands between two words."),
        ("late OR %", "q cannot be read: OR stands between two words."),
        ("AND late", "q cannot be read: AND stands between two words."),
        ("late AND OR refund", "q cannot be read: AND stands between two words."),
        ("NOT", "q cannot be read: NOT and the minus sign stand before a word."),
        ("late -%", "q cannot be read: NOT and the minus sign stand before a word."),
        ("la*te", "q cannot be read: * stands at the end of a word: “late*” finds “later”."),
        ("l*", "q cannot be read: Give at least two letters before *."),
        ("(" * 11 + "a" + ")" * 11, "q cannot be read: Brackets can be ten deep at most."),
        ("a" * 10_000, "q must be a text of at most 200 characters, without a NUL character"),
        ("a\x00b", "q must be a text of at most 200 characters, without a NUL character"),
    ],
)
def test_a_question_that_cannot_be_is_answered_with_a_sentence(words: str, sentence: str) -> None:
    assert refused(words).startswith(sentence)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "words",
    [
        " OR ".join(["(a", "(b"] * 5) + ")" * 10,
        "NOT " * 48 + "late",
        " ".join("ab" for _ in range(66)),
        "late' OR 1=1 --",
        "$$late$$ :* <-> \\",
        "late;drop//",
        "+late ~delivery <refund >now @2 *",
        "\u202elate\u200b\ufeff",
        "🍣" * 200,
    ],
)
def test_odd_questions_are_answered(words: str) -> None:
    make_analysis(text_content="Not one of these.")
    searching.index_all()

    assert found(words) == set()


@pytest.mark.django_db(transaction=True)
def test_the_trash_is_not_searched_and_what_comes_back_is() -> None:
    row = make_analysis(text_content="late delivery")
    searching.index_all()

    analyses.trash([row.pk], user=None)
    in_trash = found("late")
    analyses.restore([row.pk], user=None)

    assert in_trash == set()
    assert found("late") == {row.pk}


@pytest.mark.django_db(transaction=True)
def test_an_edited_text_is_found_by_its_new_words_at_once() -> None:
    row, fresh = make_analysis(text_content="late delivery"), make_analysis(text_content="late refund")
    searching.index_all()
    SearchDocument.objects.filter(pk=fresh.pk).delete()

    analyses.edit_text(row.pk, text_content="early delivery", user=None)
    analyses.edit_text(fresh.pk, text_content="no refund", user=None)

    assert found("late") == set()
    assert found("early") == {row.pk}
    assert found("refund") == {fresh.pk}


@pytest.mark.django_db(transaction=True)
def test_a_deleted_row_takes_its_document_along() -> None:
    row, other = make_analysis(text_content="late delivery"), make_analysis(text_content="late refund")
    searching.index_all()

    row.delete()

    assert found("late") == {other.pk}
    assert SearchDocument.objects.count() == 1


@pytest.mark.django_db
def test_progress_counts_what_jobs_have_left_to_index() -> None:
    rows = [make_analysis() for _ in range(5)]
    before = search.progress()

    search_documents.enqueue([row.pk for row in rows[:2]])
    waiting = search.progress()
    claim = jobs.claim_job(Job.objects.filter(kind=JobKind.INDEX_TEXTS), "test")
    assert claim is not None
    search_documents.run(claim)

    assert before is None
    assert waiting is not None
    assert (waiting.waiting, waiting.total, waiting.percent) == (2, 5, 60)
    assert search.progress() is None
    assert Job.objects.get().state == JobState.DONE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sort", ["-dated_at", "id", "-sentiment_score"])
@pytest.mark.parametrize("ahead", [1, 4, 2_500])
def test_pages_of_a_search_hold_every_row_once_in_order(
    sort: str, ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "AHEAD_ROWS", ahead)
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    rows = [
        make_analysis(
            text_content="late" if number % 3 else "early",
            occurred_at=moment + timedelta(days=number % 4),
            status="completed",
            sentiment_score=None if number % 5 == 0 else number / 100,
        )
        for number in range(20)
    ]
    searching.index_all()
    late = [row for row in rows if row.text_content == "late"]
    orders = {
        "-dated_at": sorted(late, key=lambda row: (row.dated_at, row.pk), reverse=True),
        "id": sorted(late, key=lambda row: row.pk),
        "-sentiment_score": sorted(
            late, key=lambda row: (-(row.sentiment_score if row.sentiment_score is not None else -1), -row.pk)
        ),
    }
    queryset = search.narrow(TextAnalysis.objects.live(), parse("late"))

    seen, page = list[int](), paging.page(queryset, sort=sort, size=4)
    seen += [row["id"] for row in page.rows]
    while page.has_next:
        page = paging.page(queryset, sort=sort, after=page.after, size=4)
        seen += [row["id"] for row in page.rows]
    last = paging.page(queryset, sort=sort, before=paging.LAST_PAGE, size=4)

    assert seen == [row.pk for row in orders[sort]]
    assert [row["id"] for row in last.rows] == seen[-4:]


@pytest.mark.django_db(transaction=True)
def test_a_page_of_a_search_takes_two_queries(django_assert_num_queries: Any) -> None:
    for _number in range(3):
        make_analysis(text_content="late")
    searching.index_all()

    with django_assert_num_queries(2):
        page = paging.page(search.narrow(TextAnalysis.objects.live(), parse("late -early")), size=2)

    assert (len(page.rows), page.has_next) == (2, True)


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["late", "late -refund", "-late"])
def test_the_condition_is_compared_with_nothing_else(words: str) -> None:
    rows = search.narrow(TextAnalysis.objects.all(), parse(words))

    # MariaDB uses no index for `(MATCH ...) = 1`, which is what Django makes of an expression that is no lookup.
    assert "= 1" not in rows.query.sql_with_params()[0]
