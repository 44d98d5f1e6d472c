"""Saved views on the pages: saving, opening, editing, sharing, pinning, and the view Explore begins with."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analyses.models import Profile, SavedView
from analyses.queries import saved_views as queries
from analyses.services import saved_views
from analyses.views import saved_views as views
from tests.factories import make_analysis, make_batch

pytestmark = pytest.mark.django_db

NEW = reverse("admin:saved_view_new")
LIST = reverse("admin:saved_views")
EXPLORE = reverse("admin:explore")


def made(owner: User, query: str = "status=error", name: str = "Failed", **options: Any) -> SavedView:
    return saved_views.create(owner=owner, name=name, query=QueryDict(query), **options)


def page_of(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


def url_of(view: SavedView, page: str) -> str:
    return reverse(f"admin:{page}", args=[view.pk])


def test_what_explore_shows_is_saved_pinned_and_opened(analyst_client: Client, analyst: User) -> None:
    make_analysis(status="error")
    assert f'href="{NEW}?status=error"' in page_of(analyst_client, f"{EXPLORE}?status=error")
    assert 'name="pin"' in page_of(analyst_client, f"{NEW}?status=error")

    sent = {"name": "Failed <b>", "audience": "all", "pin": "on", "default": "on"}
    response = analyst_client.post(f"{NEW}?status=error", sent)

    view = SavedView.objects.get()
    assert response.headers["Location"] == f"{EXPLORE}?status=error&view={view.pk}"
    page = page_of(analyst_client, response.headers["Location"])
    assert '<summary><bdi class="words">Failed &lt;b&gt;</bdi></summary>' in page
    assert "Reset" not in page
    assert queries.pinned(analyst) == [view]
    assert queries.find_default(analyst) == view


def test_an_edited_view_says_so_and_can_be_saved_saved_as_new_or_reset(
    analyst_client: Client, analyst: User
) -> None:
    make_analysis()
    view = made(analyst, "status=error&columns=type,batch")

    page = page_of(analyst_client, f"{EXPLORE}?status=completed&view={view.pk}")

    assert "</bdi>, edited</summary>" in page
    assert f'href="{NEW}?status=completed">Save as new' in page
    assert f'href="{EXPLORE}?status=error&amp;columns=type%2Cbatch&amp;view={view.pk}">Reset' in page
    analyst_client.post(f"{url_of(view, 'saved_view_query')}?status=completed")
    view.refresh_from_db()
    assert view.query == "status=completed&columns=type%2Cbatch"


def test_links_of_the_page_carry_the_view_on(analyst_client: Client, analyst: User) -> None:
    make_analysis(status="error")
    view = made(analyst)

    page = page_of(analyst_client, f"{EXPLORE}?status=error&view={view.pk}")

    assert f'class="chip" href="{EXPLORE}?view={view.pk}"' in page
    assert f'<input type="hidden" name="view" value="{view.pk}">' in page
    assert ", edited</summary>" in page_of(analyst_client, f"{EXPLORE}?view={view.pk}")


def test_a_shared_address_works_for_whoever_does_not_see_the_view(
    editor_client: Client, analyst: User
) -> None:
    make_analysis(status="error")
    view = made(analyst, name="Secret plan")

    page = page_of(editor_client, f"{EXPLORE}?status=error&view={view.pk}")

    assert "Secret plan" not in page
    assert "1 text" in page


@pytest.mark.parametrize("value", ["x", "0", "-1", "9" * 30, "1%00", "١"])
def test_a_view_that_is_no_number_is_refused_with_a_sentence(analyst_client: Client, value: str) -> None:
    make_analysis()

    assert "view must be the number of a saved view" in page_of(
        analyst_client, f"{EXPLORE}?view={value}", status=400
    )


@pytest.mark.parametrize("count", [0, 5])
def test_explore_asks_for_no_view_until_its_menu_is_opened(
    analyst_client: Client, analyst: User, count: int
) -> None:
    make_analysis()
    for number in range(count):
        made(analyst, name=f"View {number}", audience="all")

    with CaptureQueriesContext(connection) as caught:
        page_of(analyst_client, EXPLORE)

    assert sum("saved_views" in query["sql"] for query in caught) == 0


def test_the_menu_names_views_in_one_query_and_says_when_there_are_more(
    analyst_client: Client, analyst: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyses.queries.saved_views.MENU_MAX", 2)
    views = [made(analyst, name=f"View {number}") for number in range(3)]
    menu = reverse("admin:explore_views")

    with CaptureQueriesContext(connection) as caught:
        html = page_of(analyst_client, f"{menu}?current={views[0].pk}")

    assert sum("saved_views" in query["sql"] for query in caught) == 1
    assert re.findall(r'<bdi class="words">([^<]*)</bdi>', html) == ["View 0", "View 1"]
    assert html.count('aria-current="true"') == 1
    assert f'<a href="{reverse("admin:saved_views")}">The first 2 by name; all views</a>' in html


def test_a_filter_that_cannot_be_read_any_more_says_why_and_offers_to_mend(
    analyst_client: Client, analyst: User
) -> None:
    make_analysis()
    view = made(analyst)
    SavedView.objects.update(query="extra.gone=1&status=error")
    saved_views.pin(view.pk, user=analyst)

    page = page_of(analyst_client, f"{EXPLORE}?extra.gone=1&status=error&view={view.pk}", status=400)

    assert "names no column of the imported files" in page
    assert f'href="{url_of(view, "saved_view")}">Edit or delete this view' in page
    assert "cannot be read any more" in page_of(analyst_client, reverse("admin:index"))
    assert 'value="Failed"' in page_of(analyst_client, url_of(view, "saved_view"))
    refused = analyst_client.post(f"{url_of(view, 'saved_view_query')}?extra.gone=2", follow=True)
    assert "names no column of the imported files" in refused.content.decode()


def test_the_home_page_counts_pinned_views_and_leads_to_them(analyst_client: Client, analyst: User) -> None:
    make_analysis(status="error")
    make_analysis(status="error")
    make_analysis()
    view = made(analyst, audience="all")
    saved_views.pin(view.pk, user=analyst)

    page = page_of(analyst_client, reverse("admin:index"))

    assert (
        f'href="{EXPLORE}?status=error&amp;view={view.pk}"><bdi class="words">Failed</bdi> <b>2</b>' in page
    )


def test_explore_begins_with_the_default_and_lets_out_of_it(analyst_client: Client, analyst: User) -> None:
    make_analysis()
    start = reverse("admin:explore_start")
    assert analyst_client.get(start).headers["Location"] == EXPLORE
    view = made(analyst)

    analyst_client.post(url_of(view, "saved_view_default"), {"on": "1"})

    opened = analyst_client.get(start).headers["Location"]
    assert opened == f"{EXPLORE}?status=error&view={view.pk}"
    page = page_of(analyst_client, opened)
    assert f'<a href="{EXPLORE}">All texts</a>' in page_of(analyst_client, reverse("admin:explore_views"))
    assert f'href="{start}" aria-current="page"' in page
    analyst_client.post(url_of(view, "saved_view_default"))
    assert analyst_client.get(start).headers["Location"] == EXPLORE


def test_a_view_never_widens_what_its_reader_may_see(analyst: User, outsider_client: Client) -> None:
    view = made(analyst, audience="all")

    for page in ("saved_views", "saved_view_new", "explore_start"):
        assert outsider_client.get(reverse(f"admin:{page}")).status_code == 302
    for page in ("saved_view_query", "saved_view_delete", "saved_view_pin", "saved_view_default"):
        assert outsider_client.post(url_of(view, page)).status_code == 302
        assert Client().post(url_of(view, page)).status_code == 302
    assert SavedView.objects.count() == 1


def test_a_group_without_the_permission_is_refused(analyst_client: Client, analyst: User) -> None:
    view = made(analyst, audience="all")
    analyst.groups.get().permissions.clear()

    for page in ("saved_views", "saved_view_new", "explore_start"):
        assert analyst_client.get(reverse(f"admin:{page}")).status_code == 403
    assert analyst_client.post(url_of(view, "saved_view_delete")).status_code == 403


def test_another_persons_view_is_opened_and_not_changed(
    editor_client: Client, editor: User, analyst: User
) -> None:
    make_analysis()
    view = made(analyst, audience="all")

    page = page_of(editor_client, f"{EXPLORE}?status=completed&view={view.pk}")
    assert "Save as new" in page
    assert url_of(view, "saved_view_query") not in page
    assert "is ana’s" in page_of(editor_client, url_of(view, "saved_view"))
    for name in ("saved_view_query", "saved_view_delete"):
        assert editor_client.post(url_of(view, name)).status_code == 403
    assert editor_client.post(url_of(view, "saved_view"), {"name": "x", "audience": "all"}).status_code == 403


def test_a_private_view_of_another_is_not_there(editor_client: Client, analyst: User) -> None:
    view = made(analyst, name="Secret plan")

    page_of(editor_client, url_of(view, "saved_view"), status=404)
    assert "Secret plan" not in page_of(editor_client, LIST)
    assert editor_client.post(url_of(view, "saved_view_pin"), {"on": "1"}).status_code == 403


def test_a_view_is_renamed_shared_and_deleted(analyst_client: Client, analyst: User) -> None:
    view = made(analyst)
    group = analyst.groups.get()

    analyst_client.post(url_of(view, "saved_view"), {"name": "Broken", "audience": f"group-{group.pk}"})

    view.refresh_from_db()
    assert (view.name, view.audience, view.group) == ("Broken", "group", group)
    page = page_of(analyst_client, LIST)
    assert "Broken" in page
    assert "data-confirm" in page_of(analyst_client, url_of(view, "saved_view"))
    analyst_client.post(url_of(view, "saved_view_delete"))
    assert "No saved views yet" in page_of(analyst_client, LIST)


@pytest.mark.parametrize(
    "sent", [{"name": "", "audience": "all"}, {"name": "x", "audience": "group-999999"}, {"name": "x"}, {}]
)
def test_a_bad_wish_is_shown_beside_its_field(analyst_client: Client, sent: dict[str, str]) -> None:
    response = analyst_client.post(NEW, {"name": "", "audience": "group-x"} | sent)

    assert response.status_code == 422
    assert 'class="errorlist"' in response.content.decode()
    assert not SavedView.objects.exists()


def test_nonsense_is_not_saved(analyst_client: Client) -> None:
    assert "“color” is no filter" in page_of(analyst_client, f"{NEW}?color=red", status=400)


def test_links_that_ask_the_same_leave_a_view_as_it_is(analyst_client: Client, analyst: User) -> None:
    make_analysis(status="error")
    view = made(analyst, query="status=error&sort=created_at")

    html = page_of(analyst_client, f"{EXPLORE}?{view.query}&view={view.pk}&numbers=now")

    ordered = [unescape(one) for one in re.findall(r'href="(/explore/\?[^"]*sort=created_at[^"]*)"', html)]
    assert any("chart=" in one for one in ordered)
    same = [one for one in ordered if "chart=" not in one and "columns=" not in one and "density=" not in one]
    assert same
    for address in same:
        assert ", edited" not in page_of(analyst_client, address), address


def test_me_is_each_reader_of_a_view(
    analyst: User, editor: User, analyst_client: Client, editor_client: Client
) -> None:
    make_analysis(batch_analysis=make_batch(created_by=editor))
    view = made(editor, query="started_by=me", name="Mine", audience="all")
    address = f"{EXPLORE}?{view.query}&view={view.pk}"

    assert "1 text" in page_of(editor_client, address)
    assert "Nothing matches" in page_of(analyst_client, address)
    saved_views.pin(view.pk, user=analyst)
    assert re.search(r"Mine.*?0", page_of(analyst_client, reverse("admin:index")), re.DOTALL)


def zoned(user: User, zone: str) -> None:
    Profile.objects.update_or_create(user=user, defaults={"zone": zone})


def test_a_view_may_fix_its_zone(
    analyst: User, editor: User, analyst_client: Client, editor_client: Client
) -> None:
    """Half past midnight in Berlin is another day in New York, and none of the first of May in UTC."""
    make_analysis(occurred_at=datetime(2026, 4, 30, 22, 30, tzinfo=UTC))
    zoned(editor, "Europe/Berlin")
    zoned(analyst, "America/New_York")
    asked = "date_from=2026-05-01&date_to=2026-05-01"
    sent = {"name": "First of May", "audience": "all", "fixed_zone": "on"}

    response = editor_client.post(f"{NEW}?{asked}", sent)
    address = response.headers["Location"]

    assert SavedView.objects.get().query == f"{asked}&zone=Europe%2FBerlin"
    for client in (analyst_client, editor_client):
        html = page_of(client, address)
        assert "1 text<" in html
        assert "1 May, 00:30" in html or "1 May 2026, 00:30" in html
        assert "Europe/Berlin" in html
        assert ", edited" not in html
    assert "Nothing matches" in page_of(analyst_client, f"{EXPLORE}?{asked}")


def test_links_carry_the_zone_and_a_cross_takes_it_away(analyst_client: Client) -> None:
    make_analysis(occurred_at=datetime(2026, 4, 30, 22, 30, tzinfo=UTC))
    address = f"{EXPLORE}?date_from=2026-05-01&zone=Europe/Berlin"

    html = page_of(analyst_client, f"{address}&numbers=now")

    links = [unescape(one) for one in re.findall(r'href="(/explore/[^"]*date_from[^"]*)"', html)]
    without = [one for one in links if "zone=Europe%2FBerlin" not in one]
    assert without == [f"{EXPLORE}?date_from=2026-05-01"]
    export = (
        unescape(re.findall(r'href="([^"]*/explore/export/file/[^"]*)"', html)[0])
        if "Export CSV" in html
        else ""
    )
    lines = b"".join(analyst_client.get(export)).splitlines()
    assert len(lines) == 2
    form = page_of(analyst_client, unescape(re.findall(r'href="([^"]*/explore/export/\?[^"]*)"', html)[0]))
    assert '<input type="hidden" name="zone" value="Europe/Berlin">' in form
    record = unescape(re.findall(r'href="(/analyses/textanalysis/\d[^"]*)"', html)[0])
    assert "1 of 1" in page_of(analyst_client, record)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "%00", "Europe", "x" * 300])
def test_a_zone_that_is_none_is_refused(zone: str, analyst_client: Client) -> None:
    assert "zone must be a time zone such as Europe/Berlin" in page_of(
        analyst_client, f"{EXPLORE}?zone={zone}", status=400
    )


def test_a_home_page_counts_a_view_in_the_zone_that_it_fixes(analyst: User, analyst_client: Client) -> None:
    make_analysis(occurred_at=datetime(2026, 4, 30, 22, 30, tzinfo=UTC))
    days = "date_from=2026-05-01&date_to=2026-05-01"
    saved_views.pin(made(analyst, query=f"{days}&zone=Europe/Berlin", name="Fixed").pk, user=analyst)
    saved_views.pin(made(analyst, query=days, name="Loose").pk, user=analyst)

    rows = [view["count"] for view in views.pinned(analyst)]

    assert rows == ["1", "0"]


def test_what_a_view_leads_to_keeps_its_zone(analyst: User, editor_client: Client) -> None:
    make_analysis(occurred_at=datetime(2026, 4, 30, 22, 30, tzinfo=UTC))
    view = made(analyst, query="date_from=2026-05-01&date_to=2026-05-01&zone=Europe/Berlin", audience="all")

    html = page_of(editor_client, views.address(view))
    (compare,) = {unescape(one) for one in re.findall(r'href="(/compare/\?[^"]*)"', html)}
    again = unescape(re.findall(r'href="([^"]*run-again/[^"]*)"', html)[0])

    assert "zone%3DEurope%252FBerlin" in compare
    assert "view" not in compare
    assert "Nothing matches" not in page_of(editor_client, f"{compare}&b=")
    assert "zone=Europe%2FBerlin" in again


def test_the_list_says_where_it_ends(
    analyst_client: Client, analyst: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyses.queries.saved_views.LISTED_MAX", 2)
    for name in "AB":
        made(analyst, name=name)
    assert "are listed" not in page_of(analyst_client, LIST)
    made(analyst, name="View C")

    html = page_of(analyst_client, LIST)

    assert "Only the first 2 by name are listed." in html
    assert "View C" not in html
