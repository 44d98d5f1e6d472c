"""Every number is a link, and its list has as many rows: each page is walked, for every role.

What counts as a number of rows: the whole text of a link or of its `.count`, a chart's bar, "12 texts", "3 failed".
A number in a cell of figures or a headline figure that is no link must be named in `NO_ROWS`, with the reason.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client

from analyses.choices import Role
from analyses.models import SavedView
from analyses.queries import filtering
from analyses.services import saved_views
from tests import searching
from tests.factories import make_analysis, make_batch, make_import, make_scored
from tests.kit import MakePerson, logged_in

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
WHOLE = re.compile(r"([\d,]+)")
# What follows the number in a link that counts rows.
WORDED = re.compile(
    r"(?:all )?([\d,]+)(?: \([^)]*\))? "
    r"(?:texts?|rows|done|failed|failures|waiting|times?|batch(?:es)?|views?|result(?:s)?)\b.*"
)
BAR = re.compile(r".*: ([\d,]+)")
# Pages whose lists are not of analyses: the place of their own count.
OWN_COUNT = {
    "/batches/": re.compile(r"([\d,]+) batch(?:es)?, newest first"),
}
ADMIN_LIST = re.compile(r"/analyses/\w+/$")
ADMIN_COUNT = re.compile(r'<p class="paginator">\s*<span>([\d,]+) ')
# Headlines and columns whose numbers count no rows of a list, or rows that are not kept.
NO_ROWS = {
    "blank lines and lines above the header, skipped": "such lines are not kept",
    "rows read": "accepted and rejected lines together; those are links",
    "rejected": "none was rejected",
    "Line": "a line's number",
    "Requests": "what workers asked; no row is kept of it",
    "Mean time": "a duration",
    "Texts/s": "a rate",
    "Memory": "megabytes",
    "Accuracy": "a share",
    "Confidence": "a share",
    "Result": "a score",
    "time left": "a duration",
}
# Pages whose figures count no rows at all.
NO_ROWS_THERE = {"/system/health/": "it counts statements, calls and bytes"}
ROOT = "superuser"
PARAMETERS = ("after", "before", "sort", "o", "p", "columns", "density", "list")


@dataclass
class Link:
    """A link: where it leads, what it says, its label for screen readers."""

    url: str
    text: str = ""
    label: str = ""
    count: str = ""

    @property
    def stated(self) -> int | None:
        """The number of rows that it promises; None where it promises none."""
        text = " ".join(self.text.split())
        found = (
            WHOLE.fullmatch(self.count.strip())
            or (BAR.fullmatch(self.label) if self.label else None)
            or WHOLE.fullmatch(text)
            or WORDED.fullmatch(text)
        )
        return int(found[1].replace(",", "")) if found else None


@dataclass
class Page(HTMLParser):
    """The links of a page, the fragments that it loads, and its figures that are no links."""

    links: list[Link] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    bare: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._link: Link | None = None
        self._is_count = False
        self._figure: list[str] | None = None
        self._kpi = ""
        self._is_label = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a link, a figure or a count."""
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        if "hx-get" in given and "every" not in given.get("hx-trigger", ""):
            self.fragments.append(given["hx-get"])
        if tag == "a" and "href" in given:
            self._link = Link(given["href"], label=given.get("aria-label", ""))
            self.links.append(self._link)
        if tag == "span" and "count" in classes:
            self._is_count = True
        if tag == "td" and "num" in classes:
            self._figure = [given.get("data-label", ""), ""]
        if tag == "span" and "kpi" in classes:
            self._figure = ["", ""]
        if tag == "span" and "kpi-label" in classes:
            self._is_label = True

    def handle_data(self, data: str) -> None:
        """Keep what stands in a link, in a count, or in a figure outside of links."""
        if self._link is not None:
            self._link.text += data
            if self._is_count:
                self._link.count += data
        elif self._is_label:
            if self._kpi:
                self.bare.append((data.strip(), self._kpi))
            self._kpi, self._is_label = "", False
        elif self._figure is not None:
            self._figure[1] += data

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        if tag == "a":
            self._link = None
        elif tag == "td" and self._figure is not None:
            self.bare.append((self._figure[0], self._figure[1].strip()))
            self._figure = None
        elif tag == "span":
            self._is_count = False
            if self._figure is not None and not self._figure[0] and self._figure[1]:
                self._kpi, self._figure = self._figure[1].strip(), None

    @property
    def unlinked(self) -> list[tuple[str, str]]:
        """The figures that are whole numbers above zero, with the name of their column or headline."""
        return [
            (name, text)
            for name, text in self.bare
            if WHOLE.fullmatch(text) and text != "0" and name not in NO_ROWS
        ]


def read(html: str) -> Page:
    page = Page()
    page.feed(html)
    return page


def make_everything(owner: User) -> None:
    """Fill the console with one of each kind of thing that pages count."""
    reviews = make_import(name="May <reviews> & more", columns=["text", "airline"], accepted_count=33)
    sentiment = make_batch(batch_name="May <reviews> & more", source_import=reviews)
    for index in range(30):
        make_scored(
            round(((index * 37) % 200) / 100 - 1, 2),
            batch_analysis=sentiment,
            text_content=f"The bag of {index} was late, and the crew was {'rude' if index % 2 else 'kind'}.",
            occurred_at=NOON + timedelta(hours=9 * index),
            confidence_score=0.7,
            extra={"airline": ["Delta", "US Airways & co", "Zürich ☂"][index % 3]},
            status="cached" if index % 5 == 0 else "completed",
            model_used=["VADER 3.3.2", "linear-sentiment 1"][index % 2],
        )
    make_analysis(
        batch_analysis=sentiment, status="error", error_message="No words <b> & so on.", occurred_at=NOON
    )
    make_analysis(batch_analysis=sentiment, status="error", error_message="Too long.", occurred_at=NOON)
    make_analysis(batch_analysis=sentiment, occurred_at=NOON)
    results: dict[str, dict[str, Any]] = {
        "emotion": {"emotion_scores": {"joy": 0.7, "fear": 0.1}},
        "keywords": {"keywords": ["bag", "crew & co"]},
        "topics": {"topics": ["delivery"]},
        "entities": {"entities": [{"text": "Delta", "type": "organisation"}]},
        "language": {"language_detected": "de"},
        "quality": {"quality_score": 0.8},
    }
    for kind, result in results.items():
        batch = make_batch(batch_name=f"{kind} of May", analysis_type=kind, source_import=reviews)
        for index in range(3):
            make_analysis(
                batch_analysis=batch,
                status="completed",
                occurred_at=NOON,
                text_content=f"The bag of {index} was late.",
                model_used=f"{kind} 1",
                **result,
            )
    make_analysis(status="completed", optimization_tier="basic", sentiment_score=0.1)
    for name, query in (("Failed", "status=error"), ("Bags & crews", "q=bag+crew"), ("All", "")):
        view = saved_views.create(owner=owner, name=name, query=QueryDict(query), audience="all")
        saved_views.pin(view.pk, user=owner)
    searching.index_all()


def rows_at(client: Client, url: str) -> int:
    """Count what a link lists: by its filter, by what the page says, or by the lines of its file."""
    parts = urlsplit(url)
    if parts.path in ("/explore/", "/explore/export/file/"):
        return filtering.parse(QueryDict(parts.query), zone=UTC).queryset.count()
    response = client.get(url)
    assert response.status_code == 200, url
    if response.headers["Content-Type"].startswith("text/csv"):
        text = b"".join(response).decode("utf-8-sig")
        return len(list(csv.reader(io.StringIO(text)))) - 1
    html = response.content.decode()
    found = ADMIN_COUNT.search(html) if ADMIN_LIST.search(parts.path) else OWN_COUNT[parts.path].search(html)
    assert found, url
    return int(found[1].replace(",", ""))


def kind_of(url: str) -> tuple[str, tuple[str, ...]]:
    """Tell pages apart that are worth a visit of their own: by place, numbers made one, and by what is asked."""
    parts = urlsplit(url)
    names = sorted({name for name, _value in parse_qsl(parts.query, keep_blank_values=True)})
    return re.sub(r"\d+", "N", parts.path), tuple(names)


def walk(client: Client, start: str, *, most: int) -> Iterator[tuple[str, Page]]:
    """Visit the pages that lead on from one, each kind once, with the fragments that they load."""
    waiting, seen = [start], {kind_of(start)}
    while waiting and most:
        most -= 1
        url = waiting.pop(0)
        response = client.get(url)
        assert response.status_code in (200, 302), (response.status_code, url)
        if response.status_code == 302:
            waiting.insert(0, urljoin(url, response.headers["Location"]))
            continue
        if response.streaming:
            # An export that nobody reads to its end would keep its transaction.
            b"".join(response)
            continue
        if not response.headers["Content-Type"].startswith("text/html"):
            continue
        page = read(response.content.decode())
        for fragment in page.fragments:
            loaded = client.get(urljoin(url, fragment))
            assert loaded.status_code in (200, 204), (url, fragment)
            part = read(loaded.content.decode())
            page.links += part.links
            page.bare += part.bare
        yield url, page
        for link in page.links:
            address = urljoin(url, link.url).partition("#")[0]
            if address.startswith("/") and kind_of(address) not in seen and not passes(address):
                seen.add(kind_of(address))
                waiting.append(address)


def passes(address: str) -> bool:
    """Whether a link is another order or place of a list that is walked already, or no page of ours."""
    names = {name for name, _value in parse_qsl(urlsplit(address).query)}
    return bool(names & set(PARAMETERS)) or address.startswith(("/static/", "/jsi18n/"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "role",
    [
        Role.EDITOR,
        *(pytest.param(one, marks=pytest.mark.one_database) for one in (Role.ANALYST, Role.OPERATOR, ROOT)),
    ],
)
def test_every_number_leads_to_as_many_rows(role: str, make_person: MakePerson) -> None:
    user = make_person("reader", *(one for one in Role if one == role))
    User.objects.filter(pk=user.pk).update(is_superuser=role == ROOT)
    make_everything(user)
    client = logged_in(user)

    wrong, bare, pages = [], [], 0
    rows: dict[str, int] = {}
    for url, page in walk(client, "/", most=150):
        pages += 1
        if urlsplit(url).path not in NO_ROWS_THERE:
            bare += [(kind_of(url)[0], *one) for one in page.unlinked]
        for link in page.links:
            stated = link.stated
            address = urljoin(url, link.url)
            if stated is None or not address.startswith("/") or "#" in address:
                continue
            if set(dict(parse_qsl(urlsplit(address).query))) & {"p"}:
                continue  # the number of a page
            if address not in rows:
                rows[address] = rows_at(client, address)
            if rows[address] != stated:
                wrong.append((url, address, stated, rows[address]))

    assert wrong == []
    assert sorted(set(bare)) == []
    assert SavedView.objects.count() == 3
    assert pages > 25
    assert len(rows) > 150
