"""The Explore page: its rows, its numbers, its refusals and its export."""

from __future__ import annotations

import csv
import io
import logging
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analyses import choices
from analyses.choices import JobState
from analyses.models import BatchAnalysis, Job, Profile, TextAnalysis
from analyses.queries import aggregates, filtering, paging
from analyses.services import search_documents
from tests import searching
from tests.factories import make_analysis, make_batch, make_import, make_scored

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LINK = re.compile(r'href="([^"]*)"')
COUNTED = re.compile(r'href="([^"]*)" aria-label="[^"]*: ([\d,]+)"')
FACET = re.compile(r'<li><a href="([^"]*)"(?:(?!</a>).)*<span class="count">([\d,]+)</span>', re.DOTALL)


def show(client: Client, query: str = "", status: int = 200) -> str:
    """Give the page's HTML, with its numbers."""
    numbers = "" if "numbers=" in query else "&numbers=now"
    response = client.get(f"{reverse('admin:explore')}?{query}{numbers}")
    assert response.status_code == status
    return response.content.decode()


def make_reviews() -> BatchAnalysis:
    """Fill a batch with reviews of three airlines over four days."""
    batch = make_batch(batch_name="May <reviews>", source_import=make_import())
    for index, score in enumerate([-1.0, -0.9, -0.1, 0.0, 0.1, 0.7, 0.9, 1.0]):
        make_scored(
            score,
            batch_analysis=batch,
            occurred_at=NOON + timedelta(hours=9 * index),
            language_detected=["en", "de"][index % 2],
            extra={"airline": ["Delta", "US Airways & co", "Zürich ☂"][index % 3]},
        )
    make_analysis(
        batch_analysis=batch, status="error", occurred_at=NOON, error_message="No words <b> & so on."
    )
    make_analysis(batch_analysis=batch, occurred_at=NOON)
    make_analysis(
        analysis_type="language", optimization_tier="basic", status="completed", language_detected="de"
    )
    return batch


def counted_links(html: str) -> list[tuple[str, int]]:
    """Find every number of a chart or facet and the list behind it."""
    found = [*COUNTED.findall(html), *FACET.findall(html)]
    return [(unescape(url), int(count.replace(",", ""))) for url, count in found]


def rows_behind(url: str) -> int:
    """Count exactly what a link lists, as the page would understand it in UTC."""
    assert urlsplit(url).path == reverse("admin:explore")
    return filtering.parse(QueryDict(urlsplit(url).query), zone=UTC).queryset.count()


@pytest.mark.parametrize(
    "query", ["", "batch={batch}", "sentiment_min=-0.95&sentiment_max=0.8", "status=completed"]
)
def test_every_number_on_the_page_lists_exactly_its_rows(query: str, analyst_client: Client) -> None:
    batch = make_reviews()

    links = counted_links(show(analyst_client, query.format(batch=batch.pk)))

    assert len(links) > 10
    assert [(url, rows_behind(url)) for url, _count in links] == links


TABLE_LINK = re.compile(r'hx-get="(/explore/chart/[^"]*)"')
CELL = re.compile(r'<td class="num"><a href="([^"]*)">([\d,]+)</a>')


def test_each_chart_has_a_table_of_the_same_numbers(analyst_client: Client) -> None:
    batch = make_reviews()
    html = show(analyst_client, f"batch={batch.pk}")

    addresses = [unescape(url) for url in TABLE_LINK.findall(html)]
    tables = "".join(analyst_client.get(url).content.decode() for url in addresses)

    assert len(addresses) == 2
    cells = [(unescape(url), int(count)) for url, count in CELL.findall(tables)]
    bars = [(unescape(url), int(count)) for url, count in COUNTED.findall(html)]
    assert cells == bars


def test_every_link_of_the_page_opens(analyst_client: Client) -> None:
    batch = make_reviews()
    html = show(analyst_client, f"batch={batch.pk}&status=completed&sort=sentiment_score")
    urls = {unescape(url) for url in LINK.findall(html) if url.startswith(("/explore", "/batches"))}

    answers = {url: analyst_client.get(url, follow=True).status_code for url in urls}

    assert len(urls) > 20
    assert set(answers.values()) == {200}


def test_the_heads_number_is_the_number_of_rows(analyst_client: Client) -> None:
    batch = make_reviews()

    html = show(analyst_client, f"batch={batch.pk}&sentiment_min=0")

    assert f'<a href="/explore/?batch={batch.pk}&amp;sentiment_min=0">5 texts</a>' in html
    assert html.count('class="excerpt" dir="auto"') == 5


def test_results_are_shown_as_their_type_asks(analyst_client: Client) -> None:
    make_scored(-0.718, confidence_score=0.9)
    results: dict[str, dict[str, Any]] = {
        "language": {"language_detected": "pt"},
        "readability": {"readability_score": 61.237},
        "emotion": {"emotion_scores": {"joy": 0.2, "anger": 0.714}},
        "keywords": {"keywords": [{"word": "bag", "weight": 1}, "seat"]},
    }
    for kind, fields in results.items():
        make_analysis(analysis_type=kind, status="completed", **fields)
    make_analysis(status="error", error_message="The text holds <no> words.")

    html = show(analyst_client)

    assert '<span class="score negative">−0.72</span>' in html
    assert "<bdi>Portuguese</bdi>" in html
    assert ">61.24</td>" in html
    assert "<bdi>anger</bdi> 0.71" in html
    assert "<bdi>bag, seat</bdi>" in html
    assert "The text holds &lt;no&gt; words." in html


def test_a_type_without_a_score_shows_what_its_texts_say(analyst_client: Client) -> None:
    for topics in (["delivery", "<b>"], ["delivery"], None):
        make_analysis(analysis_type="topics", status="completed", topics=topics)

    html = show(analyst_client, "analysis_type=topics")

    assert "<h2>Topics</h2>" in html
    assert re.search(r'<span dir="auto">delivery</span> <span class="count">2</span>', html)
    assert "Counted in 3 finished texts. In 1 the engine was not sure." in html
    assert "<b></span>" not in html


def test_a_batch_of_another_score_shows_its_histogram(analyst_client: Client) -> None:
    batch = make_batch(analysis_type="quality")
    make_analysis(batch_analysis=batch, status="completed", quality_score=0.42)

    html = show(analyst_client, f"batch={batch.pk}")

    assert "<h2>Quality</h2>" in html
    assert f"/explore/?batch={batch.pk}&amp;quality_min=0.4&amp;quality_max=0.45" in html


def test_dates_are_read_and_shown_in_the_readers_zone(analyst: User, analyst_client: Client) -> None:
    Profile.objects.update_or_create(user=analyst, defaults={"zone": "Asia/Tokyo"})
    row = make_analysis(occurred_at=datetime(2026, 4, 30, 16, 0, tzinfo=UTC), text_content="Early in Tokyo.")

    assert "Date (Asia/Tokyo)" in show(analyst_client)
    assert "Early in Tokyo." in show(analyst_client, "date_from=2026-05-01&date_to=2026-05-01")
    assert "Nothing matches" in show(analyst_client, "date_to=2026-04-30")
    assert f"/{row.pk}/" in show(analyst_client)


def test_pages_lead_to_each_other(analyst_client: Client) -> None:
    hours = [NOON + timedelta(hours=index) for index in range(120)]
    rows = [make_analysis(text_content=f"Text {moment:%j%H}.", occurred_at=moment) for moment in hours]
    seen: list[str] = []
    html = show(analyst_client, "status=pending")
    while following := re.search(r'href="([^"]*)" rel="next"', html):
        seen += re.findall(r"Text \d{5}\.", html)
        html = analyst_client.get(unescape(following[1])).content.decode()
    seen += re.findall(r"Text \d{5}\.", html)

    assert seen == [row.text_content for row in reversed(rows)]
    assert 'rel="prev"' in html
    assert "20 of 120" in html


def test_headings_turn_the_order_and_keep_the_filter(analyst_client: Client) -> None:
    make_scored(0.5)

    html = show(analyst_client, "status=completed&sort=-sentiment_score")

    assert (
        'aria-sort="descending"><a href="/explore/?status=completed&amp;sort=sentiment_score">Result ↓</a>'
        in html
    )
    assert '<a href="/explore/?status=completed">Date (UTC)</a>' in html


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("sentiment_min=lots", "sentiment_min must be a number from -1 to 1, not “lots”."),
        ("flavour=sweet", "“flavour” is no filter."),
        ("emotion=jpy", "or another emotion that results have, not “jpy”."),
        ("emotion.luck_min=0", "“emotion.luck_min” is no filter."),
        ("emotion.joy_max=NaN", "emotion.joy_max must be a number from 0 to 1, not “NaN”."),
        ("sort=text_content", "The list can be sorted by dated_at, created_at, id"),
        ("after=%00", "This place in the list is not known"),
        ("count=roughly", "count can only be “exact”."),
        ("q=%00", "q must be a text of at most 200 characters"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_is_kept(
    query: str, sentence: str, analyst_client: Client
) -> None:
    make_analysis(text_content="Never shown.")

    html = show(analyst_client, f"{query}&language=de", status=400)

    assert sentence in html
    assert 'name="language" value="de"' in html
    assert "Never shown." not in html


def test_fields_that_a_form_sends_empty_leave_the_address(analyst_client: Client) -> None:
    response = analyst_client.get(
        f"{reverse('admin:explore')}?q=&status=error&sort=-dated_at&batch=&status=cached"
    )

    assert response.status_code == 302
    assert response["Location"] == "/explore/?status=error&status=cached"


@pytest.mark.django_db(transaction=True)
def test_texts_of_people_stay_text(analyst_client: Client) -> None:
    source = make_import(columns=["id", "text", '"><script>'])
    batch = make_batch(source_import=source)
    for _number in range(2):
        make_analysis(
            batch_analysis=batch, text_content="<script>alert(1)</script>", extra={'"><script>': "<img>"}
        )
    searching.index_all()
    query = QueryDict(mutable=True)
    query.update({"q": "<script>", 'extra."><script>': "<img>", "batch": str(batch.pk)})

    html = show(analyst_client, query.urlencode())

    assert "&lt;<mark>script</mark>&gt;alert(1)" in html
    assert "<script>alert" not in html
    assert '"><script>' not in html
    assert "<img>" not in html


@pytest.mark.django_db(transaction=True)
def test_a_search_says_how_far_the_index_is(analyst_client: Client) -> None:
    rows = [make_analysis(text_content="late") for _ in range(4)]
    search_documents.put(rows[0])
    search_documents.enqueue([row.pk for row in rows[1:]])

    while_indexing, elsewhere = show(analyst_client, "q=late"), show(analyst_client, "status=pending")
    searching.index_all()
    Job.objects.update(state=JobState.DONE)
    afterwards = show(analyst_client, "q=late")

    assert "Indexing: 25 %. The search does not find the 3 texts that wait yet." in while_indexing
    assert ">1 text<" in while_indexing
    assert "Indexing" not in elsewhere + afterwards
    assert ">4 texts<" in afterwards


def test_an_empty_console_says_what_comes_first(analyst_client: Client, editor_client: Client) -> None:
    assert "As soon as an editor imports a file" in show(analyst_client)
    assert reverse("admin:import_upload") in show(editor_client)
    assert "Nothing matches" in show(analyst_client, "status=error")


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take five rows for many: more than three are counted later, and only the newest two where rows must be read."""
    monkeypatch.setattr(choices, "LIST_MATCHES_MAX", 3)
    monkeypatch.setattr(aggregates, "EXACT_ROWS_MAX", 3)
    monkeypatch.setattr(aggregates, "NEWEST_ROWS", 2)
    for index in range(5):
        make_scored(0.5, occurred_at=NOON + timedelta(days=index), confidence_score=0.9)


@pytest.mark.usefixtures("many")
def test_the_rows_come_first_and_the_numbers_after_them(analyst_client: Client) -> None:
    html = analyst_client.get(f"{reverse('admin:explore')}?length_min=1&chart=confidence").content.decode()

    assert "Counting facets and charts" in html
    assert 'hx-get="/explore/numbers/?length_min=1&amp;chart=confidence"' in html
    assert counted_links(html) == []
    fragment = analyst_client.get("/explore/numbers/?length_min=1&chart=confidence").content.decode()
    inline = show(analyst_client, "length_min=1&chart=confidence&numbers=now")
    assert counted_links(fragment) == counted_links(inline)
    assert [(url, rows_behind(url)) for url, _count in counted_links(fragment)] == counted_links(fragment)
    assert "Facets and charts count the newest 2 of these texts." in fragment
    assert 'hx-swap-oob="true"' in fragment


@pytest.mark.usefixtures("many")
def test_large_results_are_counted_capped_or_exactly(analyst_client: Client) -> None:
    html = show(analyst_client, "length_min=1")

    assert "3+ texts" in html
    assert 'href="/explore/?length_min=1&amp;count=exact">count exactly' in html
    assert "5 texts" in show(analyst_client, "length_min=1&count=exact")


@pytest.mark.usefixtures("many")
def test_what_the_rollup_knows_is_exact(analyst_client: Client) -> None:
    html = show(analyst_client, "status=completed&numbers=now")

    assert "5 texts" in html
    assert "of the newest" not in html
    assert [(url, rows_behind(url)) for url, _count in counted_links(html)] == counted_links(html)


@pytest.mark.parametrize("chart", ["", "quality", "confidence", "length", "processing_time"])
def test_each_histogram_is_drawn_and_can_be_had_as_csv(chart: str, analyst_client: Client) -> None:
    make_reviews()
    make_analysis(analysis_type="quality", status="completed", quality_score=0.4, processing_time_ms=3)
    make_scored(0.1, confidence_score=0.5)

    html = show(analyst_client, f"chart={chart}" if chart else "")
    answer = analyst_client.get("/explore/chart.csv", {"chart": chart} if chart else {})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))

    assert sum(int(row["texts"]) for row in rows) > 0
    drawn = [count for url, count in counted_links(html) if f"{chart or 'sentiment'}_min" in url]
    assert [int(row["texts"]) for row in rows if row["texts"] != "0"] == drawn
    assert f"/explore/chart.csv?chart={chart or 'sentiment'}" in html


def test_days_can_be_had_as_csv(analyst_client: Client) -> None:
    make_reviews()

    answer = analyst_client.get("/explore/chart.csv?chart=days")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))

    assert sum(int(row["texts"]) for row in rows) == TextAnalysis.objects.count()


@pytest.mark.parametrize("query", ["chart=flavour", "chart=quality&analysis_type=sentiment", "numbers=later"])
def test_a_chart_that_cannot_be_is_refused_in_words(query: str, analyst_client: Client) -> None:
    assert show(analyst_client, query, status=400)
    assert analyst_client.get(f"/explore/numbers/?{query}").status_code == 400
    assert analyst_client.get(f"/explore/chart.csv?{query}").status_code == 400


@pytest.mark.parametrize(
    "query", ["", "status=completed", "length_min=1", "batch={batch}&sort=-sentiment_score"]
)
def test_queries_are_few_and_do_not_grow_with_rows(query: str, analyst_client: Client) -> None:
    batch = make_reviews()
    query = query.format(batch=batch.pk)
    for index in range(60):
        make_scored(index / 100, batch_analysis=batch, extra={"airline": "Delta"})
    analyst_client.get(reverse("admin:explore"))

    page = statements(analyst_client, f"{reverse('admin:explore')}?{query}")
    numbers = statements(analyst_client, f"{reverse('admin:explore_numbers')}?{query}")

    # Three of each are who reads: the session, the account, what it may do.
    assert len(page) <= 6, "\n".join(page)
    assert len(numbers) <= 9, "\n".join(numbers)
    assert not [sql for sql in (*page, *numbers) if "OFFSET" in sql]


@pytest.mark.django_db(transaction=True)
def test_a_search_takes_few_queries(analyst_client: Client) -> None:
    for index in range(60):
        make_analysis(text_content=f"The bag was {index} hours late.")
    searching.index_all()
    analyst_client.get(reverse("admin:explore"))

    page = statements(analyst_client, f"{reverse('admin:explore')}?q=late")

    assert len(page) <= 6, "\n".join(page)


def make_many_pages() -> None:
    batch = make_batch()
    for index in range(120):
        make_scored(0.5, batch_analysis=batch, occurred_at=NOON - timedelta(hours=5 * index))


def shown_ids(html: str) -> list[str]:
    return re.findall(r'href="/analyses/textanalysis/(\d+)/change/', html)


def test_a_page_by_number_is_the_page_that_next_leads_to(analyst_client: Client) -> None:
    make_many_pages()
    html = show(analyst_client, "status=completed")
    following = show(analyst_client, unescape(re.findall(r'href="/explore/\?([^"]*)" rel="next"', html)[0]))

    by_number = show(analyst_client, "status=completed&page=2")

    assert shown_ids(by_number) == shown_ids(following)
    assert len(shown_ids(by_number)) == 50
    assert "of 3" in html
    assert '<input type="hidden" name="status" value="completed">' in html.split('class="jump"')[1]
    assert 'rel="prev"' in by_number


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("page=4", "The list ends before this page."),
        ("page=0", "page must be a number from 1"),
        ("page=two", "page must be a number from 1"),
        ("page=2&before=end", "Give page, after or before"),
    ],
)
def test_a_page_that_cannot_be_is_said(query: str, sentence: str, analyst_client: Client) -> None:
    make_many_pages()

    assert sentence in unescape(show(analyst_client, query, status=400))


def test_a_page_of_tweets_weighs_little(analyst_client: Client) -> None:
    batch = make_batch(batch_name="May reviews of all airlines", source_import=make_import())
    for index in range(60):
        make_scored(index / 100, batch_analysis=batch, text_content="A tweet of usual length. " * 6)

    assert len(analyst_client.get(f"{reverse('admin:explore')}?batch={batch.pk}").content) <= 60_000


def test_queries_for_values_without_a_score_are_few(analyst_client: Client) -> None:
    counts = []
    for rows in (2, 60):
        for index in range(rows):
            make_analysis(analysis_type="topics", status="completed", topics=["delivery", f"topic {index}"])
        path = f"{reverse('admin:explore_numbers')}?analysis_type=topics"
        analyst_client.get(path)
        counts.append(len(statements(analyst_client, path)))

    assert counts[1] <= counts[0] <= 8


def statements(client: Client, path: str) -> list[str]:
    """Give all statements of a request."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [one["sql"] for one in captured.captured_queries]


def test_people_without_the_right_are_turned_away(client: Client, outsider_client: Client) -> None:
    for name in ("admin:explore", "admin:explore_export"):
        assert client.get(reverse(name)).status_code == 302
        assert outsider_client.get(reverse(name)).status_code in (302, 403)


def test_the_export_has_exactly_the_rows_of_the_page(
    analyst: User, analyst_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    batch = make_reviews()
    query = f"batch={batch.pk}&sentiment_max=0"
    html = show(analyst_client, query)
    url = unescape(re.search(r'href="([^"]*export/file[^"]*)"', html)[1])  # type: ignore[index]

    with caplog.at_level(logging.INFO, logger="analyses.services.exports"):
        response: Any = analyst_client.get(url)
        records = list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline="")))

    assert response["Content-Disposition"] == 'attachment; filename="text-analyses.csv"'
    assert {record["id"] for record in records} == {
        str(pk) for pk in TextAnalysis.objects.filter(sentiment_score__lt=0).values_list("pk", flat=True)
    }
    assert "3 texts" in html
    assert f"by user {analyst.pk}: 3 of 3 rows, whole" in caplog.text


def test_the_export_ignores_the_page_and_refuses_what_cannot_be(analyst_client: Client) -> None:
    make_analysis()
    address = reverse("admin:explore_export")

    first: Any = analyst_client.get(f"{address}?sort=id&after={paging.LAST_PAGE}")
    wrong = analyst_client.get(f"{address}?status=lost")

    assert len(first.getvalue().decode().splitlines()) == 2
    assert wrong.status_code == 400
    assert "status must be one of pending" in wrong.content.decode()


def test_a_line_of_the_query_bar_becomes_its_address(analyst_client: Client) -> None:
    batch = make_batch(batch_name="May reviews")

    answer = analyst_client.get(
        "/explore/", {"bar": 'sentiment:<-0.5 batch:"May reviews" "late delivery"', "sort": "sentiment_score"}
    )

    assert answer.status_code == 302
    assert QueryDict(answer.headers["Location"].partition("?")[2]).dict() == {
        "sentiment_max": "-0.5",
        "batch": str(batch.pk),
        "q": '"late delivery"',
        "sort": "sentiment_score",
    }


def test_an_address_is_shown_as_its_line(analyst_client: Client) -> None:
    batch = make_batch(batch_name="May reviews")

    html = show(analyst_client, f"batch={batch.pk}&sentiment_min=0.2&sentiment_max=0.5&q=late")

    assert 'value="batch:&quot;May reviews&quot; sentiment:0.2..0.5 late"' in html


def test_a_line_that_means_nothing_stays_as_it_was_typed(analyst_client: Client) -> None:
    html = show(analyst_client, "bar=flavour%3Asweet", status=400)

    assert 'value="flavour:sweet"' in html
    assert "there is no field “flavour”" in html


def test_a_line_is_completed(analyst_client: Client, outsider_client: Client) -> None:
    html = analyst_client.get("/explore/complete/", {"bar": "late type:sen"}).content.decode()

    assert 'data-line="late type:sentiment "' in html
    assert outsider_client.get("/explore/complete/", {"bar": "t"}).status_code in (302, 403)


def test_conditions_on_other_types_ask_about_the_same_text(analyst_client: Client) -> None:
    source = make_import()
    scored, felt = make_batch(source_import=source), make_batch(source_import=source, analysis_type="emotion")
    for line, (score, anger) in enumerate([(-0.8, 0.9), (-0.8, 0.1), (0.8, 0.9)], start=2):
        of_line = {"source_import": source, "line_number": line}
        make_scored(score, batch_analysis=scored, **of_line)
        make_analysis(
            analysis_type="emotion",
            status="completed",
            emotion_scores={"anger": anger},
            batch_analysis=felt,
            **of_line,
        )

    html = show(analyst_client, "sentiment_max=-0.5&emotion.anger_min=0.6")
    turned = show(analyst_client, "analysis_type=emotion&sentiment_max=-0.5&emotion.anger_min=0.6")

    assert "1 text<" in html
    assert "1 text<" in turned
    assert rows_behind("/explore/?sentiment_max=-0.5&emotion.anger_min=0.6") == 1


NEWS = re.compile(r'id="news" role="status" hx-get="([^"]*)"')


def test_the_list_stands_still_and_says_what_came(analyst_client: Client) -> None:
    make_scored(0.5)
    url = unescape(NEWS.findall(show(analyst_client, "status=completed"))[0])

    assert analyst_client.get(url).status_code == 204
    make_analysis()
    assert analyst_client.get(url).status_code == 204, "it is none of these"
    make_scored(0.1, occurred_at=NOON - timedelta(days=9))
    make_scored(0.2)

    html = analyst_client.get(url).content.decode()
    assert "2 new: show" in html
    assert rows_behind(unescape(LINK.findall(html)[0])) == 3


def test_only_a_first_page_hears_news(analyst_client: Client) -> None:
    make_scored(0.5)

    assert not NEWS.findall(show(analyst_client, "sort=sentiment_score"))
    assert NEWS.findall(show(analyst_client, "sort=-id"))
    moment = "2026-05-01T12:00:00Z"
    for query in ("", "since=x", "since=-1", "since=" + "9" * 30, f"since={moment}&flavour=sweet"):
        assert analyst_client.get(f"/explore/news/?{query}").status_code == 400


def test_editors_run_rows_again(analyst_client: Client, editor_client: Client) -> None:
    make_scored(0.5)

    assert 'href="/explore/run-again/?status=completed"' in show(editor_client, "status=completed")
    assert editor_client.get("/explore/run-again/?status=completed").status_code == 200
    assert "run-again" not in show(analyst_client, "status=completed")
