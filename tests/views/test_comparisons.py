"""The page that lays two slices beside each other."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from analyses.models import BatchAnalysis, TextAnalysis
from analyses.queries import aggregates, filtering
from tests import searching
from tests.factories import make_analysis, make_batch, make_import, make_scored

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
# What leads to rows: a bar by its label, a cell or a heading by its text.
BAR = re.compile(r'<a href="([^"]*/explore/[^"]*)" aria-label="[^"]*: ([\d,]+)"')
CELL = re.compile(r'<a href="([^"]*/explore/[^"]*)">([\d,]+)(?: texts?)?</a>')


@pytest.fixture
def batches(transactional_db: None) -> tuple[BatchAnalysis, BatchAnalysis]:
    """Two batches of one airline each: the first one's texts are about bags and sad, the second's about seats and glad.

    Committed, for MariaDB searches only what is.
    """
    made = []
    for name, word, sign in (("Delta & co", "bag", -1), ("United", "seat", 1)):
        batch = make_batch(batch_name=name, source_import=make_import())
        for index in range(30):
            make_scored(
                sign * index / 40,
                batch_analysis=batch,
                text_content=f"The {word if index else 'crew'} was {index} hours late.",
                occurred_at=NOON + timedelta(hours=7 * index),
                confidence_score=0.5 + index / 100,
                extra={"airline": name},
            )
        made.append(batch)
    make_analysis(batch_analysis=made[0], status="error", error_message="No words.", occurred_at=NOON)
    make_analysis(batch_analysis=made[0], occurred_at=NOON)
    searching.index_all()
    return made[0], made[1]


def address(first: str, second: str | None = None, *, name: str = "compare", **display: str) -> str:
    given = {"a": first, **({} if second is None else {"b": second}), **display}
    return f"{reverse(f'admin:{name}')}?{urlencode(given)}"


def show(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    html = response.content.decode()
    assert response.status_code == status, re.findall(r'class="notice error".*', html)
    return html


def of(batch: BatchAnalysis) -> str:
    return f"batch={batch.pk}"


def check_numbers(html: str, *, least: int) -> None:
    found = [*BAR.findall(html), *CELL.findall(html)]
    assert len(found) >= least
    for url, shown in found:
        query = QueryDict(urlsplit(unescape(url)).query)
        count = filtering.parse(query, zone=UTC).queryset.count()
        assert count == int(shown.replace(",", "")), url


@pytest.mark.parametrize("chart", ["", "confidence", "length"])
def test_every_number_lists_exactly_its_rows(
    chart: str, batches: tuple[BatchAnalysis, BatchAnalysis], analyst_client: Client
) -> None:
    first, second = map(of, batches)

    html = show(analyst_client, address(first, second, chart=chart, words="now"))

    check_numbers(html, least=20)
    assert "32 texts" in html
    assert "30 texts" in html


def test_means_differences_and_words(
    batches: tuple[BatchAnalysis, BatchAnalysis], analyst_client: Client
) -> None:
    first, second = map(of, batches)

    html = show(analyst_client, address(first, second, words="now"))

    assert "−0.36" in html
    assert "<strong>+0.72</strong>" in html
    words = re.findall(r'<th scope="row"><bdi>([^<]*)</bdi>', html)
    assert words == ["bag", "seat"]
    assert re.search(r"The <mark>bag</mark> was", html)


def test_words_come_when_the_page_stands(
    batches: tuple[BatchAnalysis, BatchAnalysis], analyst_client: Client
) -> None:
    first, second = map(of, batches)

    page = show(analyst_client, address(first, second))
    url = unescape(re.findall(r'hx-get="([^"]*/compare/words/[^"]*)"', page)[0])
    words = show(analyst_client, url)

    assert "<html" not in words
    assert "<bdi>bag</bdi>" in words
    check_numbers(words, least=2)


def test_words_of_a_search_keep_it(
    batches: tuple[BatchAnalysis, BatchAnalysis], analyst_client: Client
) -> None:
    first, second = (f"{of(batch)}&q=late+OR+crew" for batch in batches)

    html = show(analyst_client, address(first, second, name="compare_words"))

    assert "q=%28late+OR+crew%29+bag" in html
    check_numbers(html, least=2)


def test_only_the_newest_texts_are_compared_where_there_are_many(
    batches: tuple[BatchAnalysis, BatchAnalysis], analyst_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyses.queries.comparisons.WORDS_ROWS", 20)
    monkeypatch.setattr(aggregates, "EXACT_ROWS_MAX", 25)
    monkeypatch.setattr(aggregates, "NEWEST_ROWS", 25)
    first, second = map(of, batches)

    html = show(analyst_client, address(first, second, words="now"))

    assert "A: the newest 20 texts." in html
    assert "The newest 25 of them are counted." in html
    check_numbers(html, least=10)


@pytest.mark.django_db
def test_values_of_types_without_a_score(analyst_client: Client) -> None:
    sides = [make_import(), make_import()]
    for source, feelings in zip(sides, (["joy"] * 9 + ["fear"], ["anger"] * 8), strict=True):
        sentiment, emotion, language = (
            make_batch(source_import=source, analysis_type=kind)
            for kind in ("sentiment", "emotion", "language")
        )
        for feeling in feelings:
            make_analysis(batch_analysis=emotion, status="completed", emotion_scores={feeling: 0.9})
        make_scored(0.5, batch_analysis=sentiment)
        make_analysis(batch_analysis=language, status="completed", language_detected="de")
    first, second = (f"import={source.pk}" for source in sides)

    html = show(analyst_client, address(first, second, type="emotion"))

    check_numbers(html, least=5)
    assert "Strongest emotion" in html
    assert html.index("joy") < html.index("fear")
    assert [unescape(one) for one in re.findall(r'<a class="chip" href="[^"]*"[^>]*>([^<]*)<', html)] == [
        "Sentiment",
        "Emotion",
        "Language",
    ]
    check_numbers(show(analyst_client, address(first, second, type="language")), least=2)


@pytest.mark.django_db
def test_sides_without_a_common_type_are_counted_and_told_apart(analyst_client: Client) -> None:
    sentiment, emotion = make_batch(), make_batch(analysis_type="emotion")
    make_scored(0.1, batch_analysis=sentiment)
    make_analysis(batch_analysis=emotion)

    html = show(analyst_client, address(of(sentiment), of(emotion)))

    assert "The two sides share no type of analysis" in html
    assert "Only A has sentiment." in html
    check_numbers(html, least=2)


@pytest.mark.django_db
def test_an_empty_side_is_said(analyst_client: Client) -> None:
    make_scored(0.1)

    html = show(analyst_client, address("", "sentiment_min=0.9"))

    assert "B has no text" in html


@pytest.mark.django_db
def test_one_side_alone_is_offered_others(analyst_client: Client) -> None:
    first, second = make_batch(batch_name="first"), make_batch(batch_name="second <b>")
    make_batch(batch_name="other", analysis_type="emotion")

    html = show(analyst_client, address(of(first)))

    assert "second &lt;b&gt;" in html
    assert "other" not in html
    links = [unescape(one) for one in re.findall(r'<li><a href="([^"]*/compare/\?[^"]*)"', html)]
    assert [parse_qs(urlsplit(one).query, keep_blank_values=True) for one in links] == [
        {"a": [of(first)], "b": [""]},
        {"a": [of(first)], "b": [of(second)]},
    ]


@pytest.mark.django_db
def test_the_page_begins_with_batches(analyst_client: Client) -> None:
    batch = make_batch(batch_name="first")

    html = show(analyst_client, reverse("admin:compare"))

    assert f'href="{reverse("admin:compare")}?a=batch%3D{batch.pk}"' in html


@pytest.mark.django_db
def test_an_empty_console_says_what_to_do(analyst_client: Client) -> None:
    assert "No texts yet" in show(analyst_client, reverse("admin:compare"))


@pytest.mark.django_db
def test_lines_become_an_address(analyst_client: Client) -> None:
    response = analyst_client.get(
        reverse("admin:compare"), {"bar_a": "sentiment:<0 late", "bar_b": "lang:de"}
    )

    assert response.status_code == 302
    assert parse_qs(urlsplit(response.headers["Location"]).query) == {
        "a": ["sentiment_max=0&q=late"],
        "b": ["language=de"],
    }


@pytest.mark.django_db
def test_an_address_becomes_lines(analyst_client: Client) -> None:
    batch = make_batch(batch_name="May reviews")

    html = show(analyst_client, address(of(batch), "q=late"))

    assert 'value="batch:&quot;May reviews&quot;"' in html
    assert 'value="late"' in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"bar_a": "foo:3", "bar_b": ""}, "A: “foo:3”: there is no field"),
        ({"a": "", "b": "sentiment_min=high"}, "B: sentiment_min"),
        ({"a": "nonsense=1", "b": ""}, "A: “nonsense” is no filter"),
        ({"a": "", "b": "", "type": "emotion"}, "type must be one of them"),
        ({"a": "", "b": "", "chart": "mood"}, "chart must be one of"),
        ({"a": "", "b": "", "words": "later"}, "words can only be"),
    ],
)
def test_nonsense_is_answered_with_a_sentence(
    query: dict[str, str], sentence: str, analyst_client: Client
) -> None:
    make_scored(0.5)

    html = show(analyst_client, f"{reverse('admin:compare')}?{urlencode(query)}", status=400)

    assert sentence in unescape(html)


@pytest.mark.django_db
@pytest.mark.parametrize("query", [{}, {"a": ""}, {"a": "x=1", "b": ""}])
def test_words_need_both_sides(query: dict[str, str], analyst_client: Client) -> None:
    show(analyst_client, f"{reverse('admin:compare_words')}?{urlencode(query)}", status=400)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "hostile", ["%00", "a=%00", "a%5B%5D=1", "&&&", "=", "q=%22", "batch=99999999999999999999"]
)
def test_hostile_slices_are_no_failure(hostile: str, analyst_client: Client) -> None:
    response = analyst_client.get(f"{reverse('admin:compare')}?{urlencode({'a': hostile, 'b': hostile})}")

    assert response.status_code in (200, 400)


@pytest.mark.django_db
def test_queries_do_not_grow_with_rows(analyst_client: Client, django_assert_max_num_queries: Any) -> None:
    batch = make_batch()
    for index in range(20):
        make_scored(index / 20, batch_analysis=batch, extra={"airline": "x"})
    analyst_client.get(address(of(batch), ""))

    with django_assert_max_num_queries(40):
        show(analyst_client, address(of(batch), "", words="now"))


@pytest.mark.django_db
def test_who_may_not_read_texts_is_refused(client: Client) -> None:
    client.force_login(User.objects.create_user("nobody"))

    assert client.get(reverse("admin:compare")).status_code in (302, 403)


@pytest.mark.django_db
def test_batches_and_explore_lead_here(analyst_client: Client) -> None:
    source = make_import(source_query="analysis_type=sentiment&q=late")
    batch = make_batch(source_import=source)
    row = make_scored(0.4, batch_analysis=batch)

    on_batch = show(analyst_client, reverse("admin:batch", args=[batch.pk]))
    on_explore = show(analyst_client, f"{reverse('admin:explore')}?sentiment_min=0.3")

    assert TextAnalysis.objects.filter(pk=row.pk).exists()
    compared = unescape(re.findall(r'href="([^"]*/compare/\?[^"]*)"', on_batch)[0])
    assert parse_qs(urlsplit(compared).query) == {
        "a": ["analysis_type=sentiment&q=late"],
        "b": [f"batch={batch.pk}"],
    }
    assert "/compare/?a=sentiment_min%3D0.3" in on_explore
